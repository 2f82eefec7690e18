/* SPDX-License-Identifier: MIT */
/* Each reason for a verdict is told in a story: the arguments are the scenarios, which say what a
 * client gets, or what the verdict is. That it is so is for the stories themselves to show. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dnssec/reason.h"
#include "replay/line.h"

static char **paths;
static int path_count;
static bool told[REASON_COUNT];

/* Not to be met with from outside: a response with such a code is no answer, and is not judged. */
static bool is_inside(enum reason_code code)
{
	return code == REASON_RCODE;
}

/* The sentence of a reason, in front of and behind the zone's name and the key. */
struct halves {
	char text[REASON_TEXT_LEN];
	const char *rest;
};

static void halves_init(struct halves *halves, enum reason_code code)
{
	static const char mark[] = "zone.invalid.", when[] = "1970-01-01T00:00:00Z";
	static const uint8_t zone[] = "\4zone\7invalid";
	const struct reason reason = { .code = code, .zone = { zone, sizeof(zone) } };
	char *at, *time;

	(void)reason_print(&reason, halves->text);
	halves->rest = "";
	if ((time = strstr(halves->text, when)))
		*time = '\0';
	if ((at = strstr(halves->text, mark))) {
		*at = '\0';
		halves->rest = at + strlen(mark);
	}
}

/* ede is -1 where only the verdict is told. */
static void note(const char *text, int ede)
{
	for (unsigned code = 0; code < REASON_COUNT; code++) {
		struct halves halves;
		halves_init(&halves, (enum reason_code)code);
		const char *at = strstr(text, halves.text);
		if (at && strstr(at + strlen(halves.text), halves.rest) &&
			(ede < 0 || ede == reason_ede((enum reason_code)code)))
			told[code] = true;
	}
}

/* "client N gets ... ede N TEXT" or "verdict TEXT". */
static void note_line(struct line *line)
{
	if (line_take(line, "verdict"))
		note(line_next(line), -1);
	if (!line_take(line, "client"))
		return;
	(void)line_next(line);
	if (!line_take(line, "gets"))
		return;
	while (!line_at_end(line)) {
		if (!line_take(line, "ede")) {
			line->at++;
			continue;
		}
		int ede = (int)line_number(line);
		if (!line_at_end(line))
			note(line_next(line), ede);
	}
}

static void note_file(const char *path)
{
	FILE *file = fopen(path, "r");
	struct line line;
	char *text = NULL;
	size_t cap = 0;

	assert_non_null(file);
	for (unsigned number = 1; getline(&text, &cap, file) >= 0; number++) {
		line_init(&line, path, number, text);
		note_line(&line);
	}
	free(text);
	fclose(file);
}

static void each_reason_is_told_in_a_story(void **state)
{
	unsigned missing = 0;
	(void)state;

	for (int i = 0; i < path_count; i++)
		note_file(paths[i]);
	for (unsigned code = 0; code < REASON_COUNT; code++) {
		const struct reason reason = { .code = (enum reason_code)code };
		char text[REASON_TEXT_LEN];
		if (told[code] != is_inside((enum reason_code)code))
			continue;
		print_error("%s: %s\n", told[code] ? "told after all" : "in no scenario",
			reason_print(&reason, text));
		missing++;
	}
	assert_int_equal(missing, 0);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(each_reason_is_told_in_a_story) };

	paths = argv + 1;
	path_count = argc - 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
