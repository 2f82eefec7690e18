/* SPDX-License-Identifier: MIT */
#include "daemon/anchor_refresh.h"

#include <stdlib.h>

/* Milliseconds after the start until the first time: the network may be on its way up. */
#define FIRST_MS 10000

#define QUERY_TIME_MS 5000

/* Until it is looked at again whether the clock is set. */
#define NO_CLOCK_S 60

/* Octets for the root's DNSKEY set, which has some two kilooctets. */
#define ARENA_MAX (256 * 1024)

struct anchor_refresh {
	struct loop *loop;
	struct anchor_keeper *keeper;
	void (*changed)(void *owner, struct anchors *anchors_take);
	void *owner;
	struct group *group; /* held; NULL: nothing follows the root's keys */
	struct timer timer;
	struct arena arena;
	struct ask *ask; /* NULL: none is under way */
};

static void tell(struct anchor_refresh *refresh)
{
	struct anchors *anchors = anchors_new();

	if (anchors && anchors_add_all(anchors, anchor_keeper_anchors(refresh->keeper)) == 0)
		refresh->changed(refresh->owner, anchors);
	else
		anchors_free(anchors);
}

static void come(void *owner, const struct ask_result *result)
{
	struct anchor_refresh *refresh = owner;

	refresh->ask = NULL;
	if (anchor_keeper_see(refresh->keeper, result->err == 0 ? result->message : NULL,
		    loop_wall_s(refresh->loop)))
		tell(refresh);
	arena_done(&refresh->arena);
	loop_start_timer(refresh->loop, &refresh->timer, 0);
}

/* What the cache has is not asked for: it may be as old as its TTL. */
static void due(void *owner)
{
	struct anchor_refresh *refresh = owner;
	/* How long a key has been seen is not known without a clock. */
	const uint32_t wait_s =
		loop_clock_is_set(refresh->loop)
			? anchor_keeper_wait_s(refresh->keeper, loop_wall_s(refresh->loop))
			: NO_CLOCK_S;
	const struct ask_options options = {
		.question = { .name = name_root(), .type = TYPE_DNSKEY, .class = CLASS_IN },
		.checking_disabled = true,
		.dnssec_ok = true,
		.signatures = true,
		.deadline_ms = loop_now_ms(refresh->loop) + QUERY_TIME_MS,
	};

	if (wait_s == 0)
		refresh->ask = group_ask(refresh->group, &options, &refresh->arena, come, refresh);
	if (!refresh->ask)
		loop_start_timer(refresh->loop, &refresh->timer,
			wait_s > 0 ? wait_s * UINT64_C(1000) : FIRST_MS);
}

struct anchor_refresh *anchor_refresh_new(struct loop *loop, struct anchor_keeper *keeper,
	void (*changed)(void *owner, struct anchors *anchors_take), void *owner)
{
	struct anchor_refresh *refresh = calloc(1, sizeof(*refresh));

	if (!refresh)
		return NULL;
	refresh->loop = loop;
	refresh->keeper = keeper;
	refresh->changed = changed;
	refresh->owner = owner;
	timer_init(&refresh->timer, due, refresh);
	arena_init(&refresh->arena, ARENA_MAX);
	return refresh;
}

static void stop(struct anchor_refresh *refresh)
{
	if (refresh->ask)
		ask_cancel(refresh->ask);
	refresh->ask = NULL;
	arena_done(&refresh->arena);
	loop_stop_timer(refresh->loop, &refresh->timer);
	group_release(refresh->group);
	refresh->group = NULL;
}

void anchor_refresh_free(struct anchor_refresh *refresh)
{
	if (!refresh)
		return;
	stop(refresh);
	free(refresh);
}

void anchor_refresh_configure(struct anchor_refresh *refresh, struct group *group)
{
	const bool again = refresh->group != NULL;

	stop(refresh);
	if (!group)
		return;
	refresh->group = group_hold(group);
	if (again && anchor_keeper_reload(refresh->keeper))
		tell(refresh);
	loop_start_timer(refresh->loop, &refresh->timer, FIRST_MS);
}
