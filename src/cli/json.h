/* SPDX-License-Identifier: MIT */
/* JSON as it is written: text, and values one behind another. */
#pragma once

#include <stdio.h>

#include "base/bytes.h"

/* The octets as a JSON string with its quotes; control characters, and what is not valid UTF-8, are
 * escaped as \u00XX.                                                 RFC 8259 section 7 */
void json_string_print(FILE *out, struct bytes text);

/* Writes values with the commas that are due. key is NULL within an array. */
struct json {
	FILE *out;
	bool more; /* a value stands before the next one */
};

/* bracket is '{' or '[', and '}' or ']'. */
void json_open(struct json *json, const char *key, char bracket);
void json_close(struct json *json, char bracket);

/* text ends with a zero octet; NULL is null. */
void json_text(struct json *json, const char *key, const char *text);
void json_octets(struct json *json, const char *key, struct bytes text);
void json_number(struct json *json, const char *key, int64_t number);
void json_bool(struct json *json, const char *key, bool value);
