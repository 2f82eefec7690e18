/* SPDX-License-Identifier: MIT */
/* One connection of DNS over HTTPS (RFC 8484) with a server that keeps to the rules: what is asked,
 * how much at once, and what happens when it slows down, goes away or falls silent. */
#include "doh_peer.h"

#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "upstream/choice.h"
#include "upstream/doh.h"

#define CLIENTS 400

static struct world world;
static struct client clients[CLIENTS];

static void begin(size_t members, enum doh_method method)
{
	world_init_https(&world, members, 1, method);
	doh_peers_init();
	for (size_t i = 0; i < CLIENTS; i++)
		client_init(&clients[i], &world);
}

static int setup(void **state)
{
	(void)state;
	begin(1, DOH_METHOD_POST);
	return 0;
}

static int setup_get(void **state)
{
	(void)state;
	begin(1, DOH_METHOD_GET);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	for (size_t i = 0; i < CLIENTS; i++)
		client_done(&clients[i]);
	world_done(&world);
	doh_peers_done();
	return 0;
}

static void cancel(struct client *client)
{
	ask_cancel(client->ask);
	client->ask = NULL;
}

/* With log.level debug one can see who is connected to, where and how. */
static void test_connections_are_told_of(void **state)
{
	int ends[2], before = dup(STDERR_FILENO);
	char line[512];
	(void)state;
	client_ask(&clients[0], "www.example");
	assert_int_equal(pipe(ends), 0);
	assert_int_not_equal(dup2(ends[1], STDERR_FILENO), -1);
	log_set_level(LOG_LEVEL_DEBUG);
	peer_ready(&world, fake_tls_at(0));
	log_set_level(LOG_LEVEL_INFO);
	assert_int_not_equal(dup2(before, STDERR_FILENO), -1);
	close(before);
	close(ends[1]);
	ssize_t len = read(ends[0], line, sizeof(line) - 1);
	close(ends[0]);
	assert_true(len > 0);
	line[len] = '\0';
	assert_non_null(strstr(line, "upstream u1: connected to 192.0.2.1:443, fake, HTTP/2\n"));
}

static void test_query_as_sent(void **state)
{
	struct message_head head;
	struct bytes option;
	(void)state;
	client_ask(&clients[0], "www.example");
	assert_int_equal(fake_tls_count(), 1);
	struct tls *tls = fake_tls_at(0);
	assert_string_equal(fake_tls_peer(tls)->host, "u1.example");
	assert_string_equal(fake_tls_peer(tls)->alpn, "h2");
	assert_true(fake_tls_peer(tls)->alpn_required);
	assert_int_equal(address_port(fake_tls_address(tls)), 443);
	/* Nothing goes out before the peer has proved who it is. */
	assert_int_equal(fake_tls_records(tls), 0);
	peer_ready(&world, tls);
	/* The preface, the header section and the body in one record. */
	assert_int_equal(fake_tls_records(tls), 1);
	struct h2_peer *peer = doh_peer(0);
	assert_int_equal(peer->settings_values[NGHTTP2_SETTINGS_ENABLE_PUSH], 0);
	assert_int_equal(peer->count, 1);
	const struct peer_request *request = &peer->requests[0];
	assert_true(request->ended);
	assert_string_equal(request->fields, ":method: POST\n"
					     ":scheme: https\n"
					     ":authority: u1.example\n"
					     ":path: /dns-query\n"
					     "accept: application/dns-message\n"
					     "content-type: application/dns-message\n"
					     "content-length: 128\n");
	assert_int_equal(request->body_len, 128);
	assert_int_equal(message_head_read(bytes_of(request->body, 128), &head), 0);
	assert_int_equal(head.header.id, 0); /* RFC 8484 section 4.1 */
	assert_true(head.header.rd);
	assert_false(head.header.cd || head.header.ad || head.header.qr);
	assert_false(edns_option(&head.edns, EDNS_OPTION_TCP_KEEPALIVE, &option));
	assert_true(edns_option(&head.edns, EDNS_OPTION_CLIENT_SUBNET, &option));
	struct frames *frames = frames_new();
	frames_add_settings(frames, 0, 0);
	doh_add_reply(frames, 0, 0, GOOD_HEADERS, &(struct reply){ 0 });
	doh_peer_feed(&world, 0, frames);
	ASSERT_ANSWERED(&clients[0], "u1");
	assert_int_equal(clients[0].records, 1);
	assert_int_equal(count_read(&world.counts.queries), 1);
	assert_int_equal(count_read(&world.counts.responses), 1);
	assert_int_equal(count_read(&world.counts.failures), 0);
	assert_int_equal(doh_peer(0)->settings_acks, 1);
}

/* What stays the same is said once: few octets on the wire for each further query. */
static void test_later_requests_are_short(void **state)
{
	(void)state;
	doh_peer_worked(&world, &clients[0]);
	client_ask(&clients[0], "www.example");
	const struct h2_peer *peer = doh_peer(0);
	assert_int_equal(peer->count, 2);
	assert_string_equal(peer->requests[1].fields, peer->requests[0].fields);
	assert_true(peer->requests[0].headers_len > 50);
	assert_in_range(peer->requests[1].headers_len, 5, 24);
	/* Within 1.3 times what DNS over TLS takes for it. */
	assert_true((9 + peer->requests[1].headers_len + 9 + 128) * 10 <= (2 + 128) * 13);
	assert_int_equal(peer->requests[1].headers_record, peer->requests[1].body_record);
	/* Two frames' heads, and nothing else, beside header section and query. */
	assert_int_equal(fake_tls_record(fake_tls_at(0), peer->requests[1].headers_record - 1).len,
		9 + peer->requests[1].headers_len + 9 + 128);
}

static void test_get(void **state)
{
	struct message_head head;
	uint8_t wire[UPSTREAM_QUERY_LEN_MAX];
	(void)state;
	client_ask(&clients[0], "www.example");
	doh_peer_ready(&world, 0, 100);
	const struct peer_request *request = &doh_peer(0)->requests[0];
	assert_true(request->ended);
	assert_int_equal(request->body_len, 0);
	const char *path = strstr(request->fields, ":path: /dns-query?dns=");
	assert_non_null(path);
	assert_ptr_equal(strstr(request->fields, ":method: GET\n"), request->fields);
	assert_null(strstr(request->fields, "content-"));
	assert_null(strchr(path + strlen(":path: /dns-query?dns="), '=')); /* no padding */
	const struct upstream_query query = {
		.question = { .type = TYPE_A, .class = CLASS_IN, .name = name_root() },
	};
	(void)upstream_query_write(&query, wire);
	/* A header with ID 0, RD and one question begins like that. */
	assert_memory_equal(path + strlen(":path: /dns-query?dns="), "AAABAAABAAAAAAAB", 16);
	assert_int_equal(message_head_read(bytes_of(wire, 128), &head), 0);
	struct frames *frames = frames_new();
	static uint8_t reply[4096];
	/* The peer keeps no body of a GET: the same question by hand. */
	struct upstream_query asked = { .question = { .type = TYPE_A, .class = CLASS_IN } };
	struct name_space space;
	assert_int_equal(name_parse("www.example", &space, &asked.question.name), 0);
	const size_t query_len = upstream_query_write(&asked, wire);
	const size_t len =
		reply_write(bytes_of(wire, query_len), &(struct reply){ 0 }, reply, sizeof(reply));
	frames_add_headers(frames, request->id, 0, GOOD_HEADERS);
	frames_add_data(frames, request->id, true, bytes_of(reply + 2, len - 2));
	doh_peer_feed(&world, 0, frames);
	ASSERT_ANSWERED(&clients[0], "u1");
}

/* A burst: each header section with its body behind it, no request over two records. */
static void test_each_request_in_one_record(void **state)
{
	(void)state;
	doh_peer_worked(&world, &clients[0]);
	for (size_t i = 0; i < 100; i++)
		client_ask_only(&clients[i], "www.example");
	fake_loop_settle(world.loop);
	const struct h2_peer *peer = doh_peer(0);
	assert_int_equal(peer->count, 101);
	for (size_t i = 1; i < 101; i++) {
		assert_true(peer->requests[i].ended);
		assert_int_equal(peer->requests[i].headers_record, peer->requests[i].body_record);
	}
	assert_in_range(peer->records, 3, 8); /* and few records */
	for (size_t i = 0; i < 100; i++)
		doh_peer_answer(&world, 0, 100 - i); /* the last one first */
	for (size_t i = 0; i < 100; i++)
		ASSERT_ANSWERED(&clients[i], "u1");
}

static void test_any_pieces(void **state)
{
	(void)state;
	doh_peer_worked(&world, &clients[0]);
	for (size_t i = 0; i < 3; i++)
		client_ask(&clients[i], "www.example");
	struct frames *frames = frames_new();
	/* Two streams' frames one between the other's, and the third's octet by octet. */
	const int32_t first = doh_peer(0)->requests[1].id;
	frames_add_headers(frames, first, 0, GOOD_HEADERS);
	doh_add_reply(frames, 0, 2, GOOD_HEADERS, &(struct reply){ .filler = 60 });
	doh_peer_feed(&world, 0, frames);
	assert_int_equal(clients[0].done, 0);
	ASSERT_ANSWERED(&clients[1], "u1");
	frames = frames_new();
	doh_add_reply(frames, 0, 3, GOOD_HEADERS, &(struct reply){ .filler = 20 });
	for (size_t i = 0; i < frames->len; i++)
		fake_tls_feed(fake_tls_at(0), bytes_of(frames->at + i, 1));
	ASSERT_ANSWERED(&clients[2], "u1");
	static uint8_t reply[4096];
	const struct peer_request *asked = &doh_peer(0)->requests[1];
	const size_t len = reply_write(
		bytes_of(asked->body, asked->body_len), &(struct reply){ 0 }, reply, sizeof(reply));
	frames = frames_new();
	for (size_t i = 2; i < len; i++) /* and a frame for each octet */
		frames_add_data(frames, first, i == len - 1, bytes_of(reply + i, 1));
	doh_peer_feed(&world, 0, frames);
	ASSERT_ANSWERED(&clients[0], "u1");
}

/* No more streams than the server takes: the others wait, and go when there is room. */
static void test_as_many_streams_as_the_server_takes(void **state)
{
	(void)state;
	client_ask(&clients[0], "first.example");
	doh_peer_ready(&world, 0, 3);
	doh_peer_answer(&world, 0, 0);
	for (size_t i = 0; i < 5; i++)
		client_ask(&clients[i], "www.example");
	assert_int_equal(doh_peer(0)->count, 1 + 3);
	/* Full, it is worth another connection; this one does not come about. */
	assert_int_equal(fake_tls_count(), 2);
	peer_fail(&world, fake_tls_at(1), ERR_UNREACHABLE, "refused");
	assert_int_equal(world.downs, 0);
	doh_peer_answer(&world, 0, 1);
	assert_int_equal(doh_peer(0)->count, 1 + 4);
	/* The server takes more from now on: what waits goes at once. */
	struct frames *frames = frames_new();
	frames_add_settings(frames, NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS, 50);
	doh_peer_feed(&world, 0, frames);
	assert_int_equal(doh_peer(0)->count, 1 + 5);
	/* And fewer: those under way go on. */
	frames = frames_new();
	frames_add_settings(frames, NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS, 1);
	doh_peer_feed(&world, 0, frames);
	client_ask(&clients[5], "www.example");
	assert_int_equal(doh_peer(0)->count, 1 + 5);
	for (size_t i = 2; i < 6; i++)
		doh_peer_answer(&world, 0, i);
	for (size_t i = 1; i < 5; i++)
		ASSERT_ANSWERED(&clients[i], "u1");
	doh_peer_answer(&world, 0, 6);
	ASSERT_ANSWERED(&clients[5], "u1");
}

/* Before the server has said how many it takes: no more than it should take at least. */
static void test_before_the_server_has_said_anything(void **state)
{
	(void)state;
	for (size_t i = 0; i < 150; i++)
		client_ask_only(&clients[i], "www.example");
	fake_loop_settle(world.loop);
	peer_ready(&world, fake_tls_at(0));
	assert_int_equal(doh_peer(0)->count, DOH_STREAMS_FIRST);
	struct frames *frames = frames_new();
	frames_add_settings(frames, 0, 0); /* no limit: ours */
	doh_peer_feed(&world, 0, frames);
	assert_int_equal(doh_peer(0)->count, 150);
	for (size_t i = 150; i < 300; i++)
		client_ask_only(&clients[i], "www.example");
	fake_loop_settle(world.loop);
	assert_int_equal(doh_peer(0)->count, DOH_STREAMS_MAX);
}

static void test_full_connections_get_company(void **state)
{
	(void)state;
	client_ask(&clients[0], "first.example");
	doh_peer_ready(&world, 0, 10);
	doh_peer_answer(&world, 0, 0);
	ASSERT_ANSWERED(&clients[0], "u1");
	clients[0].done = 0;
	for (size_t i = 0; i < 25; i++)
		client_ask(&clients[i], "www.example");
	assert_int_equal(doh_peer(0)->count, 1 + 10);
	/* What one connection was told the next one keeps to before it is told itself. */
	peer_ready(&world, fake_tls_at(1));
	assert_int_equal(doh_peer(1)->count, 10);
	struct frames *frames = frames_new();
	frames_add_settings(frames, NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS, 12);
	fake_tls_feed(fake_tls_at(1), bytes_of(frames->at, 5)); /* not a word yet */
	fake_loop_settle(world.loop);
	assert_int_equal(doh_peer(1)->count, 10);
	fake_tls_feed(fake_tls_at(1), bytes_of(frames->at + 5, frames->len - 5));
	fake_loop_settle(world.loop);
	assert_int_equal(doh_peer(1)->count, 12);
	for (size_t i = 1; i <= 10; i++)
		doh_peer_answer(&world, 0, i);
	for (size_t i = 0; i < 12; i++)
		doh_peer_answer(&world, 1, i);
	for (size_t i = 11; i < doh_peer(0)->count; i++)
		doh_peer_answer(&world, 0, i);
	for (size_t i = 0; i < 25; i++)
		ASSERT_ANSWERED(&clients[i], "u1");
}

/* The server lets us send nothing for a while: the bodies wait, and nothing is lost. */
static void test_flow_control_of_the_server(void **state)
{
	struct frames *frames = frames_new();
	(void)state;
	doh_peer_worked(&world, &clients[0]);
	frames_add_settings(frames, NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, 0);
	doh_peer_feed(&world, 0, frames);
	client_ask(&clients[0], "one.example");
	client_ask(&clients[1], "two.example");
	assert_int_equal(doh_peer(0)->requests[1].body_len, 0);
	frames = frames_new();
	frames_add_window(frames, doh_peer(0)->requests[2].id, 100);
	doh_peer_feed(&world, 0, frames);
	assert_int_equal(doh_peer(0)->requests[1].body_len, 0);
	assert_int_equal(doh_peer(0)->requests[2].body_len, 100);
	assert_false(doh_peer(0)->requests[2].ended);
	frames = frames_new();
	frames_add_settings(frames, NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, 200);
	doh_peer_feed(&world, 0, frames);
	for (size_t i = 1; i <= 2; i++) {
		assert_true(doh_peer(0)->requests[i].ended);
		assert_int_equal(doh_peer(0)->requests[i].body_len, 128);
		doh_peer_answer(&world, 0, i);
		ASSERT_ANSWERED(&clients[i - 1], "u1");
	}
}

/* Answered before the body could be sent: the rest is given up, not waited for. */
static void test_answer_before_the_body_was_sent(void **state)
{
	static uint8_t wire[UPSTREAM_QUERY_LEN_MAX], reply[4096];
	struct frames *frames = frames_new();
	(void)state;
	doh_peer_worked(&world, &clients[0]);
	frames_add_settings(frames, NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, 0);
	doh_peer_feed(&world, 0, frames);
	client_ask(&clients[0], "one.example");
	struct upstream_query asked = { .question = { .type = TYPE_A, .class = CLASS_IN } };
	struct name_space space;
	assert_int_equal(name_parse("one.example", &space, &asked.question.name), 0);
	const size_t query_len = upstream_query_write(&asked, wire);
	const size_t len =
		reply_write(bytes_of(wire, query_len), &(struct reply){ 0 }, reply, sizeof(reply));
	frames = frames_new();
	frames_add_headers(frames, doh_peer(0)->requests[1].id, 0, GOOD_HEADERS);
	frames_add_data(frames, doh_peer(0)->requests[1].id, true, bytes_of(reply + 2, len - 2));
	doh_peer_feed(&world, 0, frames);
	ASSERT_ANSWERED(&clients[0], "u1");
	assert_true(doh_peer(0)->requests[1].reset);
}

/* The longest answers there are, again and again: what was read is given back to the server. */
static void test_flow_control_of_ours(void **state)
{
	(void)state;
	doh_peer_worked(&world, &clients[0]);
	uint64_t sent = 0;
	for (size_t i = 1; i <= 40; i++) {
		clients[0].done = 0;
		arena_done(&clients[0].arena);
		client_ask(&clients[0], "large.example");
		struct frames *frames = frames_new();
		doh_add_reply(frames, 0, i, GOOD_HEADERS, &(struct reply){ .filler = 254 });
		doh_peer_feed(&world, 0, frames);
		ASSERT_ANSWERED(&clients[0], "u1");
		sent += 254 * 256;
	}
	assert_true(sent > 65535 + (1 << 20));
	assert_true(65535 + doh_peer(0)->window > sent);
}

static void test_interim_responses_and_trailers(void **state)
{
	static uint8_t reply[4096];
	(void)state;
	doh_peer_worked(&world, &clients[0]);
	client_ask(&clients[0], "www.example");
	const struct peer_request *asked = &doh_peer(0)->requests[1];
	const size_t len = reply_write(
		bytes_of(asked->body, asked->body_len), &(struct reply){ 0 }, reply, sizeof(reply));
	struct frames *frames = frames_new();
	frames_add_headers(frames, asked->id, 0,
		":status: 103\ncontent-type: text/html\ncontent-encoding: gzip\n");
	frames_add_headers(frames, asked->id, 0, ":status: 100\n");
	frames_add_headers(frames, asked->id, 0, GOOD_HEADERS "cache-control: max-age=300\n");
	frames_add_data(frames, asked->id, false, bytes_of(reply + 2, len - 2));
	frames_add_headers(frames, asked->id, NGHTTP2_FLAG_END_STREAM,
		"content-type: text/html\ncontent-encoding: gzip\nage: 200\n");
	doh_peer_feed(&world, 0, frames);
	ASSERT_ANSWERED(&clients[0], "u1");
	assert_false(fake_tls_closed(fake_tls_at(0)));
}

static void check_dropped(const struct reply *reply)
{
	size_t at = fake_tls_count();
	client_ask(&clients[0], "first.example");
	doh_peer_ready(&world, at, 100);
	doh_peer_answer(&world, at, 0);
	ASSERT_ANSWERED(&clients[0], "u1");
	clients[0].done = 0;
	client_ask(&clients[0], "bad.example");
	client_ask(&clients[1], "innocent.example");
	struct frames *frames = frames_new();
	doh_add_reply(frames, at, 1, GOOD_HEADERS, reply);
	doh_peer_feed(&world, at, frames);
	/* Dropped, and both queries go once more, over a fresh connection. */
	assert_true(fake_tls_closed(fake_tls_at(at)));
	assert_int_equal(clients[0].done + clients[1].done, 0);
	doh_peer_ready(&world, at + 1, 100);
	doh_peer_answer(&world, at + 1, 0);
	doh_peer_answer(&world, at + 1, 1);
	ASSERT_ANSWERED(&clients[0], "u1");
	ASSERT_ANSWERED(&clients[1], "u1");
	clients[0].done = clients[1].done = 0;
	peer_fail(&world, fake_tls_at(at + 1), ERR_CLOSED, "");
	assert_int_equal(world.downs, 0);
}

/* The stream alone proves nothing: question, QR, opcode and class are looked at too. */
static void test_wrong_answers_drop_the_connection(void **state)
{
	static const struct reply bad[] = {
		{ .query = true },
		{ .opcode = 4 },
		{ .no_question = true },
		{ .name = "evil.example" },
		{ .type_off = 27 },
		{ .class_off = 2 },
	};
	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		check_dropped(&bad[i]);
}

static void test_id_does_not_matter(void **state)
{
	(void)state;
	doh_peer_worked(&world, &clients[0]);
	client_ask(&clients[0], "www.example");
	struct frames *frames = frames_new();
	doh_add_reply(frames, 0, 1, GOOD_HEADERS, &(struct reply){ .id_off = 77 });
	doh_peer_feed(&world, 0, frames);
	ASSERT_ANSWERED(&clients[0], "u1");
}

/* An answer that nobody waits for any more is a sign of life; the stream is not wasted. */
static void test_answer_to_a_cancelled_one(void **state)
{
	(void)state;
	doh_peer_worked(&world, &clients[0]);
	client_ask(&clients[0], "cancelled.example");
	cancel(&clients[0]);
	assert_false(doh_peer(0)->requests[1].reset);
	client_ask(&clients[1], "www.example");
	doh_peer_answer(&world, 0, 1);
	assert_false(fake_tls_closed(fake_tls_at(0)));
	assert_int_equal(clients[0].done, 0);
	doh_peer_answer(&world, 0, 2);
	ASSERT_ANSWERED(&clients[1], "u1");
}

static void test_forsaken_streams_are_reset(void **state)
{
	(void)state;
	doh_peer_worked(&world, &clients[0]);
	client_ask(&clients[0], "never.example");
	cancel(&clients[0]);
	/* Somebody else is answered meanwhile: no silence. */
	for (size_t i = 2; i < 8; i++) {
		fake_loop_advance(world.loop, 900);
		client_ask(&clients[1], "www.example");
		doh_peer_answer(&world, 0, i);
	}
	assert_true(doh_peer(0)->requests[1].reset);
	assert_int_equal(doh_peer(0)->requests[1].reset_code, NGHTTP2_CANCEL);
	assert_false(doh_peer(0)->requests[2].reset);
	/* And at once when there are many of them. */
	for (size_t i = 0; i <= DOH_FORSAKEN_MAX; i++) {
		client_ask(&clients[0], "never.example");
		cancel(&clients[0]);
	}
	fake_loop_settle(world.loop);
	const struct h2_peer *peer = doh_peer(0);
	size_t reset = 0;
	for (size_t i = 8; i < peer->count; i++)
		reset += peer->requests[i].reset;
	assert_int_equal(reset, 1 + (DOH_FORSAKEN_MAX > 25 ? DOH_FORSAKEN_MAX - 25 : 0));
	/* What was reset makes room, as the server sees it, too. */
	assert_int_equal(fake_tls_count(), 1);
	client_ask(&clients[2], "www.example");
	doh_peer_answer(&world, 0, doh_peer(0)->count - 1);
	ASSERT_ANSWERED(&clients[2], "u1");
}

/* However many the server takes. */
static void test_forsaken_streams_are_few(void **state)
{
	size_t reset = 0;
	(void)state;
	client_ask(&clients[0], "first.example");
	doh_peer_ready(&world, 0, 256);
	doh_peer_answer(&world, 0, 0);
	for (size_t i = 0; i <= DOH_FORSAKEN_MAX; i++) {
		assert_int_equal(reset, 0);
		client_ask(&clients[0], "never.example");
		cancel(&clients[0]);
		fake_loop_settle(world.loop);
		reset += doh_peer(0)->requests[1].reset;
	}
	assert_int_equal(reset, 1); /* the oldest */
	for (size_t i = 2; i < doh_peer(0)->count; i++)
		assert_false(doh_peer(0)->requests[i].reset);
}

static void ask_again(struct client *client)
{
	struct client *other = client->other;

	if (other->ask) /* cancels on the very connection that is being read */
		cancel(other);
	client->then = NULL;
	client_ask_only(client, "again.example");
}

static void test_done_may_ask_and_cancel(void **state)
{
	(void)state;
	doh_peer_worked(&world, &clients[0]);
	for (size_t i = 0; i < 2; i++)
		client_ask(&clients[i], "www.example");
	clients[0].then = ask_again;
	clients[0].other = &clients[1];
	struct frames *frames = frames_new();
	doh_add_reply(frames, 0, 1, GOOD_HEADERS, &(struct reply){ 0 });
	doh_add_reply(frames, 0, 2, GOOD_HEADERS, &(struct reply){ 0 });
	doh_peer_feed(&world, 0, frames);
	assert_int_equal(clients[1].done, 0);
	assert_false(fake_tls_closed(fake_tls_at(0)));
	doh_peer_answer(&world, 0, 3);
	assert_int_equal(clients[0].done, 2);
}

static void release_all(struct client *client)
{
	client->world->group = (group_release(client->world->group), NULL);
}

static void test_done_may_release_everything(void **state)
{
	(void)state;
	doh_peer_worked(&world, &clients[0]);
	client_ask(&clients[0], "www.example");
	clients[0].then = release_all;
	struct frames *frames = frames_new();
	doh_add_reply(frames, 0, 1, GOOD_HEADERS, &(struct reply){ 0 });
	frames_add_reset(frames, 77, NGHTTP2_CANCEL); /* and something wrong behind it */
	doh_peer_feed(&world, 0, frames);
	ASSERT_ANSWERED(&clients[0], "u1");
	assert_true(fake_tls_closed(fake_tls_at(0)));
}

#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(test_connections_are_told_of),
		T(test_query_as_sent),
		T(test_later_requests_are_short),
		cmocka_unit_test_setup_teardown(test_get, setup_get, teardown),
		T(test_each_request_in_one_record),
		T(test_any_pieces),
		T(test_as_many_streams_as_the_server_takes),
		T(test_before_the_server_has_said_anything),
		T(test_full_connections_get_company),
		T(test_flow_control_of_the_server),
		T(test_answer_before_the_body_was_sent),
		T(test_flow_control_of_ours),
		T(test_interim_responses_and_trailers),
		T(test_wrong_answers_drop_the_connection),
		T(test_id_does_not_matter),
		T(test_answer_to_a_cancelled_one),
		T(test_forsaken_streams_are_reset),
		T(test_forsaken_streams_are_few),
		T(test_done_may_ask_and_cancel),
		T(test_done_may_release_everything),
	};
	return cmocka_run_group_tests_name("doh", tests, NULL, NULL);
}
