/* SPDX-License-Identifier: MIT */
#include "replay/stage.h"

#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "replay/judge.h"
#include "support/fake_loop.h"
#include "upstream/upstreams.h"

#define QUERY_TIME_MS 5000

/* Turns until a story must have come to rest. */
#define TURNS_MAX 10000

static void changed(
	void *owner, const struct endpoint *endpoint, enum upstream_event event, const char *why)
{
	struct stage *stage = owner;

	(void)why;
	for (size_t i = 0; i < stage->peer_count; i++) {
		if (strcmp(stage->peers[i].name, endpoint->name) == 0)
			stage->peers[i].reported = event == UPSTREAM_DOWN ? PEER_DOWN : PEER_UP;
	}
	if (event == UPSTREAM_UP)
		resolver_upstream_back(stage->resolver, endpoint);
}

static void warned(void *owner, const struct endpoint *endpoint, const char *what)
{
	(void)owner; /* certificates are not the story here */
	(void)endpoint;
	(void)what;
}

static void doubted(void *owner, const struct endpoint *endpoint, const char *why)
{
	struct stage *stage = owner;

	(void)why;
	for (size_t i = 0; i < stage->peer_count; i++)
		stage->peers[i].doubted |= strcmp(stage->peers[i].name, endpoint->name) == 0;
}

static void judged(void *owner, const struct endpoint *endpoint, const char *why)
{
	struct stage *stage = owner;

	for (size_t i = 0; i < stage->peer_count; i++) {
		if (strcmp(stage->peers[i].name, endpoint->name) == 0)
			peer_judged(&stage->peers[i], why);
	}
}

void stage_init(struct stage *stage)
{
	*stage = (struct stage){ .in_flight_max = 1000, .serve_stale_s = 86400 };
	fake_tls_reset();
	rand_init_seeded(&stage->rand, 1);
	stage->loop = loop_new();
	truth_init(&stage->truth, stage->loop);
	judge_reset();
}

/* A group of the peers that serve that domain, NULL for those of no domain. */
static struct group *group_of(struct stage *stage, const char *domain)
{
	struct endpoint *endpoints[STAGE_PEERS_MAX];
	size_t count = 0;

	for (size_t i = 0; i < stage->peer_count; i++) {
		const char *served = stage->domains[i];
		if (domain ? served && strcmp(served, domain) == 0 : !served)
			endpoints[count++] = stage->peers[i].endpoint;
	}
	return group_new(stage->upstreams, endpoints, count, STRATEGY_ORDERED);
}

/* One route for each peer that has a domain. */
static void open_routing(struct stage *stage)
{
	struct name_space spaces[STAGE_PEERS_MAX];
	struct name names[STAGE_PEERS_MAX];
	struct policy_route routes[STAGE_PEERS_MAX];
	struct routing routing = { .default_group = group_of(stage, NULL) };
	struct group **groups = calloc(STAGE_PEERS_MAX, sizeof(struct group *));

	for (size_t i = 0; groups && i < stage->peer_count; i++) {
		struct name_space *space = &spaces[routing.route_count];
		if (!stage->domains[i])
			continue;
		names[routing.route_count] = written_question(stage->domains[i], "A", space).name;
		routes[routing.route_count] =
			(struct policy_route){ .domains = &names[routing.route_count],
				.domain_count = 1 };
		groups[routing.route_count++] = group_of(stage, stage->domains[i]);
	}
	const struct policy_options policy_options = { .routes = routes,
		.route_count = routing.route_count };
	const struct resolve_options options = {
		.query_time_ms = QUERY_TIME_MS,
		.in_flight_max = stage->in_flight_max,
		.ttl = { .max_s = 86400, .max_negative_s = 3600 },
		.serve_stale_s = stage->serve_stale_s,
		.prefetch = true,
	};
	if (stage->truth.told)
		routing.anchors = anchors_hold(stage->truth.world.anchors);
	if (!groups || policy_new(&policy_options, &stage->policy) != 0)
		abort();
	routing.policy = stage->policy;
	routing.route_groups = groups;
	resolver_configure(stage->resolver, &options, NULL, &routing);
}

/* With the first line that is not about how things are set up. */
static void open_stage(struct stage *stage, const struct line *line)
{
	const struct upstreams_options upstreams_options = {
		.loop = stage->loop,
		.rand = &stage->rand,
		.changed = changed,
		.warned = warned,
		.owner = stage,
		.counts = &stage->upstream_counts,
	};
	const struct cache_options cache_options = { .size = 1024 * 1024, .shards = 1 };
	const struct hash_key key = rand_hash_key(&stage->rand);

	if (stage->peer_count == 0)
		line_fail(line, "there is no upstream");
	stage->upstreams = upstreams_new(&upstreams_options);
	stage->cache = cache_new(&cache_options, &key);
	const struct resolver_setup setup = {
		.loop = stage->loop,
		.cache = stage->cache,
		.crypto = &stage->truth.world.crypto,
		.hash_key = key,
		.counts = &stage->counts,
		.doubted = doubted,
		.judged = stage->examines ? judged : NULL,
		.owner = stage,
	};
	stage->resolver = resolver_new(&setup);
	if (!stage->upstreams || !stage->cache || !stage->resolver)
		abort();
	open_routing(stage);
	for (size_t i = 0; i < STAGE_CALLERS_MAX; i++)
		caller_init(&stage->callers[i], stage->resolver, (uint16_t)(i * 257));
}

/* Peers do what they do, the loop what follows, until nothing moves. */
static void settle(struct stage *stage, const struct line *line)
{
	bool any = true;

	for (int turn = 0; any; turn++) {
		if (turn == TURNS_MAX)
			line_fail(line, "it never comes to rest");
		fake_loop_settle(stage->loop);
		any = false;
		for (size_t i = 0; i < fake_tls_count(); i++) {
			for (size_t j = 0; j < stage->peer_count; j++) {
				struct tls *tls = fake_tls_at(i);
				if (peer_owns(&stage->peers[j], tls))
					any |= peer_attend(&stage->peers[j], tls, line);
			}
		}
	}
}

/* Moment by moment, so that peers act when they are called and not later. */
static void advance(struct stage *stage, uint64_t ms, const struct line *line)
{
	const uint64_t end_ms = loop_now_ms(stage->loop) + ms;
	uint64_t due_ms;

	settle(stage, line);
	while (fake_loop_next(stage->loop, &due_ms) && due_ms <= end_ms) {
		const uint64_t now_ms = loop_now_ms(stage->loop);
		fake_loop_advance(stage->loop, due_ms > now_ms ? due_ms - now_ms : 0);
		settle(stage, line);
	}
	fake_loop_advance(stage->loop, end_ms - loop_now_ms(stage->loop));
	settle(stage, line);
}

/* "NAME ADDRESS [for DOMAIN]", before anything else; or what an upstream does. */
static void run_upstream(struct stage *stage, struct line *line)
{
	const char *name = line_next(line);

	for (size_t i = 0; i < stage->peer_count; i++) {
		struct peer *peer = &stage->peers[i];
		if (strcmp(peer->name, name) == 0) {
			peer_run(peer, line);
			return;
		}
	}
	if (stage->resolver || stage->peer_count == STAGE_PEERS_MAX)
		line_fail(line, "upstream %s comes too late", name);
	size_t i = stage->peer_count++;
	peer_init(&stage->peers[i], line, name, line_next(line));
	stage->peers[i].truth = &stage->truth;
	if (line_take(line, "for")) {
		char *domain = stage->text + stage->text_len;
		size_t left = sizeof(stage->text) - stage->text_len;
		int len = snprintf(domain, left, "%s", line_next(line));
		if (len < 0 || (size_t)len >= left)
			line_fail(line, "too many domains");
		stage->text_len += (size_t)len + 1;
		stage->domains[i] = domain;
	}
	line_end(line);
}

static void run_client(struct stage *stage, struct line *line)
{
	size_t i = line_number(line);

	if (i >= STAGE_CALLERS_MAX)
		line_fail(line, "clients are 0 to %d", STAGE_CALLERS_MAX - 1);
	caller_run(&stage->callers[i], line);
}

/* "clock +1d": the wall clock is set, and no time goes by. "clock steps +1d": the daemon has
 * noticed that. "clock floor": it is never believed to be earlier than now. */
static void run_clock(const struct stage *stage, struct line *line)
{
	if (line_take(line, "floor")) {
		fake_loop_set_floor(stage->loop, loop_wall_s(stage->loop));
		line_end(line);
		return;
	}
	if (line_take(line, "steps")) {
		resolver_forget(stage->resolver);
		cache_forget_within(stage->cache, name_root());
	}
	fake_loop_set_wall(stage->loop, loop_wall_s(stage->loop) + line_shift_s(line));
	line_end(line);
}

/* "verdict TEXT": why the validator decided last as it did. */
static void run_verdict(struct line *line)
{
	if (fnmatch(line_next(line), judge_last(), FNM_NOESCAPE) != 0)
		line_fail(line, "the last verdict is \"%s\"", judge_last());
	line_end(line);
}

static void run_advance(struct stage *stage, struct line *line)
{
	uint64_t ms = line_duration_ms(line);

	line_end(line);
	advance(stage, ms, line);
}

/* How things are set up; or what belongs to no player. False: it is about something else. */
static bool run_setting(struct stage *stage, struct line *line)
{
	if (truth_run(&stage->truth, line, stage->resolver))
		return true;
	if (line_take(line, "in-flight-max"))
		stage->in_flight_max = line_number(line);
	else if (line_take(line, "examine-upstreams"))
		stage->examines = true;
	else if (line_take(line, "serve-stale"))
		stage->serve_stale_s = (uint32_t)(line_duration_ms(line) / 1000);
	else
		return false;
	if (stage->resolver)
		line_fail(line, "that comes too late");
	line_end(line);
	return true;
}

void stage_run(struct stage *stage, struct line *line)
{
	if (run_setting(stage, line))
		return;
	if (!stage->resolver && strcmp(line->word[0], "upstream") != 0)
		open_stage(stage, line);
	if (line_take(line, "upstream"))
		run_upstream(stage, line);
	else if (line_take(line, "client"))
		run_client(stage, line);
	else if (line_take(line, "advance"))
		run_advance(stage, line);
	else if (line_take(line, "clock"))
		run_clock(stage, line);
	else if (line_take(line, "verdict"))
		run_verdict(line);
	else
		line_fail(line, "who is \"%s\"?", line->word[0]);
	settle(stage, line);
}

void stage_done(struct stage *stage, const struct line *line)
{
	uint64_t due_ms;

	if (!stage->resolver)
		line_fail(line, "nobody did anything");
	for (size_t i = 0; i < STAGE_CALLERS_MAX; i++) {
		if (stage->callers[i].asking)
			line_fail(line, "what became of client %zu?", i);
	}
	for (size_t i = 0; i < STAGE_CALLERS_MAX; i++)
		caller_done(&stage->callers[i]);
	resolver_free(stage->resolver);
	if (stage->upstreams->asks != 0)
		line_fail(line, "questions are left upstream");
	upstreams_free(stage->upstreams);
	for (size_t i = 0; i < stage->peer_count; i++)
		peer_done(&stage->peers[i], line);
	truth_done(&stage->truth);
	policy_free(stage->policy);
	cache_free(stage->cache);
	if (fake_tls_open_count() != 0)
		line_fail(line, "connections are left open");
	fake_loop_settle(stage->loop);
	if (fake_loop_next(stage->loop, &due_ms))
		line_fail(line, "a timer is left running");
	loop_free(stage->loop);
}
