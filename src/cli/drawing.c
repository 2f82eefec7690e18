/* SPDX-License-Identifier: MIT */
/* Boxes are first made and measured, then placed from the top down, then drawn: a zone's box stands
 * above the middle of all that is below it. */
#include "cli/drawing.h"

#include "cli/phrase.h"
#include "cli/svg.h"
#include "cli/tree.h"

#define DRAWING_MEMORY_MAX (32u << 20) /* octets; a trace of a mebibyte makes a few */

/* Pixels, but for the columns of text. */
#define COLUMNS	   66
#define PAD	   12
#define BOX_WIDTH  503 /* COLUMNS characters and the padding on both sides */
#define GAP_DOWN   36
#define GAP_ACROSS 28
#define CHIP_WIDTH 150 /* of a DS or key; three lines of text, three in a row */
#define CHIP_LINES 3
#define CHIP_PAD   6
#define CHIP_HIGH  (CHIP_LINES * SVG_LINE + CHIP_PAD)
#define CHIP_GAP   14
#define CHIP_DOWN  26 /* from the DS to the keys: room for an arrow */
#define CHIPS_MAX  12 /* of each kind; a zone in the middle of a roll has six */
#define ROW	   3

#define INK "#1a1a1a"

struct line {
	struct line *next;
	struct bytes text;
	unsigned indent; /* columns */
	bool bold;
};

struct chip {
	struct bytes lines[CHIP_LINES];
	struct svg_style style;
	const struct dnskey *key; /* of a DS: that it stands for; of a key: itself */
	int x, y;
};

struct chips {
	struct chip chip[CHIPS_MAX];
	unsigned count;
	unsigned left_out;
};

struct box {
	struct box *next, *first; /* beside it, below it */
	struct box *under;	  /* hops stand one under another */
	bool apart;		  /* what is below does not come from it */
	enum verdict verdict;
	struct line *lines, **lines_end;
	unsigned title_lines, line_count; /* the title's among them */
	struct chips ds, keys;
	int across; /* pixels that it takes with all below it */
	int high, x, y;
};

struct drawing {
	const struct inspection *inspection;
	struct twigs twigs;
	struct arena *arena;
	int width, height;
};

static const struct svg_style styles[] = {
	[VERDICT_SECURE] = { "#1b7f3b", "#eef8f1", 2, false },
	[VERDICT_INSECURE] = { "#8a6500", "#fff8e1", 2, false },
	[VERDICT_BOGUS] = { "#b3261e", "#fdeceb", 3, false },
	[VERDICT_INDETERMINATE] = { "#555555", "#f1f1f1", 2, true },
};

/* Making */

static struct box *box_new(struct drawing *drawing, enum verdict verdict)
{
	struct box *box = arena_alloc(drawing->arena, sizeof(*box));

	drawing->twigs.failed |= !box;
	if (!box)
		return NULL;
	box->verdict = verdict;
	box->lines_end = &box->lines;
	return box;
}

/* Octets of the line that text begins with: whole words, if that is possible. */
static size_t fit(struct bytes text, size_t columns)
{
	if (text.len <= columns)
		return text.len;
	for (size_t len = columns; len > 0; len--) {
		if (text.at[len] == ' ')
			return len;
	}
	return columns;
}

static void box_text(
	struct drawing *drawing, struct box *box, const char *text, unsigned indent, bool bold)
{
	struct bytes rest = bytes_of(text, strlen(text));
	unsigned by = indent < COLUMNS / 2 ? indent : COLUMNS / 2;

	while (rest.len > 0) {
		struct line *line = arena_alloc(drawing->arena, sizeof(*line));
		drawing->twigs.failed |= !line;
		if (!line)
			return;
		size_t len = fit(rest, COLUMNS - by);
		*line = (struct line){ .text = bytes_of(rest.at, len), .indent = by, .bold = bold };
		*box->lines_end = line;
		box->lines_end = &line->next;
		box->line_count++;
		while (len < rest.len && rest.at[len] == ' ')
			len++;
		rest = bytes_of(rest.at + len, rest.len - len);
		by = indent + 2 < COLUMNS / 2 ? indent + 2 : COLUMNS / 2;
	}
}

/* twig's own text is the caller's. */
static void box_twigs(
	struct drawing *drawing, struct box *box, const struct twig *twig, unsigned indent)
{
	for (const struct twig *below = twig->first; below; below = below->next) {
		box_text(drawing, box, below->text, indent, false);
		box_twigs(drawing, box, below, indent + 2);
	}
}

static struct bytes keep(struct drawing *drawing, const char *text)
{
	const struct twig *twig = twig_add(&drawing->twigs, NULL, "%s", text);

	return twig ? bytes_of(twig->text, strlen(twig->text)) : bytes_of("", 0);
}

/* NULL: there are enough. */
static struct chip *chip_add(struct chips *chips)
{
	if (chips->count < CHIPS_MAX)
		return &chips->chip[chips->count++];
	chips->left_out++;
	return NULL;
}

static void add_ds(
	struct drawing *drawing, struct box *box, const struct trace_zone *zone, struct bytes rdata)
{
	const struct trace_key *key =
		phrase_key_of(zone->name, TYPE_DS, rdata, zone->evidence.keys);
	char text[PHRASE_WORD_LEN];
	struct ds ds;

	if (ds_read(rdata, &ds) != 0)
		return;
	struct chip *chip = chip_add(&box->ds);
	if (!chip)
		return;
	const char *what = zone->evidence.anchor ? "trust anchor" : "DS";
	const struct twig *head = twig_add(&drawing->twigs, NULL, "%s %u", what, ds.key_tag);
	if (head)
		chip->lines[0] = bytes_of(head->text, strlen(head->text));
	chip->lines[1] = keep(drawing, phrase_algorithm(ds.algorithm, text));
	chip->lines[2] = keep(drawing, phrase_digest(ds.digest_type, text));
	chip->style = (struct svg_style){ "#555555", "#ffffff", 1, !key };
	chip->key = key ? &key->key : NULL;
}

static void add_key(struct drawing *drawing, struct box *box, const struct trace_key *key)
{
	char text[PHRASE_WORD_LEN];
	struct chip *chip = chip_add(&box->keys);

	if (!chip)
		return;
	snprintf(text, sizeof(text), "DNSKEY %u", key->key.key_tag);
	chip->lines[0] = keep(drawing, text);
	chip->lines[1] = keep(drawing, phrase_algorithm(key->key.algorithm, text));
	snprintf(text, sizeof(text), "flags %u%s", key->key.flags,
		key->trusted  ? ", trusted"
		: !key->signs ? ", unused"
			      : "");
	chip->lines[2] = keep(drawing, text);
	chip->style = (struct svg_style){ key->trusted ? "#1b7f3b" : "#555555", "#ffffff",
		key->trusted ? 2 : 1, !key->signs };
	chip->key = &key->key;
}

/* An anchor that is a key stands for itself. */
static void add_anchor(struct drawing *drawing, struct box *box, const struct trace_zone *zone,
	const struct anchor_record *record)
{
	const struct trace_key *key =
		phrase_key_of(zone->name, record->type, record->rdata, zone->evidence.keys);
	char text[PHRASE_WORD_LEN];
	struct dnskey anchor;

	if (record->type == TYPE_DS) {
		add_ds(drawing, box, zone, record->rdata);
		return;
	}
	struct chip *chip = dnskey_read(record->rdata, &anchor) == 0 ? chip_add(&box->ds) : NULL;
	if (!chip)
		return;
	snprintf(text, sizeof(text), "trust anchor %u", anchor.key_tag);
	chip->lines[0] = keep(drawing, text);
	chip->lines[1] = keep(drawing, phrase_algorithm(anchor.algorithm, text));
	chip->lines[2] = keep(drawing, "DNSKEY");
	chip->style = (struct svg_style){ "#555555", "#ffffff", 1, !key };
	chip->key = key ? &key->key : NULL;
}

static bool has_chip(const struct chips *chips, const struct trace_key *key)
{
	for (unsigned i = 0; i < chips->count; i++) {
		if (chips->chip[i].key == &key->key)
			return true;
	}
	return false;
}

/* Each key below the DS that stands for it, and then the others. */
static void add_keys(struct drawing *drawing, struct box *box, const struct trace_zone *zone)
{
	const struct trace_key *keys = zone->evidence.keys;

	for (unsigned i = 0; i < box->ds.count; i++) {
		for (const struct trace_key *key = keys; key; key = key->next) {
			if (&key->key == box->ds.chip[i].key && !has_chip(&box->keys, key))
				add_key(drawing, box, key);
		}
	}
	for (const struct trace_key *key = keys; key; key = key->next) {
		if (!has_chip(&box->keys, key))
			add_key(drawing, box, key);
	}
}

static void add_chips(struct drawing *drawing, struct box *box, const struct trace_zone *zone)
{
	const struct trace_evidence *evidence = &zone->evidence;
	const struct anchor *anchor = evidence->anchor;

	for (const struct anchor_record *r = anchor ? anchor->records : NULL; r; r = r->next)
		add_anchor(drawing, box, zone, r);
	for (size_t i = 0; evidence->ds && i < evidence->ds->count; i++)
		add_ds(drawing, box, zone, evidence->ds->rdata[i]);
	add_keys(drawing, box, zone);
	box->keys.left_out += evidence->keys_left_out;
}

static void add_left_out(struct drawing *drawing, struct box *box)
{
	const struct twig *twig = NULL;

	if (box->ds.left_out + box->keys.left_out > 0)
		twig = twig_add(&drawing->twigs, NULL, "not drawn: %u more DS, %u more DNSKEY",
			box->ds.left_out, box->keys.left_out);
	if (twig)
		box_text(drawing, box, twig->text, 0, false);
}

/* What was checked, in words; chips show the rest. */
static void add_words(
	struct drawing *drawing, struct box *box, const struct trace_zone *zone, unsigned indent)
{
	const struct trace_evidence *evidence = &zone->evidence;
	const int64_t wall_s = drawing->inspection->wall_s;
	struct twig *words = twig_add(&drawing->twigs, NULL, "%s", "");
	char text[REASON_TEXT_LEN];

	if (!words)
		return;
	if (zone->reason.code != REASON_NONE)
		twig_add(&drawing->twigs, words, "%s", reason_print(&zone->reason, text));
	for (const struct trace_item *item = evidence->items; item; item = item->next) {
		if (item->kind == TRACE_CHECK && item->check->rrset == evidence->ds)
			tree_signatures(&drawing->twigs, words, item->check, wall_s);
	}
	tree_evidence(&drawing->twigs, words, evidence, zone->name, wall_s);
	box_twigs(drawing, box, words, indent);
}

static void add_title(struct drawing *drawing, struct box *box, const char *text)
{
	box_text(drawing, box, text, 0, true);
	box->title_lines = box->line_count;
}

/* Names below that are no zones of their own. */
static void add_inside(struct drawing *drawing, struct box *box, const struct trace_zone *above)
{
	const struct trace *trace = &drawing->inspection->trace;
	char name[NAME_TEXT_LEN];

	for (const struct trace_zone *zone = trace->zones; zone; zone = zone->next) {
		if (zone->state != ZONE_INSIDE || !tree_is_below(trace, zone, above))
			continue;
		const struct twig *twig = twig_add(&drawing->twigs, NULL, "%s %s",
			name_print(zone->name, name), phrase_state(zone->state));
		if (!twig)
			return;
		box_text(drawing, box, twig->text, 0, false);
		add_words(drawing, box, zone, 2);
	}
}

static struct box *zone_box(struct drawing *drawing, const struct trace_zone *zone)
{
	struct box *box = box_new(drawing, phrase_state_verdict(zone->state));
	char name[NAME_TEXT_LEN];

	if (!box)
		return NULL;
	const struct twig *title = twig_add(&drawing->twigs, NULL, "%s %s",
		name_print(zone->name, name), phrase_state(zone->state));
	if (title)
		add_title(drawing, box, title->text);
	add_chips(drawing, box, zone);
	add_left_out(drawing, box);
	add_words(drawing, box, zone, 0);
	add_inside(drawing, box, zone);
	return box;
}

/* The hops that zone proves, or none of the zones; the first one, the others under it. */
static struct box *hop_boxes(struct drawing *drawing, const struct trace_zone *zone)
{
	const struct inspection *inspection = drawing->inspection;
	const struct trace *trace = &inspection->trace;
	struct box *first = NULL, **end = &first;

	for (const struct trace_hop *hop = trace->hops; hop; hop = hop->next) {
		if (!tree_is_proven_by(trace, hop, zone))
			continue;
		struct box *box = box_new(drawing, reason_verdict(hop->reason.code));
		const struct twig *twig = box ? tree_hop(&drawing->twigs, NULL, inspection, hop,
							tree_hop_number(trace, hop))
					      : NULL;
		if (!twig)
			return first;
		add_title(drawing, box, twig->text);
		box_twigs(drawing, box, twig, 0);
		*end = box;
		end = &box->under;
	}
	return first;
}

static struct box *boxes_below(struct drawing *drawing, const struct trace_zone *above)
{
	const struct trace *trace = &drawing->inspection->trace;
	struct box *first = NULL, **end = &first;

	for (const struct trace_zone *zone = trace->zones; zone; zone = zone->next) {
		if (zone->state == ZONE_INSIDE || !tree_is_below(trace, zone, above))
			continue;
		*end = zone_box(drawing, zone);
		if (!*end)
			return first;
		(*end)->first = boxes_below(drawing, zone);
		end = &(*end)->next;
	}
	*end = hop_boxes(drawing, above);
	return first;
}

/* Measuring */

static int rows_high(const struct chips *chips)
{
	const int rows = (int)(chips->count + ROW - 1) / ROW;

	return rows * (CHIP_HIGH + CHIP_GAP);
}

static void measure(struct box *box)
{
	int below = 0;

	box->high = 2 * PAD + (int)box->line_count * SVG_LINE + rows_high(&box->ds) +
		    rows_high(&box->keys);
	if (box->ds.count > 0 && box->keys.count > 0)
		box->high += CHIP_DOWN - CHIP_GAP;
	for (struct box *child = box->first; child; child = child->next) {
		measure(child);
		below += child->across + (child->next ? GAP_ACROSS : 0);
	}
	if (box->under)
		measure(box->under);
	box->across = below > BOX_WIDTH ? below : BOX_WIDTH;
	if (box->under && box->under->across > box->across)
		box->across = box->under->across;
}

/* Placing */

static void place_chips(struct chips *chips, int x, int y)
{
	for (unsigned i = 0; i < chips->count; i++) {
		chips->chip[i].x = x + (int)(i % ROW) * (CHIP_WIDTH + CHIP_GAP);
		chips->chip[i].y = y + (int)(i / ROW) * (CHIP_HIGH + CHIP_GAP);
	}
}

static void place(struct drawing *drawing, struct box *box, int x, int y)
{
	int top = y + PAD + (int)box->title_lines * SVG_LINE + CHIP_PAD, child_x = x;

	box->x = x + (box->across - BOX_WIDTH) / 2;
	box->y = y;
	place_chips(&box->ds, box->x + PAD, top);
	top += rows_high(&box->ds) + (box->ds.count > 0 ? CHIP_DOWN - CHIP_GAP : 0);
	place_chips(&box->keys, box->x + PAD, top);
	y += box->high + GAP_DOWN;
	if (box->under)
		place(drawing, box->under, x, y);
	for (struct box *child = box->first; child; child = child->next) {
		place(drawing, child, child_x, y);
		child_x += child->across + GAP_ACROSS;
	}
	if (y > drawing->height)
		drawing->height = y;
	if (x + box->across > drawing->width)
		drawing->width = x + box->across;
}

/* Drawing */

static void draw_chip(const struct chip *chip, FILE *out)
{
	svg_box(out, (struct svg_place){ chip->x, chip->y, CHIP_WIDTH, CHIP_HIGH }, &chip->style);
	for (int i = 0; i < CHIP_LINES; i++)
		svg_text(out, chip->x + CHIP_PAD, chip->y + (i + 1) * SVG_LINE - 2, chip->lines[i],
			(struct svg_ink){ INK, i == 0 });
}

/* Arrows first: where one must pass a chip it passes behind. */
static void draw_chips(const struct box *box, FILE *out)
{
	for (unsigned i = 0; i < box->ds.count; i++) {
		const struct chip *from = &box->ds.chip[i];
		for (unsigned k = 0; k < box->keys.count; k++) {
			const struct chip *to = &box->keys.chip[k];
			if (from->key && from->key == to->key)
				svg_arrow(out, from->x + CHIP_WIDTH / 2, from->y + CHIP_HIGH,
					to->x + CHIP_WIDTH / 2, to->y);
		}
	}
	for (unsigned i = 0; i < box->ds.count; i++)
		draw_chip(&box->ds.chip[i], out);
	for (unsigned i = 0; i < box->keys.count; i++)
		draw_chip(&box->keys.chip[i], out);
}

static void draw(const struct box *box, FILE *out)
{
	const int chips = box->high - 2 * PAD - (int)box->line_count * SVG_LINE;
	unsigned number = 0;
	int y = box->y + PAD;

	svg_box(out, (struct svg_place){ box->x, box->y, BOX_WIDTH, box->high },
		&styles[box->verdict]);
	for (const struct line *line = box->lines; line; line = line->next) {
		y += SVG_LINE;
		const struct svg_ink ink = { line->bold ? styles[box->verdict].stroke : INK,
			line->bold };
		svg_text(out, box->x + PAD + (int)(line->indent * SVG_ADVANCE), y - 4, line->text,
			ink);
		if (++number == box->title_lines)
			y += chips;
	}
	draw_chips(box, out);
	if (box->under)
		svg_arrow(out, box->x + BOX_WIDTH / 2, box->y + box->high,
			box->under->x + BOX_WIDTH / 2, box->under->y);
	for (const struct box *child = box->first; child; child = child->next) {
		if (!box->apart)
			svg_arrow(out, box->x + BOX_WIDTH / 2, box->y + box->high,
				child->x + BOX_WIDTH / 2, child->y);
		draw(child, out);
	}
	if (box->under)
		draw(box->under, out);
}

int drawing_print(const struct inspection *inspection, FILE *out)
{
	struct arena arena;

	arena_init(&arena, DRAWING_MEMORY_MAX);
	struct drawing drawing = {
		.inspection = inspection, .arena = &arena, .twigs = { .arena = &arena }
	};
	const struct twig *head = tree_head(&drawing.twigs, inspection);
	struct box *top = head ? box_new(&drawing, inspection->result.verdict) : NULL;
	if (top) {
		top->apart = true;
		add_title(&drawing, top, head->text);
		box_twigs(&drawing, top, head, 0);
		top->first = boxes_below(&drawing, NULL);
		measure(top);
		place(&drawing, top, GAP_ACROSS, GAP_ACROSS);
	}
	if (!drawing.twigs.failed) {
		svg_begin(out, drawing.width + GAP_ACROSS, drawing.height, head->text);
		draw(top, out);
		svg_end(out);
	}
	arena_done(&arena);
	return drawing.twigs.failed ? ERR_NOMEM : 0;
}
