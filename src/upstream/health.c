/* SPDX-License-Identifier: MIT */
#include "upstream/health.h"

#include <assert.h>

void health_init(struct health *health)
{
	*health = (struct health){ .state = HEALTH_UP };
}

/* The only place where the state changes; standing still is no move. */
static void health_move(struct health *health, enum health_state to)
{
	static const bool legal[][3] = {
		[HEALTH_UP] = { [HEALTH_PROBING] = true, [HEALTH_DOWN] = true },
		[HEALTH_PROBING] = { [HEALTH_UP] = true, [HEALTH_DOWN] = true },
		[HEALTH_DOWN] = { [HEALTH_UP] = true, [HEALTH_PROBING] = true },
	};
	if (health->state == to)
		return;
	assert(legal[health->state][to]);
	health->state = to;
}

bool health_is_down(const struct health *health)
{
	return health->failures > 0;
}

bool health_good(struct health *health, uint64_t now_ms)
{
	const bool was_down = health_is_down(health);

	if (now_ms < health->rest_end_ms)
		return false;
	health->failures = 0;
	health->overdue = 0;
	health->unanswered = 0;
	health->retry_at_ms = 0;
	health_move(health, HEALTH_UP);
	return was_down;
}

/* Doubles with each failure; up to a quarter less, so that many clients do not come at once. */
static uint64_t backoff_ms(const struct health *health, struct rand *rand)
{
	const unsigned times = health->failures > 0 ? health->failures - 1 : health->trials;
	uint32_t ms = HEALTH_BACKOFF_MIN_MS;
	for (unsigned i = 0; i < times && ms < HEALTH_BACKOFF_MAX_MS; i++)
		ms *= 2;
	if (ms > HEALTH_BACKOFF_MAX_MS)
		ms = HEALTH_BACKOFF_MAX_MS;
	return ms - rand_below(rand, ms / 4 + 1);
}

bool health_failed(struct health *health, uint64_t now_ms, struct rand *rand, bool outage)
{
	const bool was_down = health_is_down(health);

	if (health->state != HEALTH_DOWN || now_ms >= health->retry_at_ms) {
		if (!outage || !was_down)
			health->failures++;
		uint64_t pause_ms = backoff_ms(health, rand);
		if (outage && pause_ms > HEALTH_OUTAGE_MS)
			pause_ms = HEALTH_OUTAGE_MS;
		const uint64_t due_ms = now_ms + pause_ms;
		health->retry_at_ms = due_ms > health->rest_end_ms ? due_ms : health->rest_end_ms;
	}
	health_move(health, HEALTH_DOWN);
	return !was_down;
}

bool health_overdue(struct health *health, uint64_t now_ms, struct rand *rand, bool outage)
{
	if (health->overdue++ == 0)
		health->overdue_since_ms = now_ms;
	if (health->overdue < HEALTH_OVERDUE_MAX ||
		now_ms - health->overdue_since_ms < HEALTH_OVERDUE_MS)
		return false;
	return health_failed(health, now_ms, rand, outage);
}

/* Is there nothing but signs of life? */
static bool is_hollow(const struct health *health, uint64_t now_ms)
{
	return health->unanswered >= HEALTH_OVERDUE_MAX &&
	       now_ms - health->unanswered_since_ms >= HEALTH_OVERDUE_MS;
}

bool health_unanswered(struct health *health, uint64_t now_ms, struct rand *rand)
{
	if (health->unanswered++ == 0)
		health->unanswered_since_ms = now_ms;
	if (health->unanswered >= HEALTH_UNANSWERED_MAX &&
		now_ms - health->unanswered_since_ms >= HEALTH_UNANSWERED_MS)
		return health_failed(health, now_ms, rand, false);
	if (is_hollow(health, now_ms))
		health_suspect(health, now_ms);
	return false;
}

bool health_rest(struct health *health, uint64_t now_ms, uint64_t rest_ms)
{
	const bool was_down = health_is_down(health);
	const uint64_t end_ms =
		now_ms + (rest_ms < HEALTH_REST_MAX_MS ? rest_ms : HEALTH_REST_MAX_MS);

	if (!was_down)
		health->failures = 1;
	if (end_ms > health->rest_end_ms)
		health->rest_end_ms = end_ms;
	if (end_ms > health->retry_at_ms)
		health->retry_at_ms = end_ms;
	health_move(health, HEALTH_DOWN);
	return !was_down;
}

void health_suspect(struct health *health, uint64_t now_ms)
{
	if (health->state != HEALTH_UP)
		return;
	health_move(health, HEALTH_PROBING);
	health->trials = 0;
	health->retry_at_ms = now_ms;
}

void health_alive(struct health *health, uint64_t now_ms)
{
	if (is_hollow(health, now_ms))
		return;
	if (health_is_down(health))
		health_reached(health, now_ms);
	else
		health_move(health, HEALTH_UP);
}

void health_forgive(struct health *health, uint64_t now_ms)
{
	if (health->failures > 1)
		health->failures = 1;
	health->overdue = 0;
	health->unanswered = 0;
	health_reached(health, now_ms);
}

void health_reached(struct health *health, uint64_t now_ms)
{
	const uint64_t due_ms = health->rest_end_ms > now_ms ? health->rest_end_ms : now_ms;

	health->trials = 0;
	if (health->retry_at_ms > due_ms)
		health->retry_at_ms = due_ms;
}

bool health_due(const struct health *health, uint64_t now_ms)
{
	return now_ms >= health->retry_at_ms;
}

void health_tried(struct health *health, uint64_t now_ms, struct rand *rand)
{
	assert(health->state != HEALTH_UP);
	health_move(health, HEALTH_PROBING);
	health->retry_at_ms = now_ms + backoff_ms(health, rand);
	if (health->trials < HEALTH_TRIALS_MAX)
		health->trials++;
}
