/* SPDX-License-Identifier: MIT */
/* Answers that were kept would be believed though their grounds are gone, or be lost with each
 * start though nothing has changed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "daemon/grounds.h"
#include "support/failmalloc.h"

#define UPSTREAMS                                                                                  \
	"upstreams: [{url: tls://9.9.9.9, name: a}, {url: tls://1.1.1.1, name: b, addresses: "     \
	"[1.1.1.1, 1.0.0.1]}]\n"
#define DS "DS 12345 13 2 49FD46E6C4B45C55D4AC69CBD3CD34AC1AFE51DE57C7B9B0D5E0A8C6B7B4D2A1"

struct made {
	uint8_t digest[DIGEST_LEN];
};

static struct made made_of(const char *text)
{
	char note[CONFIG_NOTE_LEN];
	struct made made;
	struct config *config = config_parse("test", text, strlen(text), stderr);
	assert_non_null(config);
	struct snapshot snapshot = { .config = config };
	assert_int_equal(config_anchors(config, NULL, &snapshot.anchors, note), 0);
	assert_int_equal(grounds_digest(&snapshot, made.digest), 0);
	anchors_free(snapshot.anchors);
	config_free(config);
	return made;
}

static bool same(const char *a, const char *b)
{
	const struct made x = made_of(a), y = made_of(b);
	return memcmp(x.digest, y.digest, DIGEST_LEN) == 0;
}

static void what_counts(void **state)
{
	/* Each is unlike all others. */
	static const char *const texts[] = {
		UPSTREAMS,
		UPSTREAMS "dnssec: {validate: false}\n",
		UPSTREAMS "dnssec: {trust-anchors: [\"example. " DS "\"]}\n",
		UPSTREAMS "dnssec: {trust-anchors: [\"other. " DS "\"]}\n",
		UPSTREAMS "dnssec: {trust-anchors: [\". " DS "\"]}\n",
		UPSTREAMS
		"dnssec: {negative-trust-anchors: [{name: example, until: 2099-01-01}]}\n",
		UPSTREAMS "routes: [{domains: example, upstreams: a}]\n",
		UPSTREAMS "routes: [{domains: example, upstreams: b}]\n",
		UPSTREAMS "routes: [{domains: example, upstreams: [a, b]}]\n",
		UPSTREAMS "routes: [{domains: example, upstreams: [b, a]}]\n",
		UPSTREAMS "routes: [{domains: example, upstreams: a, insecure: true}]\n",
		UPSTREAMS "routes: [{domains: other, upstreams: a}]\n",
		UPSTREAMS "routes: [{domains: [example, other], upstreams: a}]\n",
		"upstreams: [{url: tls://1.1.1.1, name: b, addresses: [1.1.1.1]}]\n"
		"routes: [{domains: example, upstreams: b}]\n",
		"upstreams: [{url: \"tls://1.1.1.1:854\", name: b}]\n"
		"routes: [{domains: example, upstreams: b}]\n",
	};
	const size_t count = sizeof(texts) / sizeof(texts[0]);
	(void)state;

	for (size_t i = 0; i < count; i++) {
		for (size_t j = 0; j < count; j++) {
			if (same(texts[i], texts[j]) != (i == j))
				fail_msg("%s-- and --\n%s", texts[i], texts[j]);
		}
	}
}

static void what_does_not_count(void **state)
{
	(void)state;
	/* As with a reload: other upstreams know the same names. */
	assert_true(same(UPSTREAMS, "upstreams: tls://8.8.8.8\n"));
	assert_true(same(UPSTREAMS, UPSTREAMS "cache: {size: 1MiB}\nlog: {level: debug}\n"));
	assert_true(same(UPSTREAMS "routes: [{domains: [Example, other], upstreams: a}]\n",
		UPSTREAMS "routes: [{domains: other, upstreams: a}, {domains: example, upstreams: "
			  "a}]\n"));
	assert_true(same(UPSTREAMS "dnssec: {trust-anchors: [\"a. " DS "\", \"b. " DS "\"]}\n",
		UPSTREAMS "dnssec: {trust-anchors: [\"B. " DS "\", \"a. " DS "\"]}\n"));
}

/* The last key of a zone was revoked: what it vouched for is worth nothing. */
static void an_anchor_without_a_key(void **state)
{
	struct config *config = config_parse("test", UPSTREAMS, strlen(UPSTREAMS), stderr);
	struct snapshot none = { .config = config, .anchors = anchors_new() };
	struct snapshot point = { .config = config, .anchors = anchors_new() };
	uint8_t a[DIGEST_LEN], b[DIGEST_LEN];
	(void)state;

	assert_non_null(config);
	assert_int_equal(anchors_add_point(point.anchors, name_root()), 0);
	assert_int_equal(grounds_digest(&none, a), 0);
	assert_int_equal(grounds_digest(&point, b), 0);
	assert_memory_not_equal(a, b, DIGEST_LEN);
	anchors_free(none.anchors);
	anchors_free(point.anchors);
	config_free(config);
}

static void out_of_memory(void **state)
{
	struct config *config = config_parse("test", UPSTREAMS, strlen(UPSTREAMS), stderr);
	const struct snapshot snapshot = { .config = config };
	uint8_t digest[DIGEST_LEN];
	(void)state;

	assert_non_null(config);
	failmalloc_arm(0);
	const int err = grounds_digest(&snapshot, digest);
	assert_true(failmalloc_disarm());
	assert_int_equal(err, ERR_NOMEM);
	config_free(config);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_counts),
		cmocka_unit_test(what_does_not_count),
		cmocka_unit_test(an_anchor_without_a_key),
		cmocka_unit_test(out_of_memory),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
