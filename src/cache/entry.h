/* SPDX-License-Identifier: MIT */
/* An answer as the cache keeps it: immutable octets ready to be copied to a client, counted, and
 * free of anything of the client that first asked. A reply is one copy and a few patches. */
#pragma once

#include <stdatomic.h>

#include "base/bytes.h"
#include "wire/message.h"
#include "wire/rrset.h"

/* What an entry is found by: the question as it stands on the wire, its name case-folded, and
 * whether the data was asked for with CD. */
struct cache_key {
	uint64_t hash;
	uint16_t len; /* octets */
	bool checking_disabled;
	uint8_t octets[NAME_LEN_MAX + 4]; /* name, type, class */
};

void cache_key_init(struct cache_key *key, const struct hash_key *hash_key,
	const struct question *question, bool checking_disabled);

/* The question again; its name views the key and is case-folded. */
struct question cache_key_question(const struct cache_key *key);

bool cache_key_equal(const struct cache_key *a, const struct cache_key *b);

/* One form of the answer: a whole message without OPT, question in lower case. */
struct form {
	size_t len;		/* octets of the message */
	const uint16_t *ttl_at; /* offsets in the message of its records' TTLs */
	size_t ttl_count;	/* as many as it has records */
	size_t authority_count; /* of them in the authority section; all others are the answer */
	const uint8_t *body;	/* the message without its header */
};

struct entry;

/* What a cache needs of an entry that it keeps; under its lock, all zero while it keeps it not. */
struct entry_link {
	struct entry_link *next;  /* in the same bucket */
	struct entry_link *newer; /* came after it; a ring */
	struct entry_link *older;
	uint32_t hash; /* lower bits of the key's */
	bool used;     /* since it last became the newest */

	/* The entry's own, under no lock: here they fill what would be padding. */
	uint8_t failure_count;
	bool failure_final;
	atomic_bool refresh_claimed;
};

/* Octets of an explanation that are kept; a sentence that names a record and a zone. */
#define ENTRY_TEXT_MAX 512

/* What an entry is made from; all borrowed for the call. */
struct entry_source {
	struct question question;
	bool checking_disabled;
	uint16_t rcode;
	const struct rrset *rrsets; /* scrubbed: of the answer, then of the authority section */
	size_t rrset_count;
	uint32_t ttl_s;	       /* how long it may be used: every record is given this TTL */
	uint32_t now_s;	       /* monotonic seconds */
	bool secure;	       /* validated: AD for those who ask for it */
	struct ede ede;	       /* told to clients with EDNS on every use; its text is copied */
	uint8_t failure_count; /* of a cached failure: how often in a row (RFC 9520 section 3.2) */
	bool failure_final;    /* of one: no expired answer is told in its place */
};

/* Holds one reference, the caller's. ERR_NOMEM, ERR_LIMIT when it does not fit in 65,535 octets.
 * An owner at or above the question is spelled as the question is, in lower case: what the first
 * client's letters were is nobody else's business, and patching the question's case patches it. */
MUST_USE int entry_new(const struct entry_source *source, struct entry **out);

/* Any thread; NULL is accepted by release. */
struct entry *entry_hold(struct entry *entry);
void entry_release(struct entry *entry);

/* With RRSIG, NSEC and NSEC3 (dnssec_ok) or without them unless they were asked for
 * (RFC 4035 section 3.2.1). */
struct form entry_form(const struct entry *entry, bool dnssec_ok);

/* The message of a form, form->len octets: ID and flags are zero. */
void form_copy(const struct form *form, uint8_t *message);

/* Seconds of use that it was given, seconds since it was stored, and seconds of use left (0:
 * expired). */
uint32_t entry_ttl_s(const struct entry *entry);
uint32_t entry_age_s(const struct entry *entry, uint32_t now_s);
uint32_t entry_ttl_left_s(const struct entry *entry, uint32_t now_s);

/* Seconds since it expired; 0 while it is fresh, and in its first expired second. */
uint32_t entry_expired_s(const struct entry *entry, uint32_t now_s);

/* LATE: in the last tenth of its time, if that was 9 s at least: to be asked for anew. */
enum freshness { FRESHNESS_FRESH, FRESHNESS_LATE, FRESHNESS_EXPIRED };
enum freshness entry_freshness(const struct entry *entry, uint32_t now_s);

/* True once in an entry's life: the caller is the one who asks for it anew. Any thread. */
bool entry_claim_refresh(struct entry *entry);

/* The question's, case-folded; a view of the entry. */
struct name entry_name(const struct entry *entry);

/* Was the data asked for with CD? */
bool entry_checking_disabled(const struct entry *entry);

uint16_t entry_rcode(const struct entry *entry);
bool entry_secure(const struct entry *entry);
uint8_t entry_failure_count(const struct entry *entry); /* 0: it is an answer */
bool entry_failure_final(const struct entry *entry);

/* What is told with it; its text is a view of the entry. */
struct ede entry_ede(const struct entry *entry);

/* Is it the same answer, whatever the TTLs are? */
bool entry_says_same(const struct entry *entry, const struct entry *other);

/* Octets of memory that it takes, the allocator's own included. */
size_t entry_cost(const struct entry *entry);

/* For the cache. The link stands first in its entry. */
struct entry_link *entry_link(struct entry *entry);

static inline struct entry *entry_of_link(struct entry_link *link)
{
	return (struct entry *)(void *)link;
}

/* Does it answer that question, asked with that CD? */
bool entry_matches(const struct entry *entry, const struct cache_key *key);
