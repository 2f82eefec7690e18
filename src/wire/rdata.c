/* SPDX-License-Identifier: MIT */
#include "wire/rdata.h"

#include "wire/form.h"
#include "wire/print.h"

/* All fields in a row, in the arena. */
static int fields_copy(const struct fields *fields, struct arena *arena, struct bytes *out)
{
	size_t len = 0;
	for (unsigned i = 0; i < fields->count; i++)
		len += fields->field[i].octets.len;
	/* Names that grew may push it past what a record's length can say. */
	if (len > UINT16_MAX)
		return ERR_FORMAT;
	uint8_t *octets = arena_alloc(arena, len);
	if (!octets)
		return ERR_NOMEM;
	struct writer w = writer_into(octets, len);
	for (unsigned i = 0; i < fields->count; i++)
		writer_bytes(&w, fields->field[i].octets);
	*out = bytes_of(octets, len);
	return 0;
}

int rdata_read(struct reader *r, uint16_t type, struct arena *arena, struct bytes *out)
{
	struct reader whole = *r;
	struct fields fields;

	if (form_known(type)) {
		fields_read(r, type, &fields);
		if (r->failed)
			return ERR_FORMAT;
		if (fields.compressed)
			return fields_copy(&fields, arena, out);
	} else {
		reader_skip(r, reader_left(r));
	}
	*out = reader_rest(&whole);
	return whole.failed ? ERR_FORMAT : 0;
}

void rdata_compose(struct compose *c, uint16_t type, struct bytes rdata)
{
	struct fields fields = { 0 };

	if (form_has_1035_name(type)) {
		struct reader r = reader_over(rdata);
		fields_read(&r, type, &fields);
	}
	/* Nothing to compress, or not what its type should be: as it is. */
	if (fields.count == 0 || fields.compressed) {
		writer_bytes(&c->w, rdata);
		return;
	}
	for (unsigned i = 0; i < fields.count; i++) {
		const struct field *field = &fields.field[i];
		if (field->kind == FIELD_NAME_1035)
			compose_name(c, (struct name){ .octets = field->octets.at,
						.len = (uint8_t)field->octets.len });
		else
			writer_bytes(&c->w, field->octets);
	}
}

/* RFC 3597 section 5 */
static void opaque_print(FILE *out, struct bytes rdata)
{
	fprintf(out, "\\# %zu", rdata.len);
	if (rdata.len > 0)
		putc(' ', out);
	hex_print(out, rdata);
}

void rdata_print(FILE *out, uint16_t type, struct bytes rdata)
{
	struct fields fields = { 0 };

	if (form_known(type)) {
		struct reader r = reader_over(rdata);
		fields_read(&r, type, &fields);
	}
	bool plain = fields.count > 0 && !fields.compressed;
	for (unsigned i = 0; i < fields.count && plain; i++)
		plain = field_has_text(&fields.field[i]);
	if (!plain) {
		opaque_print(out, rdata);
		return;
	}
	for (unsigned i = 0; i < fields.count; i++) {
		if (i > 0 && field_needs_blank(&fields.field[i]))
			putc(' ', out);
		field_print(out, &fields.field[i]);
	}
}
