/* SPDX-License-Identifier: MIT */
/* Where trust begins: an anchor lost or misread, and everything or nothing resolves. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <unistd.h>

#include "dnssec/anchor.h"
#include "dnssec/key.h"
#include "sample.h"
#include "signer.h"
#include "support/failmalloc.h"

#define ROOT_DS                                                                                    \
	". 172800 IN DS 20326 8 2 "                                                                \
	"E06D44B80B8F1D39A95C0B0D7C65D08458E880409BBC683457104237C7F8EC8D\n"

static const struct anchor *closest(const struct anchors *anchors, const char *text)
{
	struct name_space space;
	return anchors_closest(anchors, name_of(text, &space));
}

/* The DS of the built-in keys are those that IANA has published. */
static void test_root(void **state)
{
	struct anchors *anchors = anchors_new(), *parsed = anchors_new();
	struct anchor_fault fault;
	(void)state;
	assert_int_equal(anchors_add_root(anchors), 0);
	assert_int_equal(anchors_count(anchors), 2);
	assert_int_equal(anchors_parse(parsed,
				 ROOT_DS ". IN DS 38696 8 2 683D2D0ACB8C9B712A1948B27F741219298D0A4"
					 "50D612C483AF444A4C0FB2B16\n",
				 &fault),
		0);
	const struct anchor_record *a = closest(anchors, "www.example")->records;
	const struct anchor_record *b = closest(parsed, ".")->records;
	for (; a && b; a = a->next, b = b->next)
		assert_true(a->type == b->type && bytes_equal(a->rdata, b->rdata));
	assert_null(a);
	assert_null(b);
	anchors_free(anchors);
	anchors_free(parsed);
	anchors_free(NULL);
}

static void test_closest(void **state)
{
	struct anchors *anchors = anchors_new();
	struct name_space space;
	(void)state;
	const struct bytes ds = OCTETS("\0\1\10\1"
				       "01234567890123456789");
	assert_null(closest(anchors, "."));
	assert_int_equal(anchors_add(anchors, name_of("b.example", &space), TYPE_DS, ds), 0);
	assert_null(closest(anchors, "example"));
	assert_int_equal(anchors_add(anchors, name_of("Example", &space), TYPE_DS, ds), 0);
	assert_int_equal(anchors_add(anchors, name_of("EXAMPLE", &space), TYPE_DS, ds), 0);
	assert_name(closest(anchors, "a.example")->name, "Example.");
	assert_name(closest(anchors, "a.B.example")->name, "b.example.");
	assert_name(closest(anchors, "b.example")->name, "b.example.");
	assert_null(closest(anchors, "bexample"));
	assert_int_equal(anchors_count(anchors), 3);
	size_t points = 0;
	for (const struct anchor *anchor = anchors_first(anchors); anchor; anchor = anchor->next)
		points++;
	assert_int_equal(points, 2);
	assert_int_equal(anchors_add(anchors, name_root(), TYPE_A, ds), ERR_FORMAT);
	assert_int_equal(anchors_add(anchors, name_root(), TYPE_DNSKEY, OCTETS("\1\201\3\10key")),
		ERR_FORMAT); /* revoked */
	anchors_free(anchors);
}

static bool negative(const struct anchors *anchors, const char *text, int64_t wall_s)
{
	struct name_space space;
	return anchors_negative(anchors, name_of(text, &space), wall_s, NULL);
}

static void test_negative(void **state)
{
	struct anchors *anchors = anchors_new();
	struct name_space space;
	struct negative_anchor at;
	(void)state;
	assert_int_equal(anchors_add_root(anchors), 0);
	assert_int_equal(anchors_add_negative(anchors, name_of("corp.example", &space), 1000), 0);
	assert_true(negative(anchors, "corp.example", 999));
	assert_true(negative(anchors, "www.corp.example", 0));
	assert_false(negative(anchors, "www.corp.example", 1000));
	assert_false(negative(anchors, "example", 0));
	assert_int_equal(anchors_add_negative(anchors, name_of("example", &space), INT64_MAX), 0);
	assert_true(negative(anchors, "www.corp.example", 1000));
	assert_true(anchors_negative(anchors, name_of("a.corp.example", &space), 0, &at));
	assert_name(at.name, "corp.example.");
	/* An anchor further down is the closer of the two; at the same name it is not. */
	assert_int_equal(anchors_add(anchors, name_of("a.corp.example", &space), TYPE_DS,
				 OCTETS("\0\1\10\1"
					"01234567890123456789")),
		0);
	assert_false(negative(anchors, "www.a.corp.example", 0));
	assert_int_equal(anchors_add_negative(anchors, name_of("a.corp.example", &space), 10), 0);
	assert_true(negative(anchors, "www.a.corp.example", 0));
	anchors_free(anchors);
}

static void test_unusable(void **state)
{
	struct crypto crypto = { .algorithm[8] = true, .digest[2] = true };
	struct anchors *anchors = anchors_new();
	struct name_space space;
	(void)state;
	assert_int_equal(anchors_add_root(anchors), 0);
	assert_null(anchors_unusable(anchors, &crypto));
	assert_int_equal(anchors_add(anchors, name_of("example", &space), TYPE_DS,
				 OCTETS("\0\1\10\1"
					"01234567890123456789")),
		0);
	assert_name(anchors_unusable(anchors, &crypto)->name, "example."); /* its digest */
	assert_int_equal(anchors_add(anchors, name_of("example", &space), TYPE_DNSKEY,
				 OCTETS("\1\1\3\15key")),
		0);
	assert_name(anchors_unusable(anchors, &crypto)->name, "example.");
	assert_int_equal(anchors_add(anchors, name_of("example", &space), TYPE_DNSKEY,
				 OCTETS("\1\1\3\10key")),
		0);
	assert_null(anchors_unusable(anchors, &crypto));
	anchors_free(anchors);
}

/* A route for every domain of a company: each is found, and nothing else. */
static void test_many_negative(void **state)
{
	struct anchors *anchors = anchors_new();
	struct name_space space;
	char text[64];
	(void)state;
	for (unsigned i = 0; i < 2000; i++) {
		snprintf(text, sizeof(text), "n%u.example", i);
		assert_int_equal(
			anchors_add_negative(anchors, name_of(text, &space), i % 2 ? 10 : 20), 0);
	}
	for (unsigned i = 0; i < 2000; i++) {
		snprintf(text, sizeof(text), "a.b.N%u.example", i);
		assert_true(negative(anchors, text, 9));
		assert_int_equal(negative(anchors, text, 10), i % 2 == 0);
		assert_false(negative(anchors, text, 20));
	}
	assert_false(negative(anchors, "n2000.example", 9));
	assert_false(negative(anchors, "example", 9));
	assert_false(negative(anchors, ".", 9));
	/* One name twice: what holds longer counts. */
	assert_int_equal(anchors_add_negative(anchors, name_of("n1.example", &space), 30), 0);
	assert_true(negative(anchors, "n1.example", 29));
	assert_int_equal(anchors_add_negative(anchors, name_of("n1.example", &space), 5), 0);
	assert_true(negative(anchors, "n1.example", 29));
	anchors_free(anchors);
}

/* The configured ones and the root's are put together in a set of their own. */
static void test_add_all(void **state)
{
	struct anchors *from = anchors_new(), *all = anchors_new();
	struct name_space space;
	(void)state;
	assert_int_equal(anchors_add(from, name_of("example", &space), TYPE_DS,
				 OCTETS("\0\1\10\1"
					"01234567890123456789")),
		0);
	assert_int_equal(anchors_add_negative(from, name_of("a.example", &space), 10), 0);
	assert_int_equal(anchors_add_negative(from, name_of("b.example", &space), 20), 0);
	assert_int_equal(anchors_add_root(all), 0);
	assert_int_equal(anchors_add_all(all, from), 0);
	anchors_free(from);
	assert_int_equal(anchors_count(all), 3);
	assert_name(closest(all, "www.example")->name, "example.");
	assert_name(closest(all, "com")->name, ".");
	assert_true(negative(all, "www.a.example", 9));
	assert_false(negative(all, "www.a.example", 10));
	assert_true(negative(all, "b.example", 19));
	anchors_free(all);
}

/* A set that has changed makes everything validated anew; one that has not, does not. */
static void test_equal(void **state)
{
	const struct bytes ds = OCTETS("\0\1\10\1"
				       "01234567890123456789");
	struct anchors *a = anchors_new(), *b = anchors_new();
	struct name_space space;
	(void)state;
	assert_true(anchors_equal(a, b));
	assert_int_equal(anchors_add_root(a), 0);
	assert_false(anchors_equal(a, b));
	assert_false(anchors_equal(b, a));
	assert_int_equal(anchors_add(b, name_of("example", &space), TYPE_DS, ds), 0);
	assert_int_equal(anchors_add_root(b), 0);
	assert_false(anchors_equal(a, b));
	assert_int_equal(anchors_add(a, name_of("exampla", &space), TYPE_DS, ds), 0);
	assert_false(anchors_equal(a, b));
	assert_int_equal(anchors_add(a, name_of("EXAMPLE", &space), TYPE_DS, ds), 0);
	assert_int_equal(anchors_add(b, name_of("exampla", &space), TYPE_DS, ds), 0);
	assert_int_equal(anchors_add(b, name_of("example", &space), TYPE_DS, ds), 0);
	assert_int_equal(anchors_add_negative(b, name_of("example", &space), 1), 0);
	assert_true(anchors_equal(a, b));
	anchors_free(a);
	anchors_free(b);
}

/* A trust point that has lost its last key: below it nothing is true any more, and it is not as if
 * there were none. */
static void test_without_keys(void **state)
{
	const struct bytes ds = OCTETS("\0\1\10\2"
				       "01234567890123456789012345678901");
	struct anchors *a = anchors_new(), *b = anchors_new();
	struct crypto crypto = { .algorithm[8] = true, .digest[2] = true };
	struct name_space space;
	(void)state;
	assert_int_equal(anchors_add_point(a, name_of("example", &space)), 0);
	assert_int_equal(anchors_count(a), 0);
	assert_null(closest(a, "www.example")->records);
	assert_null(closest(a, "."));
	assert_null(anchors_unusable(a, &crypto));
	assert_false(anchors_equal(a, b));
	assert_false(anchors_equal(b, a));
	assert_int_equal(anchors_add_all(b, a), 0);
	assert_non_null(closest(b, "www.example"));
	assert_true(anchors_equal(a, b));
	assert_int_equal(anchors_add(a, name_of("EXAMPLE", &space), TYPE_DS, ds), 0);
	assert_int_equal(anchors_add_point(a, name_of("example", &space)), 0);
	assert_false(anchors_equal(a, b));
	assert_int_equal(anchors_count(a), 1);
	assert_non_null(closest(a, "example")->records);
	/* A record for which there is no memory does not leave one behind. */
	for (size_t n = 0; n < 4; n++) {
		struct anchors *poor = anchors_new();
		failmalloc_arm(n);
		int err = anchors_add(poor, name_of("example", &space), TYPE_DS, ds);
		(void)failmalloc_disarm();
		assert_true(err == 0 || !closest(poor, "example"));
		anchors_free(poor);
	}
	anchors_free(a);
	anchors_free(b);
}

static void test_out_of_memory(void **state)
{
	(void)state;
	for (size_t n = 0;; n++) {
		failmalloc_arm(n);
		struct anchors *anchors = anchors_new();
		int err = anchors ? anchors_add_root(anchors) : ERR_NOMEM;
		if (!err)
			err = anchors_add_negative(anchors, name_root(), 1);
		bool happened = failmalloc_disarm();
		assert_int_equal(err, happened ? ERR_NOMEM : 0);
		anchors_free(anchors);
		if (!happened)
			break;
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_root),
		cmocka_unit_test(test_closest),
		cmocka_unit_test(test_negative),
		cmocka_unit_test(test_unusable),
		cmocka_unit_test(test_many_negative),
		cmocka_unit_test(test_add_all),
		cmocka_unit_test(test_equal),
		cmocka_unit_test(test_without_keys),
		cmocka_unit_test(test_out_of_memory),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
