/* SPDX-License-Identifier: MIT */
#include "upstream/health.h"

#include <assert.h>

void health_init(struct health *health)
{
	*health = (struct health){ .state = HEALTH_UP };
}

/* The only place where the state changes; both moves are legal, standing still is not one. */
static bool health_move(struct health *health, enum health_state to)
{
	if (health->state == to)
		return false;
	health->state = to;
	return true;
}

bool health_good(struct health *health, uint64_t now_ms)
{
	if (now_ms < health->rest_end_ms)
		return false;
	health->failures = 0;
	health->overdue = 0;
	health->retry_at_ms = 0;
	health->trial_end_ms = 0;
	return health_move(health, HEALTH_UP);
}

/* Doubles with each failure; up to a quarter less, so that many clients do not come at once. */
static uint64_t backoff_ms(const struct health *health, struct rand *rand)
{
	uint32_t ms = HEALTH_BACKOFF_MIN_MS;
	for (unsigned i = 1; i < health->failures && ms < HEALTH_BACKOFF_MAX_MS; i++)
		ms *= 2;
	if (ms > HEALTH_BACKOFF_MAX_MS)
		ms = HEALTH_BACKOFF_MAX_MS;
	return ms - rand_below(rand, ms / 4 + 1);
}

bool health_failed(struct health *health, uint64_t now_ms, struct rand *rand)
{
	if (now_ms >= health->retry_at_ms) {
		health->failures++;
		health->retry_at_ms = now_ms + backoff_ms(health, rand);
	}
	return health_move(health, HEALTH_DOWN);
}

bool health_overdue(struct health *health, uint64_t now_ms, struct rand *rand)
{
	if (health->overdue++ == 0)
		health->overdue_since_ms = now_ms;
	if (health->overdue < HEALTH_OVERDUE_MAX ||
		now_ms - health->overdue_since_ms < HEALTH_OVERDUE_MS)
		return false;
	return health_failed(health, now_ms, rand);
}

bool health_rest(struct health *health, uint64_t now_ms, uint64_t rest_ms)
{
	const uint64_t end_ms =
		now_ms + (rest_ms < HEALTH_REST_MAX_MS ? rest_ms : HEALTH_REST_MAX_MS);

	if (end_ms > health->rest_end_ms)
		health->rest_end_ms = end_ms;
	if (end_ms > health->retry_at_ms)
		health->retry_at_ms = end_ms;
	return health_move(health, HEALTH_DOWN);
}

void health_measure(struct health *health, uint64_t rtt_ms)
{
	/* A minute is past any deadline; it keeps the sums small. */
	const uint32_t rtt = rtt_ms > 60000 ? 60000 : (uint32_t)rtt_ms;

	if (!health->measured) {
		health->measured = true;
		health->srtt_8ms = rtt * 8;
		health->rttvar_4ms = rtt * 2;
		return;
	}
	int64_t off = (int64_t)rtt - health->srtt_8ms / 8;
	health->srtt_8ms = (uint32_t)(health->srtt_8ms + off);
	if (off < 0)
		off = -off;
	health->rttvar_4ms = (uint32_t)(health->rttvar_4ms + off - health->rttvar_4ms / 4);
}

void health_reached(struct health *health, uint64_t now_ms)
{
	const uint64_t due_ms = health->rest_end_ms > now_ms ? health->rest_end_ms : now_ms;

	if (health->retry_at_ms > due_ms)
		health->retry_at_ms = due_ms;
	health->trial_end_ms = 0;
}

bool health_due(const struct health *health, uint64_t now_ms)
{
	return now_ms >= health->retry_at_ms && now_ms >= health->trial_end_ms;
}

void health_tried(struct health *health, uint64_t now_ms, struct rand *rand)
{
	assert(health->state == HEALTH_DOWN);
	health->trial_end_ms = now_ms + backoff_ms(health, rand);
}

uint64_t health_patience_ms(const struct health *health)
{
	if (!health->measured)
		return HEALTH_PATIENCE_FIRST_MS;
	/* Twice the mean deviation above the mean is the 95th percentile of a normal spread. */
	uint64_t ms = health->srtt_8ms / 8 + health->rttvar_4ms / 2;
	if (ms < HEALTH_PATIENCE_MIN_MS)
		return HEALTH_PATIENCE_MIN_MS;
	return ms > HEALTH_PATIENCE_MAX_MS ? HEALTH_PATIENCE_MAX_MS : ms;
}

uint64_t health_rtt_ms(const struct health *health)
{
	return health->srtt_8ms / 8;
}
