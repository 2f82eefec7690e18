/* SPDX-License-Identifier: MIT */
#include "upstream/site_search.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "upstream/site.h"
#include "upstream/upstreams.h"

/* Octets of a host that a sentence quotes. */
#define QUOTED "%.80s"

static struct loop *loop_of(const struct site *site)
{
	return site->upstreams->options.loop;
}

static uint64_t now_ms(const struct site *site)
{
	return loop_now_ms(loop_of(site));
}

static void site_move(struct site *site, enum site_state to)
{
	static const bool legal[][3] = {
		[SITE_REST] = { [SITE_ASKING] = true, [SITE_OPEN] = true },
		[SITE_ASKING] = { [SITE_OPEN] = true, [SITE_REST] = true },
		[SITE_OPEN] = { [SITE_ASKING] = true, [SITE_REST] = true },
	};
	assert(legal[site->search->state][to]);
	site->search->state = to;
	loop_stop_timer(loop_of(site), &site->search->wait);
}

static bool is_known(const struct site *site)
{
	return site->search->known[BOOTSTRAP_V4].count + site->search->known[BOOTSTRAP_V6].count >
	       0;
}

/* Is the time on the loop's clock of seconds, which may wrap, over? */
static bool is_past(const struct site *site, uint32_t at_s)
{
	return (int32_t)(loop_now_s(loop_of(site)) - at_s) >= 0;
}

static size_t came_count(const struct site *site, enum bootstrap_family family)
{
	return site->search->answered[family] && site->search->came[family].err == 0
		       ? site->search->came[family].count
		       : 0;
}

static void roll_add_came(struct roll *roll, const struct site *site)
{
	roll_add_both(roll, site->search->came[BOOTSTRAP_V6].addresses,
		came_count(site, BOOTSTRAP_V6), site->search->came[BOOTSTRAP_V4].addresses,
		came_count(site, BOOTSTRAP_V4));
}

static void roll_add_known(struct roll *roll, const struct site *site)
{
	const struct site_family *v4 = &site->search->known[BOOTSTRAP_V4];
	const struct site_family *v6 = &site->search->known[BOOTSTRAP_V6];
	roll_add_both(roll, v6->addresses, v6->count, v4->addresses, v4->count);
}

void site_search_roll(const struct site *site, struct roll *roll)
{
	roll->count = 0;
	if (site->search->lookup)
		roll_add_came(roll, site);
	if (!site->search->doubted)
		roll_add_known(roll, site);
}

/* Does that list have what was not tried in the last round? */
static bool has_other(const struct site *site, const struct roll *roll)
{
	for (size_t i = 0; i < roll->count; i++) {
		if (!site->endpoint || endpoint_find(site->endpoint, &roll->addresses[i]) ==
					       site->endpoint->address_count)
			return true;
	}
	return false;
}

/* Is there what was looked up just now that is worth trying? */
static bool is_useful(const struct site *site)
{
	struct roll came = { 0 };

	roll_add_came(&came, site);
	return site->search->doubted ? has_other(site, &came) : came.count > 0;
}

static void warn(const struct site *site, const char *what)
{
	const struct upstreams_options *options = &site->upstreams->options;
	options->warned(options->owner, site->named, what);
}

/* Once: whoever listens on a port has read its answers there for good. */
static void warn_of_own(struct site *site)
{
	const bool written = site->upstreams->bootstrap.server_count > 0;
	const char *own = bootstrap_left_out(site->search->lookup);
	char what[SITE_WHY_LEN];

	if (own[0] == '\0' || site->search->warned_own)
		return;
	site->search->warned_own = true;
	snprintf(what, sizeof(what),
		"%s names %s, which is where stubborn itself listens; it is not asked for " QUOTED
		", as that would be to ask ourselves; %s",
		written ? "bootstrap:" : "/etc/resolv.conf", own, site->named->host,
		written ? "remove it"
			: "write bootstrap: [SERVER], or addresses: [ADDRESS, ...] for "
			  "this upstream");
	warn(site, what);
}

/* Once while nothing changes; and always, for whoever waits in vain. */
static void explain_failure(struct site *site)
{
	const struct unfound unfound = {
		.host = site->named->host,
		.asked = bootstrap_asked(site->search->lookup),
		.left_out = bootstrap_left_out(site->search->lookup),
		.v4 = &site->search->came[BOOTSTRAP_V4],
		.v6 = &site->search->came[BOOTSTRAP_V6],
		.by_addresses = "addresses: [ADDRESS, ...] for this upstream",
		.by_servers = "bootstrap: [SERVER]",
	};

	unfound_write(&unfound, site->search->why);
	if (!is_known(site) || site->search->warned)
		return;
	char what[SITE_WHY_LEN + 64];
	snprintf(what, sizeof(what), "%s; meanwhile its old addresses are used", site->search->why);
	site->search->warned = true;
	site->search->told = false;
	warn(site, what);
}

/* Where it is, when that is news: the first time, after trouble, or when it has moved altogether.
 * Some names have other addresses each time. */
static void tell_where(struct site *site, const struct roll *before)
{
	const struct upstreams_options *options = &site->upstreams->options;
	char list[ROLL_TEXT_LEN], what[SITE_WHY_LEN];
	struct roll now = { 0 };
	bool moved = true;

	roll_add_known(&now, site);
	for (size_t i = 0; i < now.count; i++)
		moved = moved && roll_find(before, &now.addresses[i]) == before->count;
	snprintf(what, sizeof(what), QUOTED " is at %s (looked up at %s)", site->named->host,
		roll_write(&now, list), bootstrap_asked(site->search->lookup));
	if (site->search->told && !moved)
		log_debug("upstream %s: %s", site->named->name, what);
	else
		options->changed(options->owner, site->named, UPSTREAM_FOUND, what);
	site->search->told = true;
	site->search->warned = false;
}

/* Doubled with each look-up in vain; up to a quarter less, so that many clients do not come at
 * once. */
static uint64_t pause_ms(const struct site *site)
{
	uint32_t ms = SITE_PAUSE_MIN_MS;

	for (unsigned i = 1; i < site->search->vain && ms < SITE_PAUSE_MAX_MS; i++)
		ms *= 2;
	if (ms > SITE_PAUSE_MAX_MS)
		ms = SITE_PAUSE_MAX_MS;
	return ms - rand_below(site->upstreams->options.rand, ms / 4 + 1);
}

static void keep_family(struct site *site, enum bootstrap_family family)
{
	const struct bootstrap_answer *came = &site->search->came[family];
	struct site_family *known = &site->search->known[family];

	if (came->err != 0 && came->err != ERR_NOT_FOUND)
		return; /* nobody knows better than before */
	known->count = came->err == 0 ? came->count : 0;
	memcpy(known->addresses, came->addresses, sizeof(known->addresses));
}

static void keep(struct site *site)
{
	const struct bootstrap_answer *v4 = &site->search->came[BOOTSTRAP_V4];
	const struct bootstrap_answer *v6 = &site->search->came[BOOTSTRAP_V6];
	uint32_t ttl_s = SITE_TTL_MAX_S;
	struct roll before = { 0 };

	roll_add_known(&before, site);
	if (v4->err == 0 && v4->ttl_s < ttl_s)
		ttl_s = v4->ttl_s;
	if (v6->err == 0 && v6->ttl_s < ttl_s)
		ttl_s = v6->ttl_s;
	if (ttl_s < SITE_TTL_MIN_S)
		ttl_s = SITE_TTL_MIN_S;
	keep_family(site, BOOTSTRAP_V4);
	keep_family(site, BOOTSTRAP_V6);
	site->search->fresh_until_s = loop_now_s(loop_of(site)) + ttl_s;
	site->search->refresh_s = site->search->fresh_until_s - ttl_s / 10;
	tell_where(site, &before);
}

/* Both families are known. What came to nothing changes nothing: an empty answer would take away
 * what still works. */
static void settle(struct site *site)
{
	const bool found = came_count(site, BOOTSTRAP_V4) > 0 || came_count(site, BOOTSTRAP_V6) > 0;
	const bool useful = site->search->doubted ? is_useful(site) : found || is_known(site);
	struct bootstrap *lookup = site->search->lookup;

	if (found)
		keep(site);
	else
		explain_failure(site);
	/* One that a dead upstream gave cause for is in vain until a connection shows otherwise. */
	site->search->vain = found && !site->search->doubted ? 0 : site->search->vain + 1;
	site->search->not_before_ms = site->search->vain > 0 ? now_ms(site) + pause_ms(site) : 0;
	site->search->others_first = site->search->doubted;
	site->search->doubted = false;
	site->search->lookup = NULL;
	bootstrap_free(lookup);
	site_move(site, SITE_REST);
	site->events->settled(site->owner, useful);
}

static void answered(void *owner, const struct bootstrap_answer *answer)
{
	struct site *site = owner;

	site->search->came[answer->family] = *answer;
	for (size_t i = 0; i < answer->count; i++)
		address_set_port(
			&site->search->came[answer->family].addresses[i], site->named->port);
	site->search->answered[answer->family] = true;
	if (site->search->answered[BOOTSTRAP_V4] && site->search->answered[BOOTSTRAP_V6]) {
		settle(site);
		return;
	}
	if (answer->err != 0 || !is_useful(site))
		return;
	if (site->search->state == SITE_ASKING && answer->family == BOOTSTRAP_V4) {
		const uint64_t due_ms = now_ms(site) + SITE_V6_WAIT_MS;
		if (!timer_running(&site->search->wait) || site->search->wait.due_ms > due_ms)
			loop_start_timer(loop_of(site), &site->search->wait, SITE_V6_WAIT_MS);
		return;
	}
	if (site->search->state == SITE_ASKING)
		site_move(site, SITE_OPEN);
	site->events->found(site->owner);
}

static void waited(void *owner)
{
	struct site *site = owner;

	site_move(site, SITE_OPEN);
	site->events->found(site->owner);
}

/* False: no memory. */
static bool ask(struct site *site, enum site_state state)
{
	const struct bootstrap_options options = {
		.loop = loop_of(site),
		.servers = &site->upstreams->bootstrap,
		.host = site->named->host,
		.sent = &site->upstreams->options.counts->clear[CLEAR_BOOTSTRAP],
	};

	site->search->lookup = bootstrap_begin(&options, answered, site);
	if (!site->search->lookup) {
		snprintf(site->search->why, sizeof(site->search->why),
			"there is no memory or descriptor to look " QUOTED " up",
			site->named->host);
		site->search->not_before_ms = now_ms(site) + SITE_PAUSE_MIN_MS;
		return false;
	}
	/* Only what leaves in clear counts. */
	if (bootstrap_asked(site->search->lookup)[0] != '\0')
		count_add(&site->upstreams->options.counts->bootstrap, 1);
	site->search->answered[BOOTSTRAP_V4] = site->search->answered[BOOTSTRAP_V6] = false;
	site->search->asked_ms = now_ms(site);
	site_move(site, state);
	warn_of_own(site);
	return true;
}

int site_search_init(struct site *site)
{
	site->search = calloc(1, sizeof(*site->search));
	if (!site->search)
		return ERR_NOMEM;
	site->search->state = SITE_REST;
	timer_init(&site->search->wait, waited, site);
	return 0;
}

void site_search_done(struct site *site)
{
	if (!site->search)
		return;
	loop_stop_timer(loop_of(site), &site->search->wait);
	bootstrap_free(site->search->lookup);
	free(site->search);
}

enum site_way site_search_seek(struct site *site)
{
	if (site->search->state == SITE_OPEN)
		return SITE_WAY_KNOWN;
	if (site->search->state == SITE_ASKING)
		return SITE_WAY_AWAITED;
	if (is_known(site) && !is_past(site, site->search->fresh_until_s))
		return SITE_WAY_KNOWN;
	if (now_ms(site) < site->search->not_before_ms || !ask(site, SITE_ASKING))
		return is_known(site) ? SITE_WAY_KNOWN : SITE_WAY_UNKNOWN;
	if (is_known(site))
		loop_start_timer(loop_of(site), &site->search->wait, SITE_HEAD_START_MS);
	return SITE_WAY_AWAITED;
}

bool site_search_doubt(struct site *site)
{
	switch (site->search->state) {
	case SITE_REST:
		if (now_ms(site) < site->search->not_before_ms || !ask(site, SITE_ASKING))
			return false;
		break;
	case SITE_OPEN: site_move(site, SITE_ASKING); break;
	case SITE_ASKING: break;
	}
	site->search->doubted = true;
	return true;
}

void site_search_forgive(struct site *site)
{
	const enum site_state state = site->search->state;
	site->search->vain = 0;
	site->search->not_before_ms = 0;
	if (state == SITE_REST)
		return;
	bootstrap_free(site->search->lookup);
	site->search->lookup = NULL;
	site_move(site, SITE_REST);
	if (!ask(site, state))
		site->events->settled(site->owner, is_known(site));
}

void site_search_use(struct site *site)
{
	if (site->search->state == SITE_REST && is_known(site) &&
		is_past(site, site->search->refresh_s) &&
		now_ms(site) >= site->search->not_before_ms)
		(void)ask(site, SITE_OPEN); /* the next query tries again */
}

bool site_search_awaited(const struct site *site, uint64_t *since_ms)
{
	if (site->search->state != SITE_ASKING)
		return false;
	*since_ms = site->search->asked_ms;
	return true;
}
