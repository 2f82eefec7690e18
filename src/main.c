/* SPDX-License-Identifier: MIT */
/* stubborn: a secure DNS stub resolver. Dispatch to a subcommand. */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"
#include "daemon/daemon.h"

static const struct {
	const char *name;
	int (*run)(int argc, char **argv);
	const char *what;
} commands[] = {
	{ "run", daemon_main, "run the resolver in the foreground" },
	{ "check", cli_check, "check a configuration file" },
	{ "query", cli_query, "ask the running resolver" },
	{ "probe", cli_probe, "tell what the upstreams are like, and what is wrong with them" },
	{ "version", cli_version, "show our version and the libraries'" },
};

#define COMMAND_COUNT (sizeof(commands) / sizeof(commands[0]))

static void usage(FILE *out)
{
	fputs("Usage: stubborn COMMAND [OPTION...]\n\nCommands:\n", out);
	for (size_t i = 0; i < COMMAND_COUNT; i++)
		fprintf(out, "  %-9s%s\n", commands[i].name, commands[i].what);
	fputs("\nstubborn COMMAND --help tells about one; see also stubborn(8).\n", out);
}

int main(int argc, char **argv)
{
	static char program[32];

	if (argc < 2) {
		usage(stderr);
		return EXIT_USAGE;
	}
	if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0 ||
		strcmp(argv[1], "help") == 0) {
		usage(stdout);
		return EXIT_GOOD;
	}
	const bool version = strcmp(argv[1], "--version") == 0 || strcmp(argv[1], "-V") == 0;
	const char *name = version ? "version" : argv[1];
#ifndef KEY_LOG
	/* GnuTLS would write the keys of all sessions there. */
	unsetenv("SSLKEYLOGFILE");
#endif
	for (size_t i = 0; i < COMMAND_COUNT; i++) {
		if (strcmp(name, commands[i].name) != 0)
			continue;
		snprintf(program, sizeof(program), "stubborn %s", name);
		argv[1] = program; /* with which getopt's messages begin */
		return commands[i].run(argc - 1, argv + 1);
	}
	fprintf(stderr, "stubborn: no such command: %s\n", argv[1]);
	usage(stderr);
	return EXIT_USAGE;
}
