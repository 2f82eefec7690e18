/* SPDX-License-Identifier: MIT */
/* The OPT pseudo-record and its options (RFC 6891). */
#pragma once

#include "base/bytes.h"
#include "base/err.h"
#include "wire/writer.h"

enum {
	EDNS_OPTION_NSID = 3,
	EDNS_OPTION_CLIENT_SUBNET = 8,	/* RFC 7871 */
	EDNS_OPTION_COOKIE = 10,	/* RFC 7873 */
	EDNS_OPTION_TCP_KEEPALIVE = 11, /* RFC 7828 */
	EDNS_OPTION_PADDING = 12,	/* RFC 7830 */
	EDNS_OPTION_EDE = 15,		/* RFC 8914 */
};

#define EDNS_UDP_SIZE	  1232 /* octets that we take by UDP (DNS flag day 2020) */
#define PADDING_BLOCK_LEN 128  /* octets of a query's blocks (RFC 8467 section 4.1) */

/* Extended DNS Error codes that this program names (RFC 8914 section 4 and IANA's list). */
enum ede_code {
	EDE_OTHER = 0,
	EDE_UNSUPPORTED_DNSKEY_ALGORITHM = 1,
	EDE_UNSUPPORTED_DS_DIGEST = 2,
	EDE_STALE_ANSWER = 3,
	EDE_DNSSEC_BOGUS = 6,
	EDE_SIGNATURE_EXPIRED = 7,
	EDE_SIGNATURE_NOT_YET_VALID = 8,
	EDE_DNSKEY_MISSING = 9,
	EDE_RRSIGS_MISSING = 10,
	EDE_NO_ZONE_KEY = 11,
	EDE_NSEC_MISSING = 12,
	EDE_CACHED_ERROR = 13,
	EDE_NOT_READY = 14,
	EDE_BLOCKED = 15,
	EDE_CENSORED = 16,
	EDE_FILTERED = 17,
	EDE_PROHIBITED = 18,
	EDE_STALE_NXDOMAIN = 19,
	EDE_NOT_SUPPORTED = 21,
	EDE_NO_REACHABLE_AUTHORITY = 22,
	EDE_NETWORK_ERROR = 23,
	EDE_UNSUPPORTED_NSEC3_ITERATIONS = 27,
	EDE_SYNTHESIZED = 29,
	EDE_INVALID_QUERY_TYPE = 30,
};

/* What is told about an answer, or not. */
struct ede {
	bool present;
	uint16_t code;
	const char *text; /* borrowed; NULL: none */
};

struct edns {
	bool present;
	bool dnssec_ok; /* DO, RFC 3225 */
	uint8_t version;
	uint8_t extended_rcode; /* upper 8 bits of the 12 */
	uint16_t udp_size;	/* octets; as sent, below 512 means 512 */
	struct bytes options;	/* checked to be a whole sequence of options; borrowed */
};

/* From the fields of an OPT record: class, TTL and rdata. ERR_FORMAT if the options do not fill
 * the rdata exactly.                                                 RFC 6891 section 6.1 */
MUST_USE int edns_read(uint16_t class, uint32_t ttl, struct bytes rdata, struct edns *out);

/* The first option of that code; false if there is none. */
bool edns_option(const struct edns *edns, uint16_t code, struct bytes *out);

/* The OPT record's fixed part with rdata length 0; edns->options is not written. Returns where
 * the rdata length stands, for edns_close(). */
size_t edns_open(struct writer *w, const struct edns *edns);

/* One option, between open and close. */
void edns_add_option(struct writer *w, uint16_t code, struct bytes data);

/* An Extended DNS Error; text in UTF-8, NULL or "" for none.         RFC 8914 section 2 */
void edns_add_ede(struct writer *w, uint16_t code, const char *text);

/* Fills up with a padding option so that the whole message of w ends on a multiple of block_len
 * octets (RFC 8467 section 4.1); call last before close. */
void edns_add_padding(struct writer *w, size_t block_len);

/* Sets the rdata length. */
void edns_close(struct writer *w, size_t opened);

/* Does it say that the answer is bogus; that it was withheld on purpose? */
bool ede_is_bogus(uint16_t code);
bool ede_is_withheld(uint16_t code);

/* "Stale Answer" and so on, "unassigned" for others. */
const char *ede_text(uint16_t code);
