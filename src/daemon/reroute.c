/* SPDX-License-Identifier: MIT */
#include "daemon/reroute.h"

static bool same_upstreams(const struct config_route *a, const struct config_route *b)
{
	if (a->upstream_count != b->upstream_count)
		return false;
	for (size_t i = 0; i < a->upstream_count; i++) {
		if (!endpoint_equal(a->upstreams[i], b->upstreams[i]))
			return false;
	}
	return true;
}

/* Does config have that domain, to the same upstreams? */
static bool has_route(
	const struct config *config, struct name domain, const struct config_route *route)
{
	for (size_t i = 0; i < config->route_count; i++) {
		const struct config_route *other = &config->routes[i];
		for (size_t j = 0; j < other->domain_count; j++) {
			if (name_equal(other->domains[j], domain))
				return same_upstreams(other, route);
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

void reroute_forget(struct cache *cache, const struct config *before, const struct config *after)
{
	forget_missing(cache, before, after);
	forget_missing(cache, after, before);
}
