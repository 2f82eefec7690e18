/* SPDX-License-Identifier: MIT */
/* Whom to believe: what is mistyped or does not fit together must be told before anybody relies on
 * it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "daemon/config.h"

#define PIN_A "sha256/AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="
#define PIN_B "sha256/AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="

static char *errors;
static size_t errors_len;
static unsigned remarks;
static char remarked[2048];

static struct config *parse(const char *text)
{
	free(errors);
	FILE *out = open_memstream(&errors, &errors_len);
	assert_non_null(out);
	struct config *config = config_parse("f", text, strlen(text), out);
	assert_int_equal(fclose(out), 0);
	return config;
}

static struct config *good(const char *text)
{
	struct config *config = parse(text);
	if (!config)
		fail_msg("%s\n%s", text, errors);
	return config;
}

static void wrong(const char *text, const char *words)
{
	struct config *config = parse(text);
	assert_null(config);
	if (!strstr(errors, words))
		fail_msg("\"%s\" is not in: %s", words, errors);
	/* One fault, with its line. */
	assert_ptr_equal(strstr(errors, "f:"), errors);
	assert_ptr_equal(strchr(errors, '\n'), errors + strlen(errors) - 1);
}

/* As one upstream; the keys stand on line 2. */
#define UPSTREAM(keys) "upstreams:\n  - {url: \"tls://9.9.9.9\", " keys "}\n"

static int teardown(void **state)
{
	(void)state;
	free(errors);
	errors = NULL;
	return 0;
}

static void defaults(void **state)
{
	struct config *config = good("");
	const struct endpoint *endpoint = config->upstreams[0];
	(void)state;

	assert_true(config->tickets);
	assert_int_equal(config->ocsp, TRUST_OCSP_STAPLE);
	assert_string_equal(config->crl_file, "");
	assert_int_equal(endpoint->profile, TLS_STRICT);
	assert_int_equal(endpoint->pins.count, 0);
	assert_int_equal(endpoint->pins.bypass_until_s, 0);
	assert_string_equal(endpoint->client_cert, "");
	assert_string_equal(endpoint->client_key, "");
	config_free(config);
}

static void every_key(void **state)
{
	struct config *config = good("tls: {tickets: false, ocsp: require, crl-file: /tmp/crl}\n"
				     "upstreams:\n"
				     "  - url: tls://9.9.9.9\n"
				     "    ca-file: \"\"\n"
				     "    pins: [" PIN_A ", " PIN_B "]\n"
				     "    pin-bypass-until: 2027-01-31\n"
				     "    client-cert: /etc/me.pem\n"
				     "    client-key: \"pkcs11:token=a?pin-value=1\"\n"
				     "    profile: strict\n"
				     "  - {url: tls://9.9.9.10, profile: opportunistic}\n"
				     "  - {url: tls://9.9.9.11, ca-file: none, pins: " PIN_A "}\n");
	const struct endpoint *endpoint = config->upstreams[0];
	(void)state;

	assert_false(config->tickets);
	assert_int_equal(config->ocsp, TRUST_OCSP_REQUIRE);
	assert_string_equal(config->crl_file, "/tmp/crl");
	assert_int_equal(config->crl_file_line, 1);
	assert_int_equal(endpoint->pins.count, 2);
	assert_int_equal(endpoint->pins.items[0].sha256[1], 1);
	assert_int_equal(endpoint->pins.items[1].sha256[1], 0);
	assert_int_equal(endpoint->pins.bypass_until_s, 1801440000);
	assert_string_equal(endpoint->client_cert, "/etc/me.pem");
	assert_string_equal(endpoint->client_key, "pkcs11:token=a?pin-value=1");
	assert_int_equal(config->lines[0].ca_file, 4);
	assert_int_equal(config->lines[0].pins, 5);
	assert_int_equal(config->lines[0].pin_bypass, 6);
	assert_int_equal(config->lines[0].client_cert, 7);
	assert_int_equal(config->lines[0].client_key, 8);
	assert_int_equal(config->lines[0].profile, 9);
	assert_int_equal(config->upstreams[1]->profile, TLS_OPPORTUNISTIC);
	assert_string_equal(config->upstreams[2]->ca_file, "none");
	assert_int_equal(config->upstreams[2]->pins.count, 1);
	config_free(config);
}

static void wrong_values(void **state)
{
	(void)state;
	wrong(UPSTREAM("pins: [sha256/x]"), "f:2: upstreams.pins: \"sha256/x\" is no pin");
	wrong(UPSTREAM("pins: [" PIN_A ", " PIN_A "]"), "stands twice");
	wrong(UPSTREAM("pins: [a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q]"), "17 items");
	wrong(UPSTREAM("pins: [" PIN_A "], pin-bypass-until: tomorrow"), "is no day");
	wrong(UPSTREAM("pins: [" PIN_A "], pin-bypass-until: 2027-02-30"), "is no day");
	wrong(UPSTREAM("profile: none"), "write strict or opportunistic");
	wrong("tls: {ocsp: off}\n", "write staple or require");
	wrong("tls: {tickets: maybe}\n", "write true or false");
	wrong("tls: {early-data: 1}\n", "write true or false");
	wrong(UPSTREAM("early-data: maybe"), "write true or false");
}

/* Nobody who has not asked for it has queries that others can replay. */
static void early_data(void **state)
{
	static const struct {
		const char *text;
		bool first, second;
	} cases[] = {
		{ "upstreams: [tls://9.9.9.9, tls://1.1.1.1]\n", false, false },
		{ "upstreams: [{url: tls://9.9.9.9, early-data: true}, tls://1.1.1.1]\n", true,
			false },
		{ "tls: {early-data: true}\n"
		  "upstreams: [{url: tls://9.9.9.9, early-data: false}, tls://1.1.1.1]\n",
			false, true },
	};
	(void)state;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct config *config = good(cases[i].text);
		assert_int_equal(config->upstreams[0]->early_data, cases[i].first);
		assert_int_equal(config->upstreams[1]->early_data, cases[i].second);
		config_free(config);
		free(errors);
		errors = NULL;
	}
}

static void what_does_not_fit_together(void **state)
{
	(void)state;
	wrong(UPSTREAM("pin-bypass-until: 2027-01-31"), "no pins to bypass");
	wrong(UPSTREAM("ca-file: none, pins: [" PIN_A "], pin-bypass-until: 2027-01-31"),
		"nothing but the pins says who answers");
	wrong(UPSTREAM("ca-file: none"), "f:2: ca-file: none, and no pins");
	wrong("tls: {ca-file: none}\nupstreams: tls://9.9.9.9\n",
		"f:1: ca-file: none, and no pins");
	wrong(UPSTREAM("client-cert: /etc/me.pem"), "write client-key");
	wrong(UPSTREAM("client-key: /etc/me.key"), "write client-cert");
	wrong(UPSTREAM("profile: opportunistic, pins: [" PIN_A "]"), "remove one of the two");
	wrong(UPSTREAM("profile: opportunistic, client-cert: a, client-key: b"),
		"shown to whoever answers");
	config_free(good(UPSTREAM("ca-file: none, profile: opportunistic")));
}

static int load(const char *text, char **said)
{
	struct config *config = good(text);
	size_t len;
	FILE *out = open_memstream(said, &len);
	assert_non_null(out);
	struct tickets *tickets = tickets_new();
	int err = config_trust_load(config, "f", tickets, out);
	assert_int_equal(fclose(out), 0);
	for (size_t i = 0; err == 0 && i < config->upstream_count; i++) {
		assert_non_null(config->upstreams[i]->trust);
		assert_ptr_equal(config->upstreams[i]->tickets, config->tickets ? tickets : NULL);
	}
	config_free(config);
	tickets_free(tickets);
	return err;
}

static void files_are_read(void **state)
{
	char *said;
	(void)state;

	assert_int_equal(load(UPSTREAM("ca-file: none, pins: " PIN_A), &said), 0);
	assert_string_equal(said, "");
	free(said);
	assert_int_equal(
		load("tls: {tickets: false}\n" UPSTREAM("ca-file: none, pins: " PIN_A), &said), 0);
	free(said);
}

/* All that is wrong, each once, where it is written. */
static void what_is_wrong_with_files(void **state)
{
	char *said;
	(void)state;

	int err = load("tls: {ca-file: /dev/null}\n"
		       "upstreams:\n"
		       "  - tls://9.9.9.9\n"
		       "  - tls://9.9.9.10\n"
		       "  - url: tls://9.9.9.11\n"
		       "    ca-file: none\n"
		       "    pins: " PIN_A "\n"
		       "    client-cert: /nonexistent/me.pem\n"
		       "    client-key: /nonexistent/me.key\n",
		&said);
	assert_int_equal(err, ERR_FORMAT);
	assert_ptr_equal(strstr(said, "f:1: ca-file: "), said);
	assert_null(strstr(said + 1, "f:1: "));
	assert_non_null(strstr(said, "\nf:8: client-cert: /nonexistent/me.pem: No such file"));
	free(said);
	err = load("tls:\n  crl-file: /nonexistent/crl\n" UPSTREAM("ca-file: none, pins: " PIN_A),
		&said);
	assert_int_equal(err, ERR_FORMAT);
	assert_non_null(strstr(said, "f:2: crl-file: cannot read /nonexistent/crl"));
	free(said);
}

static void hear(void *owner, unsigned line, const char *sentence)
{
	assert_ptr_equal(owner, &remarks);
	size_t len = strlen(remarked);
	snprintf(remarked + len, sizeof(remarked) - len, "%u: %s\n", line, sentence);
	remarks++;
}

static void remark_on(const char *text)
{
	struct config *config = good(text);
	remarks = 0;
	remarked[0] = '\0';
	config_trust_remark(config, hear, &remarks);
	config_free(config);
}

static void what_deserves_a_word(void **state)
{
	(void)state;
	remark_on("");
	assert_int_equal(remarks, 0);
	remark_on(UPSTREAM("pins: [" PIN_A ", " PIN_B "]"));
	assert_int_equal(remarks, 0);
	remark_on(UPSTREAM("pins: [" PIN_A "]"));
	assert_int_equal(remarks, 1);
	assert_ptr_equal(
		strstr(remarked, "2: upstream 9.9.9.9 has one pin and none in reserve"), remarked);
	remark_on(UPSTREAM("pins: [" PIN_A ", " PIN_B "], pin-bypass-until: 9999-01-01"));
	assert_int_equal(remarks, 1);
	assert_non_null(strstr(remarked, "not insisted on"));
	remark_on(UPSTREAM("pins: [" PIN_A ", " PIN_B "], pin-bypass-until: 2020-01-01"));
	assert_int_equal(remarks, 1);
	assert_non_null(strstr(remarked, "is over"));
	remark_on(UPSTREAM("profile: opportunistic"));
	assert_int_equal(remarks, 1);
	assert_non_null(strstr(remarked, "who is on the way can read and forge"));
}

#define T(name) cmocka_unit_test_teardown(name, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(defaults),
		T(every_key),
		T(wrong_values),
		T(early_data),
		T(what_does_not_fit_together),
		T(files_are_read),
		T(what_is_wrong_with_files),
		T(what_deserves_a_word),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
