/* SPDX-License-Identifier: MIT */
/* What a validation looked at on its way to a verdict, for a person who wants to see it: each name
 * on the way down from a trust anchor, each hop of the answer's path, and what was held against
 * them. The validator tells and never looks at what it told: with a trace, without one, and with
 * one that is full the verdict is the same.
 *
 * All functions take NULL for a trace and then do nothing. What is told is viewed, not copied: a
 * trace may be read for as long as the validation that it is of. */
#pragma once

#include "dnssec/anchor.h"
#include "dnssec/rrsig.h"
#include "dnssec/zone.h"
#include "wire/rrset.h"

/* Octets that a trace may hold. A long chain takes a tenth; what a hostile one has beyond is left
 * out, and full is set. */
#define TRACE_MEMORY_MAX (1u << 20)

/* Signatures of one RRset and keys of one zone that are told of; the others are only counted. */
#define TRACE_SIGNATURES_MAX 16
#define TRACE_KEYS_MAX	     32

struct trace_signature {
	struct trace_signature *next;
	struct rrsig rrsig;    /* all zero for one that is malformed */
	enum reason_code code; /* REASON_NONE: it fits */
};

/* An RRset held against a zone's keys. */
struct trace_check {
	struct name zone;
	const struct rrset *rrset;
	const struct rrset *signatures;	     /* NULL: none */
	const struct trace_signature *first; /* in the order in which they were looked at */
	unsigned count;			     /* of these */
	struct reason reason;		     /* REASON_NONE: one fits */
};

struct trace_key {
	struct trace_key *next;
	struct dnskey key;
	bool signs;   /* may sign the zone's data */
	bool trusted; /* the anchor or a DS stands for it */
};

enum trace_goal {
	TRACE_NO_NAME,	 /* that the name does not exist */
	TRACE_NO_TYPE,	 /* that the name has no such type */
	TRACE_NO_CLOSER, /* that nothing is closer to the name than the wildcard */
};

/* What the NSEC or NSEC3 records at hand were to prove. */
struct trace_denial {
	struct name zone, name;
	uint16_t type;
	enum trace_goal goal;
	enum reason_code code; /* REASON_NONE: proven; see denial.h */
};

enum trace_kind { TRACE_CHECK, TRACE_DENIAL };

struct trace_item {
	struct trace_item *next;
	enum trace_kind kind;
	const struct trace_check *check; /* the one of kind */
	const struct trace_denial *denial;
};

/* What was held against one name on the way down, or one hop. */
struct trace_evidence {
	const struct anchor *anchor; /* where trust begins; NULL: not here */
	const struct rrset *ds;	     /* signed or not; NULL: none */
	const struct trace_key *keys;
	unsigned keys_left_out;
	const struct trace_item *items;
};

/* A name on the way down, and what it turned out to be. */
struct trace_zone {
	struct trace_zone *next;
	struct name name;
	struct name parent; /* the zone that it was seen from; octets NULL: none */
	enum zone_state state;
	struct reason reason; /* of states but SECURE and INSIDE */
	struct trace_evidence evidence;
};

enum trace_step { TRACE_ANSWER, TRACE_ALIAS, TRACE_SUBTREE, TRACE_NOTHING };

/* From one name of the answer's path to the next, or to its end. */
struct trace_hop {
	struct trace_hop *next;
	enum trace_step step;
	struct name name;
	uint16_t type;
	const struct rrset *rrset; /* NULL: nothing is there */
	struct name zone;	   /* that was to prove it; octets NULL: none was asked */
	struct reason reason;	   /* REASON_NONE: secure */
	struct trace_evidence evidence;

	/* A zone further up was tried first, in vain. */
	struct name first_zone;	    /* octets NULL: none was */
	struct reason first_reason; /* why it does not hold */
	struct trace_evidence first_evidence;
};

struct trace {
	const struct trace_zone *zones; /* each in the order in which they were gone through */
	const struct trace_hop *hops;
	bool full; /* something was left out */

	/* Of the trace itself. */
	struct arena arena;
	struct trace_zone **zones_end;
	struct trace_hop *hop, **hops_end; /* hop: the last one */
	struct trace_evidence at_hand;
	struct trace_key **keys_end;
	unsigned key_count;
	struct trace_item **items_end;
	struct trace_check *check; /* open; NULL: none */
	struct trace_signature **signatures_end, *signature;
};

void trace_init(struct trace *trace);
void trace_done(struct trace *trace);

/* The way down begins at an anchor. */
void trace_anchor(struct trace *trace, const struct anchor *anchor);

/* The DS of the name below. */
void trace_ds(struct trace *trace, const struct rrset *ds);

/* One of a zone's keys. */
void trace_key(struct trace *trace, const struct dnskey *key, bool signs, bool trusted);

/* A check begins; its signatures; its end. A signature that is told of again, tried with another
 * key, takes its last result. rrsig NULL: malformed. */
void trace_check_open(struct trace *trace, struct name zone, const struct rrset *rrset,
	const struct rrset *signatures);
void trace_signature(struct trace *trace, const struct rrsig *rrsig, enum reason_code code);
void trace_check_close(struct trace *trace, const struct reason *reason);

/* What a check had found before counts once more. */
void trace_check_again(struct trace *trace, struct name zone, const struct rrset *rrset);

void trace_denial(struct trace *trace, const struct trace_denial *denial);

/* All that was told since the last end was of this name on the way down; parent NULL: none. */
void trace_zone(struct trace *trace, const struct zone *zone, const struct name *parent);

/* A hop begins. */
void trace_hop(struct trace *trace, const struct trace_hop *hop);

/* Which zone must prove the hop. */
void trace_hop_zone(struct trace *trace, struct name zone);

/* That zone's proof does not hold; the way goes on down. */
void trace_hop_again(struct trace *trace, const struct reason *reason);

/* The hop's end. A validation that ends before its first hop has none. */
void trace_hop_end(struct trace *trace, const struct reason *reason);
