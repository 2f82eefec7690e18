/* SPDX-License-Identifier: MIT */
#include "dnssec/trace.h"

static void forget_at_hand(struct trace *trace)
{
	trace->at_hand = (struct trace_evidence){ 0 };
	trace->keys_end = NULL;
	trace->key_count = 0;
	trace->items_end = NULL;
	trace->check = NULL;
}

void trace_init(struct trace *trace)
{
	*trace = (struct trace){ 0 };
	arena_init(&trace->arena, TRACE_MEMORY_MAX);
}

void trace_done(struct trace *trace)
{
	arena_done(&trace->arena);
	*trace = (struct trace){ 0 };
}

/* NULL: left out. */
static void *take(struct trace *trace, const void *from, size_t len)
{
	void *copy = arena_copy(&trace->arena, from, len);

	trace->full |= !copy;
	return copy;
}

void trace_anchor(struct trace *trace, const struct anchor *anchor)
{
	if (trace)
		trace->at_hand.anchor = anchor;
}

void trace_ds(struct trace *trace, const struct rrset *ds)
{
	if (trace)
		trace->at_hand.ds = ds;
}

void trace_key(struct trace *trace, const struct dnskey *key, bool signs, bool trusted)
{
	const struct trace_key one = { .key = *key, .signs = signs, .trusted = trusted };

	if (!trace)
		return;
	if (trace->key_count == TRACE_KEYS_MAX) {
		trace->at_hand.keys_left_out++;
		return;
	}
	struct trace_key *copy = take(trace, &one, sizeof(one));
	if (!copy)
		return;
	if (trace->keys_end)
		*trace->keys_end = copy;
	else
		trace->at_hand.keys = copy;
	trace->keys_end = &copy->next;
	trace->key_count++;
}

static void item_add(struct trace *trace, const struct trace_item *item)
{
	struct trace_item *copy = take(trace, item, sizeof(*item));

	if (!copy)
		return;
	if (trace->items_end)
		*trace->items_end = copy;
	else
		trace->at_hand.items = copy;
	trace->items_end = &copy->next;
}

void trace_check_open(struct trace *trace, struct name zone, const struct rrset *rrset,
	const struct rrset *signatures)
{
	const struct trace_check check = { .zone = zone, .rrset = rrset, .signatures = signatures };

	if (!trace)
		return;
	trace->check = take(trace, &check, sizeof(check));
	trace->signatures_end = NULL;
	trace->signature = NULL;
	if (trace->check)
		item_add(trace, &(struct trace_item){ .kind = TRACE_CHECK, .check = trace->check });
}

void trace_signature(struct trace *trace, const struct rrsig *rrsig, enum reason_code code)
{
	struct trace_signature one = { .code = code };

	if (!trace || !trace->check)
		return;
	struct trace_signature *last = trace->signature;
	if (rrsig && last && last->rrsig.signature.at == rrsig->signature.at) {
		last->code = code;
		return;
	}
	if (trace->check->count == TRACE_SIGNATURES_MAX && code != REASON_NONE)
		return;
	if (rrsig)
		one.rrsig = *rrsig;
	struct trace_signature *copy = take(trace, &one, sizeof(one));
	if (!copy)
		return;
	if (trace->signatures_end)
		*trace->signatures_end = copy;
	else
		trace->check->first = copy;
	trace->signatures_end = &copy->next;
	trace->signature = copy;
	trace->check->count++;
}

void trace_check_close(struct trace *trace, const struct reason *reason)
{
	if (!trace || !trace->check)
		return;
	trace->check->reason = *reason;
	trace->check = NULL;
}

static const struct trace_check *check_find(
	const struct trace_item *items, struct name zone, const struct rrset *rrset)
{
	for (; items; items = items->next) {
		if (items->kind == TRACE_CHECK && items->check->rrset == rrset &&
			name_equal(items->check->zone, zone))
			return items->check;
	}
	return NULL;
}

void trace_check_again(struct trace *trace, struct name zone, const struct rrset *rrset)
{
	const struct trace_check *check = NULL;

	if (!trace || check_find(trace->at_hand.items, zone, rrset))
		return;
	/* What was checked once in a response belongs to the hop that it was checked for. */
	for (const struct trace_hop *hop = trace->hops; hop && !check; hop = hop->next) {
		check = check_find(hop->evidence.items, zone, rrset);
		if (!check)
			check = check_find(hop->first_evidence.items, zone, rrset);
	}
	if (check)
		item_add(trace, &(struct trace_item){ .kind = TRACE_CHECK, .check = check });
}

void trace_denial(struct trace *trace, const struct trace_denial *denial)
{
	if (!trace)
		return;
	const struct trace_denial *copy = take(trace, denial, sizeof(*denial));
	if (copy)
		item_add(trace, &(struct trace_item){ .kind = TRACE_DENIAL, .denial = copy });
}

void trace_zone(struct trace *trace, const struct zone *zone, const struct name *parent)
{
	if (!trace)
		return;
	const struct trace_zone one = {
		.name = zone->name,
		.parent = parent ? *parent : (struct name){ 0 },
		.state = zone->state,
		.reason = zone->reason,
		.evidence = trace->at_hand,
	};
	forget_at_hand(trace);
	struct trace_zone *copy = take(trace, &one, sizeof(one));
	if (!copy)
		return;
	if (trace->zones_end)
		*trace->zones_end = copy;
	else
		trace->zones = copy;
	trace->zones_end = &copy->next;
}

void trace_hop(struct trace *trace, const struct trace_hop *hop)
{
	if (!trace)
		return;
	forget_at_hand(trace);
	trace->hop = take(trace, hop, sizeof(*hop));
	if (!trace->hop)
		return;
	if (trace->hops_end)
		*trace->hops_end = trace->hop;
	else
		trace->hops = trace->hop;
	trace->hops_end = &trace->hop->next;
}

void trace_hop_zone(struct trace *trace, struct name zone)
{
	if (trace && trace->hop)
		trace->hop->zone = zone;
}

void trace_hop_again(struct trace *trace, const struct reason *reason)
{
	if (!trace || !trace->hop)
		return;
	trace->hop->first_zone = trace->hop->zone;
	trace->hop->first_reason = *reason;
	trace->hop->first_evidence = trace->at_hand;
	forget_at_hand(trace);
}

void trace_hop_end(struct trace *trace, const struct reason *reason)
{
	if (!trace || !trace->hop)
		return;
	trace->hop->reason = *reason;
	trace->hop->evidence = trace->at_hand;
	trace->hop = NULL;
	forget_at_hand(trace);
}
