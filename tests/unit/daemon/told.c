/* SPDX-License-Identifier: MIT */
#include "told.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char path[] = "/tmp/stubborn-test-told-XXXXXX";
static long told_at;

bool told_begin(void)
{
	memcpy(path + sizeof(path) - 7, "XXXXXX", 6);
	const int fd = mkstemp(path);

	if (fd < 0 || close(fd) != 0 || !freopen(path, "w+", stderr))
		return false;
	setvbuf(stderr, NULL, _IONBF, 0);
	told_at = 0;
	return true;
}

void told_end(void)
{
	unlink(path);
}

const char *told_path(void)
{
	return path;
}

/* Lines since the last look; the last of them in line. */
static int told(char line[static 1024])
{
	FILE *in = fopen(path, "r");
	int count = 0;

	assert_non_null(in);
	assert_int_equal(fseek(in, told_at, SEEK_SET), 0);
	line[0] = '\0';
	for (char next[1024]; fgets(next, sizeof(next), in); count++)
		memcpy(line, next, sizeof(next));
	told_at = ftell(in);
	fclose(in);
	return count;
}

void assert_told_lines(int count)
{
	char line[1024];

	assert_int_equal(told(line), count);
}

void assert_told_lines_are(const char *text)
{
	static char all[8192];
	FILE *in = fopen(path, "r");

	assert_non_null(in);
	assert_int_equal(fseek(in, told_at, SEEK_SET), 0);
	all[fread(all, 1, sizeof(all) - 1, in)] = '\0';
	told_at = ftell(in);
	fclose(in);
	assert_string_equal(all, text);
}

void assert_told(const char *what)
{
	char line[1024];

	if (told(line) != (what ? 1 : 0))
		fail_msg("not one line, but: %s", line);
	if (what && !strstr(line, what))
		fail_msg("\"%s\" is not in: %s", what, line);
}
