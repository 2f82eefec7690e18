/* SPDX-License-Identifier: MIT */
#include "resolve/scrub.h"

struct scrubbing {
	const struct message *message;
	const struct rrset *all; /* of the response */
	size_t count;
	bool *kept;	 /* by index into all */
	struct name end; /* where the path has come to */
	bool positive;
};

static bool in_answer(const struct rrset *rrset)
{
	return rrset->section == SECTION_ANSWER && rrset->class == CLASS_IN;
}

/* The DNAME that a CNAME at the path's end was made from goes along with it. */
static void keep_dnames(struct scrubbing *s)
{
	for (size_t i = 0; i < s->count; i++) {
		const struct rrset *rrset = &s->all[i];
		if (in_answer(rrset) && rrset->type == TYPE_DNAME &&
			rrset->owner.len < s->end.len && name_is_within(s->end, rrset->owner))
			s->kept[i] = true;
	}
}

/* Keeps what answers the question at the path's end; false when nothing does. */
static bool keep_final(struct scrubbing *s)
{
	bool found = false;
	for (size_t i = 0; i < s->count; i++) {
		const struct rrset *rrset = &s->all[i];
		if (in_answer(rrset) && rrset->type == s->message->head.question.type &&
			name_equal(rrset->owner, s->end))
			s->kept[i] = found = true;
	}
	if (found && s->message->head.question.type == TYPE_CNAME)
		keep_dnames(s);
	return found;
}

/* One step along a CNAME; false when there is none, or it was taken before. */
static bool follow_cname(struct scrubbing *s)
{
	for (size_t i = 0; i < s->count; i++) {
		const struct rrset *rrset = &s->all[i];
		if (!in_answer(rrset) || rrset->type != TYPE_CNAME ||
			!name_equal(rrset->owner, s->end))
			continue;
		if (s->kept[i]) {
			s->positive = true; /* a loop: all there is to tell is told */
			return false;
		}
		struct reader r = reader_over(rrset->rdata[0]);
		struct name target = name_read_plain(&r);
		if (!reader_finished(&r))
			return false;
		keep_dnames(s);
		s->kept[i] = true;
		s->end = target;
		return true;
	}
	return false;
}

static int walk_path(struct scrubbing *s)
{
	s->end = s->message->head.question.name;
	for (unsigned hop = 0; hop <= SCRUB_HOPS_MAX; hop++) {
		if (keep_final(s)) {
			s->positive = true;
			return 0;
		}
		if (!follow_cname(s))
			return 0;
	}
	return ERR_LIMIT;
}

/* The SOA of a negative answer, and the denial records that prove it or a wildcard. */
static void keep_authority(struct scrubbing *s)
{
	for (size_t i = 0; i < s->count; i++) {
		const struct rrset *rrset = &s->all[i];
		if (rrset->section != SECTION_AUTHORITY || rrset->class != CLASS_IN)
			continue;
		if (rrset->type == TYPE_NSEC || rrset->type == TYPE_NSEC3)
			s->kept[i] = true;
		if (rrset->type == TYPE_SOA && !s->positive)
			s->kept[i] = name_is_within(s->end, rrset->owner);
	}
}

static bool covered_is_kept(const struct scrubbing *s, const struct rrset *signature)
{
	for (size_t i = 0; i < s->count; i++) {
		const struct rrset *rrset = &s->all[i];
		if (s->kept[i] && rrset->section == signature->section &&
			rrset->type == signature->covers &&
			name_equal(rrset->owner, signature->owner))
			return true;
	}
	return false;
}

static void keep_signatures(struct scrubbing *s)
{
	for (size_t i = 0; i < s->count; i++) {
		const struct rrset *rrset = &s->all[i];
		if (rrset->type == TYPE_RRSIG && rrset->class == CLASS_IN && !s->kept[i] &&
			rrset->section != SECTION_ADDITIONAL)
			s->kept[i] = covered_is_kept(s, rrset);
	}
}

/* RRsets of a response that are looked at. An honest answer has a handful; the path and the
 * signatures are searched linearly, so a hostile one must not have thousands. */
#define RRSETS_MAX 256

int scrub(const struct message *message, struct arena *arena, struct scrubbed *out)
{
	struct rrset *all = NULL;
	size_t count = 0;
	int err = rrsets_group(message, arena, &all, &count);
	if (err)
		return err;
	if (count > RRSETS_MAX)
		return ERR_LIMIT;

	struct scrubbing s = {
		.message = message,
		.all = all,
		.count = count,
		.kept = arena_array(arena, count, sizeof(bool)),
	};
	if (!s.kept)
		return ERR_NOMEM;
	err = walk_path(&s);
	if (err)
		return err;
	if (message->rcode == RCODE_YXDOMAIN) /* the DNAME is why, and is what is signed */
		keep_dnames(&s);
	keep_authority(&s);
	keep_signatures(&s);

	size_t kept = 0;
	for (size_t i = 0; i < count; i++) {
		if (s.kept[i])
			all[kept++] = all[i];
	}
	*out = (struct scrubbed){ .rrsets = all, .count = kept, .positive = s.positive };
	return 0;
}
