/* SPDX-License-Identifier: MIT */
#include "resolve/fitness.h"

#include <stdlib.h>

#include "resolve/exam.h"

/* Milliseconds between two exams of one upstream, twice as long after each one that found it unfit
 * again, and up to a quarter more, so that not all of a site's machines come at once. */
#define PAUSE_MIN_MS 60000
#define PAUSE_MAX_MS 960000

/* Top-level domains whose own data it must tell wrongly, within that many milliseconds, to be unfit
 * whatever it answers in an exam. One may be spoilt where it is published, or its owner lie. */
#define OVERRULED_MAX	  3
#define OVERRULED_TIME_MS 3600000

/* Milliseconds for one of its questions: nobody waits, and a slow answer is an answer. */
#define QUESTION_TIME_MS 5000

/* Octets for a set of keys. */
#define ARENA_MAX (256 * 1024)

/*  UNKNOWN ──── passed ───► FIT ◄─── passed ──┐
 *     │                      │                │
 *     └── failed ─► UNFIT ◄──┘ failed         │
 *         or overruled └──────────────────────┘
 * Silence changes nothing. */
enum state { UNKNOWN, FIT, UNFIT };

struct candidate {
	struct list link;
	struct fitness *fitness;
	struct endpoint *endpoint; /* held, as is group */
	struct group *group;
	struct name anchor; /* a view of the anchors */
	enum state state;
	uint64_t not_before_ms; /* the next exam */
	uint64_t pause_ms;
	struct timer timer;		   /* runs: there will be one */
	uint64_t overruled[OVERRULED_MAX]; /* domains, since then */
	unsigned overruled_count;
	uint64_t overruled_since_ms;
	uint64_t banned_ms; /* 0: never was it unfit for that */
	uint64_t ban_ms;    /* from then to the exam after it */
	struct arena arena;
	struct question question; /* the one at hand */
	unsigned number;
	struct ask *ask; /* NULL: none is under way */
};

static uint64_t now_ms(const struct candidate *candidate)
{
	return loop_now_ms(candidate->fitness->loop);
}

/* The exam that is under way or is to come. */
static void call_off(struct candidate *candidate)
{
	if (candidate->ask)
		ask_cancel(candidate->ask);
	candidate->ask = NULL;
	loop_stop_timer(candidate->fitness->loop, &candidate->timer);
	arena_done(&candidate->arena);
}

static void candidate_free(struct candidate *candidate)
{
	call_off(candidate);
	list_unlink(&candidate->link);
	if (candidate->state == UNFIT)
		group_judge(candidate->group, candidate->endpoint, false);
	group_release(candidate->group);
	endpoint_release(candidate->endpoint);
	free(candidate);
}

/* As soon as may be, and never on the caller's stack. */
static void want_exam(struct candidate *candidate)
{
	const uint64_t now = now_ms(candidate);

	if (!candidate->ask && !timer_running(&candidate->timer))
		loop_start_timer(candidate->fitness->loop, &candidate->timer,
			candidate->not_before_ms > now ? candidate->not_before_ms - now : 0);
}

static uint64_t with_jitter(const struct candidate *candidate, uint64_t ms)
{
	const uint64_t drawn[] = { now_ms(candidate), (uintptr_t)candidate };

	return ms +
	       hash_bytes(&candidate->fitness->key, bytes_of(drawn, sizeof(drawn))) % (ms / 4 + 1);
}

static void candidate_move(struct candidate *candidate, enum state to, const char *why)
{
	const struct fitness *fitness = candidate->fitness;
	const enum state from = candidate->state;

	candidate->state = to;
	if ((to == UNFIT) == (from == UNFIT))
		return;
	group_judge(candidate->group, candidate->endpoint, to == UNFIT);
	fitness->judged(fitness->owner, candidate->endpoint, to == UNFIT ? why : NULL);
}

static void conclude(struct candidate *candidate, enum exam_grade grade)
{
	switch (grade) {
	case EXAM_SILENT: break;
	case EXAM_PASSED: candidate_move(candidate, FIT, NULL); break;
	case EXAM_KEYS_MISSING:
	case EXAM_KEYS_UNSIGNED:
	case EXAM_DS_UNSIGNED:
	case EXAM_DS_OF_CHILD: candidate_move(candidate, UNFIT, exam_text(grade)); break;
	}
	if (candidate->state != UNFIT) {
		candidate->pause_ms = PAUSE_MIN_MS;
		return;
	}
	/* It may have been mended: nobody asks it of his own accord. */
	want_exam(candidate);
	if (candidate->pause_ms < PAUSE_MAX_MS)
		candidate->pause_ms *= 2;
}

static void ask_next(struct candidate *candidate);

static void answered(void *owner, const struct ask_result *result)
{
	struct candidate *candidate = owner;
	const enum exam_grade grade =
		exam_grade(&candidate->question, result->err == 0 ? result->message : NULL);

	candidate->ask = NULL;
	arena_done(&candidate->arena);
	if (grade == EXAM_PASSED && ++candidate->number < exam_questions(candidate->anchor))
		ask_next(candidate);
	else
		conclude(candidate, grade);
}

static void ask_next(struct candidate *candidate)
{
	candidate->question = exam_question(candidate->anchor, candidate->number);
	const struct ask_options options = {
		.question = candidate->question,
		.checking_disabled = true,
		.dnssec_ok = true,
		.only = candidate->endpoint,
		.deadline_ms = now_ms(candidate) + QUESTION_TIME_MS,
	};

	candidate->ask =
		group_ask(candidate->group, &options, &candidate->arena, answered, candidate);
	if (!candidate->ask)
		conclude(candidate, EXAM_SILENT);
}

static void begin_exam(void *owner)
{
	struct candidate *candidate = owner;

	candidate->not_before_ms = now_ms(candidate) + with_jitter(candidate, candidate->pause_ms);
	candidate->number = 0;
	ask_next(candidate);
}

void fitness_init(struct fitness *fitness, struct loop *loop)
{
	*fitness = (struct fitness){ .loop = loop };
	list_init(&fitness->candidates);
}

void fitness_done(struct fitness *fitness)
{
	while (!list_empty(&fitness->candidates))
		candidate_free(CONTAINER_OF(fitness->candidates.next, struct candidate, link));
	anchors_free(fitness->anchors);
	fitness->anchors = NULL;
}

static struct group *group_with(const struct routing *routing, const struct endpoint *upstream)
{
	if (group_has(routing->default_group, upstream))
		return routing->default_group;
	for (size_t i = 0; i < routing->route_count; i++) {
		if (group_has(routing->route_groups[i], upstream))
			return routing->route_groups[i];
	}
	return NULL;
}

/* Its group and its anchor are those of the new routing; what is known of it stays. */
static void candidate_carry_over(
	struct candidate *candidate, struct group *group, const struct anchors *anchors)
{
	const bool under_way = candidate->ask || timer_running(&candidate->timer);

	if (candidate->ask) /* it is to begin anew, as what it asks for views the old anchors */
		candidate->not_before_ms = 0;
	call_off(candidate);
	group_hold(group);
	group_release(candidate->group);
	candidate->group = group;
	candidate->anchor = anchors_closest(anchors, candidate->anchor)->name;
	if (under_way)
		want_exam(candidate);
}

static void carry_over(struct fitness *fitness, const struct routing *routing)
{
	for (struct list *link = fitness->candidates.next, *next; link != &fitness->candidates;
		link = next) {
		struct candidate *candidate = CONTAINER_OF(link, struct candidate, link);
		struct group *group = group_with(routing, candidate->endpoint);
		next = link->next;
		if (group)
			candidate_carry_over(candidate, group, routing->anchors);
		else
			candidate_free(candidate);
	}
}

void fitness_configure(struct fitness *fitness, const struct routing *routing)
{
	struct anchors *old = fitness->anchors, *anchors = routing->anchors;

	fitness->anchors = NULL;
	if (old && anchors && anchors_equal(old, anchors))
		carry_over(fitness, routing);
	else
		fitness_done(fitness);
	fitness->anchors = anchors ? anchors_hold(anchors) : NULL;
	anchors_free(old);
	fitness->default_group = routing->default_group;
}

static struct candidate *find(const struct fitness *fitness, const struct endpoint *upstream)
{
	struct list *link = fitness->candidates.next;

	for (; link != &fitness->candidates; link = link->next) {
		struct candidate *candidate = CONTAINER_OF(link, struct candidate, link);
		if (candidate->endpoint == upstream ||
			endpoint_equal(candidate->endpoint, upstream))
			return candidate;
	}
	return NULL;
}

/* Who is asked for whatever no route takes is asked for the way down from the root, whichever name
 * came first; who has names of his own need not know it. NULL: there is none. */
static const struct anchor *anchor_for(
	const struct fitness *fitness, const struct endpoint *upstream, struct name name)
{
	const struct anchor *root = anchors_closest(fitness->anchors, name_root());

	if (root && root->records && group_has(fitness->default_group, upstream) &&
		!anchors_negative(fitness->anchors, root->name, loop_wall_s(fitness->loop), NULL))
		return root;
	return anchors_closest(fitness->anchors, name);
}

/* NULL: out of memory; it is heard of again. */
static struct candidate *candidate_new(
	struct fitness *fitness, struct group *group, struct endpoint *upstream, struct name anchor)
{
	struct candidate *candidate = calloc(1, sizeof(*candidate));

	if (!candidate)
		return NULL;
	*candidate = (struct candidate){
		.fitness = fitness,
		.endpoint = endpoint_hold(upstream),
		.group = group_hold(group),
		.anchor = anchor,
		.pause_ms = PAUSE_MIN_MS,
	};
	timer_init(&candidate->timer, begin_exam, candidate);
	arena_init(&candidate->arena, ARENA_MAX);
	list_init(&candidate->link);
	list_push_back(&fitness->candidates, &candidate->link);
	return candidate;
}

void fitness_heard(
	struct fitness *fitness, struct group *group, struct endpoint *upstream, struct name name)
{
	if (!fitness->judged || !fitness->anchors)
		return;
	struct candidate *candidate = find(fitness, upstream);
	if (!candidate) {
		const struct anchor *anchor = anchor_for(fitness, upstream, name);
		if (anchor && anchor->records)
			candidate = candidate_new(fitness, group, upstream, anchor->name);
	}
	if (candidate && candidate->state == UNKNOWN)
		want_exam(candidate);
}

void fitness_doubt(struct fitness *fitness, const struct endpoint *upstream)
{
	struct candidate *candidate = find(fitness, upstream);

	if (candidate)
		want_exam(candidate);
}

/* Once more within the time costs twice as long. */
static void ban(struct candidate *candidate)
{
	const uint64_t now = now_ms(candidate);
	const bool again =
		candidate->banned_ms > 0 && now - candidate->banned_ms < OVERRULED_TIME_MS;

	call_off(candidate);
	candidate->ban_ms = !again			       ? PAUSE_MIN_MS
			    : candidate->ban_ms < PAUSE_MAX_MS ? 2 * candidate->ban_ms
							       : PAUSE_MAX_MS;
	candidate->banned_ms = now;
	candidate->overruled_count = 0;
	candidate->not_before_ms = now + with_jitter(candidate, candidate->ban_ms);
	candidate_move(candidate, UNFIT,
		"tells DS and keys of top-level domains that do not validate where another's do");
	want_exam(candidate);
}

void fitness_overruled(struct fitness *fitness, const struct endpoint *upstream, uint64_t domain)
{
	struct candidate *candidate = find(fitness, upstream);

	if (!candidate || candidate->state == UNFIT)
		return;
	if (now_ms(candidate) - candidate->overruled_since_ms >= OVERRULED_TIME_MS)
		candidate->overruled_count = 0;
	if (candidate->overruled_count == 0)
		candidate->overruled_since_ms = now_ms(candidate);
	for (unsigned i = 0; i < candidate->overruled_count; i++) {
		if (candidate->overruled[i] == domain)
			return;
	}
	candidate->overruled[candidate->overruled_count++] = domain;
	if (candidate->overruled_count == OVERRULED_MAX)
		ban(candidate);
}
