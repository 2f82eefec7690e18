/* SPDX-License-Identifier: MIT */
#include "daemon/reroute.h"

static bool same_way(const struct config_route *a, const struct config_route *b)
{
	if (a->upstream_count != b->upstream_count || a->insecure != b->insecure)
		return false;
	for (size_t i = 0; i < a->upstream_count; i++) {
		if (!endpoint_equal(a->upstreams[i], b->upstreams[i]))
			return false;
	}
	return true;
}

/* Does config have that domain, to the same upstreams and as much to be believed? */
static bool has_route(
	const struct config *config, struct name domain, const struct config_route *route)
{
	for (size_t i = 0; i < config->route_count; i++) {
		const struct config_route *other = &config->routes[i];
		for (size_t j = 0; j < other->domain_count; j++) {
			if (name_equal(other->domains[j], domain))
				return same_way(other, route);
		}
	}
	return false;
}

static void forget_missing(
	struct cache *cache, const struct config *config, const struct config *other)
{
	for (size_t i = 0; i < config->route_count; i++) {
		const struct config_route *route = &config->routes[i];
		for (size_t j = 0; j < route->domain_count; j++) {
			if (!has_route(other, route->domains[j], route))
				cache_forget_within(cache, route->domains[j]);
		}
	}
}

static bool has_negative(const struct config *config, struct name name)
{
	for (size_t i = 0; i < config->negative_count; i++) {
		if (name_equal(config->negatives[i].name, name))
			return true;
	}
	return false;
}

static void forget_negatives(
	struct cache *cache, const struct config *config, const struct config *other)
{
	for (size_t i = 0; i < config->negative_count; i++) {
		if (!has_negative(other, config->negatives[i].name))
			cache_forget_within(cache, config->negatives[i].name);
	}
}

void reroute_forget(struct cache *cache, const struct config *before, const struct config *after)
{
	if (before->validate != after->validate ||
		!anchors_equal(before->anchors, after->anchors)) {
		cache_forget_within(cache, name_root());
		return;
	}
	forget_negatives(cache, before, after);
	forget_negatives(cache, after, before);
	forget_missing(cache, before, after);
	forget_missing(cache, after, before);
}
