/* SPDX-License-Identifier: MIT */
#include "daemon/upstream_log.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "upstream/standing.h"

struct upstream_log {
	struct loop *loop;
	struct list changing; /* of struct changing */
};

/* An upstream that has changed of late. */
struct changing {
	struct list link;
	struct loop *loop;
	char *url, *name;
	struct timer window; /* runs as long as this is */
	unsigned may_tell;
	unsigned held_back;
	enum upstream_event event; /* the last that was */
	char why[STANDING_WHY_LEN];
};

static void changing_free(struct changing *changing)
{
	loop_stop_timer(changing->loop, &changing->window);
	list_unlink(&changing->link);
	free(changing->url);
	free(changing->name);
	free(changing);
}

static void tell(const char *name, enum upstream_event event, const char *why)
{
	switch (event) {
	case UPSTREAM_UP: log_info("upstream %s answers: %s", name, why); break;
	case UPSTREAM_DOWN: log_warning("upstream %s is down: %s", name, why); break;
	case UPSTREAM_STILL_DOWN: log_warning("upstream %s is still down: %s", name, why); break;
	case UPSTREAM_FOUND: log_info("upstream %s: %s", name, why); break;
	}
}

static void window_over(void *owner)
{
	struct changing *changing = owner;

	if (changing->held_back == 0) {
		changing_free(changing);
		return;
	}
	log_warning("upstream %s changed %u more time%s within a minute, and now it %s: %s",
		changing->name, changing->held_back, changing->held_back == 1 ? "" : "s",
		changing->event == UPSTREAM_UP ? "answers" : "is down", changing->why);
	changing->held_back = 0;
	changing->may_tell = 1;
	loop_start_timer(changing->loop, &changing->window, UPSTREAM_LOG_WINDOW_MS);
}

/* NULL: out of memory. */
static struct changing *changing_new(struct upstream_log *log, const struct endpoint *endpoint)
{
	struct changing *changing = calloc(1, sizeof(*changing));

	if (!changing)
		return NULL;
	changing->loop = log->loop;
	changing->may_tell = UPSTREAM_LOG_AT_ONCE;
	list_init(&changing->link);
	timer_init(&changing->window, window_over, changing);
	changing->url = strdup(endpoint->url);
	changing->name = strdup(endpoint->name);
	if (!changing->url || !changing->name) {
		changing_free(changing);
		return NULL;
	}
	list_push_back(&log->changing, &changing->link);
	loop_start_timer(log->loop, &changing->window, UPSTREAM_LOG_WINDOW_MS);
	return changing;
}

static struct changing *changing_of(struct upstream_log *log, const struct endpoint *endpoint)
{
	for (struct list *link = log->changing.next; link != &log->changing; link = link->next) {
		struct changing *changing = CONTAINER_OF(link, struct changing, link);
		if (strcmp(changing->url, endpoint->url) == 0)
			return changing;
	}
	return changing_new(log, endpoint);
}

struct upstream_log *upstream_log_new(struct loop *loop)
{
	struct upstream_log *log = malloc(sizeof(*log));

	if (!log)
		return NULL;
	log->loop = loop;
	list_init(&log->changing);
	return log;
}

void upstream_log_free(struct upstream_log *log)
{
	if (!log)
		return;
	while (!list_empty(&log->changing))
		changing_free(CONTAINER_OF(log->changing.next, struct changing, link));
	free(log);
}

void upstream_log_change(struct upstream_log *log, const struct endpoint *endpoint,
	enum upstream_event event, const char *why)
{
	/* Where it is has its own pace, that of TTLs. */
	struct changing *changing = event == UPSTREAM_FOUND ? NULL : changing_of(log, endpoint);

	if (!changing || changing->may_tell > 0) {
		tell(endpoint->name, event, why);
		if (changing)
			changing->may_tell--;
		return;
	}
	changing->held_back++;
	changing->event = event;
	snprintf(changing->why, sizeof(changing->why), "%s", why);
}
