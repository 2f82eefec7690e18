/* SPDX-License-Identifier: MIT */
/* Do we know? Answers by question, within a hard bound of octets; those not used for longest go
 * first, nearly. Shared by all workers: one mutex a shard, held only to find and hold an entry. */
#pragma once

#include "cache/entry.h"

struct cache_options {
	size_t size;	 /* octets: entries, keys and tables counted whole */
	unsigned shards; /* a power of two; 1 for one worker */
};

struct cache;

/* Takes little memory until it is filled. NULL: out of memory. */
struct cache *cache_new(const struct cache_options *options, const struct hash_key *hash_key);
void cache_free(struct cache *cache);

/* A new bound takes effect with the next insertions, each of which forgets some thousands at most;
 * shards stay. Of a bound far smaller than before a shard starts anew. Any thread. */
void cache_configure(struct cache *cache, const struct cache_options *options);

const struct hash_key *cache_hash_key(const struct cache *cache);

/* The answer of that key, held for the caller, fresh or expired; NULL if there is none. */
struct entry *cache_get(struct cache *cache, const struct cache_key *key);

/* The same of the failure that is remembered of that key, beside its last answer. */
struct entry *cache_get_failure(struct cache *cache, const struct cache_key *key);

/* Keeps entry under its own question; takes its own reference. An answer replaces the answer and
 * the failure that were there, and one whose TTL is 0 only ends them, but for an answer
 * that says the same; a failure replaces the failure alone. An entry larger than an eighth of a
 * shard's bound is not kept. */
void cache_put(struct cache *cache, const struct cache_key *key, struct entry *entry);

/* Forgets all cached failures: the upstreams they came from may have been replaced. */
void cache_forget_failures(struct cache *cache);

/* Forgets what is known of names at or below that one. Walks all entries: on a reload, or when a
 * person asks for it. */
void cache_forget_within(struct cache *cache, struct name ancestor);

/* Entries in one step of a walk at most. */
#define CACHE_WALK_MAX 128

/* All zero: at the beginning. */
struct cache_walk {
	size_t shard;
	uint64_t at; /* as table_walk() has it */
	struct entry *entries[CACHE_WALK_MAX];
	size_t count;
};

/* Some entries more, each held for the caller, without keeping others waiting: a shard is locked
 * for a few microseconds a step. What is in the cache all the while comes exactly once. False:
 * there are no more. */
bool cache_walk(struct cache *cache, struct cache_walk *walk);

struct cache_usage {
	size_t entries;
	size_t octets; /* never above options.size */
	uint64_t evictions;
};

struct cache_usage cache_usage(struct cache *cache);
