/* SPDX-License-Identifier: MIT */
/* Names by which one asks which of the root's keys are trusted here.          RFC 8509 */
#include "unit/resolve/validating.h"

#include <stdio.h>

/* RFC 8509 section 3: those who roll the root's keys count on it. */
static void the_sentinel_tells_which_keys_are_trusted(void **state)
{
	const struct anchor_record *record = anchors_closest(world.anchors, name_root())->records;
	const unsigned tag = u16_load(record->rdata.at);
	const struct {
		const char *label;
		unsigned tag;
		bool fails;
	} cases[] = { { "is", tag, false }, { "is", tag ^ 1, true }, { "not", tag, true },
		{ "not", tag ^ 1, false } };
	char name[64];
	(void)state;

	assert_int_equal(record->type, TYPE_DS);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		snprintf(name, sizeof(name), "root-key-sentinel-%s-ta-%05u.n1.example",
			cases[i].label, cases[i].tag);
		world_add_a(&world, name);
		ask(&a, name, "A");
		answer_all();
		if (cases[i].fails)
			assert_bogus(&a, EDE_OTHER);
		else
			assert_secure(&a);
	}
}

/* That such a name does not exist is an answer, too, and a proof in the cache is no way round. */
static void the_sentinel_speaks_where_a_proof_denies(void **state)
{
	const struct anchor_record *record = anchors_closest(world.anchors, name_root())->records;
	const unsigned tag = u16_load(record->rdata.at);
	char name[64];
	(void)state;

	ask(&a, "root.n1.example.", "A");
	answer_all();
	assert_int_equal(ask(&a, "rooz.n1.example.", "A"), ASKER_ANSWERED);
	snprintf(name, sizeof(name), "root-key-sentinel-is-ta-%05u.n1.example.", tag);
	assert_int_equal(ask(&a, name, "A"), ASKER_ANSWERED);
	assert_int_equal(header_of(&a).rcode, RCODE_NXDOMAIN);
	snprintf(name, sizeof(name), "root-key-sentinel-not-ta-%05u.n1.example.", tag);
	assert_int_equal(ask(&a, name, "A"), ASKER_WAITS);
	answer_all();
	assert_bogus(&a, EDE_OTHER);
}

/* When the key is not trusted any more an older answer must not hide it. */
static void the_sentinel_speaks_though_an_old_answer_is_there(void **state)
{
	const struct anchor_record *record = anchors_closest(world.anchors, name_root())->records;
	struct anchors *island = anchors_new();
	char name[64];
	(void)state;

	snprintf(name, sizeof(name), "root-key-sentinel-is-ta-%05u.n1.example",
		(unsigned)u16_load(record->rdata.at));
	world_add_a(&world, name);
	ask(&a, name, "A");
	answer_all();
	assert_secure(&a);
	fake_loop_advance(r.loop, 3600 * 1000);
	struct anchors *before = world.anchors;
	world.anchors = island;
	world_anchor(&world, "n1.example");
	assert_true(resolving_reload(&r, island));
	world.anchors = before;
	ask(&a, name, "A");
	answer_all();
	assert_bogus(&a, EDE_OTHER);
	anchors_free(island);
}

/* RFC 8509 section 3.1: an answer that is not signed says nothing of keys. */
static void the_sentinel_is_silent_where_nothing_is_signed(void **state)
{
	static const char name[] = "root-key-sentinel-is-ta-00001.un.example";
	(void)state;

	world_add_a(&world, name);
	ask(&a, name, "A");
	answer_all();
	assert_int_equal(header_of(&a).rcode, RCODE_NOERROR);
	assert_int_equal(header_of(&a).record_count[SECTION_ANSWER], 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		VALIDATING_TEST(the_sentinel_tells_which_keys_are_trusted),
		VALIDATING_TEST(the_sentinel_speaks_where_a_proof_denies),
		VALIDATING_TEST(the_sentinel_speaks_though_an_old_answer_is_there),
		VALIDATING_TEST(the_sentinel_is_silent_where_nothing_is_signed),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
