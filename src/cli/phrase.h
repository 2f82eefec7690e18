/* SPDX-License-Identifier: MIT */
/* What a trace tells, in the words that the tree and the drawing share. All of it is printable
 * ASCII, whatever the network sent. */
#pragma once

#include "dnssec/trace.h"
#include "wire/verdict.h"

/* Room for one phrase: two names and some words. What is longer is cut. */
#define PHRASE_LEN 2560

/* Of an rdata that is shown so much at most; then "...". */
#define PHRASE_RDATA_LEN 400

#define PHRASE_WORD_LEN 40 /* of a time, an algorithm, a digest */

/* "secure", "insecure", "bogus", "indeterminate" */
const char *phrase_verdict(enum verdict verdict);

/* What the state of a name on the way down amounts to; INSIDE is secure. */
enum verdict phrase_state_verdict(enum zone_state state);

/* "secure", "no zone of its own", ... */
const char *phrase_state(enum zone_state state);

/* "ECDSAP256SHA256", or "algorithm 99"; "SHA-256", or "digest type 99". Each returns text. */
const char *phrase_algorithm(uint8_t algorithm, char text[static PHRASE_WORD_LEN]);
const char *phrase_digest(uint8_t digest_type, char text[static PHRASE_WORD_LEN]);

/* ISO 8601, UTC. Returns text. */
const char *phrase_time(int64_t when_s, char text[static PHRASE_WORD_LEN]);

/* "www.example. A". Returns text. */
const char *phrase_question(struct name name, uint16_t type, char text[static PHRASE_LEN]);

/* Type and rdata. Returns text. */
const char *phrase_record(uint16_t type, struct bytes rdata, char text[static PHRASE_LEN]);

/* A DS: "DS 4711, ECDSAP256SHA256, SHA-256: fits DNSKEY 4711". keys are those of the zone that
 * it is of. Returns text. */
const char *phrase_ds(struct name owner, struct bytes rdata, const struct trace_key *keys,
	char text[static PHRASE_LEN]);

/* A key: "DNSKEY 4711, ECDSAP256SHA256, flags 257: trusted". Returns text. */
const char *phrase_key(const struct trace_key *key, char text[static PHRASE_LEN]);

/* A signature: "RRSIG A by example. key 4711, ECDSAP256SHA256: fits, ... to ..., ends in 12
 * d". Returns text. */
const char *phrase_signature(const struct trace_signature *signature, struct name zone,
	int64_t wall_s, char text[static PHRASE_LEN]);

/* Why one signature does not count, or "fits". */
const char *phrase_fit(enum reason_code code);

/* Serial arithmetic around the wall clock.                           RFC 4034 section 3.1.5 */
int64_t phrase_unfold_s(uint32_t then, int64_t wall_s);

/* "proven: www.example. does not exist". Returns text. */
const char *phrase_denial(const struct trace_denial *denial, char text[static PHRASE_LEN]);

/* The first of a zone's keys that a record, a DS or the DNSKEY of an anchor, stands for. NULL: none
 * of them. */
const struct trace_key *phrase_key_of(
	struct name owner, uint16_t type, struct bytes rdata, const struct trace_key *keys);
