/* SPDX-License-Identifier: MIT */
/* For what a library reads from a file when it is loaded: the test program runs anew, with a file
 * of its own. */
#pragma once

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define ANEW_PREFIX "/tmp/stubborn-anew-"

/* Of main(): the program begins anew, with the environment's variable naming a file of that text;
 * then, its path, to be unlinked. NULL: it cannot. */
static inline const char *anew_with_file(char **argv, const char *variable, const char *text)
{
	const char *path = getenv(variable);
	char made[] = ANEW_PREFIX "XXXXXX";

	if (path && strncmp(path, ANEW_PREFIX, strlen(ANEW_PREFIX)) == 0)
		return path;
	int file = mkstemp(made);
	if (file < 0)
		return NULL;
	if (dprintf(file, "%s", text) >= 0 && setenv(variable, made, 1) == 0 && close(file) == 0)
		execv("/proc/self/exe", argv);
	unlink(made);
	return NULL;
}
