/* SPDX-License-Identifier: MIT */
/* The tables. A key that is planned but not built is in them too, so that a person who writes it
 * learns which of the two it is; in every other way it is unknown. */
#include "daemon/config_schema.h"

#include "cache/image.h"
#include "daemon/config.h"
#include "daemon/config_draft.h"

#define SECOND UINT64_C(1000)
#define MINUTE (60 * SECOND)
#define HOUR   (60 * MINUTE)
#define DAY    (24 * HOUR)
#define KIB    (UINT64_C(1) << 10)
#define GIB    (UINT64_C(1) << 30)

#define LATER(key)                                                                                 \
	{                                                                                          \
		.name = (key), .kind = SCHEMA_LATER                                                \
	}
#define KEYS_OF(table) .keys = (table), .key_count = sizeof(table) / sizeof((table)[0])

/* YAML 1.1 has nine words for each, which are one thing here and a text there. */
static const struct schema_choice boolean_choices[] = { { "true", 1 }, { "false", 0 },
	{ NULL, 0 } };

static const struct schema_choice workers_choices[] = { { "auto", 0 }, { NULL, 0 } };

static const struct schema_choice strategy_choices[] = {
	{ "fastest", STRATEGY_FASTEST },
	{ "ordered", STRATEGY_ORDERED },
	{ "spread", STRATEGY_SPREAD },
	{ "parallel", STRATEGY_PARALLEL },
	{ NULL, 0 },
};

static const struct schema_choice version_choices[] = {
	{ "1.2", TLS_VERSION_1_2 },
	{ "1.3", TLS_VERSION_1_3 },
	{ NULL, 0 },
};

static const struct schema_choice method_choices[] = {
	{ "post", DOH_METHOD_POST },
	{ "get", DOH_METHOD_GET },
	{ NULL, 0 },
};

static const struct schema_choice profile_choices[] = {
	{ "strict", TLS_STRICT },
	{ "opportunistic", TLS_OPPORTUNISTIC },
	{ NULL, 0 },
};

static const struct schema_choice ocsp_choices[] = {
	{ "staple", TRUST_OCSP_STAPLE },
	{ "require", TRUST_OCSP_REQUIRE },
	{ NULL, 0 },
};

static const struct schema_choice level_choices[] = {
	{ "error", LOG_LEVEL_ERROR },
	{ "warning", LOG_LEVEL_WARNING },
	{ "info", LOG_LEVEL_INFO },
	{ "debug", LOG_LEVEL_DEBUG },
	{ NULL, 0 },
};

static const struct schema_choice queries_choices[] = {
	{ "off", LOG_QUERIES_OFF },
	{ "failed", LOG_QUERIES_FAILED },
	{ "all", LOG_QUERIES_ALL },
	{ NULL, 0 },
};

#define AT(member) .at = offsetof(struct draft_upstream, member)
static const struct schema_key upstream_keys[] = {
	{ .name = "url", .kind = SCHEMA_TEXT, AT(url), .required = true, .absent = "required" },
	{ .name = "name", .kind = SCHEMA_TEXT, AT(name), .absent = "the URL's host" },
	{ .name = "addresses",
		.kind = SCHEMA_TEXTS,
		AT(addresses),
		.max = ENDPOINT_ADDRESSES_MAX,
		.absent = "the URL's host, looked up if it is a name" },
	{ .name = "ca-file", .kind = SCHEMA_TEXT, AT(ca_file), .absent = "tls.ca-file" },
	{ .name = "method",
		.kind = SCHEMA_CHOICE,
		AT(method),
		.fallback = "post",
		.choices = method_choices },
	{ .name = "pins", .kind = SCHEMA_TEXTS, AT(pins), .max = PINS_MAX, .fallback = "[]" },
	{ .name = "pin-bypass-until",
		.kind = SCHEMA_TEXT,
		AT(pin_bypass_until),
		.fallback = "\"\"" },
	{ .name = "client-cert", .kind = SCHEMA_TEXT, AT(client_cert), .fallback = "\"\"" },
	{ .name = "client-key", .kind = SCHEMA_TEXT, AT(client_key), .fallback = "\"\"" },
	{ .name = "profile",
		.kind = SCHEMA_CHOICE,
		AT(profile),
		.fallback = "strict",
		.choices = profile_choices },
	{ .name = "early-data",
		.kind = SCHEMA_CHOICE,
		AT(early_data),
		.absent = "tls.early-data",
		.choices = boolean_choices },
};
#undef AT

static const struct schema upstream_schema = {
	.path = "upstreams.",
	KEYS_OF(upstream_keys),
	.len = sizeof(struct draft_upstream),
	.text_is = "url",
};

#define AT(member) .at = offsetof(struct draft_route, member)
static const struct schema_key route_keys[] = {
	{ .name = "domains",
		.kind = SCHEMA_TEXTS,
		AT(domains),
		.min = 1,
		.max = UINT64_MAX,
		.required = true,
		.absent = "required" },
	{ .name = "upstreams",
		.kind = SCHEMA_TEXTS,
		AT(upstreams),
		.min = 1,
		.max = CONFIG_UPSTREAMS_MAX,
		.required = true,
		.absent = "required" },
	{ .name = "insecure",
		.kind = SCHEMA_CHOICE,
		AT(insecure),
		.fallback = "false",
		.choices = boolean_choices },
};
#undef AT

static const struct schema route_schema = {
	.path = "routes.",
	KEYS_OF(route_keys),
	.len = sizeof(struct draft_route),
};

#define AT(member) .at = offsetof(struct draft_negative, member)
static const struct schema_key negative_keys[] = {
	{ .name = "name", .kind = SCHEMA_TEXT, AT(name), .required = true, .absent = "required" },
	{ .name = "until", .kind = SCHEMA_TEXT, AT(until), .required = true, .absent = "required" },
};
#undef AT

static const struct schema negative_schema = {
	.path = "dnssec.negative-trust-anchors.",
	KEYS_OF(negative_keys),
	.len = sizeof(struct draft_negative),
};

#define AT(member) .at = offsetof(struct draft, member)
static const struct schema_key tls_keys[] = {
	{ .name = "ca-file", .kind = SCHEMA_TEXT, AT(ca_file), .fallback = "\"\"" },
	{ .name = "min-version",
		.kind = SCHEMA_CHOICE,
		AT(min_version),
		.fallback = "\"1.2\"",
		.choices = version_choices },
	{ .name = "tickets",
		.kind = SCHEMA_CHOICE,
		AT(tickets),
		.fallback = "true",
		.choices = boolean_choices },
	{ .name = "crl-file", .kind = SCHEMA_TEXT, AT(crl_file), .fallback = "\"\"" },
	{ .name = "ocsp",
		.kind = SCHEMA_CHOICE,
		AT(ocsp),
		.fallback = "staple",
		.choices = ocsp_choices },
	{ .name = "early-data",
		.kind = SCHEMA_CHOICE,
		AT(early_data),
		.fallback = "false",
		.choices = boolean_choices },
};

static const struct schema tls_schema = { .path = "tls.", KEYS_OF(tls_keys) };

static const struct schema_key limits_keys[] = {
	{ .name = "query-time",
		.kind = SCHEMA_DURATION,
		AT(query_time_ms),
		.fallback = "5s",
		.min = SECOND / 10,
		.max = MINUTE },
	{ .name = "tcp-clients",
		.kind = SCHEMA_NUMBER,
		AT(tcp_clients),
		.fallback = "256",
		.min = 1,
		.max = 65536 },
	{ .name = "tcp-idle",
		.kind = SCHEMA_DURATION,
		AT(tcp_idle_ms),
		.fallback = "10s",
		.min = SECOND,
		.max = HOUR },
	{ .name = "in-flight",
		.kind = SCHEMA_NUMBER,
		AT(in_flight),
		.fallback = "4096",
		.min = 1,
		.max = 1000000 },
	{ .name = "udp-size",
		.kind = SCHEMA_NUMBER,
		AT(udp_size),
		.fallback = "1232",
		.min = 512,
		.max = 4096 },
};

static const struct schema limits_schema = { .path = "limits.", KEYS_OF(limits_keys) };

static const struct schema_key cache_keys[] = {
	{ .name = "size",
		.kind = SCHEMA_SIZE,
		AT(cache_size),
		.fallback = "16MiB",
		.min = 256 * KIB,
		.max = SIZE_MAX < 64 * GIB ? GIB : 64 * GIB },
	{ .name = "min-ttl", .kind = SCHEMA_SECONDS, AT(min_ttl_s), .fallback = "0s", .max = DAY },
	{ .name = "max-ttl",
		.kind = SCHEMA_SECONDS,
		AT(max_ttl_s),
		.fallback = "1d",
		.min = SECOND,
		.max = IMAGE_TTL_MAX_S * SECOND },
	{ .name = "max-negative-ttl",
		.kind = SCHEMA_SECONDS,
		AT(max_negative_ttl_s),
		.fallback = "1h",
		.max = DAY },
	{ .name = "serve-stale",
		.kind = SCHEMA_SECONDS,
		AT(serve_stale_s),
		.fallback = "1d",
		.max = 7 * DAY },
	{ .name = "prefetch",
		.kind = SCHEMA_CHOICE,
		AT(prefetch),
		.fallback = "true",
		.choices = boolean_choices },
	{ .name = "persist",
		.kind = SCHEMA_CHOICE,
		AT(persist),
		.fallback = "true",
		.choices = boolean_choices },
};

static const struct schema cache_schema = { .path = "cache.", KEYS_OF(cache_keys) };

static const struct schema_key dnssec_keys[] = {
	{ .name = "validate",
		.kind = SCHEMA_CHOICE,
		AT(validate),
		.fallback = "true",
		.choices = boolean_choices },
	{ .name = "trust-anchors",
		.kind = SCHEMA_TEXTS,
		AT(trust_anchors),
		.max = CONFIG_ANCHORS_MAX,
		.fallback = "[]" },
	{ .name = "negative-trust-anchors",
		.kind = SCHEMA_SECTIONS,
		AT(negatives),
		.max = CONFIG_NEGATIVES_MAX,
		.section = &negative_schema,
		.fallback = "[]" },
	{ .name = "time-servers",
		.kind = SCHEMA_TEXTS,
		AT(time_servers),
		.max = CONFIG_TIME_SERVERS_MAX,
		.fallback = "[pool.ntp.org]" },
};

static const struct schema dnssec_schema = { .path = "dnssec.", KEYS_OF(dnssec_keys) };

static const struct schema_key log_keys[] = {
	{ .name = "level",
		.kind = SCHEMA_CHOICE,
		AT(log_level),
		.fallback = "info",
		.choices = level_choices },
	{ .name = "queries",
		.kind = SCHEMA_CHOICE,
		AT(log_queries),
		.fallback = "off",
		.choices = queries_choices },
};

static const struct schema log_schema = { .path = "log.", KEYS_OF(log_keys) };

static const struct schema_key root_keys[] = {
	{ .name = "listen",
		.kind = SCHEMA_TEXTS,
		AT(listen),
		.min = 1,
		.max = CONFIG_LISTEN_MAX,
		.fallback = "[\"127.0.0.1:53\", \"[::1]:53\"]" },
	{ .name = "allow",
		.kind = SCHEMA_TEXTS,
		AT(allow),
		.min = 1,
		.max = UINT64_MAX,
		.fallback = "[127.0.0.0/8, \"::1/128\"]" },
	{ .name = "workers",
		.kind = SCHEMA_NUMBER,
		AT(workers),
		.min = 1,
		.max = CONFIG_WORKERS_MAX,
		.choices = workers_choices,
		.fallback = "1" },
	{ .name = "user", .kind = SCHEMA_TEXT, AT(user), .fallback = "stubborn" },
	{ .name = "state-dir",
		.kind = SCHEMA_TEXT,
		AT(state_dir),
		.fallback = "/var/lib/stubborn" },
	{ .name = "upstreams",
		.kind = SCHEMA_SECTIONS,
		AT(upstreams),
		.min = 1,
		.max = CONFIG_UPSTREAMS_MAX,
		.section = &upstream_schema,
		.absent = "quad9 and cloudflare",
		.fallback = "[{url: tls://dns.quad9.net, name: quad9, addresses: [9.9.9.9, "
			    "149.112.112.112, \"2620:fe::fe\", \"2620:fe::9\"]}, "
			    "{url: tls://one.one.one.one, name: cloudflare, addresses: [1.1.1.1, "
			    "1.0.0.1, \"2606:4700:4700::1111\", \"2606:4700:4700::1001\"]}]" },
	{ .name = "strategy",
		.kind = SCHEMA_CHOICE,
		AT(strategy),
		.fallback = "fastest",
		.choices = strategy_choices },
	{ .name = "bootstrap",
		.kind = SCHEMA_TEXTS,
		AT(bootstrap),
		.max = BOOTSTRAP_SERVERS_MAX,
		.fallback = "[]" },
	{ .name = "tls", .kind = SCHEMA_SECTION, .section = &tls_schema },
	{ .name = "limits", .kind = SCHEMA_SECTION, .section = &limits_schema },
	{ .name = "cache", .kind = SCHEMA_SECTION, .section = &cache_schema },
	{ .name = "routes",
		.kind = SCHEMA_SECTIONS,
		AT(routes),
		.max = UINT64_MAX,
		.section = &route_schema,
		.fallback = "[]" },
	{ .name = "dnssec", .kind = SCHEMA_SECTION, .section = &dnssec_schema },
	{ .name = "log", .kind = SCHEMA_SECTION, .section = &log_schema },
	LATER("discover"),
	LATER("local"),
	LATER("block"),
	LATER("rebind-protection"),
	LATER("dns64"),
	LATER("control"),
};
#undef AT

const struct schema root_schema = { .path = "", KEYS_OF(root_keys) };

/* "off | failed | all", or a word for what is no choice. */
static void print_kind(const struct schema_key *key, FILE *out)
{
	static const char *const words[] = {
		[SCHEMA_TEXT] = "text",
		[SCHEMA_TEXTS] = "list of texts",
		[SCHEMA_NUMBER] = "number",
		[SCHEMA_DURATION] = "duration",
		[SCHEMA_SECONDS] = "duration",
		[SCHEMA_SIZE] = "size",
		[SCHEMA_SECTIONS] = "list of maps",
	};
	const char *between = "";

	if (key->kind != SCHEMA_CHOICE) {
		fputs(words[key->kind], out);
		between = " | ";
	}
	for (const struct schema_choice *choice = key->choices; choice && choice->name; choice++) {
		fprintf(out, "%s%s", between, choice->name);
		between = " | ";
	}
}

static void table_print(const struct schema *schema, FILE *out)
{
	for (size_t i = 0; i < schema->key_count; i++) {
		const struct schema_key *key = &schema->keys[i];
		if (key->kind == SCHEMA_LATER)
			continue;
		if (key->kind != SCHEMA_SECTION) {
			fprintf(out, "%s%s\t", schema->path, key->name);
			print_kind(key, out);
			fprintf(out, "\t%s\n", key->absent ? key->absent : key->fallback);
		}
		if (key->section)
			table_print(key->section, out);
	}
}

void schema_print(FILE *out)
{
	table_print(&root_schema, out);
}
