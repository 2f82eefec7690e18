/* SPDX-License-Identifier: MIT */
#include "cli/cli.h"

#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "daemon/config.h"
#include "net/sentence.h"

static const char help[] =
	"Usage: stubborn check [-c FILE]\n"
	"       stubborn check --keys\n"
	"\n"
	"Reads a configuration as stubborn run would and tells everything that is wrong with it,\n"
	"one error a line with the line that it stands on.\n"
	"\n"
	"  -c, --config FILE  the configuration (default: " CONFIG_DEFAULT_FILE ";\n"
	"                     built-in defaults when there is none)\n"
	"      --keys         list every key with its kind and its default\n"
	"  -h, --help         this text\n"
	"\n"
	"Exit codes: 0 good, 1 errors, 2 wrong usage.\n";

enum { OPTION_KEYS = 256 };

/* -1: go on; otherwise the exit code. */
static int read_options(int argc, char **argv, const char **path)
{
	static const struct option known[] = {
		{ "config", required_argument, NULL, 'c' },
		{ "keys", no_argument, NULL, OPTION_KEYS },
		{ "help", no_argument, NULL, 'h' },
		{ 0 },
	};
	int option;

	*path = config_default_file();
	while ((option = getopt_long(argc, argv, "c:h", known, NULL)) != -1) {
		switch (option) {
		case 'c': *path = optarg; break;
		case OPTION_KEYS: config_print_keys(stdout); return EXIT_GOOD;
		case 'h': fputs(help, stdout); return EXIT_GOOD;
		default: fputs(help, stderr); return EXIT_USAGE;
		}
	}
	if (optind < argc) {
		fprintf(stderr,
			"stubborn check: unexpected argument: %s; a file is named with -c\n",
			argv[optind]);
		return EXIT_USAGE;
	}
	return -1;
}

static void warn(void *owner, unsigned line, const char *sentence)
{
	const char *file = owner;

	if (line > 0)
		fprintf(stderr, "%s:%u: warning: %s\n", file, line, sentence);
	else
		fprintf(stderr, "%s: warning: %s\n", file, sentence);
}

/* What validation begins with. Notes go to stderr: they are no errors. */
static bool check_anchors(const char *file, const struct config *config, size_t *count)
{
	const int64_t wall_s = clock_wall_s();
	struct anchors *anchors = NULL;
	char note[CONFIG_NOTE_LEN], clock[SENTENCE_CLOCK_LEN];

	if (config_anchors(config, NULL, &anchors, note) != 0) {
		fprintf(stderr, "%s: out of memory for the trust anchors\n", file);
		return false;
	}
	if (note[0] != '\0')
		fprintf(stderr, "note: %s\n", note);
	if (sentence_clock(clock))
		fprintf(stderr, "note: %s\n", clock);
	for (size_t i = 0; i < config->negative_count; i++) {
		if (config_negative_ended(&config->negatives[i], wall_s, note))
			fprintf(stderr, "%s:%u: note: %s\n", file, config->negatives[i].line, note);
	}
	*count = anchors ? anchors_count(anchors) : 0;
	anchors_free(anchors);
	return true;
}

static void summarize(const char *file, const struct config *config, size_t anchors)
{
	char text[ADDRESS_TEXT_LEN];

	printf("%s: good; listens on", file);
	for (size_t i = 0; i < config->listen_count; i++)
		printf("%s %s", i > 0 ? "," : "", address_write(&config->listen[i], text));
	printf("; asks");
	for (size_t i = 0; i < config->upstream_count; i++)
		printf("%s %s", i > 0 ? "," : "", config->upstreams[i]->name);
	if (config->route_count > 0)
		printf("; %zu route%s", config->route_count, config->route_count == 1 ? "" : "s");
	if (config->validate)
		printf("; %zu trust anchor%s", anchors, anchors == 1 ? "" : "s");
	else
		printf("; no validation");
	printf("\n");
}

int cli_check(int argc, char **argv)
{
	const char *path;

	int code = read_options(argc, argv, &path);
	if (code >= 0)
		return code;
	struct config *config = config_read(path, stderr);
	if (!config)
		return EXIT_BAD;
	const char *file = path[0] != '\0' ? path : "no " CONFIG_DEFAULT_FILE ": built-in defaults";
	size_t anchors = 0;
	code = check_anchors(file, config, &anchors) ? EXIT_GOOD : EXIT_BAD;
	if (config_trust_load(config, file, NULL, stderr) != 0)
		code = EXIT_BAD;
	if (code == EXIT_GOOD) {
		config_trust_remark(config, warn, unconst(file));
		summarize(file, config, anchors);
	}
	config_free(config);
	return code;
}
