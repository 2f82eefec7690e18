/* SPDX-License-Identifier: MIT */
#include "unit/resolve/resolving.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>

#include "replay/written.h"

static const struct cache_options cache_options = {
	.size = 1024 * 1024,
	.shards = 1,
};

static const struct resolve_options resolve_options = {
	.query_time_ms = RESOLVING_QUERY_TIME_MS,
	.in_flight_max = RESOLVING_IN_FLIGHT_MAX,
	.ttl = { .max_s = 86400, .max_negative_s = RESOLVING_MAX_NEGATIVE_S },
	.serve_stale_s = RESOLVING_SERVE_STALE_S,
	.prefetch = true,
};

static void finished(void *owner, const struct query_report *report)
{
	struct resolving *resolving = owner;

	resolving->reports++;
	resolving->rcode = report->rcode;
	resolving->took_ms = report->took_ms;
	snprintf(resolving->source, sizeof(resolving->source), "%s", report->source);
	snprintf(resolving->why, sizeof(resolving->why), "%s", report->why);
}

static void doubted(void *owner, const struct endpoint *upstream, const char *why)
{
	struct resolving *resolving = owner;

	assert_true(strlen(why) > 0);
	snprintf(resolving->doubted, sizeof(resolving->doubted), "%s", upstream->name);
}

bool resolving_reload(struct resolving *resolving, struct anchors *anchors)
{
	struct name_space space;
	struct name domain;
	assert_int_equal(name_parse(RESOLVING_ROUTED, &space, &domain), 0);
	const struct policy_route route = { .domains = &domain, .domain_count = 1 };
	const struct policy_options options = { .routes = &route, .route_count = 1 };
	struct group **routes = malloc(sizeof(struct group *));
	struct group *group = fake_group_new("upstream"), *route_group = fake_group_new("routed");
	struct policy *policy = NULL;

	if (!routes || !group || !route_group || policy_new(&options, &policy) != 0) {
		free(routes);
		group_release(group);
		group_release(route_group);
		return false;
	}
	routes[0] = route_group;
	const struct routing routing = {
		.anchors = anchors ? anchors_hold(anchors) : NULL,
		.policy = policy,
		.default_group = group,
		.route_groups = routes,
		.route_count = 1,
	};
	resolver_configure(resolving->resolver, &resolve_options, finished, &routing);
	policy_free(resolving->policy);
	resolving->group = group;
	resolving->route_group = route_group;
	resolving->policy = policy;
	return true;
}

bool resolving_init_validating(
	struct resolving *resolving, struct crypto *crypto, struct anchors *anchors)
{
	const struct hash_key key = { 1, 2 };

	*resolving = (struct resolving){ .loop = loop_new() };
	resolving->cache = cache_new(&cache_options, &key);
	const struct resolver_setup setup = {
		.loop = resolving->loop,
		.cache = resolving->cache,
		.crypto = crypto,
		.hash_key = key,
		.counts = &resolving->counts,
		.options = resolve_options,
		.finished = finished,
		.doubted = doubted,
		.owner = resolving,
	};
	resolving->resolver = resolver_new(&setup);
	if (resolving->loop && resolving->cache && resolving->resolver &&
		resolving_reload(resolving, anchors))
		return true;
	resolving_done(resolving);
	return false;
}

bool resolving_init(struct resolving *resolving)
{
	return resolving_init_validating(resolving, NULL, NULL);
}

void resolving_done(struct resolving *resolving)
{
	resolver_free(resolving->resolver);
	policy_free(resolving->policy);
	cache_free(resolving->cache);
	loop_free(resolving->loop);
}

void resolving_answer(struct resolving *resolving, const char *rcode, const char *records)
{
	static uint8_t wire[MESSAGE_LEN_MAX];
	const struct written written = {
		.question = fake_group_first(resolving->group)->question,
		.rcode = written_rcode(rcode),
		.records = records,
	};
	size_t len = written_compose(&written, wire);
	fake_group_answer(resolving->group, bytes_of(wire, len));
}

void asker_init(struct asker *asker, struct resolving *resolving, uint16_t id, const char *name,
	const char *type)
{
	*asker = (struct asker){ .resolving = resolving };
	asker->asked = (struct asked){
		.head.header = { .id = id, .rd = true, .question_count = 1 },
		.head.question = written_question(name, type, &asker->name),
		.limit = 512,
		.udp_size = 1232,
	};
}

static void take(struct asker *asker, const struct answer *answer)
{
	asker->replies++;
	asker->reply_len = answer_write(answer, &asker->asked, asker->reply);
}

static void done(void *owner, const struct answer *answer)
{
	struct asker *asker = owner;

	asker->query = NULL;
	take(asker, answer);
	if (asker->then)
		asker->then(asker);
}

enum asker_state asker_ask(struct asker *asker)
{
	struct resolver *resolver = asker->resolving->resolver;
	struct answer answer;

	asker->replies = 0;
	if (resolver_answer_now(resolver, &asker->asked.head, &answer)) {
		take(asker, &answer);
		entry_release(answer.entry);
		return ASKER_ANSWERED;
	}
	asker->query = query_start(resolver, &asker->asked.head, done, asker);
	return asker->query ? ASKER_WAITS : ASKER_SHED;
}

void asker_shed(struct asker *asker)
{
	struct answer answer;

	resolver_answer_shed(asker->resolving->resolver, &asker->asked.head, &answer);
	take(asker, &answer);
	answer_done(&answer);
}

void asker_cancel(struct asker *asker)
{
	query_cancel(asker->query);
	asker->query = NULL;
}

static const char *text_of(struct bytes wire, char *text)
{
	struct arena arena;
	struct message message;

	arena_init(&arena, 1024 * 1024);
	assert_int_equal(message_read(wire, &arena, &message), 0);
	written_print(&message, text);
	arena_done(&arena);
	return text;
}

void assert_records(struct bytes wire, const char *records)
{
	static char expected[WRITTEN_TEXT_LEN], got[WRITTEN_TEXT_LEN];
	static uint8_t written_wire[MESSAGE_LEN_MAX];
	struct name_space space;
	const struct written written = {
		.question = written_question(".", "A", &space),
		.records = records,
	};
	size_t len = written_compose(&written, written_wire);

	assert_string_equal(text_of(wire, got), text_of(bytes_of(written_wire, len), expected));
}

void asker_assert(const struct asker *asker, const char *rcode, const char *records)
{
	const struct header *asked = &asker->asked.head.header;
	struct message_head head;

	assert_int_equal(asker->replies, 1);
	assert_int_equal(message_head_read(bytes_of(asker->reply, asker->reply_len), &head), 0);
	assert_true(head.header.qr && head.header.ra && !head.header.tc);
	assert_int_equal(head.header.id, asked->id);
	assert_int_equal(head.header.rd, asked->rd);
	assert_int_equal(head.header.cd, asked->cd);
	assert_int_equal(head.header.rcode, written_rcode(rcode));
	/* Letter by letter, not as names compare. */
	assert_int_equal(head.question.name.len, asker->asked.head.question.name.len);
	assert_memory_equal(head.question.name.octets, asker->asked.head.question.name.octets,
		head.question.name.len);
	assert_records(bytes_of(asker->reply, asker->reply_len), records);
}

int asker_ede(const struct asker *asker)
{
	struct message_head head;
	struct bytes option;

	assert_int_equal(message_head_read(bytes_of(asker->reply, asker->reply_len), &head), 0);
	if (!head.edns.present || !edns_option(&head.edns, EDNS_OPTION_EDE, &option))
		return -1;
	assert_true(option.len >= 2);
	return u16_load(option.at);
}
