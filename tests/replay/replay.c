/* SPDX-License-Identifier: MIT */
/* Plays one *.scenario file: a story of clients, upstreams and time, one event or expectation a
 * line. tests/replay/README says what there is to say. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "replay/stage.h"

/* The first comment of a file is what a user would lose. */
static void print_title(const char *path, const char *title)
{
	printf("ok 1 - %s\n", title[0] != '\0' ? title : path);
}

static void keep_title(char *title, size_t len, const char *text)
{
	if (text[0] == '#' && title[0] == '\0' && !strstr(text, "SPDX"))
		snprintf(title, len, "%.*s", (int)strcspn(text + 2, "\n"), text + 2);
}

int main(int argc, char **argv)
{
	static struct stage stage;
	static struct line line;
	char title[256] = "", *text = NULL;
	size_t cap = 0;
	unsigned number = 0;

	FILE *file = argc == 2 ? fopen(argv[1], "r") : NULL;
	if (!file) {
		fprintf(stderr, "usage: replay FILE.scenario\n");
		return 2;
	}
	printf("1..1\n");
	stage_init(&stage);
	while (getline(&text, &cap, file) >= 0) {
		keep_title(title, sizeof(title), text);
		line_init(&line, argv[1], ++number, text);
		if (line.count > 0)
			stage_run(&stage, &line);
	}
	stage_done(&stage, &line);
	free(text);
	fclose(file);
	print_title(argv[1], title);
	return 0;
}
