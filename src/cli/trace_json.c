/* SPDX-License-Identifier: MIT */
#include "cli/trace_json.h"

#include "cli/ede.h"
#include "cli/json.h"
#include "cli/phrase.h"
#include "cli/role.h"

static void put_name(struct json *json, const char *key, struct name name)
{
	char text[NAME_TEXT_LEN];

	json_text(json, key, name.octets ? name_print(name, text) : NULL);
}

static void put_type(struct json *json, const char *key, uint16_t type)
{
	char text[TYPE_TEXT_LEN];

	json_text(json, key, type_print(type, text));
}

static void put_time(struct json *json, const char *key, uint32_t then, int64_t wall_s)
{
	char text[PHRASE_WORD_LEN];

	json_text(json, key, phrase_time(phrase_unfold_s(then, wall_s), text));
}

/* null where nothing is to be explained. */
static void put_reason(struct json *json, const struct reason *reason)
{
	char text[REASON_TEXT_LEN];

	json_text(json, "reason", reason->code == REASON_NONE ? NULL : reason_print(reason, text));
}

/* "A 192.0.2.1" */
static void put_records(struct json *json, const struct rrset *rrset)
{
	char text[PHRASE_LEN];

	json_open(json, "records", '[');
	for (size_t i = 0; rrset && i < rrset->count; i++)
		json_text(json, NULL, phrase_record(rrset->type, rrset->rdata[i], text));
	json_close(json, ']');
}

static void put_signature(
	struct json *json, const struct trace_signature *signature, int64_t wall_s)
{
	const struct rrsig *rrsig = &signature->rrsig;

	json_open(json, NULL, '{');
	json_bool(json, "fits", signature->code == REASON_NONE);
	json_text(json, "result", phrase_fit(signature->code));
	if (rrsig->signature.at) {
		json_number(json, "key-tag", rrsig->key_tag);
		json_number(json, "algorithm", rrsig->algorithm);
		put_time(json, "inception", rrsig->inception, wall_s);
		put_time(json, "expiration", rrsig->expiration, wall_s);
	}
	json_close(json, '}');
}

static void put_check(struct json *json, const struct trace_evidence *evidence,
	const struct trace_check *check, const struct trace_denial *denial, int64_t wall_s)
{
	const uint16_t type = check->rrset->type;
	char role[ROLE_LEN];

	json_open(json, NULL, '{');
	put_name(json, "name", check->rrset->owner);
	put_type(json, "type", type);
	put_name(json, "by", check->zone);
	json_bool(json, "fits", check->reason.code == REASON_NONE);
	put_reason(json, &check->reason);
	if (type == TYPE_NSEC || type == TYPE_NSEC3) {
		put_records(json, check->rrset);
		if (denial) {
			(void)role_print(evidence, denial, check->rrset, role);
			json_text(json, "role", role[0] == ' ' ? role + 1 : role);
		}
	}
	json_open(json, "signatures", '[');
	for (const struct trace_signature *s = check->first; s; s = s->next)
		put_signature(json, s, wall_s);
	json_close(json, ']');
	json_close(json, '}');
}

static void put_denial(struct json *json, const struct trace_denial *denial)
{
	char text[PHRASE_LEN];

	json_open(json, NULL, '{');
	put_name(json, "name", denial->name);
	put_type(json, "type", denial->type);
	put_name(json, "by", denial->zone);
	json_bool(json, "proven", denial->code == REASON_NONE);
	json_text(json, "result", phrase_denial(denial, text));
	json_close(json, '}');
}

static void put_evidence(struct json *json, const struct trace_evidence *evidence, int64_t wall_s)
{
	const struct trace_denial *denial = NULL;

	for (const struct trace_item *item = evidence->items; item; item = item->next)
		denial = item->kind == TRACE_DENIAL ? item->denial : denial;
	json_open(json, "checks", '[');
	for (const struct trace_item *item = evidence->items; item; item = item->next) {
		if (item->kind == TRACE_CHECK)
			put_check(json, evidence, item->check, denial, wall_s);
	}
	json_close(json, ']');
	json_open(json, "denials", '[');
	for (const struct trace_item *item = evidence->items; item; item = item->next) {
		if (item->kind == TRACE_DENIAL)
			put_denial(json, item->denial);
	}
	json_close(json, ']');
}

/* Of an anchor or of the parent. */
static void put_ds(struct json *json, const struct trace_zone *zone, struct bytes rdata)
{
	const struct trace_key *keys = zone->evidence.keys;
	struct ds ds;

	if (ds_read(rdata, &ds) != 0)
		return;
	json_open(json, NULL, '{');
	json_number(json, "key-tag", ds.key_tag);
	json_number(json, "algorithm", ds.algorithm);
	json_number(json, "digest-type", ds.digest_type);
	json_bool(json, "fits", phrase_key_of(zone->name, TYPE_DS, rdata, keys) != NULL);
	json_close(json, '}');
}

static void put_key(struct json *json, const struct trace_key *key)
{
	json_open(json, NULL, '{');
	json_number(json, "key-tag", key->key.key_tag);
	json_number(json, "algorithm", key->key.algorithm);
	json_number(json, "flags", key->key.flags);
	json_bool(json, "trusted", key->trusted);
	json_close(json, '}');
}

static void put_anchor(struct json *json, const struct trace_zone *zone)
{
	const struct anchor *anchor = zone->evidence.anchor;
	char text[PHRASE_LEN];

	json_open(json, "anchors", '[');
	for (const struct anchor_record *r = anchor ? anchor->records : NULL; r; r = r->next)
		json_text(json, NULL, phrase_record(r->type, r->rdata, text));
	json_close(json, ']');
}

static void put_zone(struct json *json, const struct trace_zone *zone, int64_t wall_s)
{
	const struct trace_evidence *evidence = &zone->evidence;

	json_open(json, NULL, '{');
	put_name(json, "name", zone->name);
	put_name(json, "parent", zone->parent);
	json_text(json, "state", phrase_state(zone->state));
	put_reason(json, &zone->reason);
	put_anchor(json, zone);
	json_open(json, "ds", '[');
	for (size_t i = 0; evidence->ds && i < evidence->ds->count; i++)
		put_ds(json, zone, evidence->ds->rdata[i]);
	json_close(json, ']');
	json_open(json, "keys", '[');
	for (const struct trace_key *key = evidence->keys; key; key = key->next)
		put_key(json, key);
	json_close(json, ']');
	put_evidence(json, evidence, wall_s);
	json_close(json, '}');
}

static void put_hop(struct json *json, const struct trace_hop *hop, int64_t wall_s)
{
	json_open(json, NULL, '{');
	put_name(json, "name", hop->name);
	put_type(json, "type", hop->rrset ? hop->rrset->type : hop->type);
	put_name(json, "zone", hop->zone);
	json_text(json, "verdict", phrase_verdict(reason_verdict(hop->reason.code)));
	put_reason(json, &hop->reason);
	put_records(json, hop->rrset);
	put_evidence(json, &hop->evidence, wall_s);
	if (hop->first_zone.octets) {
		json_open(json, "tried-first", '{');
		put_name(json, "zone", hop->first_zone);
		put_reason(json, &hop->first_reason);
		put_evidence(json, &hop->first_evidence, wall_s);
		json_close(json, '}');
	}
	json_close(json, '}');
}

static void put_extended_errors(struct json *json, const struct message *message)
{
	struct reader options = reader_over(message->head.edns.options);
	struct bytes text;
	uint16_t code;

	json_open(json, "extended-errors", '[');
	while (ede_next(&options, &code, &text)) {
		json_open(json, NULL, '{');
		json_number(json, "code", code);
		json_text(json, "meaning", ede_text(code));
		json_octets(json, "text", text);
		json_close(json, '}');
	}
	json_close(json, ']');
}

void trace_json_print(const struct inspection *inspection, FILE *out)
{
	const struct validator_result *result = &inspection->result;
	struct json json = { .out = out };
	char text[TYPE_TEXT_LEN];

	json_open(&json, NULL, '{');
	put_name(&json, "name", inspection->question.name);
	put_type(&json, "type", inspection->question.type);
	json_text(&json, "status", rcode_print(inspection->message.rcode, text));
	json_text(&json, "verdict", phrase_verdict(result->verdict));
	put_reason(&json, &result->reason);
	json_number(&json, "extended-error", reason_ede(result->reason.code));
	json_number(&json, "queries", inspection->queries);
	json_bool(&json, "complete", !inspection->trace.full);
	put_extended_errors(&json, &inspection->message);
	json_open(&json, "zones", '[');
	for (const struct trace_zone *zone = inspection->trace.zones; zone; zone = zone->next)
		put_zone(&json, zone, inspection->wall_s);
	json_close(&json, ']');
	json_open(&json, "path", '[');
	for (const struct trace_hop *hop = inspection->trace.hops; hop; hop = hop->next)
		put_hop(&json, hop, inspection->wall_s);
	json_close(&json, ']');
	json_close(&json, '}');
	putc('\n', out);
}
