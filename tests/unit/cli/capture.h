/* SPDX-License-Identifier: MIT */
/* A command run in this process, with what it prints. */
#pragma once

#include <stddef.h>

#define CAPTURE_LEN 65536 /* octets of each; what is more is cut */

struct captured {
	int code;
	char out[CAPTURE_LEN], err[CAPTURE_LEN];
};

/* arguments: up to the first NULL, the subcommand's name first. */
void capture(struct captured *captured, int (*command)(int argc, char **argv),
	const char *const *arguments);

#define CAPTURE(captured, command, ...)                                                            \
	capture(captured, command, (const char *const[]){ __VA_ARGS__, NULL })

/* A file of that text, removed by capture_unlink(). Returns its path, static. */
const char *capture_file(const char *text);
void capture_unlink(void);
