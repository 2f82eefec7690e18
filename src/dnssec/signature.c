/* SPDX-License-Identifier: MIT */
#include "dnssec/signature.h"

#include "dnssec/canon.h"
#include "wire/type.h"

/* Signatures that could fit, the cheapest first. */
struct candidates {
	struct rrsig rrsigs[BUDGET_SIGNATURES_PER_RRSET];
	unsigned count;
	bool more; /* than there was room for */
};

struct checking {
	const struct checker *checker;
	const struct zone *zone;
	const struct rrset *rrset;
	struct candidates candidates;
	struct signature *out;
	unsigned skip;	/* that were tried in vain in earlier turns, and are yet to come */
	unsigned tried; /* in vain, in all turns */
};

/* Which of several causes to tell: the one that was nearest to a signature that fits. */
static unsigned nearness(enum reason_code code)
{
	static const enum reason_code order[] = { REASON_RRSIG_MISSING, REASON_RRSIG_MALFORMED,
		REASON_RRSIG_ALGORITHM, REASON_RRSIG_LABELS, REASON_RRSIG_EXPANDED,
		REASON_RRSIG_NO_KEY, REASON_RRSIG_NOT_YET_VALID, REASON_RRSIG_EXPIRED,
		REASON_RRSIG_WRONG, REASON_SPENT_KEYS, REASON_SPENT_SIGNATURES,
		REASON_SPENT_CHECKS };
	unsigned i = 0;

	while (i < sizeof(order) / sizeof(order[0]) - 1 && order[i] != code)
		i++;
	return i;
}

static void note(struct checking *c, enum reason_code code, const struct rrsig *rrsig)
{
	struct reason *reason = &c->out->reason;

	trace_signature(c->checker->trace, rrsig, code);
	if (nearness(code) < nearness(reason->code))
		return;
	reason->code = code;
	if (rrsig) {
		reason->key_tag = rrsig->key_tag;
		reason->algorithm = rrsig->algorithm;
	}
}

static bool key_could_fit(const struct dnskey *key, const struct rrsig *rrsig)
{
	return key->key_tag == rrsig->key_tag && key->algorithm == rrsig->algorithm;
}

/* Records that must never be made from a wildcard: what they say is of their own owner. An NSEC
 * that was asked for may be, and then proves nothing, as none of the answer section does. RFC 4592
 * section 4, RFC 4034 section 4, RFC 4035 section 5.3.4 */
static bool must_not_expand(const struct rrset *rrset)
{
	switch (rrset->type) {
	case TYPE_NSEC: return rrset->section != SECTION_ANSWER;
	case TYPE_NSEC3:
	case TYPE_DNSKEY:
	case TYPE_DS:
	case TYPE_SOA:
	case TYPE_DNAME: return true;
	default: return false;
	}
}

static enum reason_code could_fit(const struct checking *c, const struct rrsig *rrsig)
{
	const unsigned labels = rrsig_labels_of(c->rrset->owner);
	int64_t when_s;

	if (rrsig->labels > labels)
		return REASON_RRSIG_LABELS;
	if (rrsig->labels < labels && must_not_expand(c->rrset))
		return REASON_RRSIG_EXPANDED;
	if (!crypto_has_algorithm(c->checker->crypto, rrsig->algorithm))
		return REASON_RRSIG_ALGORITHM;
	enum reason_code code =
		rrsig_time(rrsig, c->checker->wall_s, c->checker->clock_unset, &when_s);
	if (code != REASON_NONE) {
		if (nearness(code) >= nearness(c->out->reason.code))
			c->out->reason.when_s = when_s;
		return code;
	}
	for (size_t i = 0; i < c->zone->key_count; i++) {
		if (key_could_fit(&c->zone->keys[i], rrsig))
			return REASON_NONE;
	}
	return REASON_RRSIG_NO_KEY;
}

/* The cheapest first, whatever key it is by. */
static const struct bytes any_key;

static void candidate_add(struct candidates *candidates, const struct rrsig *rrsig)
{
	unsigned at = candidates->count;

	if (at == BUDGET_SIGNATURES_PER_RRSET) {
		candidates->more = true;
		if (crypto_cost(rrsig->algorithm, any_key) >=
			crypto_cost(candidates->rrsigs[--at].algorithm, any_key))
			return;
	} else {
		candidates->count++;
	}
	for (; at > 0 && crypto_cost(candidates->rrsigs[at - 1].algorithm, any_key) >
				 crypto_cost(rrsig->algorithm, any_key);
		at--)
		candidates->rrsigs[at] = candidates->rrsigs[at - 1];
	candidates->rrsigs[at] = *rrsig;
}

static void candidates_find(struct checking *c, const struct rrset *signatures)
{
	for (size_t i = 0; i < signatures->count; i++) {
		struct rrsig rrsig;
		if (rrsig_read(signatures->rdata[i], &rrsig) != 0) {
			note(c, REASON_RRSIG_MALFORMED, NULL);
			continue;
		}
		if (!name_equal(rrsig.signer, c->zone->name))
			continue;
		enum reason_code code = could_fit(c, &rrsig);
		if (code == REASON_NONE)
			candidate_add(&c->candidates, &rrsig);
		else
			note(c, code, &rrsig);
	}
}

/* One signature with one key. *fits; c->out->reason says why not. ERR_LIMIT: it costs too much. */
static int try_key(struct checking *c, const struct rrsig *rrsig, const struct dnskey *key,
	struct bytes data, bool *fits)
{
	const struct crypto_check check = {
		.algorithm = rrsig->algorithm,
		.public_key = key->public_key,
		.signature = rrsig->signature,
		.data = data,
	};

	if (c->skip > 0) {
		c->skip--;
	} else {
		int err = budget_spend_check(
			c->checker->budget, crypto_cost(rrsig->algorithm, key->public_key));
		if (!err)
			err = crypto_verify(c->checker->crypto, &check, fits);
		if (err || *fits)
			return err;
		budget_check_failed(c->checker->budget);
	}
	c->tried++;
	note(c, REASON_RRSIG_WRONG, rrsig);
	return 0;
}

/* One signature, with each key that it may be by. */
static int try_one(struct checking *c, const struct rrsig *rrsig, struct bytes data, bool *fits)
{
	unsigned tried = 0;

	*fits = false;
	for (size_t i = 0; i < c->zone->key_count; i++) {
		const struct dnskey *key = &c->zone->keys[i];
		if (!key_could_fit(key, rrsig))
			continue;
		if (tried++ == BUDGET_KEYS_PER_TAG) {
			note(c, REASON_SPENT_KEYS, rrsig);
			return 0;
		}
		int err = try_key(c, rrsig, key, data, fits);
		if (err == ERR_LIMIT) {
			note(c, REASON_SPENT_CHECKS, rrsig);
			return 0;
		}
		if (err || *fits)
			return err;
	}
	return 0;
}

static void accept(struct checking *c, const struct rrsig *rrsig)
{
	const uint32_t ttl_s = rrsig_ttl_s(rrsig, c->checker->wall_s);

	trace_signature(c->checker->trace, rrsig, REASON_NONE);
	*c->out = (struct signature){
		.ttl_s = ttl_s < c->rrset->ttl_s ? ttl_s : c->rrset->ttl_s,
		.original_ttl_s = rrsig->original_ttl_s,
		.expanded = rrsig->labels < rrsig_labels_of(c->rrset->owner),
		.labels = rrsig->labels,
		.begins_s = rrsig_begins_s(rrsig, c->checker->wall_s),
	};
}

static int try_all(struct checking *c)
{
	struct canon canon;
	bool fits = false;

	if (c->candidates.count == 0)
		return 0;
	int err = canon_init(&canon, c->rrset, c->checker->arena);
	for (unsigned i = 0; i < c->candidates.count && !err; i++) {
		const struct rrsig *rrsig = &c->candidates.rrsigs[i];
		err = try_one(c, rrsig, canon_signed_data(&canon, rrsig), &fits);
		if (!err && fits) {
			accept(c, rrsig);
			return 0;
		}
		if (c->out->reason.code == REASON_SPENT_CHECKS)
			return err;
	}
	if (!err && c->candidates.more)
		note(c, REASON_SPENT_SIGNATURES, NULL);
	return err;
}

int signature_check(const struct checker *checker, const struct zone *zone,
	const struct rrset *rrset, const struct rrset *signatures, struct signature *out)
{
	struct signature result = {
		.reason = { .code = REASON_RRSIG_MISSING,
			.name = rrset->owner,
			.type = rrset->type,
			.zone = zone->name },
	};
	struct checking c = {
		.checker = checker, .zone = zone, .rrset = rrset, .out = &result, .skip = out->tried
	};
	const struct arena_mark mark = arena_mark(checker->arena);
	int err = 0;

	trace_check_open(checker->trace, zone->name, rrset, signatures);
	/* A zone signs what lies in it, and nothing else. */
	if (signatures && name_is_within(rrset->owner, zone->name)) {
		candidates_find(&c, signatures);
		err = try_all(&c);
	}
	trace_check_close(checker->trace, &result.reason);
	arena_rewind(checker->arena, mark); /* what was made to check with */
	if (!err)
		*out = result;
	else if (err == ERR_AGAIN)
		out->tried = c.tried;
	return err;
}

bool signature_claimed_by(const struct rrset *signatures, struct name owner, struct name *deepest)
{
	bool found = false;

	for (size_t i = 0; signatures && i < signatures->count; i++) {
		struct rrsig rrsig;
		if (rrsig_read(signatures->rdata[i], &rrsig) != 0 ||
			!name_is_within(owner, rrsig.signer))
			continue;
		if (!found || rrsig.signer.len > deepest->len)
			*deepest = rrsig.signer;
		found = true;
	}
	return found;
}
