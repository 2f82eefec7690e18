/* SPDX-License-Identifier: MIT */
/* Lines of text that have lines below them, drawn as a tree. */
#pragma once

#include <stdbool.h>
#include <stdio.h>

#include "base/arena.h"

#define TWIG_WIDTH 80 /* columns that a tree keeps to, where words allow */

struct twig {
	struct twig *next, *first;
	struct twig **end; /* where the next one below goes */
	const char *text;
};

/* One more line below parent, of which there may be none (NULL). NULL: out of memory; what is then
 * added below it is passed over, and the arena's owner finds out by *failed. */
struct twigs {
	struct arena *arena;
	bool failed;
};

struct twig *twig_add(struct twigs *twigs, struct twig *parent, const char *format, ...)
	PRINTF(3, 4);

/* root, and all below it, in box-drawing characters or in ASCII. Long lines are broken at blanks.
 */
void twig_print(const struct twig *root, bool utf8, FILE *out);
