/* SPDX-License-Identifier: MIT */
/* What an NSEC covers does not exist: an error here denies what does. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "dnssec/nsec.h"
#include "sample.h"

static struct name_space spaces[4];

static struct nsec nsec_of(const char *owner, const char *next)
{
	return (struct nsec){ .owner = name_of(owner, &spaces[0]),
		.next = name_of(next, &spaces[1]) };
}

static bool covers(const char *owner, const char *next, const char *name)
{
	struct nsec nsec = nsec_of(owner, next);
	return nsec_covers(&nsec, name_of(name, &spaces[2]), name_of("example", &spaces[3]));
}

static void test_read(void **state)
{
	struct nsec nsec;
	(void)state;
	assert_int_equal(nsec_read(name_root(), OCTETS("\1a\0\0\1\100"), &nsec), 0);
	assert_name(nsec.next, "a.");
	assert_int_equal(nsec.types.len, 3);
	assert_int_equal(nsec_read(name_root(), OCTETS("\1a\0\0\2\100"), &nsec), ERR_FORMAT);
	assert_int_equal(nsec_read(name_root(), OCTETS("\1a"), &nsec), ERR_FORMAT);
}

static void test_covers(void **state)
{
	(void)state;
	assert_true(covers("a.example", "c.example", "b.example"));
	assert_true(covers("a.example", "c.example", "x.a.example"));
	assert_true(covers("a.example", "c.example", "B.EXAMPLE"));
	assert_false(covers("a.example", "c.example", "a.example"));
	assert_false(covers("a.example", "c.example", "c.example"));
	assert_false(covers("a.example", "c.example", "x.c.example"));
	assert_false(covers("a.example", "c.example", "d.example"));
	assert_false(covers("a.example", "c.example", "b.other"));
	/* The last one, and a zone of one name. */
	assert_true(covers("x.example", "example", "z.example"));
	assert_false(covers("x.example", "example", "a.example"));
	assert_false(covers("x.example", "example", "example"));
	assert_true(covers("example", "example", "a.example"));
	assert_false(covers("example", "example", "example"));
	/* Backward, but not to the apex: it stands for nothing. */
	assert_false(covers("x.example", "b.example", "z.example"));
	assert_false(covers("x.example", "b.example", "a.example"));
	/* Next in another zone. */
	assert_false(covers("a.example", "z.other", "b.example"));
}

static void test_encloser(void **state)
{
	struct nsec nsec = nsec_of("a.b.example", "x.y.c.example");
	(void)state;
	assert_name(nsec_encloser(&nsec, name_of("q.b.example", &spaces[2])), "b.example.");
	assert_name(nsec_encloser(&nsec, name_of("q.c.example", &spaces[2])), "c.example.");
	assert_name(nsec_encloser(&nsec, name_of("q.p.y.c.example", &spaces[2])), "y.c.example.");
	assert_name(nsec_encloser(&nsec, name_of("bb.example", &spaces[2])), "example.");
	assert_name(nsec_encloser(&nsec, name_of("q.a.b.example", &spaces[2])), "a.b.example.");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_read),
		cmocka_unit_test(test_covers),
		cmocka_unit_test(test_encloser),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
