/* SPDX-License-Identifier: MIT */
#include "daemon/grounds.h"

#include <stdlib.h>

#define PARTS_MAX (8 + ENDPOINT_ADDRESSES_MAX)

/* Things that count, each as a digest, to be put in order. */
struct grounds {
	uint8_t (*items)[DIGEST_LEN];
	size_t count;
};

static struct bytes part_of_text(const char *text)
{
	return bytes_of(text, strlen(text));
}

static struct bytes part_of_name(struct name name, struct name_space *space)
{
	const struct name folded = name_fold(name, space);
	return bytes_of(folded.octets, folded.len);
}

static int add(struct grounds *grounds, const struct bytes *parts, size_t count)
{
	return digest_parts(parts, count, grounds->items[grounds->count++]);
}

/* A server with other addresses, or believed for other reasons, may answer otherwise. */
static int endpoint_digest(const struct endpoint *endpoint, uint8_t out[static DIGEST_LEN])
{
	const uint8_t numbers[] = { (uint8_t)endpoint->kind, (uint8_t)endpoint->min_version,
		(uint8_t)endpoint->profile };
	char addresses[ENDPOINT_ADDRESSES_MAX][ADDRESS_TEXT_LEN];
	struct bytes parts[PARTS_MAX] = {
		part_of_text(endpoint->url),
		part_of_text(endpoint->ca_file),
		bytes_of(numbers, sizeof(numbers)),
		bytes_of(endpoint->pins.items,
			endpoint->pins.count * sizeof(endpoint->pins.items[0])),
	};
	size_t count = 4;

	for (size_t i = 0; i < endpoint->address_count; i++)
		parts[count++] = part_of_text(address_write(&endpoint->addresses[i], addresses[i]));
	return digest_parts(parts, count, out);
}

/* Where the names of a route go: its upstreams in their order. */
static int way_digest(const struct config_route *route, uint8_t out[static DIGEST_LEN])
{
	const uint8_t insecure = route->insecure;
	struct bytes parts[2] = { bytes_of(&insecure, 1) };
	uint8_t way[DIGEST_LEN], endpoint[DIGEST_LEN];

	int err = digest_parts(parts, 1, way);
	for (size_t i = 0; !err && i < route->upstream_count; i++) {
		err = endpoint_digest(route->upstreams[i], endpoint);
		parts[0] = bytes_of(way, sizeof(way));
		parts[1] = bytes_of(endpoint, sizeof(endpoint));
		if (!err)
			err = digest_parts(parts, 2, way);
	}
	memcpy(out, way, sizeof(way));
	return err;
}

static int add_route(struct grounds *grounds, const struct config_route *route)
{
	uint8_t way[DIGEST_LEN];
	struct name_space space;

	int err = way_digest(route, way);
	for (size_t i = 0; !err && i < route->domain_count; i++) {
		const struct bytes parts[] = { part_of_text("route"),
			part_of_name(route->domains[i], &space), bytes_of(way, sizeof(way)) };
		err = add(grounds, parts, 3);
	}
	return err;
}

/* One that has no record any more is a zone that cannot be trusted: the point itself counts. */
static int add_anchor(struct grounds *grounds, const struct anchor *anchor)
{
	struct name_space space;
	struct bytes parts[4] = { part_of_text("anchor"), part_of_name(anchor->name, &space) };
	uint8_t type[2];

	int err = add(grounds, parts, 2);
	for (const struct anchor_record *r = anchor->records; !err && r; r = r->next) {
		u16_store(type, r->type);
		parts[2] = bytes_of(type, sizeof(type));
		parts[3] = r->rdata;
		err = add(grounds, parts, 4);
	}
	return err;
}

static int add_anchors(struct grounds *grounds, const struct anchors *anchors)
{
	int err = 0;

	for (const struct anchor *a = anchors_first(anchors); !err && a; a = a->next)
		err = add_anchor(grounds, a);
	return err;
}

static int add_all(struct grounds *grounds, const struct snapshot *snapshot)
{
	const struct config *config = snapshot->config;
	struct name_space space;
	int err = 0;

	/* Nothing is validated: that is a digest of its own, as no anchor at all is. */
	if (snapshot->anchors)
		err = add_anchors(grounds, snapshot->anchors);
	for (size_t i = 0; !err && i < config->negative_count; i++) {
		const struct bytes parts[] = { part_of_text("negative"),
			part_of_name(config->negatives[i].name, &space) };
		err = add(grounds, parts, 2);
	}
	for (size_t i = 0; !err && i < config->route_count; i++)
		err = add_route(grounds, &config->routes[i]);
	return err;
}

static int in_order(const void *a, const void *b)
{
	return memcmp(a, b, DIGEST_LEN);
}

static size_t items_max(const struct snapshot *snapshot)
{
	const struct config *config = snapshot->config;
	size_t count = 1 + config->negative_count;

	if (snapshot->anchors)
		count += anchors_count(snapshot->anchors);
	for (const struct anchor *a = snapshot->anchors ? anchors_first(snapshot->anchors) : NULL;
		a; a = a->next)
		count++;
	for (size_t i = 0; i < config->route_count; i++)
		count += config->routes[i].domain_count;
	return count;
}

int grounds_digest(const struct snapshot *snapshot, uint8_t out[static DIGEST_LEN])
{
	struct grounds grounds = { 0 };

	grounds.items = calloc(items_max(snapshot), sizeof(grounds.items[0]));
	if (!grounds.items)
		return ERR_NOMEM;
	int err = add_all(&grounds, snapshot);
	if (!err) {
		qsort(grounds.items, grounds.count, DIGEST_LEN, in_order);
		const struct bytes whole =
			bytes_of(grounds.items, grounds.count * sizeof(grounds.items[0]));
		err = digest_parts(&whole, 1, out);
	}
	free(grounds.items);
	return err;
}
