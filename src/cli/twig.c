/* SPDX-License-Identifier: MIT */
#include "cli/twig.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#define INDENT	  3  /* columns a level */
#define WIDTH_MIN 32 /* columns of a text, however deep it stands */

/* Levels that are drawn; the names of a chain have 127 labels at most, and proofs a few more. */
#define DEPTH_MAX 160

struct style {
	const char *fork, *last, *pass, *gap;
};

static const struct style styles[] = {
	{ "|- ", "`- ", "|  ", "   " },
	{ "\u251c\u2500 ", "\u2514\u2500 ", "\u2502  ", "   " },
};

struct drawing {
	const struct style *style;
	FILE *out;
	bool more[DEPTH_MAX]; /* by level: is there another one below on it? */
};

struct twig *twig_add(struct twigs *twigs, struct twig *parent, const char *format, ...)
{
	va_list arguments;
	char *text;

	va_start(arguments, format);
	int len = vasprintf(&text, format, arguments);
	va_end(arguments);
	if (len < 0) {
		twigs->failed = true;
		return NULL;
	}
	struct twig *twig = arena_alloc(twigs->arena, sizeof(*twig));
	const char *copy = arena_copy(twigs->arena, text, (size_t)len + 1);
	free(text);
	if (!twig || !copy) {
		twigs->failed = true;
		return NULL;
	}
	twig->text = copy;
	twig->end = &twig->first;
	if (parent) {
		*parent->end = twig;
		parent->end = &twig->next;
	}
	return twig;
}

static void print_margin(const struct drawing *drawing, unsigned depth)
{
	for (unsigned i = 0; i < depth; i++)
		fputs(drawing->more[i] ? drawing->style->pass : drawing->style->gap, drawing->out);
}

/* Octets of the line that text begins with: up to the last blank that is within width, or to the
 * first one where a word is longer. */
static size_t line_len(const char *text, size_t width)
{
	size_t len = 0;

	for (size_t at = 0;; at++) {
		if (text[at] != ' ' && text[at] != '\0')
			continue;
		if (at > width && len > 0)
			return len;
		len = at;
		if (text[at] == '\0' || at > width)
			return len;
	}
}

static void print_text(const struct drawing *drawing, const struct twig *twig, unsigned depth)
{
	const char *text = twig->text;
	const unsigned margin = depth * INDENT;
	const size_t width = margin + WIDTH_MIN < TWIG_WIDTH ? TWIG_WIDTH - margin : WIDTH_MIN;

	for (bool first = true;; first = false) {
		/* What goes on is indented by one column more, two on the first level. */
		const size_t len = line_len(text, first ? width : width - 2);
		fwrite(text, 1, len, drawing->out);
		putc('\n', drawing->out);
		text += len;
		while (*text == ' ')
			text++;
		if (*text == '\0')
			return;
		print_margin(drawing, depth);
		fputs(twig->first ? drawing->style->pass : drawing->style->gap, drawing->out);
	}
}

static void print_below(struct drawing *drawing, const struct twig *twig, unsigned depth)
{
	if (depth >= DEPTH_MAX)
		return;
	for (const struct twig *below = twig->first; below; below = below->next) {
		print_margin(drawing, depth);
		fputs(below->next ? drawing->style->fork : drawing->style->last, drawing->out);
		drawing->more[depth] = below->next;
		print_text(drawing, below, depth + 1);
		print_below(drawing, below, depth + 1);
	}
}

void twig_print(const struct twig *root, bool utf8, FILE *out)
{
	struct drawing drawing = { .style = &styles[utf8], .out = out };

	print_text(&drawing, root, 0);
	print_below(&drawing, root, 0);
}
