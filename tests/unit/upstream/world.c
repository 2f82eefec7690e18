/* SPDX-License-Identifier: MIT */
#include "world.h"

#include <arpa/inet.h>
#include <string.h>

#include "wire/compose.h"

static void changed(
	void *owner, const struct endpoint *endpoint, enum upstream_event event, const char *why)
{
	struct world *world = owner;

	if (event == UPSTREAM_DOWN)
		world->downs++;
	else if (event == UPSTREAM_UP)
		world->ups++;
	else
		world->founds++;
	snprintf(world->why, sizeof(world->why), "%s", why);
	snprintf(world->who, sizeof(world->who), "%s", endpoint->name);
}

static void warned(void *owner, const struct endpoint *endpoint, const char *what)
{
	struct world *world = owner;

	world->warnings++;
	snprintf(world->why, sizeof(world->why), "%s", what);
	snprintf(world->who, sizeof(world->who), "%s", endpoint->name);
}

static struct endpoint *endpoint_at(
	const char *scheme, size_t i, size_t addresses_each, enum doh_method method)
{
	char name[16], host[16], url[48], first[32], second[32], why[ENDPOINT_WHY_LEN];
	const char *addresses[] = { first, second };
	struct endpoint *endpoint = NULL;

	snprintf(name, sizeof(name), "u%zu", i);
	snprintf(host, sizeof(host), "u%zu.example", i);
	snprintf(url, sizeof(url), "%s%s%s", scheme, host,
		strcmp(scheme, "https://") == 0 ? "/dns-query" : "");
	snprintf(first, sizeof(first), "192.0.2.%zu", i);
	snprintf(second, sizeof(second), "198.51.100.%zu", i);
	const struct endpoint_options options = {
		.url = url,
		.name = name,
		.addresses = addresses,
		.address_count = addresses_each, /* none: looked up */
		.method = method,
	};
	assert_int_equal(endpoint_new(&options, &endpoint, why), 0);
	return endpoint;
}

struct endpoint *world_endpoint(size_t i, size_t addresses_each)
{
	return endpoint_at("tls://", i, addresses_each, DOH_METHOD_POST);
}

static void world_begin(struct world *world, size_t members)
{
	memset(world, 0, sizeof(*world));
	fake_tls_reset();
	rand_init_seeded(&world->rand, 1);
	world->loop = loop_new();
	assert_non_null(world->loop);
	const struct upstreams_options options = {
		.loop = world->loop,
		.rand = &world->rand,
		.changed = changed,
		.warned = warned,
		.owner = world,
		.counts = &world->counts,
	};
	world->upstreams = upstreams_new(&options);
	assert_non_null(world->upstreams);
	world->member_count = members;
}

static void world_group(struct world *world)
{
	world->group = group_new(
		world->upstreams, world->endpoints, world->member_count, STRATEGY_ORDERED);
	assert_non_null(world->group);
}

void world_init(struct world *world, size_t members, size_t addresses_each)
{
	world_begin(world, members);
	for (size_t i = 0; i < members; i++)
		world->endpoints[i] = world_endpoint(i + 1, addresses_each);
	world_group(world);
}

void world_init_https(
	struct world *world, size_t members, size_t addresses_each, enum doh_method method)
{
	world_begin(world, members);
	for (size_t i = 0; i < members; i++)
		world->endpoints[i] = endpoint_at("https://", i + 1, addresses_each, method);
	world_group(world);
}

void world_done(struct world *world)
{
	uint64_t due_ms;

	group_release(world->group);
	assert_int_equal(world->upstreams->asks, 0);
	upstreams_free(world->upstreams);
	for (size_t i = 0; i < world->member_count; i++)
		endpoint_release(world->endpoints[i]);
	assert_int_equal(fake_tls_open_count(), 0);
	fake_loop_settle(world->loop);
	assert_false(fake_loop_next(world->loop, &due_ms));
	loop_free(world->loop);
}

static void client_told(void *owner, const struct ask_result *result)
{
	struct client *client = owner;

	client->done++;
	client->ask = NULL;
	client->err = result->err;
	if (result->err == 0) {
		assert_non_null(result->message);
		client->rcode = result->message->rcode;
		client->records = result->message->count;
	}
	assert_non_null(result->why);
	snprintf(client->why, sizeof(client->why), "%s", result->why);
	snprintf(client->by, sizeof(client->by), "%s",
		result->endpoint ? result->endpoint->name : "");
	if (client->then)
		client->then(client);
}

void world_old_outage(struct world *world)
{
	world->upstreams->outage = true;
	world->upstreams->outage_ms = 0;
}

void client_init(struct client *client, struct world *world)
{
	memset(client, 0, sizeof(*client));
	client->world = world;
	arena_init(&client->arena, 1 << 20);
}

void client_ask_only(struct client *client, const char *name)
{
	struct world *world = client->world;
	struct ask_options options = {
		.question = { .type = TYPE_A, .class = CLASS_IN },
		.deadline_ms = loop_now_ms(world->loop) + 5000,
	};

	assert_int_equal(name_parse(name, &client->space, &options.question.name), 0);
	const unsigned done = client->done;
	client->ask = group_ask(world->group, &options, &client->arena, client_told, client);
	/* A completion never runs on its caller's stack. */
	assert_int_equal(client->done, done);
}

void client_ask(struct client *client, const char *name)
{
	client_ask_only(client, name);
	assert_non_null(client->ask);
	fake_loop_settle(client->world->loop);
}

void client_done(struct client *client)
{
	if (client->ask)
		ask_cancel(client->ask);
	client->ask = NULL;
	arena_done(&client->arena);
}

static void question_write(struct writer *w, struct question question, const struct reply *reply)
{
	struct name_space space;

	if (reply->name)
		assert_int_equal(name_parse(reply->name, &space, &question.name), 0);
	for (size_t i = 0; i < question.name.len; i++) {
		uint8_t octet = question.name.octets[i];
		if (reply->upper_case && octet >= 'a' && octet <= 'z')
			octet = (uint8_t)(octet - 'a' + 'A');
		writer_u8(w, octet);
	}
	writer_u16(w, (uint16_t)(question.type + reply->type_off));
	writer_u16(w, (uint16_t)(question.class + reply->class_off));
}

static void answer_write(struct writer *w, const struct reply *reply)
{
	static const uint8_t address[4] = { 192, 0, 2, 99 };

	writer_u16(w, 0xc000 | HEADER_LEN);
	writer_u16(w, reply->filler > 0 ? TYPE_TXT : TYPE_A);
	writer_u16(w, CLASS_IN);
	writer_u32(w, 300);
	if (reply->filler == 0) {
		writer_u16(w, sizeof(address));
		writer_bytes(w, bytes_of(address, sizeof(address)));
		return;
	}
	writer_u16(w, (uint16_t)(reply->filler * 256));
	for (size_t i = 0; i < reply->filler; i++) {
		for (unsigned octet = 0; octet < 256; octet++)
			writer_u8(w, octet == 0 ? 255 : 'x');
	}
}

size_t reply_write(struct bytes query, const struct reply *reply, uint8_t *out, size_t cap)
{
	struct message_head head;
	struct writer w = writer_into(out, cap);

	assert_int_equal(message_head_read(query, &head), 0);
	const bool answers = reply->rcode == RCODE_NOERROR && !reply->no_question;
	const struct header header = {
		.id = (uint16_t)(head.header.id + reply->id_off),
		.opcode = reply->opcode,
		.rcode = (uint8_t)(reply->rcode & 0xf),
		.qr = !reply->query,
		.tc = reply->truncated,
		.rd = true,
		.ra = true,
		.question_count = !reply->no_question,
		.record_count = { answers, 0, 1 },
	};
	writer_u16(&w, 0);
	/* Offsets in a message count from its own start. */
	struct writer message = writer_into(out + 2, cap - 2);
	header_write(&message, &header);
	if (!reply->no_question)
		question_write(&message, head.question, reply);
	static const uint8_t malformed[] = { 0xc0, 12, 0, TYPE_TXT, 0, CLASS_IN, 0, 0, 0, 9, 0, 0 };
	if (answers && reply->malformed)
		writer_bytes(&message, bytes_of(malformed, sizeof(malformed)));
	else if (answers)
		answer_write(&message, reply);
	const struct edns edns = { .udp_size = 1232, .present = true };
	size_t opened = edns_open(&message, &edns);
	if (reply->keepalive > 0) {
		uint8_t timeout[4] = { 0 };
		u16_store(timeout, (uint16_t)(reply->keepalive - 1));
		edns_add_option(&message, EDNS_OPTION_TCP_KEEPALIVE,
			bytes_of(timeout, reply->keepalive_len > 0 ? reply->keepalive_len : 2));
	}
	edns_close(&message, opened);
	assert_false(message.failed);
	u16_store(out, (uint16_t)message.len);
	return 2 + message.len;
}

static bool is_probe(struct bytes query)
{
	struct message_head head;

	return message_head_read(query, &head) == 0 && head.question.name.len == 1 &&
	       head.question.type == TYPE_NS;
}

/* The i-th message that is a probe, or is none, and how many there are. */
static struct bytes message_of(const struct tls *tls, bool probe, size_t i, size_t *count)
{
	struct bytes found = { 0 };

	*count = 0;
	for (size_t j = 0; j < fake_tls_messages(tls); j++) {
		if (is_probe(fake_tls_message(tls, j)) == probe && (*count)++ == i)
			found = fake_tls_message(tls, j);
	}
	return found;
}

size_t peer_asked(const struct tls *tls)
{
	size_t count;

	(void)message_of(tls, false, 0, &count);
	return count;
}

size_t peer_probed(const struct tls *tls)
{
	size_t count;

	(void)message_of(tls, true, 0, &count);
	return count;
}

static void answer(
	struct world *world, struct tls *tls, struct bytes query, const struct reply *reply)
{
	static uint8_t wire[70000];
	size_t len = reply_write(query, reply, wire, sizeof(wire));

	fake_tls_feed(tls, bytes_of(wire, len));
	fake_loop_settle(world->loop);
}

void peer_lives(struct world *world, struct tls *tls)
{
	peer_lives_so(world, tls, &(struct reply){ 0 });
}

void peer_lives_so(struct world *world, struct tls *tls, const struct reply *reply)
{
	size_t count;

	answer(world, tls, message_of(tls, true, peer_probed(tls) - 1, &count), reply);
}

void peer_reply(struct world *world, struct tls *tls, size_t i, const struct reply *reply)
{
	size_t count;

	answer(world, tls, message_of(tls, false, i, &count), reply);
}

void peer_answer(struct world *world, struct tls *tls, size_t i)
{
	static const struct reply good = { 0 };
	peer_reply(world, tls, i, &good);
}

void peer_ready(struct world *world, struct tls *tls)
{
	fake_tls_ready(tls);
	fake_loop_settle(world->loop);
}

void peer_fail(struct world *world, struct tls *tls, int err, const char *why)
{
	fake_tls_fail(tls, err, why);
	fake_loop_settle(world->loop);
}

struct tls *peer_last(void)
{
	return fake_tls_at(fake_tls_count() - 1);
}

unsigned peer_member(const struct tls *tls)
{
	uint32_t address = ntohl(fake_tls_address(tls)->v4.sin_addr.s_addr);
	return (address >> 24 == 198 ? 100 : 0) + (address & 0xff);
}

struct tls *client_works(struct client *client)
{
	client_ask(client, "first.example");
	struct tls *tls = peer_last();
	peer_ready(client->world, tls);
	peer_answer(client->world, tls, 0);
	ASSERT_ANSWERED(client, "u1");
	client->done = 0;
	return tls;
}
