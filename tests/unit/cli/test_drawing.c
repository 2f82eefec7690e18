/* SPDX-License-Identifier: MIT */
/* The drawing: written to the file given, for a real parser of XML to read. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "cli/drawing.h"
#include "inspected.h"

static const char *directory;

/* How often piece is there. */
static unsigned count(const char *piece)
{
	unsigned found = 0;
	for (const char *at = strstr(inspected.text, piece); at; at = strstr(at + 1, piece))
		found++;
	return found;
}

/* For the parser, too, if this runs for it. */
static void keep(const char *name)
{
	char path[256];
	if (!directory)
		return;
	snprintf(path, sizeof(path), "%s/%s.svg", directory, name);
	FILE *out = fopen(path, "w");
	assert_non_null(out);
	assert_true(fputs(inspected.text, out) >= 0);
	assert_int_equal(fclose(out), 0);
}

static void draw(const char *name, uint16_t type, const char *as)
{
	inspected_run(name, type);
	inspected_print(drawing_print);
	inspected_done();
	keep(as);
}

static void test_secure(void **state)
{
	(void)state;
	draw("www.n1.example", TYPE_A, "secure");
	/* The question, three zones with a DS or anchor and a key each, and the answer. */
	assert_int_equal(count("<rect x="), 5 + 6);
	assert_int_equal(count("<line "), 3 + 3);
	assert_int_equal(count(">. secure</text>"), 1);
	assert_int_equal(count(">n1.example. secure</text>"), 1);
	assert_int_equal(count(">www.n1.example. A: secure</text>"), 2);
	assert_int_equal(count(">A 192.0.2.1</text>"), 1);
	assert_int_equal(count("#b3261e"), 0); /* red */
}

static void spoil_a(struct world_reply *reply, void *with)
{
	(void)with;
	reply_spoil_signatures(reply, TYPE_A);
}

static void test_insecure_and_bogus(void **state)
{
	(void)state;
	draw("www.un.example", TYPE_A, "insecure");
	assert_int_equal(count(">un.example. insecure</text>"), 1);
	assert_int_equal(count("#8a6500\" stroke-width"), 3);
	draw("tounsigned.n3.example", TYPE_A, "path");
	draw("nope.n3.example", TYPE_A, "denied");
	inspected.world.tamper = spoil_a;
	draw("www.n1.example", TYPE_A, "bogus");
	assert_int_equal(count(">www.n1.example. A: bogus</text>"), 2);
	assert_int_equal(count("#b3261e\" stroke-width"), 2);
}

static void add_keys(const char *zone, unsigned keys, unsigned ds)
{
	struct world *world = &inspected.world;
	uint8_t rdata[SIGNER_RDATA_MAX];
	for (unsigned i = 1; i <= keys; i++) {
		const struct signer_key *key = signer_key(i < 8 ? 13 : 15, i % 8);
		world_add(world, zone, TYPE_DNSKEY, key->dnskey.rdata);
		if (i > ds)
			continue;
		size_t len = signer_ds(key, world_name(world, zone), DIGEST_SHA256, rdata);
		world_add(world, zone, TYPE_DS, bytes_of(rdata, len));
	}
}

/* More keys than fit in a row, and more than are drawn. */
static void test_many_keys(void **state)
{
	(void)state;
	add_keys("n1.example", 4, 3);
	add_keys("n3.example", 14, 1);
	draw("tosigned.n1.example", TYPE_A, "roll");
	assert_int_equal(count(">not drawn: 0 more DS, 3 more DNSKEY</text>"), 1);
	/* Anchor and example, four of n1, two of n3; and five from box to box. */
	assert_int_equal(count("<line "), 2 + 4 + 2 + 5);
}

static void test_hostile(void **state)
{
	const uint8_t owner[] = "\30</text><script>&\"'\033\300</s>\7example";
	const struct name name = { owner, sizeof(owner) };
	(void)state;
	struct world_zone *zone = world_zone_at(&inspected.world, "example");
	struct world_record record = { .next = zone->records,
		.owner = name,
		.type = TYPE_TXT,
		.rdata = bytes_of("\20]]><!--<script/>", 17) };
	zone->records = &record;
	inspected_run_name(name, TYPE_TXT);
	inspected_print(drawing_print);
	inspected_done();
	keep("hostile");
	assert_int_equal(count("<script"), 0);
	assert_int_equal(count("<!--"), 0);
	assert_int_equal(
		count("&lt;/text&gt;&lt;script&gt;&amp;\\&quot;&#39;\\027\\192&lt;/s&gt;"), 3);
	zone->records = record.next;
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_secure, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_insecure_and_bogus, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_many_keys, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_hostile, set_up, tear_down),
	};
	if (argc > 1)
		directory = argv[1];
	return cmocka_run_group_tests(tests, NULL, NULL);
}
