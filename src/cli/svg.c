/* SPDX-License-Identifier: MIT */
#include "cli/svg.h"

void svg_escape(FILE *out, struct bytes text)
{
	for (size_t i = 0; i < text.len; i++) {
		switch (text.at[i]) {
		case '&': fputs("&amp;", out); break;
		case '<': fputs("&lt;", out); break;
		case '>': fputs("&gt;", out); break;
		case '"': fputs("&quot;", out); break;
		case '\'': fputs("&#39;", out); break;
		default: putc(text.at[i] >= 0x20 && text.at[i] < 0x7f ? text.at[i] : '?', out);
		}
	}
}

void svg_begin(FILE *out, int width, int height, const char *title)
{
	fprintf(out,
		"<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
		"<svg xmlns=\"http://www.w3.org/2000/svg\" version=\"1.1\" width=\"%d\" "
		"height=\"%d\""
		" viewBox=\"0 0 %d %d\" font-family=\"DejaVu Sans Mono, Menlo, Consolas, "
		"monospace\""
		" font-size=\"%d\">\n<title>",
		width, height, width, height, SVG_FONT);
	svg_escape(out, bytes_of(title, strlen(title)));
	fprintf(out,
		"</title>\n<defs><marker id=\"head\" viewBox=\"0 0 8 8\" refX=\"8\" refY=\"4\""
		" markerWidth=\"8\" markerHeight=\"8\" orient=\"auto\">"
		"<path d=\"M0 0 L8 4 L0 8 Z\" fill=\"#444\"/></marker></defs>\n"
		"<rect width=\"%d\" height=\"%d\" fill=\"#fff\"/>\n",
		width, height);
}

void svg_box(FILE *out, struct svg_place place, const struct svg_style *style)
{
	fprintf(out,
		"<rect x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\" rx=\"5\" fill=\"%s\" "
		"stroke=\"%s\""
		" stroke-width=\"%d\"%s/>\n",
		place.x, place.y, place.width, place.height, style->fill, style->stroke,
		style->width, style->dashed ? " stroke-dasharray=\"5 3\"" : "");
}

void svg_text(FILE *out, int x, int y, struct bytes text, struct svg_ink ink)
{
	fprintf(out, "<text x=\"%d\" y=\"%d\" fill=\"%s\"%s xml:space=\"preserve\">", x, y,
		ink.colour, ink.bold ? " font-weight=\"bold\"" : "");
	svg_escape(out, text);
	fputs("</text>\n", out);
}

void svg_arrow(FILE *out, int from_x, int from_y, int to_x, int to_y)
{
	fprintf(out,
		"<line x1=\"%d\" y1=\"%d\" x2=\"%d\" y2=\"%d\" stroke=\"#444\" stroke-width=\"1.5\""
		" marker-end=\"url(#head)\"/>\n",
		from_x, from_y, to_x, to_y);
}

void svg_end(FILE *out)
{
	fputs("</svg>\n", out);
}
