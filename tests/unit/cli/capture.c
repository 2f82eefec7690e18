/* SPDX-License-Identifier: MIT */
#include "capture.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define ARGUMENTS_MAX 16

static char path[] = "/tmp/stubborn-cli-XXXXXX";

/* Puts a fresh file in the stream's place; returns what was there. */
static int divert(FILE *stream)
{
	FILE *file = tmpfile();
	if (!file || fflush(stream) != 0)
		abort();
	int saved = dup(fileno(stream));
	if (saved < 0 || dup2(fileno(file), fileno(stream)) < 0)
		abort();
	if (fclose(file) != 0)
		abort();
	return saved;
}

static void restore(FILE *stream, int saved, char text[static CAPTURE_LEN])
{
	if (fflush(stream) != 0)
		abort();
	ssize_t len = pread(fileno(stream), text, CAPTURE_LEN - 1, 0);
	text[len > 0 ? len : 0] = '\0';
	if (dup2(saved, fileno(stream)) < 0 || close(saved) != 0)
		abort();
}

void capture(struct captured *captured, int (*command)(int argc, char **argv),
	const char *const *arguments)
{
	char *argv[ARGUMENTS_MAX + 1] = { NULL }, *given[ARGUMENTS_MAX];
	int argc = 0;

	for (; arguments[argc] && argc < ARGUMENTS_MAX; argc++)
		argv[argc] = given[argc] = strdup(arguments[argc]);
	int out = divert(stdout), err = divert(stderr);
	optind = 0; /* getopt begins anew */
	captured->code = command(argc, argv);
	restore(stdout, out, captured->out);
	restore(stderr, err, captured->err);
	for (int i = 0; i < argc; i++)
		free(given[i]);
}

const char *capture_file(const char *text)
{
	strcpy(path + sizeof(path) - sizeof("XXXXXX"), "XXXXXX");
	int fd = mkstemp(path);
	if (fd < 0 || write(fd, text, strlen(text)) != (ssize_t)strlen(text) || close(fd) != 0)
		abort();
	return path;
}

void capture_unlink(void)
{
	(void)unlink(path); /* a file that stays in /tmp fails no test */
}
