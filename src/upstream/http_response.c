/* SPDX-License-Identifier: MIT */
#include "upstream/http_response.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

#include "net/sentence.h"

/* Octets of the first piece of memory for a body: most responses padded to RFC 8467's block. */
#define BODY_FIRST 512

/* Octets of a path that a sentence quotes. */
#define QUOTED "%.60s"

void http_response_init(struct http_response *response)
{
	*response = (struct http_response){ .max_age_s = UINT32_MAX };
}

void http_response_done(struct http_response *response)
{
	free(response->body);
	http_response_init(response);
}

static bool is(struct bytes text, const char *word)
{
	return text.len == strlen(word) && strncasecmp((const char *)text.at, word, text.len) == 0;
}

static bool is_blank(uint8_t octet)
{
	return octet == ' ' || octet == '\t';
}

static struct bytes trimmed(struct bytes text)
{
	while (text.len > 0 && is_blank(text.at[0]))
		text = bytes_of(text.at + 1, text.len - 1);
	while (text.len > 0 && is_blank(text.at[text.len - 1]))
		text.len--;
	return text;
}

/* What stands before the first such octet or, without one, all of it; *rest is what follows. */
static struct bytes before(struct bytes text, uint8_t octet, struct bytes *rest)
{
	const uint8_t *at = text.len > 0 ? memchr(text.at, octet, text.len) : NULL;
	const size_t len = at ? (size_t)(at - text.at) : text.len;

	*rest = at ? bytes_of(at + 1, text.len - len - 1) : bytes_of(NULL, 0);
	return trimmed(bytes_of(text.at, len));
}

/* Decimal digits and nothing else; what is larger than max is max (RFC 9111 section 1.2.2). */
static bool number_read(struct bytes text, uint64_t max, uint64_t *out)
{
	uint64_t number = 0;

	if (text.len == 0)
		return false;
	for (size_t i = 0; i < text.len; i++) {
		if (text.at[i] < '0' || text.at[i] > '9')
			return false;
		number = number > max / 10 ? max : number * 10 + (uint64_t)(text.at[i] - '0');
	}
	*out = number < max ? number : max;
	return true;
}

/* Days from 1970-01-01 to that day of the Gregorian calendar, which repeats every 400 years. */
static int64_t days_since_1970(int year, int month, int day)
{
	/* A year that begins in March has its odd day at its end. */
	const int64_t years = month > 2 ? year : year - 1;
	const int64_t day_of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
	const int64_t days = years * 365 + years / 4 - years / 100 + years / 400 + day_of_year;
	return days - 719468;
}

/* Of a date, in any of the forms that HTTP has. */
struct date {
	char month[4];
	int year, day, hour, minute, second;
};

static bool date_split(const char *text, struct date *out)
{
	const size_t len = strlen(text);
	int end = 0;

	if (sscanf(text, "%*3[A-Za-z], %2d %3[A-Za-z] %4d %2d:%2d:%2d GMT%n", &out->day, out->month,
		    &out->year, &out->hour, &out->minute, &out->second, &end) == 6 &&
		(size_t)end == len)
		return true;
	end = 0;
	if (sscanf(text, "%*3[A-Za-z] %3[A-Za-z] %2d %2d:%2d:%2d %4d%n", out->month, &out->day,
		    &out->hour, &out->minute, &out->second, &out->year, &end) == 6 &&
		(size_t)end == len)
		return true;
	end = 0;
	if (sscanf(text, "%*9[A-Za-z], %2d-%3[A-Za-z]-%2d %2d:%2d:%2d GMT%n", &out->day, out->month,
		    &out->year, &out->hour, &out->minute, &out->second, &end) != 6 ||
		(size_t)end != len)
		return false;
	out->year += out->year < 70 ? 2000 : 1900;
	return true;
}

/* "Sun, 06 Nov 1994 08:49:37 GMT", "Sunday, 06-Nov-94 08:49:37 GMT" or "Sun Nov  6 08:49:37 1994"
 * (RFC 9110 section 5.6.7); 0: none of them. */
static int64_t date_read(struct bytes text)
{
	static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
	struct date date;
	char copy[40];

	if (text.len >= sizeof(copy))
		return 0;
	memcpy(copy, text.at, text.len);
	copy[text.len] = '\0';
	if (strlen(copy) != text.len || !date_split(copy, &date) || strlen(date.month) != 3)
		return 0;
	const char *found = strstr(months, date.month);
	if (!found || (found - months) % 3 != 0 || date.year < 1970 || date.day < 1 ||
		date.hour < 0 || date.minute < 0 || date.second < 0)
		return 0;
	return days_since_1970(date.year, (int)(found - months) / 3 + 1, date.day) * 86400 +
	       date.hour * 3600 + date.minute * 60 + date.second;
}

static void status_read(struct http_response *response, struct bytes value)
{
	uint64_t status;
	if (number_read(value, 999, &status))
		response->status = (unsigned)status;
}

static void type_read(struct http_response *response, struct bytes value)
{
	struct bytes parameters;

	response->right_type = is(before(value, ';', &parameters), HTTP_DNS_MESSAGE);
	const size_t len = value.len < HTTP_SHOWN_LEN - 1 ? value.len : HTTP_SHOWN_LEN - 1;
	memcpy(response->type, value.at, len);
	response->type[len] = '\0';
}

/* The least one said counts. */
static void cache_control_read(struct http_response *response, struct bytes value)
{
	uint64_t max_age_s;

	while (value.len > 0) {
		struct bytes argument;
		const struct bytes name = before(before(value, ',', &value), '=', &argument);
		if (is(name, "max-age") && number_read(trimmed(argument), UINT32_MAX, &max_age_s) &&
			max_age_s < response->max_age_s)
			response->max_age_s = (uint32_t)max_age_s;
	}
}

static void retry_after_read(struct http_response *response, struct bytes value)
{
	uint64_t seconds;

	if (number_read(value, UINT32_MAX, &seconds))
		response->retry_after_s = (uint32_t)seconds;
	else
		response->retry_at_s = date_read(value);
}

void http_response_field(struct http_response *response, struct bytes name, struct bytes value)
{
	uint64_t number;

	value = trimmed(value);
	if (is(name, ":status")) {
		status_read(response, value);
	} else if (is(name, "content-type")) {
		type_read(response, value);
	} else if (is(name, "content-encoding")) {
		response->packed = value.len > 0 && !is(value, "identity");
	} else if (is(name, "content-length")) {
		response->has_length = number_read(value, UINT64_MAX / 10, &response->length);
	} else if (is(name, "age")) {
		/* Of a list the first counts, RFC 9111 section 5.1. */
		struct bytes others;
		if (number_read(before(value, ',', &others), UINT32_MAX, &number) &&
			number > response->age_s)
			response->age_s = (uint32_t)number;
	} else if (is(name, "cache-control")) {
		cache_control_read(response, value);
	} else if (is(name, "retry-after")) {
		retry_after_read(response, value);
	} else if (is(name, "date")) {
		response->date_s = date_read(value);
	}
}

bool http_response_interim(const struct http_response *response)
{
	return response->status >= 100 && response->status < 200;
}

int http_response_add(struct http_response *response, struct bytes data)
{
	const size_t wanted = response->len + data.len;

	if (wanted > HTTP_BODY_LEN_MAX)
		return ERR_LIMIT;
	if (wanted > response->cap) {
		size_t cap = response->cap > 0 ? response->cap : BODY_FIRST;
		while (cap < wanted)
			cap *= 2;
		uint8_t *body = realloc(response->body, cap);
		if (!body)
			return ERR_NOMEM;
		response->body = body;
		response->cap = cap;
	}
	if (data.len > 0)
		memcpy(response->body + response->len, data.at, data.len);
	response->len = wanted;
	return 0;
}

struct bytes http_response_body(const struct http_response *response)
{
	return bytes_of(response->body, response->len);
}

PRINTF(2, 3) static void explain(char why[static HTTP_WHY_LEN], const char *format, ...)
{
	va_list list;

	va_start(list, format);
	sentence_write(why, HTTP_WHY_LEN, format, list);
	va_end(list);
}

/* What that status, which is not 200, means for who has to mend it. */
static const char *advice_on(unsigned status)
{
	switch (status) {
	case 400: return "it finds fault with the query, which others understand";
	case 401:
	case 403: return "it refuses us; ask its operator who may use it";
	case 404:
	case 410: return "nothing is served there; check the path in url:";
	case 405:
	case 501:
		return "it does not take queries in this way; try the other method: (post or get)";
	case 406:
	case 415: return "it does not speak DNS there; check the path in url:";
	case 421: return "it does not serve that name at this address; check url: and addresses:";
	case 429: return "it is asked too often; others are asked meanwhile";
	case 502:
	case 503:
	case 504: return "it is overloaded, or what stands behind it does not answer";
	}
	if (status >= 300 && status < 400)
		return "it has moved, and redirections are never followed; correct url:";
	if (status >= 500)
		return "the server has trouble of its own";
	return "ask its operator, or check url:";
}

int http_response_judge(
	const struct http_response *response, const char *path, char why[static HTTP_WHY_LEN])
{
	char type[HTTP_SHOWN_LEN];

	if (response->status != 200)
		explain(why,
			"expected HTTP status 200 for \"" QUOTED
			"\", but it answered with status %u: %s",
			path, response->status, advice_on(response->status));
	else if (!response->right_type)
		explain(why,
			"expected a response of content-type " HTTP_DNS_MESSAGE " for \"" QUOTED
			"\", but it sent %s: this is no DNS server; check the path in url:",
			path,
			sentence_quote(type, sizeof(type),
				bytes_of(response->type, strlen(response->type))));
	else if (response->packed)
		explain(why,
			"expected a response as it is, but it sent one with a content-encoding, "
			"which was not asked for; its operator has to switch compression off");
	else
		return 0;
	return ERR_FORMAT;
}

bool http_response_trouble(const struct http_response *response)
{
	return response->status >= 500;
}

uint64_t http_response_rest_ms(const struct http_response *response)
{
	if (response->status != 429 && response->status != 503)
		return 0;
	/* Both times are by the server's clock, so that ours need not be right. */
	int64_t seconds = response->retry_at_s == 0 ? response->retry_after_s
			  : response->date_s == 0   ? 0
						    : response->retry_at_s - response->date_s;
	return seconds > 0 ? (uint64_t)seconds * 1000 : 0;
}

void http_response_shorten(const struct http_response *response, struct message *message)
{
	if (response->age_s == 0 && response->max_age_s == UINT32_MAX)
		return;
	for (size_t i = 0; i < message->count; i++) {
		uint32_t ttl_s = message->records[i].ttl_s;
		if (ttl_s > response->max_age_s)
			ttl_s = response->max_age_s;
		ttl_s = ttl_s > response->age_s ? ttl_s - response->age_s : 0;
		message->records[i].ttl_s = ttl_s;
	}
}
