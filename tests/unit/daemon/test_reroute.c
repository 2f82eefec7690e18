/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "daemon/reroute.h"

static const struct hash_key hash_key = { 1, 2 };

static struct config *config_of(const char *routes)
{
	char text[512];

	snprintf(text, sizeof(text),
		"upstreams: [{url: tls://9.9.9.9, name: a}, {url: tls://1.1.1.1, name: b}]\n%s",
		routes);
	struct config *config = config_parse("test", text, strlen(text), stderr);
	assert_non_null(config);
	return config;
}

static struct question question_of(const char *text, struct name_space *space)
{
	struct question question = { .type = TYPE_A, .class = CLASS_IN };

	assert_int_equal(name_parse(text, space, &question.name), 0);
	return question;
}

static void keep(struct cache *cache, const char *name)
{
	struct name_space space;
	struct cache_key key;
	struct entry *entry;
	const struct entry_source source = {
		.question = question_of(name, &space),
		.rcode = RCODE_NXDOMAIN,
		.ttl_s = 60,
		.now_s = 1,
	};

	assert_int_equal(entry_new(&source, &entry), 0);
	cache_key_init(&key, &hash_key, &source.question, false);
	cache_put(cache, &key, entry);
	entry_release(entry);
}

static bool knows(struct cache *cache, const char *name)
{
	struct name_space space;
	struct cache_key key;
	const struct question question = question_of(name, &space);

	cache_key_init(&key, &hash_key, &question, false);
	struct entry *entry = cache_get(cache, &key);
	entry_release(entry);
	return entry != NULL;
}

/* "There is no such name" from the old upstream would hide a new route for an hour. */
static void only_names_that_go_elsewhere_are_forgotten(void **state)
{
	const struct cache_options options = { .size = 1 << 20, .shards = 1 };
	struct cache *cache = cache_new(&options, &hash_key);
	struct config *before = config_of("routes: [{domains: [moved.example, same.example, "
					  "gone.example], upstreams: a}]\n");
	struct config *after =
		config_of("routes: [{domains: same.example, upstreams: a}, "
			  "{domains: [moved.example, new.example], upstreams: b}]\n");
	(void)state;

	assert_non_null(cache);
	keep(cache, "www.moved.example");
	keep(cache, "gone.example");
	keep(cache, "www.new.example");
	keep(cache, "www.same.example");
	keep(cache, "unmoved.example");
	keep(cache, "example");
	reroute_forget(cache, before, after);
	assert_false(knows(cache, "www.moved.example"));
	assert_false(knows(cache, "gone.example"));
	assert_false(knows(cache, "www.new.example"));
	assert_true(knows(cache, "www.same.example"));
	assert_true(knows(cache, "unmoved.example"));
	assert_true(knows(cache, "example"));
	config_free(before);
	config_free(after);
	cache_free(cache);
}

/* What was believed without proof would go on to be believed, until its TTL ends. */
static void what_is_validated_now_is_forgotten(void **state)
{
	const struct cache_options options = { .size = 1 << 20, .shards = 1 };
	struct cache *cache = cache_new(&options, &hash_key);
	struct config *before = config_of(
		"routes: {domains: [route.example], upstreams: a, insecure: true}\n"
		"dnssec: {negative-trust-anchors: [{name: was.example, until: 2027-01-31}, "
		"{name: stays.example, until: 2027-01-31}]}\n");
	struct config *after = config_of(
		"routes: {domains: [route.example], upstreams: a}\n"
		"dnssec: {negative-trust-anchors: [{name: stays.example, until: 2028-01-31}, "
		"{name: new.example, until: 2027-01-31}]}\n");
	struct config *off = config_of("dnssec: {validate: false}\n");
	(void)state;

	assert_non_null(cache);
	keep(cache, "www.route.example");
	keep(cache, "www.was.example");
	keep(cache, "www.stays.example");
	keep(cache, "www.new.example");
	keep(cache, "example");
	reroute_forget(cache, before, after);
	assert_false(knows(cache, "www.route.example"));
	assert_false(knows(cache, "www.was.example"));
	assert_true(knows(cache, "www.stays.example"));
	assert_false(knows(cache, "www.new.example"));
	assert_true(knows(cache, "example"));
	reroute_forget(cache, after, off);
	assert_false(knows(cache, "example"));
	config_free(before);
	config_free(after);
	config_free(off);
	cache_free(cache);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(only_names_that_go_elsewhere_are_forgotten),
		cmocka_unit_test(what_is_validated_now_is_forgotten),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
