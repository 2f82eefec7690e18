/* SPDX-License-Identifier: MIT */
#include "dnssec/proof.h"

int proof_gather(struct reply *reply, const struct checker *checker, const struct zone *zone,
	struct proof **out)
{
	struct proof *proof = arena_alloc(checker->arena, sizeof(*proof));
	unsigned looked_at = 0;

	if (!proof)
		return ERR_NOMEM;
	denial_init(&proof->denial, zone->name, checker->crypto, checker->budget);
	proof->failed = (struct reason){ .code = REASON_NONE };
	proof->ttl_s = UINT32_MAX;
	for (size_t i = 0; i < reply->count && looked_at < DENIAL_RECORDS_MAX; i++) {
		const struct rrset *rrset = &reply->rrsets[i];
		const struct signature *signature;
		if (rrset->section != SECTION_AUTHORITY || rrset->class != CLASS_IN ||
			(rrset->type != TYPE_NSEC && rrset->type != TYPE_NSEC3))
			continue;
		int err = reply_check(reply, checker, zone, rrset, &signature);
		if (err)
			return err;
		const enum reason_code code = signature->reason.code;
		/* Another zone's, most often: of no concern here. */
		if (code == REASON_RRSIG_MISSING)
			continue;
		looked_at++;
		if (code == REASON_NONE) {
			denial_add(&proof->denial, rrset);
			if (signature->ttl_s < proof->ttl_s)
				proof->ttl_s = signature->ttl_s;
		} else if (proof->failed.code == REASON_NONE) {
			proof->failed = signature->reason;
		}
	}
	*out = proof;
	return 0;
}

struct reason proof_reason(
	const struct proof *proof, enum reason_code code, struct name name, uint16_t type)
{
	if (reason_verdict(code) == VERDICT_BOGUS && proof->failed.code != REASON_NONE)
		return proof->failed;
	return (struct reason){
		.code = code, .name = name, .type = type, .zone = proof->denial.zone
	};
}
