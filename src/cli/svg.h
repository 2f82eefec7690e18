/* SPDX-License-Identifier: MIT */
/* A drawing in SVG 1.1: boxes, text and arrows. It needs nothing from elsewhere, has no script, and
 * whatever text is given stays text. Units are pixels. */
#pragma once

#include <stdio.h>

#include "base/bytes.h"

#define SVG_FONT 12 /* pixels */
#define SVG_ADVANCE                                                                                \
	7.25	    /* pixels a character takes, a little more than any monospaced font needs */
#define SVG_LINE 16 /* pixels from line to line */

struct svg_style {
	const char *stroke, *fill; /* colours */
	int width;		   /* pixels of the stroke */
	bool dashed;
};

struct svg_ink {
	const char *colour;
	bool bold;
};

/* Where a box is. */
struct svg_place {
	int x, y, width, height;
};

void svg_begin(FILE *out, int width, int height, const char *title);
void svg_box(FILE *out, struct svg_place place, const struct svg_style *style);

/* y is the base line. */
void svg_text(FILE *out, int x, int y, struct bytes text, struct svg_ink ink);
void svg_arrow(FILE *out, int from_x, int from_y, int to_x, int to_y);
void svg_end(FILE *out);

/* Text between tags or in an attribute; what is not printable ASCII, and so may be no character of
 * XML at all, becomes "?".                                       XML 1.0 section 2.4 */
void svg_escape(FILE *out, struct bytes text);
