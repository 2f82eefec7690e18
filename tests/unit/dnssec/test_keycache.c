/* SPDX-License-Identifier: MIT */
/* What is remembered of zones: for as long as it holds, and never more than there is room for. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "dnssec/keycache.h"
#include "sample.h"
#include "signer.h"
#include "support/failmalloc.h"

static const struct hash_key secret = { 1, 2 };

static struct zone zone_of(const char *text, struct name_space *space, enum zone_state state)
{
	return (struct zone){ .name = name_of(text, space), .state = state, .ttl_s = 300 };
}

static int find(struct keycache *keycache, const char *text, uint32_t now_s, struct zone *out)
{
	static struct arena arena;
	struct name_space space;
	arena_done(&arena);
	arena_init(&arena, 1u << 20);
	int err = keycache_find(keycache, name_of(text, &space), now_s, &arena, out);
	if (err)
		arena_done(&arena);
	return err;
}

static void test_keys_and_reason(void **state)
{
	struct keycache *keycache = keycache_new(1u << 20, secret);
	struct name_space space, other;
	struct zone zone = zone_of("Example", &space, ZONE_SECURE), found;
	struct dnskey keys[] = { signer_key(13, 0)->dnskey, signer_key(15, 1)->dnskey };
	(void)state;
	zone.keys = keys;
	zone.key_count = 2;
	keycache_put(keycache, &zone, 1000);
	memset(&space, 'x', sizeof(space)); /* it must be a copy */
	assert_int_equal(find(keycache, "eXample", 1100, &found), 0);
	assert_name(found.name, "Example.");
	assert_int_equal(found.state, ZONE_SECURE);
	assert_int_equal(found.ttl_s, 200);
	assert_int_equal(found.key_count, 2);
	for (size_t i = 0; i < 2; i++) {
		assert_true(bytes_equal(found.keys[i].rdata, keys[i].rdata));
		assert_int_equal(found.keys[i].key_tag, keys[i].key_tag);
	}
	assert_int_equal(find(keycache, "www.example", 1100, &found), ERR_NOT_FOUND);
	assert_int_equal(keycache_state(keycache, name_root(), 1100), ZONE_UNKNOWN);

	zone = zone_of("example", &space, ZONE_BOGUS);
	zone.ttl_s = 1000;
	zone.reason = (struct reason){ .code = REASON_DNSKEY_MISSING,
		.name = name_of("a.example", &other),
		.zone = zone.name };
	keycache_put(keycache, &zone, 1100); /* in place of what was there */
	memset(&other, 'x', sizeof(other));
	assert_int_equal(keycache_count(keycache), 1);
	assert_int_equal(find(keycache, "example", 1159, &found), 0);
	assert_int_equal(found.reason.code, REASON_DNSKEY_MISSING);
	assert_name(found.reason.name, "a.example.");
	assert_name(found.reason.zone, "example.");
	assert_int_equal(found.key_count, 0);
	/* Bogus for a minute at most. */
	assert_int_equal(find(keycache, "example", 1160, &found), ERR_NOT_FOUND);
	assert_int_equal(keycache_count(keycache), 0);
	keycache_free(keycache);
	keycache_free(NULL);
}

static void test_time(void **state)
{
	struct keycache *keycache = keycache_new(1u << 20, secret);
	struct name_space space;
	struct zone zone = zone_of("example", &space, ZONE_INSIDE), found;
	(void)state;
	/* Across the end of the monotonic counter. */
	keycache_put(keycache, &zone, UINT32_MAX - 100);
	assert_int_equal(keycache_state(keycache, zone.name, 150), ZONE_INSIDE);
	assert_int_equal(keycache_state(keycache, zone.name, 199), ZONE_UNKNOWN);
	zone.ttl_s = UINT32_MAX;
	keycache_put(keycache, &zone, 0);
	assert_int_equal(find(keycache, "example", 0, &found), 0);
	assert_int_equal(found.ttl_s, KEYCACHE_TTL_MAX_S);
	zone.ttl_s = 0;
	zone.name = name_root();
	keycache_put(keycache, &zone, 0);
	zone.ttl_s = 10;
	zone.state = ZONE_UNKNOWN;
	keycache_put(keycache, &zone, 0);
	assert_int_equal(keycache_count(keycache), 1);
	keycache_free(keycache);
}

/* The bound holds, and what was not used for longest goes first. */
static void test_bound(void **state)
{
	enum { BYTES = 8192 };
	struct keycache *keycache = keycache_new(BYTES, secret);
	struct name_space space;
	struct zone zone, found;
	char text[32];
	(void)state;
	for (unsigned i = 0; i < 500; i++) {
		snprintf(text, sizeof(text), "z%u.example", i);
		zone = zone_of(text, &space, ZONE_INSECURE);
		keycache_put(keycache, &zone, 0);
		assert_int_equal(find(keycache, "z0.example", 0, &found), 0);
		assert_true(keycache_bytes(keycache) <= BYTES + 256);
	}
	assert_true(keycache_count(keycache) > 5);
	assert_int_equal(find(keycache, "z1.example", 0, &found), ERR_NOT_FOUND);
	assert_int_equal(find(keycache, "z499.example", 0, &found), 0);
	keycache_free(keycache);
	/* What does not fit at all is not kept. */
	keycache = keycache_new(16, secret);
	keycache_put(keycache, &zone, 0);
	assert_int_equal(keycache_count(keycache), 0);
	keycache_free(keycache);
}

static void test_forget(void **state)
{
	static const char *const names[] = { ".", "example", "a.example", "other" };
	struct keycache *keycache = keycache_new(1u << 20, secret);
	struct name_space space;
	(void)state;
	for (size_t i = 0; i < COUNT_OF(names); i++) {
		struct zone zone = zone_of(names[i], &space, ZONE_INSECURE);
		keycache_put(keycache, &zone, 0);
	}
	keycache_forget(keycache, name_of("example", &space));
	assert_int_equal(keycache_count(keycache), 2);
	keycache_forget(keycache, name_root());
	assert_int_equal(keycache_count(keycache), 0);
	keycache_free(keycache);
}

/* It stays until the last who holds it lets go. */
static void test_held(void **state)
{
	struct keycache *keycache = keycache_new(1u << 20, secret);
	struct name_space space;
	struct zone zone = zone_of("example", &space, ZONE_INSECURE);
	(void)state;
	assert_ptr_equal(keycache_hold(keycache), keycache);
	keycache_free(keycache);
	keycache_put(keycache, &zone, 0);
	assert_int_equal(keycache_count(keycache), 1);
	keycache_free(keycache);
	keycache_free(NULL);
}

static void test_renewed(void **state)
{
	struct keycache *keycache = keycache_new(1u << 20, secret), *before = keycache;
	struct name_space space;
	struct zone zone = zone_of("example", &space, ZONE_INSECURE);
	(void)state;
	keycache_put(keycache, &zone, 0);
	keycache = keycache_renew(keycache);
	assert_ptr_equal(keycache, before);
	assert_int_equal(keycache_count(keycache), 0);

	keycache_put(keycache, &zone, 0);
	keycache_hold(keycache);
	keycache = keycache_renew(keycache);
	assert_ptr_not_equal(keycache, before);
	assert_int_equal(keycache_count(keycache), 0);
	assert_int_equal(keycache_count(before), 1);
	keycache_free(before);

	before = keycache_hold(keycache);
	failmalloc_arm(0);
	assert_ptr_equal(keycache_renew(keycache), before);
	(void)failmalloc_disarm();
	keycache_free(before);
	keycache_free(before);
}

static void put(struct keycache *keycache, const char *name, enum zone_state state)
{
	struct name_space space;
	struct zone zone = zone_of(name, &space, state);
	keycache_put(keycache, &zone, 0);
}

/* What one upstream made us believe goes where another's data say otherwise, and what was built on
 * it; what both say stays, and so does what only the first was asked. */
static void test_adopt(void **state)
{
	static const struct {
		const char *name;
		enum zone_state was, other, now;
	} cases[] = {
		{ ".", ZONE_SECURE, ZONE_SECURE, ZONE_SECURE },
		{ "a", ZONE_BOGUS, ZONE_SECURE, ZONE_SECURE },
		{ "below.a", ZONE_SECURE, ZONE_UNKNOWN, ZONE_SECURE },
		{ "b", ZONE_INSIDE, ZONE_SECURE, ZONE_SECURE },
		{ "below.b", ZONE_INSIDE, ZONE_UNKNOWN, ZONE_UNKNOWN },
		{ "c", ZONE_INSECURE, ZONE_SECURE, ZONE_SECURE },
		{ "below.c", ZONE_BOGUS, ZONE_UNKNOWN, ZONE_UNKNOWN },
		{ "d", ZONE_SECURE, ZONE_BOGUS, ZONE_SECURE },
		{ "e", ZONE_UNKNOWN, ZONE_INSECURE, ZONE_INSECURE },
		{ "below.e", ZONE_BOGUS, ZONE_UNKNOWN, ZONE_UNKNOWN },
		{ "f", ZONE_UNKNOWN, ZONE_SECURE, ZONE_SECURE },
		{ "below.f", ZONE_SECURE, ZONE_UNKNOWN, ZONE_SECURE },
		{ "g", ZONE_BOGUS, ZONE_UNKNOWN, ZONE_BOGUS },
	};
	struct keycache *keycache = keycache_new(1u << 20, secret);
	struct keycache *other = keycache_new(1u << 20, secret);
	struct name_space space;
	struct zone zone = zone_of("keys", &space, ZONE_SECURE), found;
	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		put(keycache, cases[i].name, cases[i].was);
		put(other, cases[i].name, cases[i].other);
	}
	zone.keys = &signer_key(13, 0)->dnskey;
	zone.key_count = 1;
	keycache_put(other, &zone, 0);
	zone = zone_of("old", &space, ZONE_SECURE);
	zone.ttl_s = 10;
	keycache_put(other, &zone, 0);
	keycache_adopt(keycache, other, 10);
	assert_int_equal(keycache_count(other), 0);
	for (size_t i = 0; i < COUNT_OF(cases); i++)
		assert_int_equal(
			keycache_state(keycache, name_of(cases[i].name, &space), 10), cases[i].now);
	assert_int_equal(find(keycache, "keys", 100, &found), 0);
	assert_int_equal(found.ttl_s, 200);
	assert_true(bytes_equal(found.keys[0].rdata, signer_key(13, 0)->dnskey.rdata));
	assert_int_equal(find(keycache, "old", 5, &found), ERR_NOT_FOUND);
	keycache_free(keycache);
	keycache_free(other);
}

/* Not beyond the bound, and nothing is lost for lack of memory but what was to come. */
static void test_adopt_within_bounds(void **state)
{
	struct keycache *keycache = keycache_new(1000, secret);
	struct keycache *other = keycache_new(1u << 20, secret);
	struct name_space space;
	(void)state;
	for (unsigned i = 0; i < 20; i++) {
		char text[16];
		snprintf(text, sizeof(text), "z%u", i);
		put(other, text, ZONE_INSIDE);
	}
	keycache_adopt(keycache, other, 0);
	assert_in_range(keycache_count(keycache), 1, 10);
	assert_int_equal(keycache_state(keycache, name_of("z19", &space), 0), ZONE_INSIDE);
	keycache_free(keycache);
	keycache = keycache_new(1000, secret);
	put(other, "a", ZONE_INSIDE);
	failmalloc_arm(0);
	keycache_adopt(keycache, other, 0);
	(void)failmalloc_disarm();
	assert_int_equal(keycache_count(keycache) + keycache_count(other), 0);
	keycache_free(keycache);
	keycache_free(other);
}

/* Without memory nothing is kept, and nothing goes wrong. */
static void test_out_of_memory(void **state)
{
	struct name_space space;
	struct zone zone = zone_of("example", &space, ZONE_INSECURE), found;
	(void)state;
	failmalloc_arm(0);
	assert_null(keycache_new(1000, secret));
	(void)failmalloc_disarm();
	for (size_t n = 0; n < 2; n++) {
		struct keycache *keycache = keycache_new(1u << 20, secret);
		failmalloc_arm(n);
		keycache_put(keycache, &zone, 0);
		assert_true(failmalloc_disarm());
		assert_int_equal(keycache_count(keycache), 0);
		keycache_free(keycache);
	}
	struct keycache *keycache = keycache_new(1u << 20, secret);
	keycache_put(keycache, &zone, 0);
	assert_int_equal(find(keycache, "other", 0, &found), ERR_NOT_FOUND);
	failmalloc_arm(0);
	assert_int_equal(find(keycache, "example", 0, &found), ERR_NOMEM);
	(void)failmalloc_disarm();
	keycache_free(keycache);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_keys_and_reason),
		cmocka_unit_test(test_time),
		cmocka_unit_test(test_bound),
		cmocka_unit_test(test_forget),
		cmocka_unit_test(test_held),
		cmocka_unit_test(test_renewed),
		cmocka_unit_test(test_adopt),
		cmocka_unit_test(test_adopt_within_bounds),
		cmocka_unit_test(test_out_of_memory),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
