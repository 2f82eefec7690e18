/* SPDX-License-Identifier: MIT */
#include "dnssec/reply.h"

int reply_open(struct reply *reply, const struct message *message, struct arena *arena)
{
	struct rrset *rrsets = NULL;
	size_t count = 0;
	int err = rrsets_group(message, arena, &rrsets, &count);

	if (err)
		return err;
	if (count > REPLY_RRSETS_MAX)
		return ERR_LIMIT;
	struct reply_check *checks = arena_array(arena, count, sizeof(*checks));
	if (!checks)
		return ERR_NOMEM;
	*reply = (struct reply){
		.message = message, .rrsets = rrsets, .count = count, .checks = checks
	};
	return 0;
}

const struct rrset *reply_find(
	const struct reply *reply, enum section section, struct name owner, uint16_t type)
{
	for (size_t i = 0; i < reply->count; i++) {
		const struct rrset *rrset = &reply->rrsets[i];
		if (rrset->section == section && rrset->type == type && rrset->class == CLASS_IN &&
			name_equal(rrset->owner, owner))
			return rrset;
	}
	return NULL;
}

const struct rrset *reply_dname_above(const struct reply *reply, struct name name)
{
	while (!name_is_root(name)) {
		name = name_parent(name);
		const struct rrset *dname = reply_find(reply, SECTION_ANSWER, name, TYPE_DNAME);
		if (dname)
			return dname;
	}
	return NULL;
}

const struct rrset *reply_signatures(const struct reply *reply, const struct rrset *rrset)
{
	for (size_t i = 0; i < reply->count; i++) {
		const struct rrset *other = &reply->rrsets[i];
		if (other->type == TYPE_RRSIG && other->covers == rrset->type &&
			other->section == rrset->section && other->class == rrset->class &&
			name_equal(other->owner, rrset->owner))
			return other;
	}
	return NULL;
}

int reply_check(struct reply *reply, const struct checker *checker, const struct zone *zone,
	const struct rrset *rrset, const struct signature **out)
{
	struct reply_check *check = &reply->checks[rrset - reply->rrsets];

	if (!check->begun || !name_equal(check->zone, zone->name)) {
		check->begun = true;
		check->done = false;
		check->zone = zone->name;
		check->result = (struct signature){ 0 };
	}
	if (!check->done) {
		int err = signature_check(
			checker, zone, rrset, reply_signatures(reply, rrset), &check->result);
		if (err)
			return err;
		check->done = true;
		check->fits |= check->result.reason.code == REASON_NONE;
	} else {
		trace_check_again(checker->trace, zone->name, rrset);
	}
	*out = &check->result;
	return 0;
}

bool reply_is_vouched(const struct reply *reply, const struct rrset *rrset)
{
	return reply->checks[rrset - reply->rrsets].fits;
}
