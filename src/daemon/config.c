/* SPDX-License-Identifier: MIT */
/* From a draft, whose values are each well formed, to what the rooms are given: addresses parsed,
 * upstreams made, and everything that must fit together looked at. */
#include "daemon/config.h"

#include <errno.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "daemon/config_anchor.h"
#include "daemon/config_draft.h"
#include "daemon/config_route.h"
#include "daemon/config_schema.h"
#include "daemon/config_trust.h"
#include "daemon/config_value.h"

/* Shards of a cache that several workers share: more than workers, so that two seldom meet. */
#define SHARED_CACHE_SHARDS 16

#define NAME_TEXT_MAX 64 /* octets of an upstream's name: it stands in every line of the log */

struct building {
	struct config *config;
	const struct draft *draft;
	struct arena *scratch;
	struct faults *faults;
};

/* In the configuration's arena; count 0 is an array too. NULL with out of memory noted. */
static void *array_new(struct building *building, size_t count, size_t item_len)
{
	void *array = arena_array(&building->config->arena, count, item_len);
	if (!array)
		faults_add_nomem(building->faults);
	return array;
}

static char *text_copy(struct building *building, const struct text *text)
{
	const char *from = text->at ? text->at : "";
	char *copy = arena_copy(&building->config->arena, from, strlen(from) + 1);
	if (!copy)
		faults_add_nomem(building->faults);
	return copy;
}

static void add_listen(struct building *building, const struct text *text)
{
	struct config *config = building->config;
	char shown[SHOWN_LEN], written[ADDRESS_TEXT_LEN];
	struct address address;

	if (address_parse(text->at, DNS_PORT, &address) != 0) {
		faults_add(building->faults, text->line,
			"listen: \"%s\" is no address; write 127.0.0.1, 127.0.0.1:53 or "
			"\"[::1]:53\"",
			value_shown(text->at, shown));
		return;
	}
	for (size_t i = 0; i < config->listen_count; i++) {
		if (!address_equal(&config->listen[i], &address))
			continue;
		faults_add(building->faults, text->line, "listen: %s stands twice; remove one",
			address_write(&address, written));
		return;
	}
	if (!address_is_loopback(&address) && building->draft->allow.line == 0)
		faults_add(building->faults, text->line,
			"listen: %s is reached from beyond this machine and no allow: says who may "
			"ask; add for example allow: [127.0.0.0/8, \"::1/128\", 192.168.0.0/16]",
			address_write(&address, written));
	config->listen[config->listen_count++] = address;
}

static void build_listen(struct building *building)
{
	const struct texts *texts = &building->draft->listen;

	/* From malloc, so that a command line may put another in its place. */
	building->config->listen = calloc(texts->count + 1, sizeof(struct address));
	if (!building->config->listen) {
		faults_add_nomem(building->faults);
		return;
	}
	building->config->listen_written = texts->line != 0;
	for (size_t i = 0; i < texts->count; i++)
		add_listen(building, &texts->items[i]);
}

static void build_allow(struct building *building)
{
	const struct texts *texts = &building->draft->allow;
	struct prefix *allow = array_new(building, texts->count, sizeof(*allow));
	char shown[SHOWN_LEN];

	for (size_t i = 0; allow && i < texts->count; i++) {
		if (prefix_parse(texts->items[i].at, &allow[i]) != 0)
			faults_add(building->faults, texts->items[i].line,
				"allow: \"%s\" is no network; write an address, or a prefix with "
				"no bit set behind its length, as 192.168.0.0/16",
				value_shown(texts->items[i].at, shown));
	}
	building->config->allow = allow;
	building->config->serve.clients =
		(struct client_options){ .allow = allow, .allow_count = texts->count };
}

static void check_upstream_name(struct building *building, const struct text *name)
{
	char shown[SHOWN_LEN];
	bool good = name->at[0] != '\0' && strlen(name->at) <= NAME_TEXT_MAX &&
		    !strstr(name->at, "://");

	for (const char *c = name->at; good && *c; c++)
		good = (unsigned char)*c > ' ' && *c != 0x7f;
	if (!good)
		faults_add(building->faults, name->line,
			"upstreams.name: \"%s\" is no good name; %d letters at most, without "
			"spaces and ://",
			value_shown(name->at, shown), NAME_TEXT_MAX);
}

/* Once a file, where it is written, however many upstreams use it. */
static void check_ca_file(struct building *building, const struct text *file)
{
	char shown[SHOWN_LEN];

	if (!file->at || file->at[0] == '\0' || strcmp(file->at, TRUST_NONE) == 0 ||
		access(file->at, R_OK) == 0)
		return;
	faults_add(building->faults, file->line,
		"ca-file: %s cannot be read: %s; name a PEM file of certificates, \"\" for the "
		"system's, or none with pins",
		value_shown(file->at, shown), strerror(errno));
}

static struct endpoint *make_endpoint(
	struct building *building, const struct draft_upstream *upstream)
{
	const struct draft *draft = building->draft;
	const struct trust_source trust = {
		.draft = draft,
		.upstream = upstream,
		.scratch = building->scratch,
		.faults = building->faults,
	};
	const char *url;
	const char **addresses =
		arena_array(building->scratch, upstream->addresses.count, sizeof(*addresses));
	struct endpoint *endpoint = NULL;
	char why[ENDPOINT_WHY_LEN];

	int err =
		addresses ? value_ascii_url(building->scratch, upstream->url.at, &url) : ERR_NOMEM;
	if (err == ERR_FORMAT)
		snprintf(why, sizeof(why), "a host that is no domain name; check its spelling");
	for (size_t i = 0; addresses && i < upstream->addresses.count; i++)
		addresses[i] = upstream->addresses.items[i].at;
	if (err == 0) {
		struct endpoint_options options = {
			.url = url,
			.name = upstream->name.at,
			.addresses = addresses,
			.address_count = upstream->addresses.count,
			.method = (enum doh_method)upstream->method.value,
		};
		config_trust_read(&trust, &options);
		err = endpoint_new(&options, &endpoint, why);
	}
	if (err == ERR_NOMEM)
		faults_add_nomem(building->faults);
	else if (err != 0)
		faults_add(building->faults, upstream->url.line, "upstreams: %s", why);
	/* The default may be written anywhere, as it changes nothing. */
	if (err == 0 && endpoint->kind != TRANSPORT_DOH && endpoint->method != DOH_METHOD_POST)
		faults_add(building->faults, upstream->method.line,
			"upstreams.method: only upstreams asked over HTTPS have one; leave it out, "
			"or "
			"write url: https://NAME/PATH");
	return err == 0 ? endpoint : NULL;
}

/* Of its own, or its URL's host; NULL: not known, as the URL is no good. */
static const char *upstream_name(const struct building *building, size_t i)
{
	const struct draft_upstream *upstreams = building->draft->upstreams.items;
	const struct endpoint *endpoint = building->config->upstreams[i];

	if (upstreams[i].name.at)
		return upstreams[i].name.at;
	return endpoint ? endpoint->name : NULL;
}

static void check_upstream_twice(struct building *building, size_t at)
{
	const struct draft_upstream *upstream =
		(const struct draft_upstream *)building->draft->upstreams.items + at;
	const char *name = upstream_name(building, at);

	for (size_t i = 0; name && i < at; i++) {
		char shown[SHOWN_LEN];
		const char *other = upstream_name(building, i);
		if (!other || strcasecmp(name, other) != 0)
			continue;
		faults_add(building->faults,
			upstream->name.at ? upstream->name.line : upstream->url.line,
			"upstreams: the name %s stands twice; give one of them another name:",
			value_shown(name, shown));
		return;
	}
}

static void build_upstreams(struct building *building)
{
	struct config *config = building->config;
	const struct sections *sections = &building->draft->upstreams;
	const struct draft_upstream *upstreams = sections->items;

	config->upstreams = array_new(building, sections->count, sizeof(*config->upstreams));
	config->lines = array_new(building, sections->count, sizeof(*config->lines));
	if (!config->upstreams || !config->lines)
		return;
	config->upstream_count = sections->count;
	check_ca_file(building, &building->draft->ca_file);
	for (size_t i = 0; i < sections->count; i++) {
		config->lines[i] = config_trust_lines(building->draft, &upstreams[i]);
		check_ca_file(building, &upstreams[i].ca_file);
		if (upstreams[i].name.at)
			check_upstream_name(building, &upstreams[i].name);
		/* Without a URL there is a fault already. */
		if (upstreams[i].url.at)
			config->upstreams[i] = make_endpoint(building, &upstreams[i]);
		check_upstream_twice(building, i);
	}
}

static void build_bootstrap(struct building *building)
{
	const struct texts *texts = &building->draft->bootstrap;
	struct address *servers = array_new(building, texts->count, sizeof(*servers));
	char shown[SHOWN_LEN];

	for (size_t i = 0; servers && i < texts->count; i++) {
		if (address_parse(texts->items[i].at, DNS_PORT, &servers[i]) != 0 ||
			address_is_any(&servers[i]) || address_port(&servers[i]) == 0)
			faults_add(building->faults, texts->items[i].line,
				"bootstrap: \"%s\" is no address of a server; write 192.0.2.53, "
				"192.0.2.53:5353 or \"2001:db8::53\"",
				value_shown(texts->items[i].at, shown));
	}
	building->config->bootstrap = servers;
	building->config->bootstrap_count = texts->count;
}

/* The names as routes may use them; the URL as it was written where it is no good. */
static const char **upstream_names(struct building *building)
{
	size_t count = building->config->upstream_count;
	const char **names = arena_array(building->scratch, count, sizeof(*names));
	if (!names)
		faults_add_nomem(building->faults);
	for (size_t i = 0; names && i < count; i++) {
		const struct draft_upstream *upstreams = building->draft->upstreams.items;
		const char *name = upstream_name(building, i);
		names[i] = name ? name : upstreams[i].url.at;
	}
	return names;
}

static void build_routes(struct building *building)
{
	const struct route_source source = {
		.sections = &building->draft->routes,
		.names = upstream_names(building),
		.scratch = building->scratch,
		.faults = building->faults,
	};
	if (source.names)
		config_routes_build(building->config, &source);
}

static void build_anchors(struct building *building)
{
	const struct anchor_source source = {
		.draft = building->draft,
		.scratch = building->scratch,
		.faults = building->faults,
	};
	config_anchors_build(building->config, &source);
}

static unsigned cores(void)
{
	cpu_set_t set;
	/* What we may run on, which in a container is less than what the machine has. */
	int count = sched_getaffinity(0, sizeof(set), &set) == 0 ? CPU_COUNT(&set) : 1;
	return count < 1 ? 1 : count > CONFIG_WORKERS_AUTO ? CONFIG_WORKERS_AUTO : (unsigned)count;
}

static void build_limits(struct building *building)
{
	const struct draft *draft = building->draft;
	struct config *config = building->config;

	config->workers = draft->workers.value > 0 ? (unsigned)draft->workers.value : cores();
	config->serve.udp_size = (uint16_t)draft->udp_size.value;
	config->serve.tcp_clients = (uint32_t)draft->tcp_clients.value;
	config->serve.tcp_idle_ms = (uint32_t)draft->tcp_idle_ms.value;
	config->serve.in_flight_max = (uint32_t)draft->in_flight.value;
	config->resolve.query_time_ms = (uint32_t)draft->query_time_ms.value;
	config->resolve.in_flight_max = (uint32_t)draft->in_flight.value;
	config->cache.size = (size_t)draft->cache_size.value;
	config->cache.shards = config->workers > 1 ? SHARED_CACHE_SHARDS : 1;
	config->resolve.ttl = (struct ttl_options){
		.min_s = (uint32_t)draft->min_ttl_s.value,
		.max_s = (uint32_t)draft->max_ttl_s.value,
		.max_negative_s = (uint32_t)draft->max_negative_ttl_s.value,
	};
	config->resolve.serve_stale_s = (uint32_t)draft->serve_stale_s.value;
	config->resolve.prefetch = draft->prefetch.value;
	/* A maximum of zero is one that had a fault of its own. */
	if (draft->min_ttl_s.value > draft->max_ttl_s.value && draft->max_ttl_s.value > 0)
		faults_add(building->faults,
			draft->min_ttl_s.line ? draft->min_ttl_s.line : draft->max_ttl_s.line,
			"cache.min-ttl (%llus) is above cache.max-ttl (%llus); exchange them, or "
			"leave min-ttl out",
			(unsigned long long)draft->min_ttl_s.value,
			(unsigned long long)draft->max_ttl_s.value);
}

static void build_rest(struct building *building)
{
	const struct draft *draft = building->draft;
	struct config *config = building->config;
	char shown[SHOWN_LEN];

	config->user = text_copy(building, &draft->user);
	config->state_dir = text_copy(building, &draft->state_dir);
	config->tickets = draft->tickets.value;
	config->persist = draft->persist.value;
	config->ocsp = (enum trust_ocsp)draft->ocsp.value;
	config->crl_file = text_copy(building, &draft->crl_file);
	config->crl_file_line = draft->crl_file.line;
	config->strategy = (enum strategy)draft->strategy.value;
	config->log_level = (enum log_level)draft->log_level.value;
	config->log_queries = (enum log_queries)draft->log_queries.value;
	if (draft->state_dir.at && draft->state_dir.at[0] != '\0' && draft->state_dir.at[0] != '/')
		faults_add(building->faults, draft->state_dir.line,
			"state-dir: %s is no absolute path; write one, or \"\" to keep nothing",
			value_shown(draft->state_dir.at, shown));
}

static void build(struct building *building)
{
	build_listen(building);
	build_allow(building);
	build_upstreams(building);
	build_bootstrap(building);
	build_routes(building);
	build_anchors(building);
	build_limits(building);
	build_rest(building);
}

/* NULL text: a fault of reading the file is already there. */
static struct config *make(struct bytes text, struct arena *scratch, struct faults *faults)
{
	struct config *config = calloc(1, sizeof(*config));
	struct draft draft;

	if (!config) {
		faults_add_nomem(faults);
		return NULL;
	}
	arena_init(&config->arena, CONFIG_MEMORY_MAX);
	const struct node *root = node_parse(text, 1, scratch, faults);
	if (root) {
		draft_read(&draft, root, scratch, faults);
		struct building building = {
			.config = config, .draft = &draft, .scratch = scratch, .faults = faults
		};
		build(&building);
	}
	if (!faults_any(faults))
		return config;
	config_free(config);
	return NULL;
}

struct config *config_parse(const char *name, const char *text, size_t len, FILE *errors)
{
	struct arena scratch;
	struct faults faults;
	struct config *config = NULL;

	arena_init(&scratch, CONFIG_MEMORY_MAX);
	faults_init(&faults, name, &scratch);
	if (len > CONFIG_FILE_LEN_MAX)
		faults_add(&faults, 0, "longer than %d KiB; that is no configuration file",
			CONFIG_FILE_LEN_MAX / 1024);
	else
		config = make(bytes_of(text, len), &scratch, &faults);
	faults_print(&faults, errors);
	arena_done(&scratch);
	return config;
}

static const char *why_not_read(int err)
{
	switch (err) {
	case ERR_FORMAT: return "it is a device, a pipe or a directory; name a file";
	case ERR_LIMIT: return "it is longer than 1 MiB; is it a configuration at all?";
	case ERR_NOMEM: return "out of memory";
	default:
		return errno == EACCES ? "the user that we run as may not; let it read the file "
					 "and enter its directories (chmod o+r, o+x)"
				       : strerror(errno);
	}
}

struct config *config_read(const char *path, FILE *errors)
{
	char *text = NULL;
	size_t len = 0;

	if (path[0] == '\0')
		return config_parse("built-in defaults", "", 0, errors);
	int err = file_read(path, CONFIG_FILE_LEN_MAX, &text, &len);
	if (err != 0) {
		fprintf(errors, "%s: cannot be read: %s\n", path, why_not_read(err));
		return NULL;
	}
	struct config *config = config_parse(path, text, len, errors);
	free(text);
	return config;
}

void config_free(struct config *config)
{
	if (!config)
		return;
	for (size_t i = 0; i < config->upstream_count; i++)
		endpoint_release(config->upstreams[i]);
	anchors_free(config->anchors);
	arena_done(&config->arena);
	free(config->listen);
	free(config);
}

const char *config_default_file(void)
{
	/* One that is there but cannot be read is not silently passed over. */
	return access(CONFIG_DEFAULT_FILE, F_OK) == 0 || errno != ENOENT ? CONFIG_DEFAULT_FILE : "";
}

void config_print_keys(FILE *out)
{
	schema_print(out);
}

int config_name_parse(const char *text, struct name_space *space, struct name *out)
{
	struct arena arena;
	const char *ascii;

	arena_init(&arena, CONFIG_MEMORY_MAX);
	int err = value_ascii_name(&arena, text, &ascii);
	if (err == 0)
		err = name_parse(ascii, space, out);
	arena_done(&arena);
	return err;
}
