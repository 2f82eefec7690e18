/* SPDX-License-Identifier: MIT */
#include "dnssec/denial.h"

#include "dnssec/bitmap.h"
#include "dnssec/rrsig.h"

/* Where an NSEC3 proof stands: the closest ancestor that exists, and the name one label longer. */
struct encloser {
	struct name name;
	const struct nsec3 *match;
	const struct nsec3 *closer; /* covers the next closer name; NULL: none, or it is exact */
	bool exact;		    /* the name itself exists */
};

void denial_init(
	struct denial *denial, struct name zone, struct crypto *crypto, struct budget *budget)
{
	denial->zone = zone;
	denial->crypto = crypto;
	denial->budget = budget;
	denial->nsec_count = denial->nsec3_count = 0;
}

void denial_add(struct denial *denial, const struct rrset *rrset)
{
	for (size_t i = 0; i < rrset->count; i++) {
		struct nsec *nsec = &denial->nsecs[denial->nsec_count];
		struct nsec3 *nsec3 = &denial->nsec3s[denial->nsec3_count];
		if (rrset->type == TYPE_NSEC && denial->nsec_count < DENIAL_RECORDS_MAX &&
			nsec_read(rrset->owner, rrset->rdata[i], nsec) == 0)
			denial->nsec_count++;
		if (rrset->type == TYPE_NSEC3 && denial->nsec3_count < DENIAL_RECORDS_MAX &&
			nsec3_read(rrset->owner, rrset->rdata[i], denial->zone, nsec3) == 0 &&
			nsec3_same_chain(&denial->nsec3s[0], nsec3))
			denial->nsec3_count++;
	}
}

static bool is_delegation(struct bytes types)
{
	return bitmap_has(types, TYPE_NS) && !bitmap_has(types, TYPE_SOA);
}

/* Do the types at a name that matches say that the type is not there?
 * RFC 4035 section 5.4, RFC 6840 sections 4.1, 4.3, 4.4 */
static enum reason_code types_deny(struct bytes types, struct name name, uint16_t type)
{
	if (type == TYPE_DS && bitmap_has(types, TYPE_SOA) && !name_is_root(name))
		return REASON_DENIAL_CHILD_SIDE;
	if (type != TYPE_DS && is_delegation(types))
		return REASON_DENIAL_PARENT_SIDE;
	if (bitmap_has(types, type) || bitmap_has(types, TYPE_CNAME))
		return REASON_TYPE_EXISTS;
	return REASON_NONE;
}

static struct name wildcard_below(struct name encloser, struct name_space *space)
{
	space->octets[0] = 1;
	space->octets[1] = '*';
	memcpy(space->octets + 2, encloser.octets, encloser.len);
	return (struct name){ .octets = space->octets, .len = (uint8_t)(encloser.len + 2) };
}

/* NSEC */

/* A delegation or DNAME above the name: what is below is not this zone's to deny.
 * RFC 6840 section 4.1, RFC 6672 section 5.3.2 */
static bool nsec_is_above(const struct nsec *nsec, struct name name)
{
	return nsec->owner.len < name.len && name_is_within(name, nsec->owner) &&
	       (is_delegation(nsec->types) || bitmap_has(nsec->types, TYPE_DNAME));
}

static const struct nsec *nsec_matching(const struct denial *denial, struct name name)
{
	for (unsigned i = 0; i < denial->nsec_count; i++) {
		if (name_equal(denial->nsecs[i].owner, name))
			return &denial->nsecs[i];
	}
	return NULL;
}

/* *why becomes BELOW_CUT if there is only one that may not be used. */
static const struct nsec *nsec_covering(
	const struct denial *denial, struct name name, enum reason_code *why)
{
	for (unsigned i = 0; i < denial->nsec_count; i++) {
		const struct nsec *nsec = &denial->nsecs[i];
		if (!nsec_covers(nsec, name, denial->zone))
			continue;
		if (!nsec_is_above(nsec, name))
			return nsec;
		*why = REASON_DENIAL_BELOW_CUT;
	}
	return NULL;
}

static enum reason_code nsec_of_name(const struct denial *denial, struct name name)
{
	enum reason_code why = REASON_NAME_NOT_DENIED, ignored;
	const struct nsec *nsec = nsec_covering(denial, name, &why);
	struct name_space space;

	if (nsec_matching(denial, name))
		return REASON_NAME_EXISTS;
	if (!nsec)
		return why;
	/* An empty non-terminal exists: there is something below it. RFC 8020 */
	if (name_is_within(nsec->next, name))
		return REASON_NAME_EXISTS;
	struct name wildcard = wildcard_below(nsec_encloser(nsec, name), &space);
	if (name_equal(wildcard, name))
		return REASON_NONE;
	nsec = nsec_covering(denial, wildcard, &ignored);
	if (!nsec)
		return REASON_WILDCARD_NOT_DENIED;
	/* A wildcard may be an empty non-terminal, too: then the name is one. RFC 4592 section 4.9
	 */
	return name_is_within(nsec->next, wildcard) ? REASON_NAME_EXISTS : REASON_NONE;
}

static enum reason_code nsec_of_type(const struct denial *denial, struct name name, uint16_t type)
{
	enum reason_code why = REASON_TYPE_NOT_DENIED;
	const struct nsec *nsec = nsec_matching(denial, name);
	struct name_space space;

	if (nsec)
		return types_deny(nsec->types, name, type);
	nsec = nsec_covering(denial, name, &why);
	if (!nsec)
		return why;
	if (name_is_within(nsec->next, name)) /* an empty non-terminal has no types */
		return REASON_NONE;
	struct name wildcard = wildcard_below(nsec_encloser(nsec, name), &space);
	nsec = nsec_matching(denial, wildcard);
	if (nsec)
		return types_deny(nsec->types, wildcard, type);
	nsec = nsec_covering(denial, wildcard, &why);
	return nsec && name_is_within(nsec->next, wildcard) ? REASON_NONE : REASON_TYPE_NOT_DENIED;
}

static enum reason_code nsec_of_closer(
	const struct denial *denial, struct name name, struct name next_closer)
{
	enum reason_code why = REASON_EXPANSION_NOT_PROVEN;
	const struct nsec *nsec = nsec_covering(denial, name, &why);

	if (!nsec)
		return why;
	if (name_is_within(nsec->owner, next_closer) || name_is_within(nsec->next, next_closer))
		return REASON_EXPANSION_NOT_PROVEN;
	return REASON_NONE;
}

/* NSEC3 */

/* May the chain be looked at? A new proof begins.                    RFC 9276 section 3.2 */
static enum reason_code nsec3_begin(struct denial *denial)
{
	const uint16_t iterations = denial->nsec3s[0].iterations;

	if (iterations > NSEC3_ITERATIONS_BEARABLE)
		return REASON_NSEC3_COSTLY;
	if (iterations > NSEC3_ITERATIONS_MAX)
		return REASON_NSEC3_ITERATIONS;
	if (!crypto_has_digest(denial->crypto, DIGEST_SHA1))
		return REASON_NSEC3_NO_HASH;
	budget_begin_proof(denial->budget);
	return REASON_NONE;
}

static enum reason_code hash_spend(
	struct denial *denial, struct name name, uint8_t hash[static NSEC3_HASH_LEN])
{
	if (budget_spend_hash(denial->budget, denial->nsec3s[0].iterations) != 0)
		return REASON_SPENT_HASHES;
	return nsec3_hash(&denial->nsec3s[0], name, hash) == 0 ? REASON_NONE : REASON_NSEC3_NO_HASH;
}

static const struct nsec3 *nsec3_matching(const struct denial *denial, const uint8_t *hash)
{
	for (unsigned i = 0; i < denial->nsec3_count; i++) {
		if (nsec3_matches(&denial->nsec3s[i], hash))
			return &denial->nsec3s[i];
	}
	return NULL;
}

/* Where several cover it, one without opt-out says more; they would not come from one chain. */
static const struct nsec3 *nsec3_covering(const struct denial *denial, const uint8_t *hash)
{
	for (unsigned i = 0; i < denial->nsec3_count; i++) {
		if (nsec3_covers(&denial->nsec3s[i], hash))
			return &denial->nsec3s[i];
	}
	return NULL;
}

/* RFC 5155 section 8.3 */
static enum reason_code encloser_find(struct denial *denial, struct name name, struct encloser *out)
{
	uint8_t hash[NSEC3_HASH_LEN], closer[NSEC3_HASH_LEN];
	struct encloser encloser = { .name = name, .exact = true };
	enum reason_code code = nsec3_begin(denial);

	while (code == REASON_NONE) {
		code = hash_spend(denial, encloser.name, hash);
		if (code != REASON_NONE)
			break;
		encloser.match = nsec3_matching(denial, hash);
		if (encloser.match)
			break;
		if (name_equal(encloser.name, denial->zone))
			return REASON_ENCLOSER_NOT_PROVEN;
		encloser.name = name_parent(encloser.name);
		encloser.exact = false;
		memcpy(closer, hash, sizeof(closer));
	}
	if (code != REASON_NONE)
		return code;
	if (!encloser.exact) {
		if (is_delegation(encloser.match->types) ||
			bitmap_has(encloser.match->types, TYPE_DNAME))
			return REASON_DENIAL_BELOW_CUT;
		encloser.closer = nsec3_covering(denial, closer);
	}
	*out = encloser;
	return REASON_NONE;
}

/* RFC 5155 section 8.4, 9.2 */
static enum reason_code nsec3_of_name(struct denial *denial, struct name name)
{
	uint8_t hash[NSEC3_HASH_LEN];
	struct name_space space;
	struct encloser encloser;
	enum reason_code code = encloser_find(denial, name, &encloser);

	if (code != REASON_NONE)
		return code;
	if (encloser.exact)
		return REASON_NAME_EXISTS;
	if (!encloser.closer)
		return REASON_NAME_NOT_DENIED;
	struct name wildcard = wildcard_below(encloser.name, &space);
	code = hash_spend(denial, wildcard, hash);
	if (code != REASON_NONE)
		return code;
	if (!nsec3_covering(denial, hash))
		return REASON_WILDCARD_NOT_DENIED;
	return encloser.closer->optout ? REASON_OPTOUT : REASON_NONE;
}

/* RFC 5155 sections 8.5, 8.6, 8.7 */
static enum reason_code nsec3_of_type(struct denial *denial, struct name name, uint16_t type)
{
	uint8_t hash[NSEC3_HASH_LEN];
	struct name_space space;
	struct encloser encloser;
	enum reason_code code = encloser_find(denial, name, &encloser);

	if (code != REASON_NONE)
		return code;
	if (encloser.exact)
		return types_deny(encloser.match->types, name, type);
	if (!encloser.closer)
		return REASON_TYPE_NOT_DENIED;
	struct name wildcard = wildcard_below(encloser.name, &space);
	code = hash_spend(denial, wildcard, hash);
	if (code != REASON_NONE)
		return code;
	const struct nsec3 *match = nsec3_matching(denial, hash);
	if (match)
		code = types_deny(match->types, wildcard, type);
	/* The name may be an unsigned delegation, or an empty non-terminal above one. */
	if (code == REASON_NONE && encloser.closer->optout)
		return REASON_OPTOUT;
	return match ? code : REASON_TYPE_NOT_DENIED;
}

/* RFC 5155 section 8.8 */
static enum reason_code nsec3_of_closer(struct denial *denial, struct name next_closer)
{
	uint8_t hash[NSEC3_HASH_LEN];
	enum reason_code code = nsec3_begin(denial);

	if (code == REASON_NONE)
		code = hash_spend(denial, next_closer, hash);
	if (code != REASON_NONE)
		return code;
	const struct nsec3 *closer = nsec3_covering(denial, hash);
	if (!closer)
		return REASON_EXPANSION_NOT_PROVEN;
	return closer->optout ? REASON_OPTOUT : REASON_NONE;
}

/* Either kind: a zone that changes from one to the other has both for a while. */

static bool has_none(const struct denial *denial)
{
	return denial->nsec_count == 0 && denial->nsec3_count == 0;
}

enum reason_code denial_of_name(struct denial *denial, struct name name)
{
	enum reason_code code = REASON_DENIAL_MISSING;

	if (denial->nsec_count > 0)
		code = nsec_of_name(denial, name);
	if (code != REASON_NONE && denial->nsec3_count > 0)
		code = nsec3_of_name(denial, name);
	return code;
}

enum reason_code denial_of_type(struct denial *denial, struct name name, uint16_t type)
{
	enum reason_code code = REASON_DENIAL_MISSING;

	if (denial->nsec_count > 0)
		code = nsec_of_type(denial, name, type);
	if (code != REASON_NONE && denial->nsec3_count > 0)
		code = nsec3_of_type(denial, name, type);
	return code;
}

enum reason_code denial_of_closer(struct denial *denial, struct name name, unsigned labels)
{
	const struct name next_closer = name_last_labels(name, labels + 1);
	enum reason_code code = REASON_EXPANSION_NOT_PROVEN;

	if (has_none(denial))
		return code;
	if (denial->nsec_count > 0)
		code = nsec_of_closer(denial, name, next_closer);
	if (code != REASON_NONE && denial->nsec3_count > 0)
		code = nsec3_of_closer(denial, next_closer);
	return code;
}

bool denial_shows_cut(struct denial *denial, struct name name)
{
	uint8_t hash[NSEC3_HASH_LEN];
	const struct nsec *nsec = nsec_matching(denial, name);

	if (nsec)
		return is_delegation(nsec->types);
	if (denial->nsec3_count == 0 || hash_spend(denial, name, hash) != REASON_NONE)
		return false;
	const struct nsec3 *nsec3 = nsec3_matching(denial, hash);
	return nsec3 && is_delegation(nsec3->types);
}
