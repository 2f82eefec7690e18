/* SPDX-License-Identifier: MIT */
/* Where an answer leads: aliases, subtrees, and CNAMEs that claim to be of a subtree. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "dnssec/path.h"
#include "sample.h"
#include "world.h"

static struct world_reply reply;
static struct name_space spaces[32];
static unsigned names;
static struct arena arena;

static int set_up(void **state)
{
	(void)state;
	memset(&reply, 0, sizeof(reply));
	names = 0;
	arena_init(&arena, 1u << 20);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	arena_done(&arena);
	return 0;
}

static struct name name(const char *text)
{
	return name_of(text, &spaces[names++]);
}

static void put(const char *owner, uint16_t type, const char *target)
{
	struct name to = name(target);
	world_put(&reply, SECTION_ANSWER, name(owner), type, bytes_of(to.octets, to.len));
}

static int next(const char *from, uint16_t type, struct hop *hop)
{
	struct message message;
	struct reply opened;
	world_message(&reply, &arena, &message);
	assert_int_equal(reply_open(&opened, &message, &arena), 0);
	return path_next(&opened, name(from), type, &arena, hop);
}

static void test_plain(void **state)
{
	struct hop hop;
	(void)state;
	put("a.example", TYPE_CNAME, "B.example");
	put("b.example", TYPE_NS, "ns.example");
	assert_int_equal(next("A.example", TYPE_A, &hop), 0);
	assert_int_equal(hop.kind, HOP_ALIAS);
	assert_name(hop.target, "B.example.");
	assert_int_equal(next("a.example", TYPE_CNAME, &hop), 0);
	assert_int_equal(hop.kind, HOP_RECORDS);
	assert_int_equal(next("b.example", TYPE_NS, &hop), 0);
	assert_int_equal(hop.kind, HOP_RECORDS);
	assert_int_equal(next("b.example", TYPE_A, &hop), 0);
	assert_int_equal(hop.kind, HOP_NOTHING);
	put("a.example", TYPE_CNAME, "c.example"); /* two: no alias */
	assert_int_equal(next("a.example", TYPE_A, &hop), ERR_FORMAT);
}

static void test_subtree(void **state)
{
	struct hop hop;
	(void)state;
	put("d.example", TYPE_DNAME, "t.other");
	put("x.Y.d.example", TYPE_CNAME, "x.y.t.other");
	assert_int_equal(next("X.y.d.example", TYPE_A, &hop), 0);
	assert_int_equal(hop.kind, HOP_SUBTREE);
	assert_int_equal(next("no.cname.d.example", TYPE_A, &hop), 0);
	assert_int_equal(
		hop.kind, HOP_FALSE); /* whoever asked would be told that nothing is there */
	assert_int_equal(next("X.y.d.example", TYPE_A, &hop), 0);
	assert_name(hop.target, "X.y.t.other.");
	assert_int_equal(next("d.example", TYPE_A, &hop), 0);
	assert_int_equal(hop.kind, HOP_NOTHING); /* not for its own owner */
	assert_int_equal(next("d.example", TYPE_DNAME, &hop), 0);
	assert_int_equal(hop.kind, HOP_RECORDS);
	put("x.d.example", TYPE_CNAME, "x.T.other");
	assert_int_equal(next("x.d.example", TYPE_CNAME, &hop), 0);
	assert_int_equal(hop.kind, HOP_SUBTREE);
	put("z.d.example", TYPE_CNAME, "z.evil");
	assert_int_equal(next("z.d.example", TYPE_A, &hop), 0);
	assert_int_equal(hop.kind, HOP_FALSE);
	/* Signed, it stands for itself, and its signature must fit. */
	world_put(&reply, SECTION_ANSWER, name("z.d.example"), TYPE_RRSIG,
		OCTETS("\0\5\15\3\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0sig"));
	assert_int_equal(next("z.d.example", TYPE_A, &hop), 0);
	assert_int_equal(hop.kind, HOP_ALIAS);
}

static void test_overlong(void **state)
{
	char text[300];
	struct hop hop;
	(void)state;
	memset(text, 'a', sizeof(text));
	text[63] = text[127] = text[191] = '.';
	strcpy(text + 240, ".d.example");
	put("d.example", TYPE_DNAME, "a-longer-target.example");
	assert_int_equal(next(text, TYPE_A, &hop), 0);
	assert_int_equal(hop.kind, HOP_OVERLONG);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_plain, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_subtree, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_overlong, set_up, tear_down),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
