/* SPDX-License-Identifier: MIT */
#include "resolve/resolver.h"

#include <stdlib.h>

#include "resolve/resolver_state.h"

/* Octets for what is known of zones, of which most names asked for share a few hundred. */
#define KEYCACHE_OCTETS (2 * 1024 * 1024)

/* Octets for proofs that names do not exist. */
#define DENIALS_OCTETS (1024 * 1024)

struct resolver *resolver_new(const struct resolver_setup *setup)
{
	struct resolver *resolver = calloc(1, sizeof(*resolver));
	if (!resolver)
		return NULL;
	resolver->setup = *setup;
	resolver->keycache = keycache_new(KEYCACHE_OCTETS, setup->hash_key);
	resolver->denials = denial_cache_new(DENIALS_OCTETS, setup->hash_key);
	if (!resolver->keycache || !resolver->denials) {
		keycache_free(resolver->keycache);
		denial_cache_free(resolver->denials);
		free(resolver);
		return NULL;
	}
	flights_init(&resolver->flights, setup->loop, setup->cache);
	resolver->flights.opinions.doubted = setup->doubted;
	resolver->flights.opinions.owner = setup->owner;
	resolver->flights.fitness.key = setup->hash_key;
	resolver->flights.fitness.judged = setup->judged;
	resolver->flights.fitness.owner = setup->owner;
	return resolver;
}

void routing_done(struct routing *routing)
{
	group_release(routing->default_group);
	for (size_t i = 0; i < routing->route_count; i++)
		group_release(routing->route_groups[i]);
	free(routing->route_groups);
	anchors_free(routing->anchors);
	*routing = (struct routing){ 0 };
}

void resolver_free(struct resolver *resolver)
{
	if (!resolver)
		return;
	flights_done(&resolver->flights);
	routing_done(&resolver->routing);
	keycache_free(resolver->keycache);
	denial_cache_free(resolver->denials);
	free(resolver);
}

void resolver_abandon(struct resolver *resolver)
{
	flights_abandon(&resolver->flights);
}

void resolver_upstream_back(struct resolver *resolver, const struct endpoint *upstream)
{
	fitness_doubt(&resolver->flights.fitness, upstream);
}

void resolver_forget(struct resolver *resolver)
{
	resolver->flights.generation++;
	fitness_configure(&resolver->flights.fitness, &resolver->routing);
	/* What is under way goes on by the old anchors, and with what is known by them. */
	resolver->keycache = keycache_renew(resolver->keycache);
	denial_cache_forget(resolver->denials, name_root());
}

void resolver_configure(struct resolver *resolver, const struct resolve_options *options,
	void (*finished)(void *owner, const struct query_report *report),
	const struct routing *routing_take)
{
	struct routing old = resolver->routing;

	resolver->setup.options = *options;
	resolver->setup.finished = finished;
	resolver->routing = *routing_take;
	resolver_forget(resolver);
	routing_done(&old);
}
