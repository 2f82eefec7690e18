/* SPDX-License-Identifier: MIT */
/*      CHAIN_BEGIN ── known to the end, no anchor, or below an unsigned name ──► CHAIN_DONE
 *        │      │                                                                   ▲ ▲ ▲
 *        │      └─ nothing known ──► CHAIN_ANCHOR ── keys do not hold ──────────────┘ │ │
 *        │ a zone is known               │ keys fit the anchor                        │ │
 *        ▼                               ▼                                            │ │
 *      CHAIN_DESCEND ◄───────────────────┘       at is target; no DS; bogus ──────────┘ │
 *        │ ▲     │ ▲                                                                    │
 *        │ │     └─┘ no cut at the next label                                           │
 *        │ └──────────────────── keys fit the DS ──┐                                    │
 *        └── a DS that we can use ─────────► CHAIN_DELEGATED ── keys do not hold ───────┘
 */
#include "dnssec/chain.h"

#include <assert.h>

#include "dnssec/proof.h"
#include "dnssec/rrsig.h"

static const uint8_t legal[CHAIN_DONE + 1] = {
	[CHAIN_BEGIN] = 1 << CHAIN_ANCHOR | 1 << CHAIN_DESCEND | 1 << CHAIN_DONE,
	[CHAIN_ANCHOR] = 1 << CHAIN_DESCEND | 1 << CHAIN_DONE,
	[CHAIN_DESCEND] = 1 << CHAIN_DELEGATED | 1 << CHAIN_DONE,
	[CHAIN_DELEGATED] = 1 << CHAIN_DESCEND | 1 << CHAIN_DONE,
};

static void chain_move(struct chain *chain, enum chain_state to)
{
	assert(legal[chain->state] & 1 << to);
	chain->state = to;
}

void chain_begin(struct chain *chain, struct name target, bool claimed)
{
	chain->state = CHAIN_BEGIN;
	chain->target = target;
	chain->claimed = claimed;
	chain->anchor = NULL;
	chain->ds = NULL;
	chain->keys = (struct signature){ 0 };
	chain->failed_before = chain->checker.budget->failed_checks;
}

/* What ends this query and says nothing of the zone must not be held against it: else whoever can
 * ask a long question, or point an alias at a zone, could have it refused for a minute. */
static bool is_zones_fault(const struct chain *chain, enum reason_code code)
{
	if (code == REASON_SPENT_QUERIES || code == REASON_SPENT_HASHES)
		return false;
	return code != REASON_SPENT_CHECKS ||
	       (chain->failed_before == 0 && budget_failed_out(chain->checker.budget));
}

/* The way that led to zone is told whole. */
static void trace_end(const struct chain *chain, const struct zone *zone)
{
	trace_zone(chain->checker.trace, zone, chain->anchor ? NULL : &chain->zone.name);
}

/* What was found out about name: to be remembered, and the end of the way. */
static void end_with(
	struct chain *chain, enum zone_state state, struct name name, struct reason reason)
{
	const struct zone zone = {
		.name = name,
		.state = state,
		.reason = reason,
		.ttl_s = state == ZONE_BOGUS ? KEYCACHE_BOGUS_TTL_S : chain->ds_ttl_s,
	};

	trace_end(chain, &zone);
	if (is_zones_fault(chain, reason.code))
		keycache_put(chain->keycache, &zone, chain->now_s);
	chain->zone = zone;
	chain_move(chain, CHAIN_DONE);
}

static void end_for(struct chain *chain, enum reason_code code, struct name name, uint16_t type)
{
	const struct reason reason = {
		.code = code, .name = name, .type = type, .zone = chain->zone.name
	};
	enum zone_state state = ZONE_UNKNOWN;

	switch (reason_verdict(code)) {
	case VERDICT_SECURE: assert(false); break;
	case VERDICT_INSECURE: state = ZONE_INSECURE; break;
	case VERDICT_BOGUS: state = ZONE_BOGUS; break;
	case VERDICT_INDETERMINATE: break;
	}
	end_with(chain, state, name, reason);
}

/* BEGIN */

/* The deepest zone that the key cache knows between target and the anchor. ERR_NOMEM. */
static int known_find(struct chain *chain, const struct anchor *anchor)
{
	bool inside = false;
	struct zone zone;

	for (struct name name = chain->target;; name = name_parent(name)) {
		int err = keycache_find(
			chain->keycache, name, chain->now_s, chain->checker.arena, &zone);
		if (err == ERR_NOMEM)
			return err;
		if (!err && zone.state == ZONE_INSIDE) {
			if (!inside)
				chain->at = name;
			inside = true;
		} else if (!err) {
			if (!inside)
				chain->at = name;
			chain->zone = zone;
			return 0;
		}
		if (name_equal(name, anchor->name))
			return ERR_NOT_FOUND;
	}
}

static int begin(struct chain *chain)
{
	const struct anchor *anchor = anchors_closest(chain->anchors, chain->target);

	if (!anchor) {
		chain->zone = (struct zone){ .name = chain->target,
			.state = ZONE_INSECURE,
			.reason = { .code = REASON_NO_ANCHOR,
				.name = chain->target,
				.type = TYPE_DS },
			.ttl_s = UINT32_MAX };
		trace_zone(chain->checker.trace, &chain->zone, NULL);
		chain_move(chain, CHAIN_DONE);
		return 0;
	}
	int err = known_find(chain, anchor);
	if (err == ERR_NOT_FOUND) {
		trace_anchor(chain->checker.trace, anchor);
		chain->anchor = anchor;
		chain->at = anchor->name;
		chain->zone = (struct zone){ .name = anchor->name, .state = ZONE_UNKNOWN };
		chain_move(chain, CHAIN_ANCHOR);
		return 0;
	}
	if (!err)
		chain_move(chain, chain->zone.state == ZONE_SECURE ? CHAIN_DESCEND : CHAIN_DONE);
	return err;
}

/* What is needed */

static struct name next_label(const struct chain *chain)
{
	return name_last_labels(chain->target, name_label_count(chain->at) + 1);
}

/* Labels looked ahead of what is known, where nothing says that the name is signed: two cuts are
 * asked for at once, but a long name in an unsigned zone does not cost a query a label. */
#define UNCLAIMED_AHEAD 2

/* All that will be needed if the names are what they seem to be; what the budget does not allow is
 * asked for when its turn comes, and is then too much. */
static int ask_ahead(struct chain *chain)
{
	struct budget *budget = chain->checker.budget;
	const unsigned labels = name_label_count(chain->target);
	unsigned from = name_label_count(chain->at) + 1, to = labels;
	struct supply *supply;
	int err = 0;

	if (!chain->claimed && to > from + UNCLAIMED_AHEAD - 1)
		to = from + UNCLAIMED_AHEAD - 1;
	for (unsigned i = from; i <= to && !err; i++) {
		struct name name = name_last_labels(chain->target, i);
		err = supplies_ask(chain->supplies, name, TYPE_DS, budget, &supply);
		if (!err && supply->state == SUPPLY_HAD &&
			reply_find(&supply->reply, SECTION_ANSWER, name, TYPE_DS))
			err = supplies_ask(chain->supplies, name, TYPE_DNSKEY, budget, &supply);
	}
	if (!err && chain->claimed && from <= labels)
		err = supplies_ask(chain->supplies, chain->target, TYPE_DNSKEY, budget, &supply);
	return err == ERR_LIMIT ? 0 : err;
}

/* The reply that the way goes on with. NULL in *out: not had yet, or the way ended, or *err. */
static int obtain(struct chain *chain, struct name name, uint16_t type, struct reply **out)
{
	struct supply *supply;

	*out = NULL;
	int err = supplies_ask(chain->supplies, name, type, chain->checker.budget, &supply);
	if (err == ERR_LIMIT) {
		end_for(chain, REASON_SPENT_QUERIES, name, type);
		return 0;
	}
	if (err)
		return err;
	switch (supply->state) {
	case SUPPLY_ASKED:
	case SUPPLY_TOLD: return ask_ahead(chain);
	case SUPPLY_HAD: *out = &supply->reply; return 0;
	case SUPPLY_FAILED: end_for(chain, REASON_NO_RESPONSE, name, type); return 0;
	}
	return 0;
}

/* Keys */

/* A DS that we can check: RFC 4509 section 3 has SHA-1 count only where nothing better stands. */
static bool ds_usable(const struct chain *chain, const struct ds *ds, bool stronger)
{
	struct crypto *crypto = chain->checker.crypto;
	return crypto_has_algorithm(crypto, ds->algorithm) &&
	       crypto_has_digest(crypto, ds->digest_type) &&
	       !(stronger && ds->digest_type == DIGEST_SHA1);
}

static bool ds_has_stronger(const struct chain *chain, const struct rrset *rrset)
{
	struct ds ds;

	for (size_t i = 0; i < rrset->count; i++) {
		if (ds_read(rrset->rdata[i], &ds) == 0 && ds_usable(chain, &ds, true))
			return true;
	}
	return false;
}

/* REASON_NONE if there is one that we can check. */
static enum reason_code ds_set_usable(const struct chain *chain, const struct rrset *rrset)
{
	enum reason_code code = REASON_DS_ALGORITHM;
	struct ds ds;

	for (size_t i = 0; i < rrset->count; i++) {
		const struct bytes rdata = rrset->rdata[i];
		if (ds_read(rdata, &ds) != 0) {
			/* Malformed is not unsupported: no key will fit it. */
			if (rdata.len > 2 &&
				crypto_has_algorithm(chain->checker.crypto, rdata.at[2]))
				return REASON_NONE;
			continue;
		}
		if (ds_usable(chain, &ds, false))
			return REASON_NONE;
		if (crypto_has_algorithm(chain->checker.crypto, ds.algorithm))
			code = REASON_DS_DIGEST;
	}
	return code;
}

static bool anchor_trusts(const struct anchor *anchor, const struct dnskey *key)
{
	for (const struct anchor_record *r = anchor->records; r; r = r->next) {
		struct ds ds;
		if (r->type == TYPE_DNSKEY && bytes_equal(r->rdata, key->rdata))
			return true;
		if (r->type == TYPE_DS && ds_read(r->rdata, &ds) == 0 &&
			ds_matches(&ds, anchor->name, key))
			return true;
	}
	return false;
}

static bool ds_trusts(const struct chain *chain, struct name owner, const struct dnskey *key)
{
	const bool stronger = ds_has_stronger(chain, chain->ds);

	for (size_t i = 0; i < chain->ds->count; i++) {
		struct ds ds;
		if (ds_read(chain->ds->rdata[i], &ds) == 0 && ds_usable(chain, &ds, stronger) &&
			ds_matches(&ds, owner, key))
			return true;
	}
	return false;
}

/* Keys of a zone that are looked at; beyond it a set is more than any rollover needs. */
#define KEYS_MAX 32

struct key_set {
	struct dnskey all[KEYS_MAX];	 /* that may sign the zone */
	struct dnskey trusted[KEYS_MAX]; /* of these, what the anchor or the DS stands for */
	size_t count;
	size_t trusted_count;
};

static void keys_sort(const struct chain *chain, struct name owner, const struct rrset *rrset,
	struct key_set *set)
{
	for (size_t i = 0; i < rrset->count && set->count < KEYS_MAX; i++) {
		struct dnskey key;
		if (dnskey_read(rrset->rdata[i], &key) != 0)
			continue;
		const bool signs = dnskey_signs_zones(&key);
		const bool trusted = signs && (chain->anchor ? anchor_trusts(chain->anchor, &key)
							     : ds_trusts(chain, owner, &key));
		trace_key(chain->checker.trace, &key, signs, trusted);
		if (signs)
			set->all[set->count++] = key;
		if (trusted)
			set->trusted[set->trusted_count++] = key;
	}
}

/* The zone is secure: remembers it, and goes on from there. */
static int keys_accept(
	struct chain *chain, struct name owner, const struct key_set *set, uint32_t ttl_s)
{
	const struct dnskey *keys =
		arena_copy(chain->checker.arena, set->all, set->count * sizeof(set->all[0]));

	if (!keys)
		return ERR_NOMEM;
	const struct zone zone = {
		.name = owner,
		.state = ZONE_SECURE,
		.keys = keys,
		.key_count = set->count,
		.ttl_s = chain->anchor || ttl_s < chain->ds_ttl_s ? ttl_s : chain->ds_ttl_s,
	};
	trace_end(chain, &zone);
	chain->zone = zone;
	chain->at = owner;
	chain->anchor = NULL;
	chain->ds = NULL;
	keycache_put(chain->keycache, &chain->zone, chain->now_s);
	chain_move(chain, CHAIN_DESCEND);
	return 0;
}

/* The keys of owner must be signed by one of those that the anchor or the DS stands for.
 * RFC 4035 section 5.2 */
static int keys_check(struct chain *chain, struct name owner, struct reply *reply)
{
	const struct rrset *rrset = reply_find(reply, SECTION_ANSWER, owner, TYPE_DNSKEY);
	struct key_set *set = arena_alloc(chain->checker.arena, sizeof(*set));

	if (!set)
		return ERR_NOMEM;
	if (!rrset) {
		end_for(chain, REASON_DNSKEY_MISSING, owner, TYPE_DNSKEY);
		return 0;
	}
	keys_sort(chain, owner, rrset, set);
	if (set->trusted_count == 0) {
		end_for(chain, REASON_DNSKEY_NO_MATCH, owner, TYPE_DNSKEY);
		return 0;
	}
	const struct zone trusted = {
		.name = owner, .keys = set->trusted, .key_count = set->trusted_count
	};
	int err = signature_check(
		&chain->checker, &trusted, rrset, reply_signatures(reply, rrset), &chain->keys);
	if (err)
		return err;
	struct signature signature = chain->keys;
	chain->keys = (struct signature){ 0 };
	const enum reason_code code = signature.reason.code;
	if (code == REASON_NONE)
		return keys_accept(chain, owner, set, signature.ttl_s);
	if (code == REASON_RRSIG_MISSING || code == REASON_RRSIG_NO_KEY)
		signature.reason.code = REASON_DNSKEY_UNSIGNED;
	end_with(chain, ZONE_BOGUS, owner, signature.reason);
	return 0;
}

/* ANCHOR */

static enum reason_code anchor_usable(const struct chain *chain)
{
	enum reason_code code = REASON_DS_ALGORITHM;

	for (const struct anchor_record *r = chain->anchor->records; r; r = r->next) {
		struct dnskey key;
		struct ds ds;
		uint8_t algorithm = 0;
		if (r->type == TYPE_DNSKEY && dnskey_read(r->rdata, &key) == 0)
			algorithm = key.algorithm;
		if (r->type == TYPE_DS && ds_read(r->rdata, &ds) == 0)
			algorithm = ds.algorithm;
		if (!crypto_has_algorithm(chain->checker.crypto, algorithm))
			continue;
		if (r->type == TYPE_DNSKEY || ds_usable(chain, &ds, false))
			return REASON_NONE;
		code = REASON_DS_DIGEST;
	}
	return code;
}

static int anchor_step(struct chain *chain)
{
	const struct name name = chain->anchor->name;
	const enum reason_code code = anchor_usable(chain);
	struct reply *reply;

	if (!chain->anchor->records) {
		end_for(chain, REASON_ANCHOR_REVOKED, name, TYPE_DNSKEY);
		return 0;
	}
	if (code != REASON_NONE) {
		chain->ds_ttl_s = KEYCACHE_TTL_MAX_S;
		end_for(chain, code, name, TYPE_DS);
		return 0;
	}
	int err = obtain(chain, name, TYPE_DNSKEY, &reply);
	return err || !reply ? err : keys_check(chain, name, reply);
}

/* DESCEND */

/* Proven to be no zone cut: what lies there belongs to the zone above. */
static void go_inside(struct chain *chain, struct name next, uint32_t ttl_s)
{
	const struct zone inside = { .name = next, .state = ZONE_INSIDE, .ttl_s = ttl_s };

	trace_end(chain, &inside);
	keycache_put(chain->keycache, &inside, chain->now_s);
	chain->at = next;
}

static void trace_absence(
	const struct chain *chain, struct name next, enum trace_goal goal, enum reason_code code)
{
	const struct trace_denial denial = {
		.zone = chain->zone.name, .name = next, .type = TYPE_DS, .goal = goal, .code = code
	};

	trace_denial(chain->checker.trace, &denial);
}

/* code is what proof's records leave open. */
static void end_unproven(
	struct chain *chain, const struct proof *proof, enum reason_code code, struct name next)
{
	const struct reason reason = proof_reason(proof, code, next, TYPE_DS);

	end_with(chain, reason_verdict(code) == VERDICT_BOGUS ? ZONE_BOGUS : ZONE_INSECURE, next,
		reason);
}

/* There is no DS in the answer; why not? */
static int absence_check(struct chain *chain, struct name next, struct reply *reply)
{
	struct proof *proof;
	int err = proof_gather(reply, &chain->checker, &chain->zone, &proof);

	if (err)
		return err;
	chain->ds_ttl_s = proof->ttl_s;
	enum reason_code code = denial_of_type(&proof->denial, next, TYPE_DS);
	trace_absence(chain, next, TRACE_NO_TYPE, code);
	if (code == REASON_NONE && denial_shows_cut(&proof->denial, next)) {
		end_for(chain, REASON_NO_DS, next, TYPE_DS);
		return 0;
	}
	if (code == REASON_NONE) {
		go_inside(chain, next, proof->ttl_s);
		return 0;
	}
	/* The response code is not signed; the proof is what counts. */
	if (reason_verdict(code) == VERDICT_BOGUS &&
		denial_of_name(&proof->denial, next) == REASON_NONE) {
		trace_absence(chain, next, TRACE_NO_NAME, REASON_NONE);
		trace_end(chain, &(struct zone){ .name = next, .state = ZONE_INSIDE });
		chain->at = chain->target; /* nothing at all lies below */
		return 0;
	}
	end_unproven(chain, proof, code, next);
	return 0;
}

/* An alias made from a wildcard, which says something of next only if there is nothing closer. */
static int expansion_check(struct chain *chain, struct name next, struct reply *reply,
	const struct signature *signature)
{
	struct proof *proof;
	int err = proof_gather(reply, &chain->checker, &chain->zone, &proof);

	if (err)
		return err;
	if (proof->ttl_s < chain->ds_ttl_s)
		chain->ds_ttl_s = proof->ttl_s;
	enum reason_code code = denial_of_closer(&proof->denial, next, signature->labels);
	trace_absence(chain, next, TRACE_NO_CLOSER, code);
	if (code == REASON_NONE) {
		go_inside(chain, next, chain->ds_ttl_s);
		return 0;
	}
	end_unproven(chain, proof, code, next);
	return 0;
}

/* A DS, or an alias, which stands at no cut (RFC 2181 section 10.1, RFC 6672 section 2.4). */
static int answer_check(struct chain *chain, struct name next, struct reply *reply)
{
	const struct rrset *ds = reply_find(reply, SECTION_ANSWER, next, TYPE_DS), *rrset = ds;
	const struct signature *signature;

	if (!rrset)
		rrset = reply_dname_above(reply, next);
	if (!rrset)
		rrset = reply_find(reply, SECTION_ANSWER, next, TYPE_CNAME);
	if (!rrset)
		return absence_check(chain, next, reply);
	int err = reply_check(reply, &chain->checker, &chain->zone, rrset, &signature);
	if (err)
		return err;
	if (signature->reason.code != REASON_NONE) {
		end_with(chain, ZONE_BOGUS, next, signature->reason);
		return 0;
	}
	chain->ds_ttl_s = signature->ttl_s;
	trace_ds(chain->checker.trace, ds);
	if (!ds && signature->expanded)
		return expansion_check(chain, next, reply, signature);
	if (!ds) {
		go_inside(chain, next, signature->ttl_s);
		return 0;
	}
	enum reason_code code = ds_set_usable(chain, ds);
	if (code != REASON_NONE) {
		end_for(chain, code, next, TYPE_DS);
		return 0;
	}
	chain->ds = ds;
	chain_move(chain, CHAIN_DELEGATED);
	return 0;
}

static int descend_step(struct chain *chain)
{
	struct reply *reply;

	if (chain->at.len >= chain->target.len) {
		chain_move(chain, CHAIN_DONE);
		return 0;
	}
	struct name next = next_label(chain);
	int err = obtain(chain, next, TYPE_DS, &reply);
	return err || !reply ? err : answer_check(chain, next, reply);
}

static int delegated_step(struct chain *chain)
{
	const struct name next = next_label(chain);
	struct reply *reply;
	int err = obtain(chain, next, TYPE_DNSKEY, &reply);

	return err || !reply ? err : keys_check(chain, next, reply);
}

bool chain_step(struct chain *chain, int *err)
{
	*err = 0;
	while (chain->state != CHAIN_DONE) {
		const enum chain_state before = chain->state;
		const struct name at = chain->at;
		switch (chain->state) {
		case CHAIN_BEGIN: *err = begin(chain); break;
		case CHAIN_ANCHOR: *err = anchor_step(chain); break;
		case CHAIN_DESCEND: *err = descend_step(chain); break;
		case CHAIN_DELEGATED: *err = delegated_step(chain); break;
		case CHAIN_DONE: break;
		}
		if (*err)
			return true;
		/* Neither a move nor a step down: something is not there yet. */
		if (chain->state == before && chain->at.len == at.len)
			return false;
	}
	return true;
}
