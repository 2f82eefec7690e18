/* SPDX-License-Identifier: MIT */
/* A query's verdict: the path from the question to its end, each hop proven by the zone that it
 * lies in.
 *
 *      VALIDATE_HOP ─── nothing left to prove ───────────────────────► VALIDATE_DONE
 *        │  ▲                                                             ▲  ▲
 *        │  └───── proven, or proven unsigned, and the path goes on ──┐   │  │
 *        │ what the hop stands on: records, or their denial           │   │  │
 *        ▼                                                            │   │  │
 *      VALIDATE_ZONE ──► (wants) ── zone found ──► VALIDATE_PROOF ────┴───┘  │
 *        ▲   │                                       │   bogus, or the end   │
 *        │   └── zone bogus, or not to be had ───────┼───────────────────────┘
 *        └── does not hold, but there may be ────────┘
 *            an unsigned zone further down
 *
 * Where a signature names its signer, the way down ends there: what a signed name needs is a few
 * queries. If then the proof does not hold, the way goes on down to the name itself before anything
 * is called bogus, for only a zone proven to be unsigned may do without. */
#include "dnssec/validator.h"

#include <assert.h>

#include "dnssec/chain.h"
#include "dnssec/path.h"
#include "dnssec/proof.h"

enum validate_state { VALIDATE_HOP, VALIDATE_ZONE, VALIDATE_PROOF, VALIDATE_DONE };

struct validator {
	const struct validator_context *context;
	const struct message *message;
	struct arena *arena;
	struct reply reply;
	bool *left; /* by index into the reply's RRsets: the path has been there */
	struct supplies supplies;
	struct chain chain;
	int err; /* out of memory, found where it could not be told */

	enum validate_state state;
	struct name name; /* that the path has come to */
	bool ended;	  /* nothing comes behind the hop at hand */
	struct hop hop;
	struct name lies_at;  /* the name whose zone must prove it */
	bool costly;	      /* that proof made us try in vain */
	struct reason failed; /* why a proof by a zone further up did not hold */
	struct validator_result result;
};

static const uint8_t legal[VALIDATE_DONE + 1] = {
	[VALIDATE_HOP] = 1 << VALIDATE_ZONE | 1 << VALIDATE_DONE,
	[VALIDATE_ZONE] = 1 << VALIDATE_PROOF | 1 << VALIDATE_HOP | 1 << VALIDATE_DONE,
	[VALIDATE_PROOF] = 1 << VALIDATE_ZONE | 1 << VALIDATE_HOP | 1 << VALIDATE_DONE,
};

static void validator_move(struct validator *v, enum validate_state to)
{
	assert(legal[v->state] & 1 << to);
	v->state = to;
}

static void ttl_lower(struct validator *v, uint32_t ttl_s)
{
	if (ttl_s < v->result.ttl_s)
		v->result.ttl_s = ttl_s;
}

static void lower_until(struct validator *v, int64_t until_s)
{
	const int64_t left_s = until_s - v->context->wall_s;

	ttl_lower(v, left_s < UINT32_MAX ? (uint32_t)left_s : UINT32_MAX);
}

/* Bogus and indeterminate end it; insecure is remembered, and the path goes on. */
static void decide(struct validator *v, struct reason reason)
{
	const enum verdict verdict = reason_verdict(reason.code);

	trace_hop_end(v->context->trace, &reason);
	if (verdict == VERDICT_BOGUS || verdict == VERDICT_INDETERMINATE) {
		v->result = (struct validator_result){ .verdict = verdict,
			.reason = reason,
			.ttl_s = verdict == VERDICT_BOGUS ? KEYCACHE_BOGUS_TTL_S : 0,
			.zone = name_root() };
		validator_move(v, VALIDATE_DONE);
		return;
	}
	if (verdict == VERDICT_INSECURE && v->result.verdict == VERDICT_SECURE) {
		v->result.verdict = verdict;
		v->result.reason = reason;
		v->result.zone = name_root();
	}
	if (!v->ended)
		v->name = v->hop.target;
	validator_move(v, v->ended ? VALIDATE_DONE : VALIDATE_HOP);
}

static struct reason about(const struct validator *v, enum reason_code code)
{
	return (struct reason){ .code = code,
		.name = v->name,
		.type = v->message->head.question.type,
		.zone = v->chain.zone.name };
}

struct validator *validator_start(const struct validator_context *context,
	const struct message *message, struct budget *budget, struct arena *arena)
{
	struct validator *v = arena_alloc(arena, sizeof(*v));
	if (!v)
		return NULL;
	v->context = context;
	v->message = message;
	v->arena = arena;
	v->supplies.arena = arena;
	v->chain = (struct chain){
		.anchors = context->anchors,
		.keycache = context->keycache,
		.checker = { .crypto = context->crypto,
			.budget = budget,
			.arena = arena,
			.wall_s = context->wall_s,
			.clock_unset = context->clock_unset,
			.trace = context->trace },
		.supplies = &v->supplies,
		.now_s = context->now_s,
	};
	v->name = message->head.question.name;
	v->result = (struct validator_result){ .ttl_s = KEYCACHE_TTL_MAX_S, .zone = name_root() };
	int err = reply_open(&v->reply, message, arena);
	v->left = arena_array(arena, v->reply.count, sizeof(*v->left));
	if (err == ERR_NOMEM || !v->left)
		return NULL;
	if (err)
		decide(v, about(v, REASON_MESSAGE_MALFORMED));
	else if (message->rcode != RCODE_NOERROR && message->rcode != RCODE_NXDOMAIN &&
		 message->rcode != RCODE_YXDOMAIN)
		decide(v, about(v, REASON_RCODE));
	else if (message->head.question.type == TYPE_DNSKEY ||
		 message->head.question.type == TYPE_DS)
		validator_supply(v, /* what the chain may want is what was asked for */
			&(struct validator_want){ v->name, message->head.question.type }, message);
	return v->err ? NULL : v;
}

/* HOP */

static const struct name *signer_of_denial(const struct validator *v, struct name *deepest)
{
	const struct name *found = NULL;

	for (size_t i = 0; i < v->reply.count; i++) {
		const struct rrset *rrset = &v->reply.rrsets[i];
		struct name signer;
		if (rrset->section != SECTION_AUTHORITY || rrset->type != TYPE_RRSIG ||
			(rrset->covers != TYPE_NSEC && rrset->covers != TYPE_NSEC3))
			continue;
		if (!signature_claimed_by(rrset, v->lies_at, &signer) ||
			!name_is_within(rrset->owner, signer))
			continue;
		if (!found || signer.len > deepest->len)
			*deepest = signer;
		found = deepest;
	}
	return found;
}

/* Which zone is asked to prove the hop: that which its signatures name, or that which it lies in.
 * What is closer to an anchor than its own zone proves nothing. */
static void zone_begin(struct validator *v)
{
	const struct anchor *anchor = anchors_closest(v->context->anchors, v->lies_at);
	const struct rrset *rrset = v->hop.rrset;
	struct name signer;
	bool claimed;

	v->failed.code = REASON_NONE;
	v->costly = false;
	if (rrset)
		claimed = signature_claimed_by(
			reply_signatures(&v->reply, rrset), v->lies_at, &signer);
	else
		claimed = signer_of_denial(v, &signer) != NULL;
	if (claimed && anchor && signer.len < anchor->name.len)
		signer = anchor->name;
	chain_begin(&v->chain, claimed ? signer : v->lies_at, claimed);
	validator_move(v, VALIDATE_ZONE);
}

/* The response code is not signed: it must say what the data say. Where nothing is found, that is
 * for the proof to see. */
static bool code_fits(const struct validator *v, const struct hop *hop)
{
	switch (hop->kind) {
	case HOP_RECORDS: return v->message->rcode == RCODE_NOERROR;
	case HOP_OVERLONG: return v->message->rcode == RCODE_YXDOMAIN;
	case HOP_NOTHING: return v->message->rcode != RCODE_YXDOMAIN;
	case HOP_ALIAS:
	case HOP_SUBTREE:
	case HOP_FALSE: break;
	}
	return true;
}

/* A DS is its parent's: the zone that a name's DS lies in is that of the name above. */
static struct name zone_name_of(struct name owner, uint16_t type)
{
	return type == TYPE_DS && !name_is_root(owner) ? name_parent(owner) : owner;
}

/* An alias that the path has left before: it goes round in a circle. */
static bool left_already(struct validator *v, const struct hop *hop)
{
	if (hop->kind != HOP_ALIAS)
		return false;
	bool *left = &v->left[hop->rrset - v->reply.rrsets];
	bool before = *left;
	*left = true;
	return before;
}

static void trace_step_of(const struct validator *v, const struct hop *hop)
{
	struct trace_hop step = {
		.name = hop->name, .type = v->message->head.question.type, .rrset = hop->rrset
	};

	switch (hop->kind) {
	case HOP_RECORDS: step.step = TRACE_ANSWER; break;
	case HOP_ALIAS: step.step = TRACE_ALIAS; break;
	case HOP_NOTHING: step.step = TRACE_NOTHING; break;
	case HOP_SUBTREE:
	case HOP_OVERLONG:
	case HOP_FALSE: step.step = TRACE_SUBTREE; break;
	}
	trace_hop(v->context->trace, &step);
}

static int hop_step(struct validator *v)
{
	const uint16_t type = v->message->head.question.type;
	struct negative_anchor negative;
	struct hop hop;
	int err = path_next(&v->reply, v->name, type, v->arena, &hop);

	if (err == ERR_NOMEM)
		return err;
	if (err) {
		decide(v, about(v, REASON_MESSAGE_MALFORMED));
		return 0;
	}
	trace_step_of(v, &hop);
	if (left_already(v, &hop)) { /* all there is to tell is told */
		v->ended = true;
		const bool fits = v->message->rcode == RCODE_NOERROR;
		decide(v, about(v, fits ? REASON_NONE : REASON_RCODE_FALSE));
		return 0;
	}
	v->hop = hop;
	v->ended = hop.kind != HOP_ALIAS && hop.kind != HOP_SUBTREE;
	/* The CNAME that a DNAME makes is what was asked for: servers stop there, or go on. */
	if (hop.kind == HOP_SUBTREE && type == TYPE_CNAME && v->message->rcode == RCODE_NOERROR)
		v->ended = true;
	if (!v->ended && budget_spend_hop(v->chain.checker.budget) != 0) {
		decide(v, about(v, REASON_SPENT_HOPS));
		return 0;
	}
	v->lies_at = hop.rrset ? zone_name_of(hop.rrset->owner, hop.rrset->type)
			       : zone_name_of(hop.name, type);
	if (anchors_negative(v->context->anchors, v->lies_at, v->context->wall_s, &negative)) {
		struct reason reason = about(v, REASON_NTA);
		reason.zone = negative.name;
		lower_until(v, negative.until_s);
		validator_move(v, VALIDATE_ZONE);
		decide(v, reason);
		return 0;
	}
	/* Signatures are not signed (RFC 4035 section 2.2); that there are none is to be proven. */
	if (type == TYPE_RRSIG && hop.kind == HOP_RECORDS) {
		decide(v, about(v, code_fits(v, &hop) ? REASON_RRSIG_ASKED : REASON_RCODE_FALSE));
		return 0;
	}
	zone_begin(v);
	return 0;
}

/* PROOF */

/* Did that make us try in vain, and not for what other zones on the path have cost? */
static bool is_costly(const struct validator *v, enum reason_code code)
{
	const bool own_failures =
		v->chain.failed_before == 0 && budget_failed_out(v->chain.checker.budget);

	return code == REASON_SPENT_KEYS || code == REASON_SPENT_SIGNATURES ||
	       (code == REASON_SPENT_CHECKS && own_failures);
}

/* A zone that makes us try in vain is left alone for a minute: that which the name was found to lie
 * in, not that which its signatures say that they are by, for anyone can say so of com. */
static void remember_costly(const struct validator *v, enum reason_code code)
{
	struct zone zone = v->chain.zone;

	if (!v->costly || name_is_root(zone.name))
		return;
	zone.state = ZONE_BOGUS;
	zone.key_count = 0;
	zone.reason = (struct reason){
		.code = code, .name = v->hop.name, .type = TYPE_RRSIG, .zone = zone.name
	};
	zone.ttl_s = KEYCACHE_BOGUS_TTL_S;
	keycache_put(v->context->keycache, &zone, v->context->now_s);
}

/* The zone's own data do not hold: is there an unsigned zone between it and the name? */
static void fail(struct validator *v, struct reason reason)
{
	if (v->chain.target.len >= v->lies_at.len) {
		remember_costly(v, reason.code);
		decide(v, v->failed.code != REASON_NONE ? v->failed : reason);
		return;
	}
	if (v->failed.code == REASON_NONE)
		v->failed = reason;
	trace_hop_again(v->context->trace, &reason);
	budget_find_fault(v->chain.checker.budget);
	chain_begin(&v->chain, v->lies_at, false);
	validator_move(v, VALIDATE_ZONE);
}

static void conclude(struct validator *v, struct reason reason)
{
	if (reason_verdict(reason.code) == VERDICT_BOGUS) {
		fail(v, reason);
		return;
	}
	v->result.optout |= reason.code == REASON_OPTOUT;
	if (v->ended && v->result.verdict == VERDICT_SECURE)
		v->result.zone = v->chain.zone.name;
	decide(v, reason);
}

static void trace_proof(
	const struct validator *v, struct name name, enum trace_goal goal, enum reason_code code)
{
	const struct trace_denial denial = { .zone = v->chain.zone.name,
		.name = name,
		.type = v->message->head.question.type,
		.goal = goal,
		.code = code };

	trace_denial(v->context->trace, &denial);
}

static int expansion_prove(struct validator *v, const struct signature *signature)
{
	struct proof *proof;
	int err = proof_gather(&v->reply, &v->chain.checker, &v->chain.zone, &proof);

	if (err)
		return err;
	enum reason_code code =
		denial_of_closer(&proof->denial, v->hop.rrset->owner, signature->labels);
	trace_proof(v, name_last_labels(v->hop.rrset->owner, signature->labels + 1u),
		TRACE_NO_CLOSER, code);
	v->result.wildcard = true;
	ttl_lower(v, proof->ttl_s);
	conclude(v, proof_reason(proof, code, v->hop.rrset->owner, v->hop.rrset->type));
	return 0;
}

static int records_prove(struct validator *v)
{
	const struct signature *signature;
	int err =
		reply_check(&v->reply, &v->chain.checker, &v->chain.zone, v->hop.rrset, &signature);

	if (err)
		return err;
	if (signature->reason.code != REASON_NONE) {
		v->costly = is_costly(v, signature->reason.code);
		fail(v, signature->reason);
		return 0;
	}
	if (v->hop.kind == HOP_FALSE) {
		struct reason reason = about(v, REASON_CNAME_NOT_OF_DNAME);
		reason.zone = v->hop.rrset->owner;
		decide(v, reason);
		return 0;
	}
	if (!code_fits(v, &v->hop)) {
		decide(v, about(v, REASON_RCODE_FALSE));
		return 0;
	}
	ttl_lower(v, signature->ttl_s);
	if (signature->expanded)
		return expansion_prove(v, signature);
	conclude(v, signature->reason);
	return 0;
}

/* The SOA tells how long the denial may be kept, and so must be signed like it. */
static int soa_prove(struct validator *v, struct reason *reason)
{
	const struct zone *zone = &v->chain.zone;
	const struct rrset *soa = reply_find(&v->reply, SECTION_AUTHORITY, zone->name, TYPE_SOA);
	const struct signature *signature;

	if (!soa)
		return 0;
	int err = reply_check(&v->reply, &v->chain.checker, zone, soa, &signature);
	if (err)
		return err;
	if (signature->reason.code != REASON_NONE)
		*reason = signature->reason;
	else
		ttl_lower(v, signature->ttl_s);
	return 0;
}

static int denial_prove(struct validator *v)
{
	const uint16_t type = v->message->head.question.type;
	struct proof *proof;
	int err = proof_gather(&v->reply, &v->chain.checker, &v->chain.zone, &proof);

	if (err)
		return err;
	const bool absent = v->message->rcode == RCODE_NXDOMAIN;
	enum reason_code code = absent ? denial_of_name(&proof->denial, v->hop.name)
				       : denial_of_type(&proof->denial, v->hop.name, type);
	trace_proof(v, v->hop.name, absent ? TRACE_NO_NAME : TRACE_NO_TYPE, code);
	if (!code_fits(v, &v->hop))
		code = REASON_RCODE_FALSE;
	struct reason reason = proof_reason(proof, code, v->hop.name, type);
	if (reason_verdict(code) != VERDICT_BOGUS) {
		ttl_lower(v, proof->ttl_s);
		err = soa_prove(v, &reason);
	}
	if (!err)
		conclude(v, reason);
	return err;
}

static int proof_step(struct validator *v)
{
	/* The same zone as before: what did not hold then does not hold now. */
	if (v->failed.code != REASON_NONE && name_equal(v->failed.zone, v->chain.zone.name)) {
		remember_costly(v, v->failed.code);
		decide(v, v->failed);
		return 0;
	}
	return v->hop.rrset ? records_prove(v) : denial_prove(v);
}

/* ZONE */

/* False: something is wanted. */
static bool zone_step(struct validator *v, int *err)
{
	const struct zone *zone = &v->chain.zone;

	if (!chain_step(&v->chain, err))
		return false;
	if (*err)
		return true;
	trace_hop_zone(v->context->trace, zone->name);
	if (zone->state == ZONE_SECURE) {
		validator_move(v, VALIDATE_PROOF);
		return true;
	}
	ttl_lower(v, zone->ttl_s);
	/* Why it did not hold further up says more than that the way down does not, either. */
	if (v->failed.code != REASON_NONE && zone->state != ZONE_INSECURE) {
		decide(v, v->failed);
		return true;
	}
	v->result.optout |= zone->reason.code == REASON_OPTOUT;
	decide(v, zone->reason);
	/* Not a minute again for what was found out most of a minute ago. */
	if (v->result.verdict == VERDICT_BOGUS && zone->ttl_s < v->result.ttl_s)
		v->result.ttl_s = zone->ttl_s;
	return true;
}

enum validator_step validator_step(struct validator *v, struct validator_want *wants,
	size_t wants_max, size_t *count, int *err)
{
	*count = 0;
	*err = v->err;
	while (v->state != VALIDATE_DONE && !*err) {
		switch (v->state) {
		case VALIDATE_HOP: *err = hop_step(v); break;
		case VALIDATE_ZONE:
			if (!zone_step(v, err)) {
				*count = supplies_tell(&v->supplies, wants, wants_max);
				return VALIDATOR_WANTS;
			}
			break;
		case VALIDATE_PROOF: *err = proof_step(v); break;
		case VALIDATE_DONE: break;
		}
	}
	if (*err ==
		ERR_AGAIN) { /* all states stand where they did, and what was checked is known */
		*err = 0;
		return VALIDATOR_PAUSES;
	}
	return VALIDATOR_DONE;
}

void validator_supply(
	struct validator *v, const struct validator_want *want, const struct message *response)
{
	int err = supplies_fill(&v->supplies, want, response);
	if (err)
		v->err = err;
}

const struct validator_result *validator_result(const struct validator *v)
{
	assert(v->state == VALIDATE_DONE);
	return &v->result;
}

bool validator_vouches(const struct validator *v, const struct rrset *rrset)
{
	const struct rrset *ours = reply_find(&v->reply, rrset->section, rrset->owner, rrset->type);
	return ours && reply_is_vouched(&v->reply, ours);
}
