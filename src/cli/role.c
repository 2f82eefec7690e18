/* SPDX-License-Identifier: MIT */
#include "cli/role.h"

#include <stdio.h>

#include "dnssec/nsec.h"
#include "dnssec/nsec3.h"

enum place { ELSEWHERE, AT, OVER };

/* The names that a proof is about. RFC 5155 section 7.2.1, RFC 4592 section 3.3.1 */
struct points {
	struct name name, encloser, closer, wildcard;
	struct name_space space; /* where the wildcard lies */
};

static enum place nsec_place(const struct rrset *rrset, struct name zone, struct name name)
{
	struct nsec nsec;

	if (nsec_read(rrset->owner, rrset->rdata[0], &nsec) != 0)
		return ELSEWHERE;
	if (name_equal(nsec.owner, name))
		return AT;
	return nsec_covers(&nsec, name, zone) ? OVER : ELSEWHERE;
}

static enum place nsec3_place(const struct rrset *rrset, struct name zone, struct name name)
{
	uint8_t hash[NSEC3_HASH_LEN];
	struct nsec3 nsec3;

	if (nsec3_read(rrset->owner, rrset->rdata[0], zone, &nsec3) != 0 ||
		nsec3.iterations > NSEC3_ITERATIONS_MAX || nsec3_hash(&nsec3, name, hash) != 0)
		return ELSEWHERE;
	if (nsec3_matches(&nsec3, hash))
		return AT;
	return nsec3_covers(&nsec3, hash) ? OVER : ELSEWHERE;
}

static enum place place_of(const struct rrset *rrset, struct name zone, struct name name)
{
	if (rrset->count == 0 || !name_is_within(name, zone))
		return ELSEWHERE;
	if (rrset->type == TYPE_NSEC)
		return nsec_place(rrset, zone, name);
	return rrset->type == TYPE_NSEC3 ? nsec3_place(rrset, zone, name) : ELSEWHERE;
}

/* Does a record like this one stand there? */
static bool any_at(const struct trace_evidence *evidence, const struct rrset *like,
	struct name zone, struct name name)
{
	for (const struct trace_item *item = evidence->items; item; item = item->next) {
		if (item->kind == TRACE_CHECK && item->check->rrset->type == like->type &&
			place_of(item->check->rrset, zone, name) == AT)
			return true;
	}
	return false;
}

/* NSEC tells the closest encloser by its own two names. */
static struct name nsec_encloser_of(
	const struct trace_evidence *evidence, struct name zone, struct name name)
{
	for (const struct trace_item *item = evidence->items; item; item = item->next) {
		struct nsec nsec;
		if (item->kind == TRACE_CHECK && item->check->rrset->type == TYPE_NSEC &&
			item->check->rrset->count > 0 &&
			nsec_read(item->check->rrset->owner, item->check->rrset->rdata[0], &nsec) ==
				0 &&
			nsec_covers(&nsec, name, zone))
			return nsec_encloser(&nsec, name);
	}
	return zone;
}

static void points_find(struct points *points, const struct trace_evidence *evidence,
	const struct trace_denial *denial, const struct rrset *rrset)
{
	struct name encloser = denial->name, zone = denial->zone;

	*points = (struct points){ .name = denial->name };
	if (rrset->type == TYPE_NSEC) {
		encloser = nsec_encloser_of(evidence, zone, denial->name);
	} else {
		while (!name_equal(encloser, zone) && !any_at(evidence, rrset, zone, encloser))
			encloser = name_parent(encloser);
	}
	if (encloser.len >= denial->name.len || encloser.len + 2 > NAME_LEN_MAX)
		return;
	points->encloser = encloser;
	points->closer = name_last_labels(denial->name, name_label_count(encloser) + 1);
	points->space.octets[0] = 1;
	points->space.octets[1] = '*';
	memcpy(points->space.octets + 2, encloser.octets, encloser.len);
	points->wildcard =
		(struct name){ .octets = points->space.octets, .len = (uint8_t)(encloser.len + 2) };
}

static void add(char text[static ROLE_LEN], const char *what, struct name name)
{
	const size_t len = strlen(text);
	char word[NAME_TEXT_LEN];

	snprintf(text + len, ROLE_LEN - len, "%s %s %s", len > 0 ? "," : "", what,
		name_print(name, word));
}

static void add_if(char text[static ROLE_LEN], enum place place, struct name name)
{
	if (place != ELSEWHERE)
		add(text, place == AT ? "at" : "covers", name);
}

const char *role_print(const struct trace_evidence *evidence, const struct trace_denial *denial,
	const struct rrset *rrset, char text[static ROLE_LEN])
{
	const struct name zone = denial->zone;
	struct points points;

	text[0] = '\0';
	if (!name_is_within(denial->name, zone))
		return text;
	if (denial->goal == TRACE_NO_CLOSER) {
		add_if(text, place_of(rrset, zone, denial->name), denial->name);
		return text;
	}
	points_find(&points, evidence, denial, rrset);
	if (!points.closer.octets || rrset->type == TYPE_NSEC)
		add_if(text, place_of(rrset, zone, points.name), points.name);
	if (!points.closer.octets)
		return text;
	if (rrset->type == TYPE_NSEC3) {
		if (place_of(rrset, zone, points.encloser) == AT)
			add(text, "at", points.encloser);
		add_if(text, place_of(rrset, zone, points.closer), points.closer);
	}
	add_if(text, place_of(rrset, zone, points.wildcard), points.wildcard);
	return text;
}
