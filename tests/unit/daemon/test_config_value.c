/* SPDX-License-Identifier: MIT */
/* Values as people write them: what is misread here is another limit than the one that was meant.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "daemon/config_value.h"

struct quantity_case {
	const char *text;
	int err;
	uint64_t value;
};

static void assert_quantities(int (*read)(const char *text, uint64_t *out),
	const struct quantity_case *cases, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		uint64_t value = 0;
		if (read(cases[i].text, &value) != cases[i].err || value != cases[i].value)
			fail_msg("\"%s\"", cases[i].text);
	}
}

#define ASSERT_QUANTITIES(read, cases)                                                             \
	assert_quantities(read, cases, sizeof(cases) / sizeof((cases)[0]))

static void test_numbers(void **state)
{
	static const struct quantity_case cases[] = {
		{ "0", 0, 0 },
		{ "007", 0, 7 },
		{ "18446744073709551615", 0, UINT64_MAX },
		{ "18446744073709551616", ERR_LIMIT, 0 },
		{ "", ERR_FORMAT, 0 },
		{ "-1", ERR_FORMAT, 0 },
		{ "+1", ERR_FORMAT, 0 },
		{ " 1", ERR_FORMAT, 0 },
		{ "1.5", ERR_FORMAT, 0 },
		{ "0x10", ERR_FORMAT, 0 },
		{ "1s", ERR_FORMAT, 0 },
	};
	(void)state;
	ASSERT_QUANTITIES(value_number, cases);
}

static void test_durations(void **state)
{
	static const struct quantity_case cases[] = {
		{ "0", 0, 0 },
		{ "1500ms", 0, 1500 },
		{ "90 s", 0, 90000 },
		{ "2m", 0, 120000 },
		{ "1h", 0, 3600000 },
		{ "1d", 0, 86400000 },
		{ "5", ERR_FORMAT, 0 }, /* of what? */
		{ "5S", ERR_FORMAT, 0 },
		{ "5 seconds", ERR_FORMAT, 0 },
		{ "s", ERR_FORMAT, 0 },
		{ "18446744073709551615s", ERR_LIMIT, 0 },
	};
	(void)state;
	ASSERT_QUANTITIES(value_duration, cases);
}

static void test_sizes(void **state)
{
	static const struct quantity_case cases[] = {
		{ "0", 0, 0 },
		{ "256KiB", 0, 262144 },
		{ "16MiB", 0, 16777216 },
		{ "64 GiB", 0, UINT64_C(68719476736) },
		{ "16MB", ERR_FORMAT, 0 }, /* 1000 or 1024? */
		{ "16", ERR_FORMAT, 0 },
		{ "17179869184GiB", ERR_LIMIT, 0 },
	};
	(void)state;
	ASSERT_QUANTITIES(value_size, cases);
}

static int time_read(const char *text, uint64_t *out)
{
	int64_t at_s;
	int err = value_time(text, &at_s);
	if (!err)
		*out = (uint64_t)at_s;
	return err;
}

/* A day too early and a broken domain is broken again; what is ambiguous is not guessed. */
static void test_times(void **state)
{
	static const struct quantity_case cases[] = {
		{ "1970-01-01", 0, 86400 },
		{ "2027-01-31", 0, 1801440000 },
		{ "2024-02-29", 0, 1709251200 },
		{ "2000-02-29", 0, 951868800 },
		{ "2027-12-31", 0, 1830297600 },
		{ "9999-12-31", 0, 253402300800 },
		{ "2027-01-31T18:00:00Z", 0, 1801418400 },
		{ "2027-01-31t18:00z", 0, 1801418400 },
		{ "2027-01-31 18:00:30Z", 0, 1801418430 },
		{ "2027-01-31T19:30:00+01:30", 0, 1801418400 },
		{ "2027-01-31T12:00:00-06:00", 0, 1801418400 },
		{ "2027-03-01T00:00:00Z", 0, 1803859200 },
		{ "2028-03-01T00:00:00Z", 0, 1835481600 },
		{ "2027-01-31T18:00:00", ERR_FORMAT, 0 }, /* whose clock? */
		{ "2027-01-31T", ERR_FORMAT, 0 },
		{ "2027-01-31Z", ERR_FORMAT, 0 },
		{ "2027-01-31T18:00:00Zx", ERR_FORMAT, 0 },
		{ "2027-01-31T24:00:00Z", ERR_FORMAT, 0 },
		{ "2027-01-31T18:60:00Z", ERR_FORMAT, 0 },
		{ "2027-01-31T18:00:60Z", ERR_FORMAT, 0 },
		{ "2027-01-31T18:00:00+24:00", ERR_FORMAT, 0 },
		{ "2027-01-31T18:00:00+01", ERR_FORMAT, 0 },
		{ "2027-02-29", ERR_FORMAT, 0 },
		{ "2100-02-29", ERR_FORMAT, 0 },
		{ "2027-04-31", ERR_FORMAT, 0 },
		{ "2027-12-32", ERR_FORMAT, 0 },
		{ "2027-13-01", ERR_FORMAT, 0 },
		{ "2027-00-01", ERR_FORMAT, 0 },
		{ "2027-01-00", ERR_FORMAT, 0 },
		{ "1969-12-31", ERR_FORMAT, 0 },
		{ "27-01-31", ERR_FORMAT, 0 },
		{ "2027-1-31", ERR_FORMAT, 0 },
		{ "31.1.2027", ERR_FORMAT, 0 },
		{ "", ERR_FORMAT, 0 },
	};
	(void)state;
	ASSERT_QUANTITIES(time_read, cases);
}

/* Bounds are told in errors and in --keys, and must be fit to be typed. */
static void test_what_is_printed_can_be_read(void **state)
{
	static const struct {
		uint64_t ms;
		const char *text;
	} durations[] = { { 0, "0" }, { 1500, "1500ms" }, { 90000, "90s" }, { 7200000, "2h" },
		{ 604800000, "7d" } };
	char text[QUANTITY_LEN];
	uint64_t again;

	(void)state;
	for (size_t i = 0; i < sizeof(durations) / sizeof(durations[0]); i++) {
		assert_string_equal(value_print_duration(durations[i].ms, text), durations[i].text);
		assert_int_equal(value_duration(text, &again), 0);
		assert_int_equal(again, durations[i].ms);
	}
	assert_string_equal(value_print_size(16 << 20, text), "16MiB");
	assert_string_equal(value_print_size(UINT64_C(1) << 40, text), "1024GiB");
	assert_string_equal(value_print_size(1 << 18, text), "256KiB");
}

/* A long value must not fill the screen, nor be cut within a character. */
static void test_shown(void **state)
{
	char text[SHOWN_LEN + 10], shown[SHOWN_LEN];

	(void)state;
	assert_string_equal(value_shown("short", shown), "short");
	memset(text, 'x', sizeof(text));
	text[SHOWN_LEN - 1] = '\0';
	assert_string_equal(value_shown(text, shown), text);
	text[SHOWN_LEN - 1] = 'x';
	text[sizeof(text) - 1] = '\0';
	assert_int_equal(strlen(value_shown(text, shown)), SHOWN_LEN - 1);
	assert_string_equal(shown + SHOWN_LEN - 4, "...");
	memcpy(text + SHOWN_LEN - 6, "\xe2\x82\xac", 3);
	assert_int_equal(strlen(value_shown(text, shown)), SHOWN_LEN - 3);
	assert_string_equal(shown + SHOWN_LEN - 7, "x...");
}

static void test_names_in_any_script(void **state)
{
	struct arena arena;
	const char *out;

	(void)state;
	arena_init(&arena, 65536);
	assert_int_equal(value_ascii_name(&arena,
				 "b\xc3\xbc"
				 "cher.example",
				 &out),
		0);
	assert_string_equal(out, "xn--bcher-kva.example");
	/* German sharp s is a letter of its own in IDNA 2008, not "ss": two other domains. */
	assert_int_equal(value_ascii_name(&arena,
				 "stra\xc3\x9f"
				 "e.example",
				 &out),
		0);
	assert_string_equal(out, "xn--strae-oqa.example");
	assert_int_equal(value_ascii_name(&arena, "_Dmarc.Example", &out), 0);
	assert_string_equal(out, "_Dmarc.Example");
	assert_int_equal(value_ascii_name(&arena, "\xff.example", &out), ERR_FORMAT);

	assert_int_equal(value_ascii_url(&arena,
				 "tls://b\xc3\xbc"
				 "cher.example:853",
				 &out),
		0);
	assert_string_equal(out, "tls://xn--bcher-kva.example:853");
	assert_int_equal(value_ascii_url(&arena, "tls://[2001:db8::1]", &out), 0);
	assert_string_equal(out, "tls://[2001:db8::1]");
	assert_int_equal(value_ascii_url(&arena,
				 "b\xc3\xbc"
				 "cher",
				 &out),
		0);
	assert_string_equal(out, "b\xc3\xbc"
				 "cher");
	arena_done(&arena);
}

static const char *nearest_to(const char *typed)
{
	static const char *const words[] = { "listen", "allow", "cache", "tcp-clients" };
	struct nearest nearest = { 0 };

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		nearest_offer(&nearest, typed, words[i]);
	return nearest.word ? nearest.word : "";
}

static void test_what_was_meant(void **state)
{
	(void)state;
	assert_string_equal(nearest_to("listne"), "listen");
	assert_string_equal(nearest_to("TCP_Clients"), "tcp-clients");
	assert_string_equal(nearest_to("alow"), "allow");
	assert_string_equal(nearest_to("cash"), "cache");
	/* A guess would mislead. */
	assert_string_equal(nearest_to("workers"), "");
	assert_string_equal(nearest_to("x"), "");
	assert_string_equal(nearest_to("listenlistenlistenlistenlistenlistenlisten"), "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_numbers),
		cmocka_unit_test(test_durations),
		cmocka_unit_test(test_sizes),
		cmocka_unit_test(test_times),
		cmocka_unit_test(test_what_is_printed_can_be_read),
		cmocka_unit_test(test_shown),
		cmocka_unit_test(test_names_in_any_script),
		cmocka_unit_test(test_what_was_meant),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
