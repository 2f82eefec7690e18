/* SPDX-License-Identifier: MIT */
#include "daemon/config_route.h"

#include <string.h>

#include "daemon/config_domain.h"
#include "daemon/config_value.h"
#include "policy/special.h"
#include "policy/suffix.h"

struct routes_building {
	struct config *config;
	const struct route_source *source;
	struct suffix_set *seen; /* every domain so far, with its line */
};

/* A name and its octets, in the configuration's arena. */
static bool keep_name(struct routes_building *building, struct name name, struct name *out)
{
	if (name_copy(&building->config->arena, name, out) == 0)
		return true;
	faults_add_nomem(building->source->faults);
	return false;
}

/* Is that domain there already? Notes it for the next. */
static bool is_seen(struct routes_building *building, struct name name, const struct text *text)
{
	char shown[NAME_TEXT_LEN];
	size_t line = 0;

	int err = suffix_set_add(building->seen, name, text->line);
	if (err == ERR_FORMAT) {
		(void)suffix_set_find(building->seen, name, &line, NULL); /* it is there */
		faults_add(building->source->faults, text->line,
			"routes.domains: %s is routed on line %zu already; keep one of them",
			name_print(name, shown), line);
		return true;
	}
	if (err != 0)
		faults_add_nomem(building->source->faults);
	return err != 0;
}

static void add_domain(
	struct routes_building *building, struct config_route *route, const struct text *text)
{
	struct faults *faults = building->source->faults;
	char shown[SHOWN_LEN];
	struct name_space space;
	struct name name;
	const char *why;

	if (!domain_read("routes.domains", text, faults, &space, &name))
		return;
	if ((why = special_never_forwarded(name))) {
		faults_add(faults, text->line,
			"routes.domains: \"%s\" never leaves this machine (%s); remove it",
			value_shown(text->at, shown), why);
	} else if (!is_seen(building, name, text) &&
		   keep_name(building, name, &route->domains[route->domain_count])) {
		route->domain_count++;
	}
}

static void no_such_upstream(struct routes_building *building, const struct text *text)
{
	char shown[SHOWN_LEN];
	struct nearest nearest = { 0 };
	const char *first = NULL;
	struct faults *faults = building->source->faults;

	value_shown(text->at, shown);
	if (strstr(text->at, "://")) {
		faults_add(faults, text->line,
			"routes.upstreams: %s: servers of a route's own are not built yet; list it "
			"under upstreams: and write its name here",
			shown);
		return;
	}
	for (size_t i = 0; i < building->config->upstream_count; i++) {
		const char *name = building->source->names[i];
		if (!name)
			continue;
		if (strstr(name, "://")) {
			/* Its URL is no good, yet it is the one that is meant. */
			if (strstr(name, text->at))
				return;
			continue;
		}
		first = first ? first : name;
		nearest_offer(&nearest, text->at, name);
	}
	if (nearest.word)
		faults_add(faults, text->line,
			"routes.upstreams: no upstream is called \"%s\"; did you mean \"%s\"?",
			shown, nearest.word);
	else if (first)
		faults_add(faults, text->line,
			"routes.upstreams: no upstream is called \"%s\"; write the name of one, as "
			"%s",
			shown, first);
	else
		faults_add(faults, text->line,
			"routes.upstreams: no upstream is called \"%s\"; give one that name under "
			"upstreams:",
			shown);
}

static void add_upstream(
	struct routes_building *building, struct config_route *route, const struct text *text)
{
	struct config *config = building->config;
	char shown[SHOWN_LEN];
	size_t at = 0;

	while (at < config->upstream_count &&
		(!building->source->names[at] || strcmp(building->source->names[at], text->at)))
		at++;
	if (at == config->upstream_count) {
		no_such_upstream(building, text);
		return;
	}
	for (size_t i = 0; i < route->upstream_count; i++) {
		if (!config->upstreams[at] || route->upstreams[i] != config->upstreams[at])
			continue;
		faults_add(building->source->faults, text->line,
			"routes.upstreams: %s stands twice in one route; remove one",
			value_shown(text->at, shown));
		return;
	}
	route->upstreams[route->upstream_count++] = config->upstreams[at];
}

static void build_route(struct routes_building *building, const struct draft_route *draft,
	struct config_route *route)
{
	struct arena *arena = &building->config->arena;

	route->domains = arena_array(arena, draft->domains.count, sizeof(*route->domains));
	route->upstreams = arena_array(arena, draft->upstreams.count, sizeof(*route->upstreams));
	if (!route->domains || !route->upstreams) {
		faults_add_nomem(building->source->faults);
		return;
	}
	route->insecure = draft->insecure.value != 0;
	for (size_t i = 0; i < draft->domains.count; i++)
		add_domain(building, route, &draft->domains.items[i]);
	for (size_t i = 0; i < draft->upstreams.count; i++)
		add_upstream(building, route, &draft->upstreams.items[i]);
}

void config_routes_build(struct config *config, const struct route_source *source)
{
	const struct draft_route *drafts = source->sections->items;
	struct routes_building building = {
		.config = config, .source = source, .seen = suffix_set_new()
	};

	config->routes =
		arena_array(&config->arena, source->sections->count, sizeof(*config->routes));
	if (!config->routes || !building.seen) {
		faults_add_nomem(source->faults);
	} else {
		config->route_count = source->sections->count;
		for (size_t i = 0; i < config->route_count; i++)
			build_route(&building, &drafts[i], &config->routes[i]);
	}
	suffix_set_free(building.seen);
}
