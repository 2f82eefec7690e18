/* SPDX-License-Identifier: MIT */
/* Where trust begins and ends: an anchor that is misread validates nothing, or nothing resolves. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/clock.h"
#include "daemon/config.h"
#include "unit/wire/sample.h"

#define DIGEST "E06D44B80B8F1D39A95C0B0D7C65D08458E880409BBC683457104237C7F8EC8D"

static char path[] = "/tmp/stubborn-anchor-XXXXXX";

static int make_file(void **state)
{
	(void)state;
	memcpy(path + sizeof(path) - 7, "XXXXXX", 6);
	int fd = mkstemp(path);
	return fd < 0 ? -1 : close(fd);
}

static int remove_file(void **state)
{
	(void)state;
	return unlink(path);
}

static void file_is(const char *text)
{
	FILE *file = fopen(path, "w");
	assert_non_null(file);
	fputs(text, file);
	assert_int_equal(fclose(file), 0);
}

/* The configuration, its text with %s for the file's path; NULL with *errors, for free(). */
static struct config *parse(const char *format, char **errors)
{
	char text[2048];
	size_t len = 0;
	FILE *out = open_memstream(errors, &len);

	assert_non_null(out);
	/* One conversion at most, in texts of this file. */
	char *at = strstr(format, "%s");
	if (at)
		snprintf(text, sizeof(text), "%.*s%s%s", (int)(at - format), format, path, at + 2);
	else
		snprintf(text, sizeof(text), "%s", format);
	struct config *config = config_parse("f", text, strlen(text), out);
	assert_int_equal(fclose(out), 0);
	return config;
}

static struct config *good(const char *format)
{
	char *errors = NULL;
	struct config *config = parse(format, &errors);
	if (!config)
		fail_msg("%s%s", format, errors);
	free(errors);
	return config;
}

static void wrong(const char *format, const char *piece)
{
	char *errors = NULL;
	struct config *config = parse(format, &errors);
	assert_null(config);
	if (!strstr(errors, piece) || strchr(errors, '\n')[1] != '\0')
		fail_msg("\"%s\" is not all of: %s", piece, errors);
	free(errors);
}

static const struct anchor *closest(const struct anchors *anchors, const char *text)
{
	struct name_space space;
	return anchors_closest(anchors, name_of(text, &space));
}

static bool is_negative(const struct anchors *anchors, const char *text, int64_t wall_s)
{
	struct name_space space;
	return anchors_negative(anchors, name_of(text, &space), wall_s, NULL);
}

/* What validation would begin with. */
static struct anchors *begin_with(const struct config *config)
{
	struct anchors *anchors;
	char note[CONFIG_NOTE_LEN];
	assert_int_equal(config_anchors(config, NULL, &anchors, note), 0);
	return anchors;
}

static void test_records(void **state)
{
	static const char *const texts[] = {
		"dnssec: {trust-anchors: example DS 1 8 2 " DIGEST "}\n",
		"dnssec:\n  trust-anchors:\n    - \"Example. 3600 IN DS 1 8 2 " DIGEST "\"\n",
		"dnssec:\n  trust-anchors:\n    - >\n      example. DS 1 8 2\n      " DIGEST "\n",
		"dnssec: {trust-anchors: \"  example DNSKEY 257 3 13 AwEAAaz/\"}\n",
	};
	(void)state;

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		struct config *config = good(texts[i]);
		assert_int_equal(anchors_count(config->anchors), 1);
		assert_non_null(closest(config->anchors, "www.example"));
		config_free(config);
	}
	struct config *config = good("dnssec: {trust-anchors: \"b\xc3\xbc"
				     "cher.example DS 1 8 2 " DIGEST "\"}\n");
	assert_non_null(closest(config->anchors, "xn--bcher-kva.example"));
	config_free(config);
}

static void test_records_that_are_none(void **state)
{
	(void)state;
	wrong("user: x\ndnssec:\n  trust-anchors: example DS 1 8 2 AB\n",
		"f:3: dnssec.trust-anchors: \"example DS 1 8 2 AB\": the digest is not as long as "
		"its type asks for; write NAME DS KEYTAG ALGORITHM DIGESTTYPE DIGEST");
	wrong("dnssec: {trust-anchors: a..b DS 1 8 2 " DIGEST "}\n",
		"it must begin with a domain name");
	wrong("dnssec: {trust-anchors: \"a\xc2\xad..b DS 1 8 2 " DIGEST "\"}\n",
		"it must begin with a domain name");
	wrong("dnssec: {trust-anchors: a A 192.0.2.1}\n", "it must be a DS or a DNSKEY record");
	wrong("dnssec: {trust-anchors: a DNSKEY 1 3 8 AwEAAaz/}\n", "must not sign zones");
	wrong("dnssec: {trust-anchors: \"; a remark\"}\n", "there is no record in it");
	wrong("dnssec: {trust-anchors: \"\"}\n", "cannot be read: No such file");
}

/* Nothing would be validated, and nobody would know. */
static void test_unknown_algorithms(void **state)
{
	(void)state;
	wrong("dnssec:\n  trust-anchors:\n    - a DS 1 8 2 " DIGEST "\n    - b DS 1 12 2 " DIGEST
	      "\n",
		"f:3: dnssec.trust-anchors: no key of b. is of an algorithm and digest type known "
		"here");
	wrong("dnssec: {trust-anchors: a DS 1 8 9 AB}\n", "no key of a. is of");
	wrong("dnssec: {trust-anchors: a DNSKEY 257 3 1 AwEAAaz/}\n", "no key of a. is of");
	/* One is enough. */
	config_free(good(
		"dnssec: {trust-anchors: [a DS 1 12 2 " DIGEST ", A DS 1 13 2 " DIGEST "]}\n"));
}

static void test_files(void **state)
{
	(void)state;
	file_is("; two\nexample. DS 1 8 2 " DIGEST "\ncorp.example. DS 2 8 2 " DIGEST "\n");
	struct config *config = good("dnssec: {trust-anchors: [%s, test DS 1 8 2 " DIGEST "]}\n");
	assert_int_equal(anchors_count(config->anchors), 3);
	assert_non_null(closest(config->anchors, "test"));
	assert_int_equal(closest(config->anchors, "a.corp.example")->name.len, 14);
	config_free(config);

	file_is("example. DS 1 8 2 " DIGEST "\n\nexample. DS x\n");
	wrong("dnssec:\n  trust-anchors:\n    - %s\n", ":3: a DS is: key tag, algorithm, digest");
	wrong("dnssec:\n  trust-anchors:\n    - %s\n", "f:3: dnssec.trust-anchors: /tmp/");
	file_is("; nothing\n");
	wrong("dnssec: {trust-anchors: %s}\n", ": there is no DS or DNSKEY in it; ");
	wrong("dnssec: {trust-anchors: /no/such file}\n", "/no/such file cannot be read: No such");
	wrong("dnssec: {trust-anchors: ./no/such file}\n", "cannot be read: No such file");
	wrong("dnssec: {trust-anchors: auto}\n", "auto cannot be read: No such file");
	wrong("dnssec: {trust-anchors: /}\n", "/: it is a device, a pipe or a directory; ");
}

static void test_negative(void **state)
{
	(void)state;
	struct config *config = good("dnssec:\n  negative-trust-anchors:\n"
				     "    - {name: b\xc3\xbc"
				     "cher.example, until: 2027-01-31}\n"
				     "    - name: lab.example\n"
				     "      until: 2020-01-01T00:00:00Z\n");
	char note[CONFIG_NOTE_LEN];

	assert_int_equal(config->negative_count, 2);
	assert_true(is_negative(config->anchors, "www.xn--bcher-kva.example", 1801439999));
	assert_false(is_negative(config->anchors, "www.xn--bcher-kva.example", 1801440000));
	assert_true(is_negative(config->anchors, "lab.example", 1577836799));
	assert_false(is_negative(config->anchors, "lab.example", 1577836800));
	/* A machine that was off at the time starts; a person learns why it counts for nothing. */
	assert_false(config_negative_ended(&config->negatives[0], 1801439999, note));
	assert_true(config_negative_ended(&config->negatives[1], 1577836800, note));
	assert_string_equal(note,
		"dnssec.negative-trust-anchors: lab.example ended with 2020-01-01T00:00:00Z and is "
		"validated again; remove it, or write a later time");
	assert_int_equal(config->negatives[1].line, 4);
	config_free(config);
}

#define NEGATIVE(map) "dnssec:\n  negative-trust-anchors:\n    - " map "\n"

static void test_negative_ones_that_are_none(void **state)
{
	(void)state;
	wrong(NEGATIVE("{name: a, until: soon}"), "f:3: dnssec.negative-trust-anchors.until: "
						  "\"soon\" is no time; write the last day, "
						  "as 2027-01-31 (UTC), or 2027-01-31T18:00:00Z");
	wrong(NEGATIVE("{name: a}"), "f:3: dnssec.negative-trust-anchors.until is missing");
	wrong(NEGATIVE("{until: 2027-01-31}"), "dnssec.negative-trust-anchors.name is missing");
	wrong(NEGATIVE("{name: a..b, until: 2027-01-31}"), "\"a..b\" is no domain name");
	wrong(NEGATIVE("{name: \"*.a\", until: 2027-01-31}"), "without the asterisk");
	wrong(NEGATIVE("a.example"), "a text in the list negative-trust-anchors");
	wrong(NEGATIVE("{name: a, until: 2027-01-31}\n    - {name: A., until: 2028-01-31}"),
		"f:4: dnssec.negative-trust-anchors: A. stands on line 3 already");
}

/* A name that only a network knows would be denied by its parent's signature. */
static void test_insecure_routes(void **state)
{
	(void)state;
	struct config *config = good(
		"routes:\n"
		"  - {domains: [corp.example, 10.in-addr.arpa], upstreams: quad9, insecure: true}\n"
		"  - {domains: other.example, upstreams: quad9}\n");
	struct anchors *anchors = begin_with(config);

	assert_true(is_negative(anchors, "www.corp.example", INT64_MAX - 1));
	assert_true(is_negative(anchors, "1.10.in-addr.arpa", 0));
	assert_false(is_negative(anchors, "www.other.example", 0));
	anchors_free(anchors);
	config_free(config);
}

/* Who adds an anchor of their own does not lose those of the rest of the world. */
static void test_what_validation_begins_with(void **state)
{
	struct anchors *anchors, *rolled = anchors_new();
	char note[CONFIG_NOTE_LEN];
	(void)state;

	struct config *config = good("dnssec: {trust-anchors: example DS 1 8 2 " DIGEST "}\n");
	anchors = begin_with(config);
	assert_int_equal(closest(anchors, "example")->name.len, 9);
	assert_int_equal(closest(anchors, "test")->name.len, 1);
	anchors_free(anchors);
	/* Those of the root that were rolled stand for those that are built in. */
	assert_int_equal(anchors_add_root(rolled), 0);
	assert_int_equal(anchors_add_root(rolled), 0);
	assert_int_equal(config_anchors(config, rolled, &anchors, note), 0);
	assert_int_equal(anchors_count(anchors), 5);
	anchors_free(anchors);
	config_free(config);

	config = good("dnssec: {trust-anchors: . DS 1 8 2 " DIGEST "}\n");
	anchors = begin_with(config);
	assert_int_equal(anchors_count(anchors), 1);
	anchors_free(anchors);
	assert_int_equal(config_anchors(config, rolled, &anchors, note), 0);
	assert_int_equal(anchors_count(anchors), 1);
	anchors_free(anchors);
	config_free(config);
	anchors_free(rolled);

	config = good("dnssec: {validate: false}\n");
	assert_null(begin_with(config));
	config_free(config);
}

static void test_time_servers_that_are_none(void **state)
{
	(void)state;
	wrong("dnssec:\n  time-servers: [pool.ntp.org, \"a..b\"]\n", "f:2: dnssec.time-servers: ");
}

/* Who needs their addresses to set the clock could not validate them before. */
static void test_time_servers(void **state)
{
	struct config *usual = good("");
	struct config *own = good("dnssec: {time-servers: [ntp.lab.example, b\xc3\xbc"
				  "cher.example]}\n");
	struct config *none = good("dnssec: {time-servers: []}\n");
	struct anchors *anchors = begin_with(usual);
	(void)state;

	assert_false(is_negative(anchors, "0.debian.pool.ntp.org", 0));
	anchors_free(anchors);
	clock_raise_floor(INT64_MAX / 2);
	anchors = begin_with(usual);
	assert_true(is_negative(anchors, "0.debian.pool.ntp.org", clock_wall_s()));
	assert_true(is_negative(anchors, "pool.ntp.org", clock_wall_s()));
	assert_false(is_negative(anchors, "ntp.org", clock_wall_s()));
	anchors_free(anchors);
	anchors = begin_with(own);
	assert_true(is_negative(anchors, "a.ntp.lab.example", clock_wall_s()));
	assert_true(is_negative(anchors, "xn--bcher-kva.example", clock_wall_s()));
	assert_false(is_negative(anchors, "pool.ntp.org", clock_wall_s()));
	anchors_free(anchors);
	anchors = begin_with(none);
	assert_false(is_negative(anchors, "pool.ntp.org", clock_wall_s()));
	anchors_free(anchors);
	config_free(usual);
	config_free(own);
	config_free(none);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_records), cmocka_unit_test(test_records_that_are_none),
		cmocka_unit_test(test_unknown_algorithms),
		cmocka_unit_test_setup_teardown(test_files, make_file, remove_file),
		cmocka_unit_test(test_negative), cmocka_unit_test(test_negative_ones_that_are_none),
		cmocka_unit_test(test_insecure_routes),
		cmocka_unit_test(test_what_validation_begins_with),
		cmocka_unit_test(test_time_servers_that_are_none),
		cmocka_unit_test(test_time_servers), /* the last: it takes the clock away */
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
