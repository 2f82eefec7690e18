/* SPDX-License-Identifier: MIT */
/* Where trust begins and where it is told to end: trust anchors (DS or DNSKEY of any name; of
 * several above a name the closest counts) and negative trust anchors (RFC 7646). Filled once, then
 * only read, by any number of threads. */
#pragma once

#include "base/arena.h"
#include "dnssec/crypto.h"
#include "wire/name.h"

struct anchor_record {
	const struct anchor_record *next;
	uint16_t type; /* DS or DNSKEY */
	struct bytes rdata;
};

struct anchor {
	struct anchor *next;
	struct name name;
	const struct anchor_record *records; /* NULL: nothing below it can be trusted */
};

struct anchors;

/* What is wrong with a text, for a person. */
struct anchor_fault {
	unsigned line;	  /* from 1; 0: not of any line */
	const char *what; /* static */
};

/* Empty, held once. NULL: out of memory. */
struct anchors *anchors_new(void);

/* Counted, from any thread: a validation under way keeps those that it began with. */
struct anchors *anchors_hold(struct anchors *anchors);

/* Gives up a hold; the last one frees them. NULL is accepted. */
void anchors_free(struct anchors *anchors);

/* Both root keys: 20326 (2017) and 38696 (2024), as IANA's root-anchors.xml has them. ERR_NOMEM. */
MUST_USE int anchors_add_root(struct anchors *anchors);

/* A copy. Type DS or DNSKEY; ERR_FORMAT for an rdata that is none, or a key that must not sign
 * zones; ERR_NOMEM. */
MUST_USE int anchors_add(
	struct anchors *anchors, struct name name, uint16_t type, struct bytes rdata);

/* A trust point, without a record until one is added: a zone that must be signed, though no key of
 * it is trusted. ERR_NOMEM. */
MUST_USE int anchors_add_point(struct anchors *anchors, struct name name);

/* Lines of "NAME [TTL] [IN] DS|DNSKEY RDATA" with ";" before a comment, as in dns-root-data and
 * unbound's files. Ends with a zero octet. ERR_FORMAT with *fault set, ERR_NOMEM. What stands
 * before the fault is then already added: throw it all away. */
MUST_USE int anchors_parse(struct anchors *anchors, const char *text, struct anchor_fault *fault);

/* The same from a file; at least one anchor must be there. Also ERR_SYSTEM, errno says how;
 * ERR_LIMIT for one over ANCHOR_FILE_LEN_MAX. fault->what says all but ERR_SYSTEM and
 * ERR_NOMEM. */
MUST_USE int anchors_load(struct anchors *anchors, const char *path, struct anchor_fault *fault);

#define ANCHOR_FILE_LEN_MAX (256u << 10) /* octets; a file of anchors has a few kilobytes */

/* Nothing at or below name is validated until then; until_s in wall clock seconds, INT64_MAX for
 * always (a route marked insecure). ERR_NOMEM.                       RFC 7646 section 2 */
MUST_USE int anchors_add_negative(struct anchors *anchors, struct name name, int64_t until_s);

/* All that are in from, negative ones too. ERR_NOMEM; part of them is then added. */
MUST_USE int anchors_add_all(struct anchors *anchors, const struct anchors *from);

/* Records of anchors in all. */
size_t anchors_count(const struct anchors *anchors);

/* All anchors but the negative ones, one behind another; NULL: none. */
const struct anchor *anchors_first(const struct anchors *anchors);

/* Does each have the trust points and the records of the other? Negative ones are not looked at. */
bool anchors_equal(const struct anchors *a, const struct anchors *b);

/* One whose records are all of algorithms, or for DS digests, that crypto does not have: nothing
 * below it would be validated (RFC 4035 section 5.2). NULL: there is none such. */
const struct anchor *anchors_unusable(const struct anchors *anchors, struct crypto *crypto);

/* The closest anchor at or above name, NULL: none. */
const struct anchor *anchors_closest(const struct anchors *anchors, struct name name);

struct negative_anchor {
	struct name name;
	int64_t until_s; /* wall clock */
};

/* Is there a negative one at or above name that holds now, and no anchor below it? It goes to *out,
 * NULL: it need not be told. At the same name the negative one counts.  RFC 7646 section 1.1 */
bool anchors_negative(const struct anchors *anchors, struct name name, int64_t wall_s,
	struct negative_anchor *out);
