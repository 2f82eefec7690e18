/* SPDX-License-Identifier: MIT */
#include "unit/daemon/parsed.h"

#include <stdlib.h>
#include <string.h>

struct parsed parse_len(const char *text, size_t len)
{
	struct parsed parsed = { 0 };
	FILE *errors = open_memstream(&parsed.errors, &parsed.errors_len);
	assert_non_null(errors);
	parsed.config = config_parse("f", text, len, errors);
	assert_int_equal(fclose(errors), 0);
	assert_true((parsed.config != NULL) == (parsed.errors_len == 0));
	return parsed;
}

void parsed_free(struct parsed *parsed)
{
	config_free(parsed->config);
	free(parsed->errors);
}

struct parsed good(const char *text)
{
	struct parsed parsed = parse_len(text, strlen(text));
	if (!parsed.config)
		fail_msg("not accepted: %s\n%s", text, parsed.errors);
	return parsed;
}

void wrong(const char *text, const char *errors)
{
	struct parsed parsed = parse_len(text, strlen(text));
	assert_string_equal(parsed.errors, errors);
	parsed_free(&parsed);
}

void wrong_with(const char *text, const char *const *pieces)
{
	struct parsed parsed = parse_len(text, strlen(text));
	assert_null(parsed.config);
	char *end = strchr(parsed.errors, '\n');
	if (!end || end[1] != '\0')
		fail_msg("not one line: %s", parsed.errors);
	for (; *pieces; pieces++) {
		if (!strstr(parsed.errors, *pieces))
			fail_msg("\"%s\" is not in: %s", *pieces, parsed.errors);
	}
	parsed_free(&parsed);
}

void assert_address(const struct address *address, const char *text)
{
	char written[ADDRESS_TEXT_LEN];
	assert_string_equal(address_write(address, written), text);
}
