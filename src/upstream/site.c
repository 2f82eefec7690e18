/* SPDX-License-Identifier: MIT */
#include "upstream/site.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "upstream/upstreams.h"

static uint64_t now_ms(const struct site *site)
{
	return loop_now_ms(site->upstreams->options.loop);
}

static void warn(const struct site *site, const char *what)
{
	const struct upstreams_options *options = &site->upstreams->options;
	options->warned(options->owner, site->named, what);
}

int site_init(struct site *site, struct upstreams *upstreams, struct endpoint *endpoint,
	const struct site_events *events, void *owner)
{
	*site = (struct site){
		.upstreams = upstreams,
		.events = events,
		.owner = owner,
		.named = endpoint_hold(endpoint),
		.endpoint = endpoint->address_count > 0 ? endpoint_hold(endpoint) : NULL,
	};
	if (endpoint->address_count > 0) {
		site->places = calloc(endpoint->address_count, sizeof(*site->places));
		return site->places ? 0 : ERR_NOMEM;
	}
	return site_search_init(site);
}

void site_done(struct site *site)
{
	site_search_done(site);
	free(site->places);
	endpoint_release(site->endpoint);
	endpoint_release(site->named);
}

static void endpoint_take(struct site *site, struct endpoint *endpoint)
{
	endpoint_release(site->endpoint);
	site->endpoint = endpoint;
}

void site_adopt(struct site *site, struct endpoint *endpoint)
{
	struct endpoint *old = site->named;

	site->named = endpoint_hold(endpoint);
	endpoint_release(old);
	if (!site->search) {
		endpoint_take(site, endpoint_hold(endpoint));
	} else if (site->endpoint) {
		/* Without memory connections are as the old configuration had them. */
		struct endpoint *moved = endpoint_located(
			endpoint, site->endpoint->addresses, site->endpoint->address_count);
		if (moved)
			endpoint_take(site, moved);
	}
}

enum site_way site_seek(struct site *site)
{
	return site->search ? site_search_seek(site) : SITE_WAY_KNOWN;
}

bool site_doubt(struct site *site)
{
	return site->search && site_search_doubt(site);
}

void site_forgive(struct site *site)
{
	if (site->search)
		site_search_forgive(site);
}

void site_use(struct site *site)
{
	if (site->search)
		site_search_use(site);
}

bool site_awaited(const struct site *site, uint64_t *since_ms)
{
	return site->search && site_search_awaited(site, since_ms);
}

/* Some names have the same addresses in another order each time: that is no change. */
static bool same_addresses(const struct endpoint *endpoint, const struct roll *roll)
{
	if (endpoint->address_count != roll->count)
		return false;
	for (size_t i = 0; i < roll->count; i++) {
		if (endpoint_find(endpoint, &roll->addresses[i]) == endpoint->address_count)
			return false;
	}
	return true;
}

static size_t first_other(const struct endpoint *old, const struct roll *roll)
{
	for (size_t i = 0; i < roll->count; i++) {
		if (endpoint_find(old, &roll->addresses[i]) == old->address_count)
			return i;
	}
	return 0;
}

/* What is known of an address goes with it to its new place. */
static int endpoint_renew(struct site *site, const struct roll *roll)
{
	const struct endpoint *old = site->endpoint;
	size_t first = 0;
	struct site_place *places = calloc(roll->count, sizeof(*places));
	struct endpoint *endpoint = endpoint_located(site->named, roll->addresses, roll->count);

	if (!endpoint || !places) {
		endpoint_release(endpoint);
		free(places);
		return ERR_NOMEM;
	}
	for (size_t i = 0; old && i < old->address_count; i++) {
		size_t at = endpoint_find(endpoint, &old->addresses[i]);
		if (at == endpoint->address_count)
			continue;
		places[at] = site->places[i];
		if (i == site->first)
			first = at;
	}
	if (old && site->search->others_first)
		first = first_other(old, roll);
	free(site->places);
	site->places = places;
	site->first = first;
	endpoint_take(site, endpoint);
	return 0;
}

int site_begin_round(struct site *site)
{
	struct roll roll;

	if (!site->search)
		return 0;
	site_search_roll(site, &roll);
	assert(roll.count > 0);
	int err = site->endpoint && same_addresses(site->endpoint, &roll)
			  ? 0
			  : endpoint_renew(site, &roll);
	site->search->others_first = false;
	return err;
}

size_t site_extend_round(struct site *site)
{
	struct roll roll = { 0 }, more;
	for (size_t i = 0; i < site->endpoint->address_count; i++)
		roll_add(&roll, &site->endpoint->addresses[i]);
	site_search_roll(site, &more);
	for (size_t i = 0; i < more.count; i++)
		roll_add(&roll, &more.addresses[i]);
	if (roll.count > site->endpoint->address_count)
		(void)endpoint_renew(site, &roll); /* there will be other rounds */
	return site->endpoint->address_count;
}

void site_right(struct site *site, const struct address *address)
{
	size_t at = endpoint_find(site->endpoint, address);

	if (at == site->endpoint->address_count)
		return;
	site->first = at;
	site->places[at].proven = true;
	site->places[at].wrong = false;
	if (site->search)
		site->search->vain = 0;
}

void site_measure(struct site *site, const struct address *address, uint64_t rtt_ms)
{
	const size_t at = endpoint_find(site->endpoint, address);

	if (at < site->endpoint->address_count)
		pace_measure(&site->places[at].pace, rtt_ms);
}

size_t site_first(const struct site *site)
{
	size_t first = site->first;

	for (size_t i = 0; i < site->endpoint->address_count; i++) {
		const struct pace *pace = &site->places[i].pace;
		const struct pace *best = &site->places[first].pace;
		if (pace_measured(pace) && pace_measured(best) &&
			2 * pace_rtt_ms(pace) < pace_rtt_ms(best))
			first = i;
	}
	return first;
}

void site_failed(struct site *site, const struct address *address)
{
	const size_t at = endpoint_find(site->endpoint, address);

	if (at == site->endpoint->address_count)
		return;
	site->places[at].pace = (struct pace){ 0 };
	if (site->first == at)
		site->first = (at + 1) % site->endpoint->address_count;
}

void site_wrong(struct site *site, const struct address *address, const char *why)
{
	const size_t at = endpoint_find(site->endpoint, address);

	if (at == site->endpoint->address_count)
		return;
	site->places[at].proven = false;
	if (site->endpoint->address_count == 1 || site->places[at].wrong)
		return;
	site->places[at].wrong = true;
	warn(site, why);
}

void site_remark(struct site *site, const struct address *address, const char *remark)
{
	const size_t at = endpoint_find(site->endpoint, address);
	const struct hash_key key = { 0 };

	if (!remark || remark[0] == '\0' || at == site->endpoint->address_count ||
		now_ms(site) < site->remark_not_before_ms)
		return;
	const uint32_t hash = (uint32_t)hash_bytes(&key, bytes_of(remark, strlen(remark)));
	if (site->places[at].remark == hash)
		return;
	site->places[at].remark = hash;
	site->remark_not_before_ms = now_ms(site) + SITE_REMARK_PAUSE_MS;
	warn(site, remark);
}

const char *site_why(const struct site *site)
{
	return site->search ? site->search->why : "";
}
