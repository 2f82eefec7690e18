/* SPDX-License-Identifier: MIT */
/* An HTTPS server that misbehaves, in every way that HTTP/2 and HTTP have: what becomes of the
 * query, what is said, once, and that the next upstream is asked. */
#include "doh_pair.h"

#include <string.h>

#include "upstream/doh.h"
#include "upstream/pool.h"

/* On a connection that never worked: the first upstream is down, and it is said why, once. */
static void check_told(const char *headers, const char *body, const char *why)
{
	struct frames *frames;
	int32_t id;

	for (unsigned i = 0; i < 3; i++) {
		client_ask(&clients[0], "www.example");
		if (i == 0)
			doh_peer_ready(&world, 0, 100);
		if (i > 0 && doh_peer(0)->count == i) { /* it backs off: not even asked */
			pair_second_answers();
			fake_loop_advance(world.loop, HEALTH_BACKOFF_MIN_MS);
			continue;
		}
		id = doh_peer(0)->requests[i].id;
		frames = frames_new();
		frames_add_headers(frames, id, 0, headers);
		frames_add_data(frames, id, true, bytes_of(body, strlen(body)));
		doh_peer_feed(&world, 0, frames);
		pair_second_answers();
	}
	assert_int_equal(world.downs, 1);
	assert_string_equal(world.who, "u1");
	if (!strstr(world.why, why))
		fail_msg("\"%s\" does not say \"%s\"", world.why, why);
	assert_false(fake_tls_closed(fake_tls_at(0))); /* nothing is wrong with HTTP/2 */
}

#define TOLD(test, headers, body, why)                                                             \
	static void test(void **state)                                                             \
	{                                                                                          \
		(void)state;                                                                       \
		check_told(headers, body, why);                                                    \
	}

TOLD(test_moved, ":status: 301\nlocation: https://u2.example/\n", "",
	"redirections are never followed")
TOLD(test_not_found, ":status: 404\ncontent-type: text/html\n", "<p>", "check the path in url:")
TOLD(test_forbidden, ":status: 403\n", "no", "who may use it")
TOLD(test_no_post, ":status: 405\nallow: GET\n", "", "try the other method:")
TOLD(test_a_web_page, ":status: 200\ncontent-type: text/html\n", "<h1>Hello</h1>", "\"text/html\"")
TOLD(test_no_type, ":status: 200\n", "?",
	"expected a response of content-type application/dns-message")
TOLD(test_packed, GOOD_HEADERS "content-encoding: gzip\n", "?", "switch compression off")

/* Trouble with one name is not a server that is down; trouble without end is. */
static void test_trouble(void **state)
{
	static const char *const headers[] = { ":status: 500\n", ":status: 502\n" };
	struct frames *frames;
	int32_t id;
	(void)state;
	pair_both_worked();
	for (unsigned i = 0; i < 2; i++) {
		frames = pair_asked(&id);
		frames_add_headers(frames, id, NGHTTP2_FLAG_END_STREAM, headers[i]);
		doh_peer_feed(&world, 0, frames);
		pair_second_answers();
		assert_int_equal(world.downs, 0);
	}
	/* Something good in between starts the count anew. */
	client_ask(&clients[0], "good.example");
	doh_peer_answer(&world, 0, doh_peer(0)->count - 1);
	ASSERT_ANSWERED(&clients[0], "u1");
	clients[0].done = 0;
	for (unsigned i = 0; i < HEALTH_OVERDUE_MAX; i++) {
		assert_int_equal(world.downs, 0);
		frames = pair_asked(&id);
		frames_add_headers(frames, id, NGHTTP2_FLAG_END_STREAM, headers[1]);
		doh_peer_feed(&world, 0, frames);
		pair_second_answers();
		fake_loop_advance(world.loop, HEALTH_OVERDUE_MS / 2);
	}
	assert_int_equal(world.downs, 1);
	assert_non_null(strstr(world.why, "status 502"));
}

/* Who has answered others is not given up for one refusal; for one after the other it is. */
static void test_refusals_by_one_that_worked(void **state)
{
	struct frames *frames;
	int32_t id;
	(void)state;
	pair_both_worked();
	client_ask(&clients[0], "good.example");
	doh_peer_answer(&world, 0, doh_peer(0)->count - 1);
	clients[0].done = 0;
	for (unsigned i = 0; i < HEALTH_OVERDUE_MAX; i++) {
		assert_int_equal(world.downs, 0);
		frames = pair_asked(&id);
		frames_add_headers(frames, id, NGHTTP2_FLAG_END_STREAM, ":status: 403\n");
		doh_peer_feed(&world, 0, frames);
		pair_second_answers();
		fake_loop_advance(world.loop, HEALTH_OVERDUE_MS / 2);
	}
	assert_int_equal(world.downs, 1);
}

/* One that is down is tried by a query that somebody else answers sooner: its answer counts all the
 * same, if it is one. */
static void test_late_answers_of_one_that_is_down(void **state)
{
	static const char *const headers[] = { ":status: 404\n", GOOD_HEADERS };
	struct frames *frames = frames_new();
	(void)state;
	client_ask(&clients[0], "www.example");
	doh_peer_ready(&world, 0, 100);
	frames_add_headers(
		frames, doh_peer(0)->requests[0].id, NGHTTP2_FLAG_END_STREAM, headers[0]);
	doh_peer_feed(&world, 0, frames);
	pair_second_answers();
	for (unsigned i = 0; i < 2; i++) {
		assert_int_equal(world.ups, 0);
		fake_loop_advance(world.loop, 2 * HEALTH_BACKOFF_MIN_MS);
		client_ask(&clients[0], "www.example");
		assert_int_equal(doh_peer(0)->count, i + 2);
		pair_second_answers();
		doh_peer_reply(&world, 0, i + 1, headers[i]);
	}
	assert_int_equal(world.ups, 1);
	assert_int_equal(world.downs, 1);
}

/* That it has no answer, told late, is none either where others have one. */
static void test_late_failures_of_one_that_is_down(void **state)
{
	static const struct reply servfail = { .rcode = RCODE_SERVFAIL };
	static const unsigned good_ones = (OUTDONE_MAX + OUTDONE_LESS - 1) / OUTDONE_LESS;
	(void)state;
	pair_both_worked();
	for (unsigned i = 0; i < OUTDONE_MAX; i++) {
		int32_t id;
		fake_loop_advance(world.loop, OUTDONE_PAUSE_S * 1000);
		struct frames *frames = pair_asked(&id);
		doh_add_reply(frames, 0, doh_peer(0)->count - 1, GOOD_HEADERS, &servfail);
		doh_peer_feed(&world, 0, frames);
		pair_second_answers();
	}
	assert_int_equal(world.downs, 1);
	for (unsigned i = 0; i <= good_ones; i++) {
		const size_t count = doh_peer(0)->count;
		fake_loop_advance(world.loop, 2 * HEALTH_BACKOFF_MIN_MS);
		client_ask(&clients[0], "www.example");
		assert_int_equal(doh_peer(0)->count, count + 1);
		pair_second_answers();
		struct frames *frames = frames_new();
		doh_add_reply(
			frames, 0, count, GOOD_HEADERS, i == 0 ? &servfail : &(struct reply){ 0 });
		doh_peer_feed(&world, 0, frames);
		assert_int_equal(world.ups, i == good_ones);
	}
}

/* What it says to that query and nobody reads is no sign that it is well if it would not have been
 * an answer to anybody: to be up and down by turns costs every other question its time. */
static void test_late_answer_to_another_question(void **state)
{
	struct frames *frames = frames_new();
	(void)state;
	client_ask(&clients[0], "www.example");
	doh_peer_ready(&world, 0, 100);
	frames_add_headers(
		frames, doh_peer(0)->requests[0].id, NGHTTP2_FLAG_END_STREAM, ":status: 404\n");
	doh_peer_feed(&world, 0, frames);
	pair_second_answers();
	fake_loop_advance(world.loop, 2 * HEALTH_BACKOFF_MIN_MS);
	client_ask(&clients[0], "www.example");
	assert_int_equal(doh_peer(0)->count, 2);
	pair_second_answers();
	frames = frames_new();
	doh_add_reply(frames, 0, 1, GOOD_HEADERS, &(struct reply){ .name = "www.example.org" });
	doh_peer_feed(&world, 0, frames);
	assert_int_equal(world.ups, 0);
	assert_true(fake_tls_closed(fake_tls_at(0)));
}

/* Why the first one failed is still known when the second one has not answered either. */
static void test_why_outlives_the_connection(void **state)
{
	struct frames *frames = frames_new();
	(void)state;
	client_ask(&clients[0], "www.example");
	doh_peer_ready(&world, 0, 100);
	frames_add_headers(
		frames, doh_peer(0)->requests[0].id, NGHTTP2_FLAG_END_STREAM, ":status: 404\n");
	doh_peer_feed(&world, 0, frames);
	peer_fail(&world, fake_tls_at(0), ERR_CLOSED, "gone");
	assert_true(fake_tls_closed(fake_tls_at(0)));
	doh_peer_ready(&world, 1, 100);
	for (unsigned i = 0; i < 10; i++) { /* alive, but no more */
		fake_loop_advance(world.loop, 500);
		frames = frames_new();
		frames_add_window(frames, 0, 1);
		if (!fake_tls_closed(fake_tls_at(1)))
			doh_peer_feed(&world, 1, frames);
	}
	assert_int_equal(clients[0].done, 1);
	assert_int_equal(clients[0].err, ERR_TIMEOUT);
	assert_non_null(strstr(clients[0].why, "status 404"));
}

/* Left alone for as long as it says, whatever it answers to others meanwhile. */
static void test_retry_after(void **state)
{
	struct frames *frames;
	int32_t id;
	(void)state;
	pair_both_worked();
	client_ask(&clients[1], "meanwhile.example");
	frames = pair_asked(&id);
	frames_add_headers(frames, id, NGHTTP2_FLAG_END_STREAM, ":status: 429\nretry-after: 30\n");
	doh_peer_feed(&world, 0, frames);
	pair_second_answers();
	assert_int_equal(world.downs, 1);
	assert_non_null(strstr(world.why, "it is asked too often"));
	const size_t count = doh_peer(0)->count;
	doh_peer_answer(&world, 0, count - 2);
	ASSERT_ANSWERED(&clients[1], "u1");
	assert_int_equal(world.ups, 0);
	for (unsigned i = 0; i < 29; i++) {
		client_ask(&clients[0], "www.example");
		pair_second_answers();
		fake_loop_advance(world.loop, 1000);
	}
	assert_int_equal(doh_peer(0)->count, count);
	fake_loop_advance(world.loop, 1000);
	client_ask(&clients[0], "www.example");
	assert_int_equal(doh_peer(0)->count, count + 1);
	doh_peer_answer(&world, 0, count);
	ASSERT_ANSWERED(&clients[0], "u1");
	assert_int_equal(world.ups, 1);
	assert_int_equal(world.downs, 1);
}

/* A server that says hours is not given up for hours. */
static void test_retry_after_is_bounded(void **state)
{
	struct frames *frames;
	int32_t id;
	(void)state;
	pair_both_worked();
	frames = pair_asked(&id);
	frames_add_headers(frames, id, NGHTTP2_FLAG_END_STREAM,
		":status: 503\ndate: Sun, 06 Nov 1994 08:49:37 GMT\n"
		"retry-after: Mon, 07 Nov 1994 08:49:37 GMT\n");
	doh_peer_feed(&world, 0, frames);
	pair_second_answers();
	const size_t count = doh_peer(0)->count;
	fake_loop_advance(world.loop, 100000);
	client_ask(&clients[0], "www.example");
	pair_second_answers();
	assert_int_equal(doh_peer(0)->count, count);
	fake_loop_advance(world.loop, 300000 - 100000);
	client_ask(&clients[0], "www.example");
	unsigned tried = 0;
	for (size_t i = 2; i < fake_tls_count(); i++)
		tried += peer_member(fake_tls_at(i)) == 1;
	assert_int_equal(tried, 1); /* its connection idled out meanwhile */
}

static void test_reset_by_code(void **state)
{
	static const uint32_t codes[] = { NGHTTP2_REFUSED_STREAM, NGHTTP2_CANCEL,
		NGHTTP2_INTERNAL_ERROR, NGHTTP2_ENHANCE_YOUR_CALM, NGHTTP2_PROTOCOL_ERROR, 0,
		4711 };
	struct frames *frames;
	int32_t id;
	(void)state;
	pair_both_worked();
	for (size_t i = 0; i < sizeof(codes) / sizeof(codes[0]); i++) {
		frames = pair_asked(&id);
		frames_add_reset(frames, id, codes[i]);
		doh_peer_feed(&world, 0, frames);
		pair_second_answers();
		assert_int_equal(world.downs, 0);
		client_ask(&clients[1], "good.example");
		doh_peer_answer(&world, 0, doh_peer(0)->count - 1);
		ASSERT_ANSWERED(&clients[1], "u1");
		clients[1].done = 0;
	}
	frames = pair_asked(&id);
	frames_add_headers(frames, id, 0, GOOD_HEADERS); /* and with half a response */
	frames_add_data(frames, id, false, bytes_of("half", 4));
	frames_add_reset(frames, id, NGHTTP2_INTERNAL_ERROR);
	doh_peer_feed(&world, 0, frames);
	pair_second_answers();
	assert_int_equal(fake_tls_count(), 2); /* all that on one connection */
}

/* With nobody else to ask the same one is asked once more: it never looked at the query. */
static void test_refused_by_the_only_one(void **state)
{
	struct frames *frames;
	(void)state;
	pair_both_worked();
	frames = frames_new();
	frames_add_goaway(frames, 0, NGHTTP2_NO_ERROR);
	int32_t id;
	frames = pair_asked(&id);
	frames_add_reset(frames, id, NGHTTP2_REFUSED_STREAM);
	doh_peer_feed(&world, 0, frames);
	assert_int_equal(doh_peer(1)->count, 2);
	frames = frames_new();
	frames_add_reset(frames, doh_peer(1)->requests[1].id, NGHTTP2_REFUSED_STREAM);
	doh_peer_feed(&world, 1, frames);
	doh_peer_answer(&world, 0, doh_peer(0)->count - 1);
	ASSERT_ANSWERED(&clients[0], "u1");
}

static void test_http_1_1_required(void **state)
{
	struct frames *frames = frames_new();
	(void)state;
	client_ask(&clients[0], "www.example");
	doh_peer_ready(&world, 0, 100);
	frames_add_reset(frames, doh_peer(0)->requests[0].id, NGHTTP2_HTTP_1_1_REQUIRED);
	doh_peer_feed(&world, 0, frames);
	pair_second_answers();
	assert_int_equal(world.downs, 1);
	assert_non_null(strstr(world.why, "DNS over HTTPS needs HTTP/2"));
}

/* The server goes: what it still answers is waited for, what it will not is asked anew, unseen. */
static void test_goaway_with_a_last_stream(void **state)
{
	struct frames *frames = frames_new();
	(void)state;
	doh_peer_worked(&world, &clients[0]);
	for (size_t i = 0; i < 4; i++)
		client_ask(&clients[i], "www.example");
	frames_add_goaway(frames, doh_peer(0)->requests[2].id, NGHTTP2_NO_ERROR);
	doh_peer_feed(&world, 0, frames);
	assert_false(fake_tls_closed(fake_tls_at(0)));
	/* The same upstream, another connection. */
	doh_peer_ready(&world, 1, 100);
	assert_int_equal(peer_member(fake_tls_at(1)), 1);
	assert_int_equal(doh_peer(1)->count, 2);
	client_ask(&clients[4], "www.example"); /* no more on the old one */
	assert_int_equal(doh_peer(1)->count, 3);
	for (size_t i = 0; i < 3; i++)
		doh_peer_answer(&world, 1, i);
	doh_peer_answer(&world, 0, 1);
	assert_false(fake_tls_closed(fake_tls_at(0)));
	doh_peer_answer(&world, 0, 2);
	assert_true(fake_tls_closed(fake_tls_at(0)));
	for (size_t i = 0; i < 5; i++)
		ASSERT_ANSWERED(&clients[i], "u1");
	assert_int_equal(world.downs, 0);
}

/* "I shall go", without a last stream yet, then with one (RFC 9113 section 6.8). */
static void test_goaway_in_two_steps(void **state)
{
	struct frames *frames = frames_new();
	(void)state;
	doh_peer_worked(&world, &clients[0]);
	client_ask(&clients[0], "www.example");
	client_ask(&clients[1], "www.example");
	frames_add_goaway(frames, INT32_MAX, NGHTTP2_NO_ERROR);
	doh_peer_feed(&world, 0, frames);
	assert_false(fake_tls_closed(fake_tls_at(0)));
	client_ask(&clients[2], "www.example");
	assert_int_equal(doh_peer(0)->count, 3);
	doh_peer_answer(&world, 0, 1);
	frames = frames_new();
	frames_add_goaway(frames, doh_peer(0)->requests[1].id, NGHTTP2_NO_ERROR);
	doh_peer_feed(&world, 0, frames);
	assert_true(fake_tls_closed(fake_tls_at(0)));
	doh_peer_ready(&world, 1, 100);
	doh_peer_answer(&world, 1, 0);
	doh_peer_answer(&world, 1, 1);
	for (size_t i = 0; i < 3; i++)
		ASSERT_ANSWERED(&clients[i], "u1");
}

/* Who goes before a single answer is not asked in a circle. */
static void test_goaway_at_once(void **state)
{
	struct frames *frames = frames_new();
	(void)state;
	client_ask(&clients[0], "www.example");
	doh_peer_ready(&world, 0, 100);
	frames_add_goaway(frames, 0, NGHTTP2_ENHANCE_YOUR_CALM);
	doh_peer_feed(&world, 0, frames);
	pair_second_answers();
	assert_int_equal(world.downs, 1);
	assert_non_null(strstr(world.why, "GOAWAY, ENHANCE_YOUR_CALM"));
	assert_true(fake_tls_closed(fake_tls_at(0)));
}

/* A cancelled one among those given back, and an owner that cancels others while it is told. */
static void cancel_other(struct client *client)
{
	if (client->other->ask) {
		ask_cancel(client->other->ask);
		client->other->ask = NULL;
	}
}

static void test_goaway_and_cancel(void **state)
{
	struct frames *frames = frames_new();
	(void)state;
	client_ask(&clients[0], "www.example");
	for (size_t i = 1; i < 6; i++)
		client_ask(&clients[i], "www.example");
	doh_peer_ready(&world, 0, 100);
	ask_cancel(clients[3].ask);
	clients[3].ask = NULL;
	for (size_t i = 0; i < 3; i++) {
		clients[i].then = cancel_other;
		clients[i].other = &clients[5 - i];
	}
	frames_add_goaway(frames, 0, NGHTTP2_NO_ERROR);
	doh_peer_feed(&world, 0, frames);
	doh_peer_ready(&world, 1, 100);
	for (size_t i = 0; i < doh_peer(1)->count; i++)
		doh_peer_answer(&world, 1, i);
	for (size_t i = 0; i < 3; i++)
		ASSERT_ANSWERED(&clients[i], "u2");
	for (size_t i = 3; i < 6; i++)
		assert_int_equal(clients[i].done, 0);
}

/* Nobody waits for what a server that goes would still answer: it is not kept. */
static void test_goaway_then_cancel(void **state)
{
	struct frames *frames = frames_new();
	(void)state;
	doh_peer_worked(&world, &clients[0]);
	client_ask(&clients[0], "www.example");
	frames_add_goaway(frames, doh_peer(0)->requests[1].id, NGHTTP2_NO_ERROR);
	doh_peer_feed(&world, 0, frames);
	assert_false(fake_tls_closed(fake_tls_at(0)));
	ask_cancel(clients[0].ask);
	clients[0].ask = NULL;
	fake_loop_settle(world.loop);
	assert_true(fake_tls_closed(fake_tls_at(0)));
	assert_int_equal(world.downs, 0);
}

static void test_too_long_a_body(void **state)
{
	static uint8_t zeros[16384];
	struct frames *frames;
	int32_t id;
	(void)state;
	pair_both_worked();
	frames = pair_asked(&id);
	frames_add_headers(frames, id, 0, GOOD_HEADERS);
	for (size_t i = 0; i < 4; i++)
		frames_add_data(frames, id, false, bytes_of(zeros, sizeof(zeros)));
	doh_peer_feed(&world, 0, frames);
	pair_second_answers();
	const struct h2_peer *peer = doh_peer(0);
	assert_true(peer->requests[peer->count - 1].reset);
	assert_false(fake_tls_closed(fake_tls_at(0)));
}

static void test_a_length_that_lies(void **state)
{
	static const char *const lengths[] = { "content-length: 3\n", "content-length: 70000\n" };
	struct frames *frames;
	char headers[200];
	int32_t id;
	(void)state;
	pair_both_worked();
	for (size_t i = 0; i < 2; i++) {
		frames = pair_asked(&id);
		snprintf(headers, sizeof(headers), GOOD_HEADERS "%s", lengths[i]);
		doh_add_reply(frames, 0, doh_peer(0)->count - 1, headers, &(struct reply){ 0 });
		doh_peer_feed(&world, 0, frames);
		pair_second_answers();
		assert_false(fake_tls_closed(fake_tls_at(0)));
	}
}

/* Half a body, and then nothing: the question has its own deadline, and moves on before it. */
static void test_silence_within_a_body(void **state)
{
	struct frames *frames;
	int32_t id;
	(void)state;
	pair_both_worked();
	frames = pair_asked(&id);
	frames_add_headers(frames, id, 0, GOOD_HEADERS);
	frames_add_data(frames, id, false, bytes_of("\0\0\x81\x80", 4));
	doh_peer_feed(&world, 0, frames);
	fake_loop_advance(world.loop, STANDING_PATIENCE_MAX_MS);
	pair_second_answers();
	/* Others' answers go on. */
	client_ask(&clients[1], "www.example");
	doh_peer_answer(&world, 0, doh_peer(0)->count - 1);
	ASSERT_ANSWERED(&clients[1], "u1");
	fake_loop_advance(world.loop, 3000);
	client_ask(&clients[2], "www.example");
	doh_peer_answer(&world, 0, doh_peer(0)->count - 1);
	fake_loop_advance(world.loop, 3000);
	assert_true(doh_peer(0)->requests[2].reset); /* not for ever */
}

static void test_malformed_messages_cost_only_their_question(void **state)
{
	struct frames *frames;
	int32_t id;
	(void)state;
	pair_both_worked();
	frames = pair_asked(&id);
	doh_add_reply(frames, 0, doh_peer(0)->count - 1, GOOD_HEADERS,
		&(struct reply){ .malformed = true });
	doh_peer_feed(&world, 0, frames);
	pair_second_answers();
	frames = pair_asked(&id);
	doh_add_reply(frames, 0, doh_peer(0)->count - 1, GOOD_HEADERS,
		&(struct reply){ .truncated = true });
	doh_peer_feed(&world, 0, frames);
	pair_second_answers();
	assert_false(fake_tls_closed(fake_tls_at(0)));
	assert_int_equal(world.downs, 0);
}

static uint32_t seen_ttl_s;

static void note_ttl(void *owner, const struct ask_result *result)
{
	struct client *client = owner;
	client->ask = NULL;
	assert_int_equal(result->err, 0);
	seen_ttl_s = result->message->records[0].ttl_s;
}

/* What a cache on the way has had for a while is not kept for longer than its owner allows. */
static void test_age_and_max_age(void **state)
{
	static const struct {
		const char *headers;
		uint32_t ttl_s;
	} cases[] = {
		{ GOOD_HEADERS, 300 },
		{ GOOD_HEADERS "age: 250\n", 50 },
		{ GOOD_HEADERS "cache-control: private, max-age=100\n", 100 },
		{ GOOD_HEADERS "cache-control: max-age=1000\nage: 20\n", 280 },
		{ GOOD_HEADERS "age: 1000\n", 0 },
	};
	struct ask_options options = { .question = { .type = TYPE_A, .class = CLASS_IN } };
	(void)state;
	doh_peer_worked(&world, &clients[0]);
	assert_int_equal(name_parse("www.example", &clients[1].space, &options.question.name), 0);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		options.deadline_ms = loop_now_ms(world.loop) + 5000;
		clients[1].ask =
			group_ask(world.group, &options, &clients[1].arena, note_ttl, &clients[1]);
		fake_loop_settle(world.loop);
		doh_peer_reply(&world, 0, i + 1, cases[i].headers);
		assert_int_equal(seen_ttl_s, cases[i].ttl_s);
	}
}

#define T(name) cmocka_unit_test_setup_teardown(name, pair_setup, pair_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(test_moved),
		T(test_not_found),
		T(test_forbidden),
		T(test_no_post),
		T(test_a_web_page),
		T(test_no_type),
		T(test_packed),
		T(test_trouble),
		T(test_refusals_by_one_that_worked),
		T(test_late_answers_of_one_that_is_down),
		T(test_late_failures_of_one_that_is_down),
		T(test_late_answer_to_another_question),
		T(test_why_outlives_the_connection),
		T(test_retry_after),
		T(test_retry_after_is_bounded),
		T(test_reset_by_code),
		T(test_refused_by_the_only_one),
		T(test_http_1_1_required),
		T(test_goaway_with_a_last_stream),
		T(test_goaway_in_two_steps),
		T(test_goaway_at_once),
		T(test_goaway_and_cancel),
		T(test_goaway_then_cancel),
		T(test_too_long_a_body),
		T(test_a_length_that_lies),
		T(test_silence_within_a_body),
		T(test_malformed_messages_cost_only_their_question),
		T(test_age_and_max_age),
	};
	return cmocka_run_group_tests_name("doh faults", tests, NULL, NULL);
}
