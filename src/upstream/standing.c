/* SPDX-License-Identifier: MIT */
#include "upstream/standing.h"

#include <stdio.h>
#include <string.h>

#include "base/hash.h"
#include "upstream/upstreams.h"

void standing_init(
	struct standing *standing, struct upstreams *upstreams, const struct endpoint *endpoint)
{
	*standing = (struct standing){ .upstreams = upstreams, .endpoint = endpoint };
	health_init(&standing->health);
}

static uint64_t now_ms(const struct standing *standing)
{
	return loop_now_ms(standing->upstreams->options.loop);
}

static void report(const struct standing *standing, enum upstream_event event, const char *why)
{
	const struct upstreams_options *options = &standing->upstreams->options;
	options->changed(options->owner, standing->endpoint, event, why);
}

void standing_clear(struct standing *standing)
{
	standing->why_err = 0;
}

void standing_note(struct standing *standing, int err, const char *why)
{
	if (standing->why_err == ERR_TLS && err != ERR_TLS)
		return;
	standing->why_err = err;
	snprintf(standing->why, sizeof(standing->why), "%s", why);
}

void standing_note_anew(struct standing *standing, int err, const char *why)
{
	standing_clear(standing);
	standing_note(standing, err, why);
}

/* Nothing good has come since. Is it the same with everybody? */
static bool fail(struct standing *standing)
{
	if (standing->failing_ms == 0)
		standing->failing_ms = now_ms(standing);
	return upstreams_look(standing->upstreams);
}

/* It is down: told when that is news, or when it is for another cause than was told. */
static void tell_down(struct standing *standing, bool news)
{
	static const struct hash_key any;
	const uint32_t cause =
		(uint32_t)hash_bytes(&any, bytes_of(standing->why, strlen(standing->why)));

	if (!news && (!health_is_down(&standing->health) || cause == standing->told ||
			     now_ms(standing) - standing->told_ms < STANDING_CAUSE_PAUSE_MS))
		return;
	standing->told = cause;
	standing->told_ms = now_ms(standing);
	report(standing, news ? UPSTREAM_DOWN : UPSTREAM_STILL_DOWN, standing->why);
}

void standing_failed(struct standing *standing)
{
	if (standing->why_err == ERR_NOMEM) /* ours, not the upstream's */
		return;
	const bool outage = fail(standing);
	tell_down(standing, health_failed(&standing->health, now_ms(standing),
				    standing->upstreams->options.rand, outage));
}

void standing_missed(struct standing *standing, int err, const char *why)
{
	standing_note_anew(standing, err, why);
	const bool outage = fail(standing);
	tell_down(standing, health_overdue(&standing->health, now_ms(standing),
				    standing->upstreams->options.rand, outage));
}

void standing_blame(struct standing *standing, const struct exchange_result *result)
{
	if (result->rest_ms == 0 && result->fault != FAULT_CERTAIN) {
		standing_missed(standing, result->err, result->why);
		return;
	}
	standing_note_anew(standing, result->err, result->why);
	if (result->rest_ms == 0)
		standing_failed(standing);
	else
		tell_down(standing,
			health_rest(&standing->health, now_ms(standing), result->rest_ms));
}

void standing_suspect(struct standing *standing)
{
	health_suspect(&standing->health, now_ms(standing));
}

void standing_unanswered(struct standing *standing)
{
	const bool news = health_unanswered(
		&standing->health, now_ms(standing), standing->upstreams->options.rand);

	if (news) {
		standing_note_anew(standing, ERR_TIMEOUT, STANDING_HOLLOW);
		tell_down(standing, true);
	}
}

void standing_alive(struct standing *standing)
{
	health_alive(&standing->health, now_ms(standing));
}

bool standing_try(struct standing *standing, bool silent)
{
	/* What was tried last has come to nothing, or else it would be up. */
	if (standing->health.state == HEALTH_PROBING) {
		if (silent)
			standing_missed(standing, ERR_TIMEOUT, STANDING_SILENT);
		else
			standing_unanswered(standing);
		if (!health_due(&standing->health, now_ms(standing)))
			return false;
	}
	health_tried(&standing->health, now_ms(standing), standing->upstreams->options.rand);
	return true;
}

void standing_reached(struct standing *standing)
{
	standing->reached_ms = now_ms(standing);
	health_reached(&standing->health, now_ms(standing));
	upstreams_look(standing->upstreams);
}

void standing_outdone(struct standing *standing, uint32_t domain, const char *why)
{
	if (!outdone_miss(&standing->outdone, domain, now_ms(standing)))
		return;
	standing_note_anew(standing, ERR_PROTOCOL, why);
	tell_down(standing, health_failed(&standing->health, now_ms(standing),
				    standing->upstreams->options.rand, false));
}

void standing_good(struct standing *standing, bool answer)
{
	standing->failing_ms = 0;
	standing->good_ms = now_ms(standing);
	outdone_make_up(&standing->outdone, answer);
	/* Who is down for it is tried by each question while it makes up, and waited for by none.
	 */
	if (answer && standing->outdone.down)
		health_reached(&standing->health, now_ms(standing));
	if (!standing->outdone.down && health_good(&standing->health, now_ms(standing)))
		report(standing, UPSTREAM_UP, "it answers again");
	upstreams_look(standing->upstreams);
}

uint64_t standing_patience_ms(const struct standing *standing)
{
	const uint64_t ms = pace_late_ms(&standing->pace);

	if (!pace_measured(&standing->pace))
		return STANDING_PATIENCE_FIRST_MS;
	if (ms < STANDING_PATIENCE_MIN_MS)
		return STANDING_PATIENCE_MIN_MS;
	return ms < STANDING_PATIENCE_MAX_MS ? ms : STANDING_PATIENCE_MAX_MS;
}

struct silence_limits standing_silence_limits(const struct standing *standing)
{
	const uint64_t patience_ms = standing_patience_ms(standing);
	const uint64_t more_ms =
		patience_ms < STANDING_DOUBT_MORE_MS ? patience_ms : STANDING_DOUBT_MORE_MS;
	const uint64_t ms = patience_ms + more_ms;

	return (struct silence_limits){
		.probe_ms = patience_ms,
		.doubt_ms = ms > STANDING_DOUBT_MIN_MS ? ms : STANDING_DOUBT_MIN_MS,
	};
}
