/* SPDX-License-Identifier: MIT */
/* A store of denials with all that a question to it needs. */
#pragma once

#include "denied.h"
#include "dnssec/denial_cache.h"
#include "world.h"

#define NOW_S  1000
#define BYTES  (1u << 20)
#define SECRET ((struct hash_key){ 1, 2 })

#define NOTHING UINT16_MAX /* instead of an rcode: it must be asked for */

struct sample {
	struct denied d;
	struct world world; /* its crypto, and zones to ask */
	struct denial_cache *cache;
	struct budget budget;
	struct arena arena;
	struct denial_answer answer;
	uint32_t now_s;
};

static inline void begin(struct sample *s)
{
	memset(s, 0, sizeof(*s));
	denied_init(&s->d);
	world_init(&s->world);
	arena_init(&s->arena, 1u << 20);
	s->cache = denial_cache_new(BYTES, SECRET);
	assert_non_null(s->cache);
	s->now_s = NOW_S;
}

static inline void end(struct sample *s)
{
	denial_cache_free(s->cache);
	world_done(&s->world);
	arena_done(&s->arena);
	arena_done(&s->d.arena);
}

/* What was added to d since. */
static inline void learn(struct sample *s)
{
	denial_cache_put(s->cache, s->d.rrsets, s->d.count, DENIED_WALL_S, s->now_s);
	s->d.count = 0;
}

static inline uint16_t ask(struct sample *s, const char *name, uint16_t type)
{
	const struct question question = { denied_name(&s->d, name), type, CLASS_IN };
	const struct denial_request request = { .question = &question,
		.crypto = &s->world.crypto,
		.budget = &s->budget,
		.arena = &s->arena,
		.now_s = s->now_s };
	budget_init(&s->budget);
	return denial_cache_answer(s->cache, &request, &s->answer) ? s->answer.rcode : NOTHING;
}

#define assert_answer(s, name, type, rcode) assert_int_equal(ask(s, name, type), rcode)
