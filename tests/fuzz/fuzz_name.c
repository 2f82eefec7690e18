/* SPDX-License-Identifier: MIT */
/* Two octets say where in the rest, a message, a name begins; another is read behind it. The rest
 * is looked at as text, too. */
#include <assert.h>

#include "wire/compose.h"
#include "wire/name.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static bool name_same(struct name a, struct name b)
{
	return bytes_equal(bytes_of(a.octets, a.len), bytes_of(b.octets, b.len));
}

/* Labels fill it exactly, and the root is the last one. */
static void form_check(struct name name)
{
	size_t at = 0;
	while (name.octets[at] != 0) {
		assert(name.octets[at] <= LABEL_LEN_MAX);
		at += 1u + name.octets[at];
		assert(at < NAME_LEN_MAX);
	}
	assert(at + 1 == name.len);
}

/* All ways of reading agree. Returns false if there is no name. */
static bool read_all(struct reader *r, struct name_space *space, struct name *out)
{
	struct reader viewing = *r, plain = *r, skipping = *r;
	struct name_space other;

	struct name name = name_read(r, space);
	struct name view = name_read_view(&viewing, &other);
	struct name whole = name_read_plain(&plain);
	name_skip(&skipping);
	assert(r->failed == viewing.failed);
	if (!plain.failed)
		assert(!r->failed && name_same(whole, name) && plain.at == r->at);
	if (r->failed)
		return false;
	assert(viewing.at == r->at && skipping.at == r->at && !skipping.failed);
	assert(name_same(name, view));
	form_check(name);
	*out = name;
	return true;
}

static void text_check(struct name name)
{
	char text[NAME_TEXT_LEN];
	struct name_space space;
	struct name again;

	name_print(name, text);
	for (const char *c = text; *c; c++)
		assert(*c > ' ' && *c < 0x7f);
	int err = name_parse(text, &space, &again);
	assert(err == 0 && name_same(name, again));
}

static void relations_check(struct name name)
{
	const struct hash_key key = { 1, 2 };
	struct name_space space;
	struct name folded = name_fold(name, &space), above = name;
	unsigned labels = name_label_count(name);

	assert(name_equal(name, folded) && name_compare(name, folded) == 0);
	assert(name_order(name, folded) == 0);
	assert(name_hash(&key, name) == name_hash(&key, folded));
	assert(name_is_within(name, name) && name_is_within(name, name_root()));
	for (; !name_is_root(above); labels--) {
		above = name_parent(above);
		form_check(above);
		assert(name_is_within(name, above) && !name_is_within(above, name));
		assert(name_compare(above, name) < 0 && name_compare(name, above) > 0);
	}
	assert(labels == 0);
}

static void pair_check(struct name a, struct name b)
{
	uint8_t buffer[4 * NAME_LEN_MAX + 12] = { 0 };
	const struct name names[] = { a, b, a, b };
	struct name_space space;
	struct compose c;
	int order = name_compare(a, b), back = name_compare(b, a);

	assert((order < 0) == (back > 0) && (order == 0) == (back == 0));
	assert((order == 0) == name_equal(a, b));
	assert((name_order(a, b) == 0) == name_equal(a, b));
	assert((name_order(a, b) < 0) == (name_order(b, a) > 0));
	if (name_is_within(a, b) && name_is_within(b, a))
		assert(order == 0);

	compose_init(&c, buffer, sizeof(buffer));
	writer_bytes(&c.w, bytes_of("123456789012", 12));
	for (size_t i = 0; i < 4; i++)
		compose_name(&c, names[i]);
	assert(!c.w.failed);
	struct reader r = reader_over(bytes_of(buffer, c.w.len));
	reader_skip(&r, 12);
	for (size_t i = 0; i < 4; i++)
		assert(name_same(name_read(&r, &space), names[i]));
	assert(reader_finished(&r));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	char text[2 * NAME_TEXT_LEN];
	struct name_space spaces[2];
	struct name names[2], parsed;
	struct reader r = reader_over(bytes_of(data, len));
	size_t from = reader_u16(&r);
	struct bytes message = reader_rest(&r);

	r = reader_over(message);
	reader_skip(&r, message.len > 0 ? from % message.len : 0);
	for (size_t i = 0; i < 2 && read_all(&r, &spaces[i], &names[i]); i++) {
		text_check(names[i]);
		relations_check(names[i]);
		if (i == 1)
			pair_check(names[0], names[1]);
	}

	size_t text_len = message.len < sizeof(text) ? message.len : sizeof(text) - 1;
	memcpy(text, message.at, text_len);
	text[text_len] = '\0';
	if (name_parse(text, &spaces[0], &parsed) == 0) {
		form_check(parsed);
		text_check(parsed);
		relations_check(parsed);
	}
	return 0;
}
