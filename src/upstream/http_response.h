/* SPDX-License-Identifier: MIT */
/* What an HTTP response says, field by field, and whether it is one with a DNS message in it
 * (RFC 8484 section 4.2). How it came, in frames of HTTP/2, is not known here. */
#pragma once

#include "base/bytes.h"
#include "wire/message.h"

/* Octets of a body; a DNS message has no more. */
#define HTTP_BODY_LEN_MAX MESSAGE_LEN_MAX

/* The media type of a DNS message (RFC 8484 section 6). */
#define HTTP_DNS_MESSAGE "application/dns-message"

#define HTTP_WHY_LEN 256

/* Octets of a field's value that a sentence shows, with the end. */
#define HTTP_SHOWN_LEN 48

struct http_response {
	unsigned status; /* 0: did not come yet */
	bool right_type; /* content-type is application/dns-message */
	bool packed;	 /* it has a content-encoding */
	bool has_length;
	uint64_t length;	    /* content-length */
	char type[HTTP_SHOWN_LEN];  /* content-type, if it is not the right one */
	uint32_t age_s;		    /* how long a cache on the way has had it */
	uint32_t max_age_s;	    /* UINT32_MAX: not said */
	uint32_t retry_after_s;	    /* 0: not said, or in the form that follows */
	int64_t date_s, retry_at_s; /* by the server's clock, since 1970; 0: not said */
	uint8_t *body;
	size_t len, cap; /* octets of the body */
};

/* Nothing is allocated until the body comes. */
void http_response_init(struct http_response *response);
void http_response_done(struct http_response *response);

/* One field of the header section, its name in lower case; ":status" is one, too. Fields that do
 * not matter, and values that cannot be read, are passed over. */
void http_response_field(struct http_response *response, struct bytes name, struct bytes value);

/* 1xx: the response proper is still to come, in another header section (RFC 9110 section 15.2). */
bool http_response_interim(const struct http_response *response);

/* More of the body. ERR_LIMIT beyond HTTP_BODY_LEN_MAX, ERR_NOMEM. */
MUST_USE int http_response_add(struct http_response *response, struct bytes data);

struct bytes http_response_body(const struct http_response *response);

/* Is it to be read as a DNS message? ERR_FORMAT if not, with why as a sentence that says what was
 * expected, what came and what to do; path is where it was asked. */
MUST_USE int http_response_judge(
	const struct http_response *response, const char *path, char why[static HTTP_WHY_LEN]);

/* Does the server, of which this status says that it is not the request that is wrong, have trouble
 * of its own (5xx) that may be over with the next request? */
bool http_response_trouble(const struct http_response *response);

/* Milliseconds for which the server wants to be left alone (RFC 9110 section 10.2.3, RFC 6585
 * section 4); 0: it does not say. Unbounded. */
uint64_t http_response_rest_ms(const struct http_response *response);

/* No record of message outlives the response: TTLs are at most max-age, and less its age.
 *                                                                     RFC 8484 section 5.1 */
void http_response_shorten(const struct http_response *response, struct message *message);
