/* SPDX-License-Identifier: MIT */
#include "cli/tree.h"

#include "cli/ede.h"
#include "cli/phrase.h"
#include "cli/role.h"

#define TREE_MEMORY_MAX (16u << 20) /* octets; a trace of a mebibyte makes a few */

/* Records of an answer that are shown; the other output of query shows all. */
#define RECORDS_SHOWN 8

static bool is_denial_type(uint16_t type)
{
	return type == TYPE_NSEC || type == TYPE_NSEC3;
}

/* The proof that a record at hand was looked at for: the last one. */
static const struct trace_denial *denial_of(const struct trace_evidence *evidence)
{
	const struct trace_denial *denial = NULL;

	for (const struct trace_item *item = evidence->items; item; item = item->next) {
		if (item->kind == TRACE_DENIAL)
			denial = item->denial;
	}
	return denial;
}

void tree_signatures(
	struct twigs *twigs, struct twig *parent, const struct trace_check *check, int64_t wall_s)
{
	const size_t all = check->signatures ? check->signatures->count : 0;
	char text[PHRASE_LEN], name[NAME_TEXT_LEN], type[TYPE_TEXT_LEN];

	(void)type_print(check->rrset->type, type);
	for (const struct trace_signature *s = check->first; s; s = s->next)
		twig_add(twigs, parent, "%s", phrase_signature(s, check->zone, wall_s, text));
	if (check->count == 0)
		twig_add(twigs, parent, "no RRSIG %s by %s", type, name_print(check->zone, name));
	if (all > check->count)
		twig_add(twigs, parent, "%zu more RRSIG %s, by others or not needed",
			all - check->count, type);
}

static void add_denial_record(struct twigs *twigs, struct twig *parent,
	const struct trace_evidence *evidence, const struct trace_check *check, int64_t wall_s)
{
	const struct trace_denial *denial = denial_of(evidence);
	const struct rrset *rrset = check->rrset;
	char text[PHRASE_LEN], name[NAME_TEXT_LEN], role[ROLE_LEN] = "";

	if (denial)
		(void)role_print(evidence, denial, rrset, role);
	for (size_t i = 0; i < rrset->count; i++) {
		struct twig *twig =
			twig_add(twigs, parent, "%s %s%s%s", name_print(rrset->owner, name),
				phrase_record(rrset->type, rrset->rdata[i], text),
				role[0] != '\0' ? ":" : "", role);
		if (twig && i + 1 == rrset->count)
			tree_signatures(twigs, twig, check, wall_s);
	}
}

void tree_evidence(struct twigs *twigs, struct twig *parent, const struct trace_evidence *evidence,
	struct name owner, int64_t wall_s)
{
	char text[PHRASE_LEN];

	for (const struct trace_item *item = evidence->items; item; item = item->next) {
		if (item->kind == TRACE_DENIAL) {
			twig_add(twigs, parent, "%s", phrase_denial(item->denial, text));
			continue;
		}
		const struct rrset *rrset = item->check->rrset;
		struct twig *under = parent;
		if (rrset == evidence->ds)
			continue;
		if (is_denial_type(rrset->type)) {
			add_denial_record(twigs, parent, evidence, item->check, wall_s);
			continue;
		}
		if (!name_equal(rrset->owner, owner))
			under = twig_add(twigs, parent, "%s",
				phrase_question(rrset->owner, rrset->type, text));
		if (under)
			tree_signatures(twigs, under, item->check, wall_s);
	}
}

static void add_anchor(struct twigs *twigs, struct twig *parent,
	const struct trace_evidence *evidence, struct name owner)
{
	char text[PHRASE_LEN];

	for (const struct anchor_record *r = evidence->anchor->records; r; r = r->next) {
		struct dnskey key;
		if (r->type == TYPE_DS)
			twig_add(twigs, parent, "trust anchor: %s",
				phrase_ds(owner, r->rdata, evidence->keys, text));
		else if (dnskey_read(r->rdata, &key) == 0)
			twig_add(twigs, parent, "trust anchor: %s",
				phrase_key(&(struct trace_key){ .key = key, .signs = true }, text));
	}
}

static void add_ds(
	struct twigs *twigs, struct twig *parent, const struct trace_zone *zone, int64_t wall_s)
{
	const struct rrset *ds = zone->evidence.ds;
	char text[PHRASE_LEN];

	for (size_t i = 0; ds && i < ds->count; i++)
		twig_add(twigs, parent, "%s",
			phrase_ds(zone->name, ds->rdata[i], zone->evidence.keys, text));
	for (const struct trace_item *item = zone->evidence.items; item; item = item->next) {
		if (ds && item->kind == TRACE_CHECK && item->check->rrset == ds)
			tree_signatures(twigs, parent, item->check, wall_s);
	}
}

/* A name's anchor, DS and keys, each with its signatures, and proofs. */
static void add_keys(
	struct twigs *twigs, struct twig *parent, const struct trace_zone *zone, int64_t wall_s)
{
	const struct trace_evidence *evidence = &zone->evidence;
	char text[PHRASE_LEN];

	if (evidence->anchor)
		add_anchor(twigs, parent, evidence, zone->name);
	add_ds(twigs, parent, zone, wall_s);
	for (const struct trace_key *key = evidence->keys; key; key = key->next)
		twig_add(twigs, parent, "%s", phrase_key(key, text));
	if (evidence->keys_left_out > 0)
		twig_add(twigs, parent, "%u more DNSKEY", evidence->keys_left_out);
	tree_evidence(twigs, parent, evidence, zone->name, wall_s);
}

/* Hops */

static void add_records(struct twigs *twigs, struct twig *parent, const struct rrset *rrset)
{
	char text[PHRASE_LEN];

	for (size_t i = 0; i < rrset->count && i < RECORDS_SHOWN; i++)
		twig_add(twigs, parent, "%s", phrase_record(rrset->type, rrset->rdata[i], text));
	if (rrset->count > RECORDS_SHOWN)
		twig_add(twigs, parent, "%zu more", rrset->count - RECORDS_SHOWN);
}

static const struct trace_zone *zone_find(const struct trace *trace, struct name name)
{
	const struct trace_zone *zone = name.octets ? trace->zones : NULL;

	while (zone && !(zone->state != ZONE_INSIDE && name_equal(zone->name, name)))
		zone = zone->next;
	return zone;
}

static bool is_circle(const struct trace *trace, const struct trace_hop *hop)
{
	for (const struct trace_hop *other = trace->hops; other != hop; other = other->next) {
		if (hop->rrset && other->rrset == hop->rrset)
			return true;
	}
	return false;
}

/* What was held against a hop; a proof by a zone further up that was tried before. */
static void add_proof(
	struct twigs *twigs, struct twig *parent, const struct trace_hop *hop, int64_t wall_s)
{
	const struct name owner = hop->rrset ? hop->rrset->owner : hop->name;
	char name[NAME_TEXT_LEN], text[REASON_TEXT_LEN];

	if (!hop->first_zone.octets) {
		tree_evidence(twigs, parent, &hop->evidence, owner, wall_s);
		return;
	}
	/* There was no other zone: that proof is the only one. */
	if (!hop->evidence.items && name_equal(hop->zone, hop->first_zone)) {
		tree_evidence(twigs, parent, &hop->first_evidence, owner, wall_s);
		return;
	}
	struct twig *twig = twig_add(twigs, parent, "%s was tried first: %s",
		name_print(hop->first_zone, name), reason_print(&hop->first_reason, text));
	if (twig)
		tree_evidence(twigs, twig, &hop->first_evidence, owner, wall_s);
	tree_evidence(twigs, parent, &hop->evidence, owner, wall_s);
}

/* "www.example. A", and what stands there for it. */
static void hop_print(const struct inspection *inspection, const struct trace_hop *hop,
	char text[static PHRASE_LEN])
{
	const bool same = !hop->rrset || name_equal(hop->rrset->owner, hop->name);
	const bool absent = inspection->message.rcode == RCODE_NXDOMAIN;
	char name[NAME_TEXT_LEN];

	(void)phrase_question(hop->name, same && hop->rrset ? hop->rrset->type : hop->type, text);
	const size_t len = strlen(text);
	if (!hop->rrset)
		snprintf(text + len, PHRASE_LEN - len, "%s",
			absent ? ", no such name" : ", no such record");
	else if (!same)
		snprintf(text + len, PHRASE_LEN - len, " by the DNAME of %s",
			name_print(hop->rrset->owner, name));
}

struct twig *tree_hop(struct twigs *twigs, struct twig *parent, const struct inspection *inspection,
	const struct trace_hop *hop, unsigned number)
{
	const struct trace_zone *zone = zone_find(&inspection->trace, hop->zone);
	const enum verdict verdict = reason_verdict(hop->reason.code);
	char text[PHRASE_LEN], reason[REASON_TEXT_LEN], place[16] = "";

	if (number > 0)
		snprintf(place, sizeof(place), "%u. ", number);
	hop_print(inspection, hop, text);
	struct twig *twig =
		twig_add(twigs, parent, "%s%s: %s", place, text, phrase_verdict(verdict));
	if (!twig)
		return NULL;
	if (is_circle(&inspection->trace, hop)) {
		twig_add(twigs, twig, "the path has been here before, and ends");
		return twig;
	}
	if (verdict != VERDICT_SECURE && (!zone || zone->state == ZONE_SECURE))
		twig_add(twigs, twig, "%s", reason_print(&hop->reason, reason));
	if (hop->rrset)
		add_records(twigs, twig, hop->rrset);
	add_proof(twigs, twig, hop, inspection->wall_s);
	return twig;
}

/* Zones */

bool tree_is_below(
	const struct trace *trace, const struct trace_zone *zone, const struct trace_zone *above)
{
	const struct trace_zone *parent = zone_find(trace, zone->parent);

	return parent == above && zone != above;
}

bool tree_is_proven_by(
	const struct trace *trace, const struct trace_hop *hop, const struct trace_zone *zone)
{
	return zone_find(trace, hop->zone) == zone;
}

unsigned tree_hop_number(const struct trace *trace, const struct trace_hop *hop)
{
	unsigned number = 1;

	if (!trace->hops->next)
		return 0;
	for (const struct trace_hop *other = trace->hops; other != hop; other = other->next)
		number++;
	return number;
}

static void add_hops(struct twigs *twigs, struct twig *parent, const struct inspection *inspection,
	const struct trace_zone *zone)
{
	const struct trace *trace = &inspection->trace;

	for (const struct trace_hop *hop = trace->hops; hop; hop = hop->next) {
		if (tree_is_proven_by(trace, hop, zone))
			tree_hop(twigs, parent, inspection, hop, tree_hop_number(trace, hop));
	}
}

static void add_zones(struct twigs *twigs, struct twig *parent, const struct inspection *inspection,
	const struct trace_zone *above)
{
	char name[NAME_TEXT_LEN], text[REASON_TEXT_LEN];

	for (const struct trace_zone *zone = inspection->trace.zones; zone; zone = zone->next) {
		if (!tree_is_below(&inspection->trace, zone, above))
			continue;
		struct twig *twig = twig_add(twigs, parent, "%s %s", name_print(zone->name, name),
			phrase_state(zone->state));
		if (!twig)
			return;
		if (zone->reason.code != REASON_NONE)
			twig_add(twigs, twig, "%s", reason_print(&zone->reason, text));
		add_keys(twigs, twig, zone, inspection->wall_s);
		if (zone->state != ZONE_INSIDE) {
			add_zones(twigs, twig, inspection, zone);
			add_hops(twigs, twig, inspection, zone);
		}
	}
}

/* The whole */

/* The text was written by a stranger. */
static void ede_print(struct bytes text, char out[static PHRASE_LEN])
{
	size_t len = 0;

	for (size_t i = 0; i < text.len && len < PHRASE_LEN - 5; i++) {
		const uint8_t octet = text.at[i];
		len += (size_t)snprintf(out + len, PHRASE_LEN - len,
			octet >= 0x20 && octet < 0x7f ? "%c" : "\\%03u", octet);
	}
	out[len] = '\0';
}

static void add_extended_errors(
	struct twigs *twigs, struct twig *parent, const struct inspection *inspection)
{
	struct reader options = reader_over(inspection->message.head.edns.options);
	char text[PHRASE_LEN];
	struct bytes data;
	uint16_t code;

	while (ede_next(&options, &code, &data)) {
		ede_print(data, text);
		twig_add(twigs, parent, "extended error: %u (%s)%s%s", code, ede_text(code),
			text[0] != '\0' ? ": " : "", text);
	}
}

struct twig *tree_head(struct twigs *twigs, const struct inspection *inspection)
{
	const struct validator_result *result = &inspection->result;
	const struct question *question = &inspection->question;
	char text[PHRASE_LEN], reason[REASON_TEXT_LEN], rcode[TYPE_TEXT_LEN];

	struct twig *head = twig_add(twigs, NULL, "%s: %s",
		phrase_question(question->name, question->type, text),
		phrase_verdict(result->verdict));
	if (!head)
		return NULL;
	if (result->verdict != VERDICT_SECURE)
		twig_add(twigs, head, "%s", reason_print(&result->reason, reason));
	twig_add(twigs, head, "status: %s", rcode_print(inspection->message.rcode, rcode));
	add_extended_errors(twigs, head, inspection);
	if (inspection->trace.full)
		twig_add(twigs, head, "this is not all: the trace was too long to be kept");
	return head;
}

int tree_print(const struct inspection *inspection, bool utf8, FILE *out)
{
	struct arena arena;

	arena_init(&arena, TREE_MEMORY_MAX);
	struct twigs twigs = { .arena = &arena };
	struct twig *head = tree_head(&twigs, inspection);
	if (head) {
		add_zones(&twigs, head, inspection, NULL);
		add_hops(&twigs, head, inspection, NULL);
	}
	if (!twigs.failed)
		twig_print(head, utf8, out);
	arena_done(&arena);
	return twigs.failed ? ERR_NOMEM : 0;
}
