/* SPDX-License-Identifier: MIT */
#include "daemon/clock_floor.h"

#include <stdlib.h>

#include "base/log.h"
#include "net/sentence.h"

/* How often to look whether it has run past the floor by itself. */
#define LOOK_MS 60000

struct clock_floor {
	struct loop *loop;
	bool set; /* as last looked at */
	struct timer look;
	void (*changed)(void *owner);
	void *owner;
};

/* What is amiss is said, and looked at again. */
static void warn(struct clock_floor *floor)
{
	char text[SENTENCE_CLOCK_LEN];

	if (floor->set)
		return;
	if (sentence_clock(text))
		log_warning("%s", text);
	loop_start_timer(floor->loop, &floor->look, LOOK_MS);
}

bool clock_floor_look(struct clock_floor *floor)
{
	char now[SENTENCE_TIME_LEN];
	const bool set = loop_clock_is_set(floor->loop);

	if (!set)
		loop_start_timer(floor->loop, &floor->look, LOOK_MS);
	if (set == floor->set)
		return false;
	floor->set = set;
	floor->changed(floor->owner);
	if (set)
		log_info("the clock is set: it says %s; all is validated anew",
			sentence_time(loop_wall_s(floor->loop), now));
	warn(floor);
	return true;
}

static void look(void *owner)
{
	(void)clock_floor_look(owner);
}

struct clock_floor *clock_floor_new(struct loop *loop, void (*changed)(void *owner), void *owner)
{
	struct clock_floor *floor = calloc(1, sizeof(*floor));

	if (!floor)
		return NULL;
	floor->loop = loop;
	floor->set = loop_clock_is_set(loop);
	floor->changed = changed;
	floor->owner = owner;
	timer_init(&floor->look, look, floor);
	warn(floor);
	return floor;
}

void clock_floor_free(struct clock_floor *floor)
{
	if (!floor)
		return;
	loop_stop_timer(floor->loop, &floor->look);
	free(floor);
}
