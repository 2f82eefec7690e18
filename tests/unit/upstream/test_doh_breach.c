/* SPDX-License-Identifier: MIT */
/* An HTTPS server that breaks HTTP/2 itself, by mistake or to harm: the connection goes, the query
 * does not. */
#include "doh_pair.h"

#include <string.h>

#include "upstream/doh.h"
#include "upstream/pool.h"

/* A header section over many frames is one. */
static void test_continuation(void **state)
{
	static uint8_t block[2000], reply[4096];
	struct frames *frames;
	int32_t id;
	(void)state;
	pair_both_worked();
	frames = pair_asked(&id);
	const size_t len = block_write(GOOD_HEADERS "x-more: 1\n", block, sizeof(block));
	const struct peer_request *request = &doh_peer(0)->requests[doh_peer(0)->count - 1];
	frames_add(frames, NGHTTP2_HEADERS, 0, id, bytes_of(block, 5));
	frames_add(frames, NGHTTP2_CONTINUATION, 0, id, bytes_of(block + 5, 9));
	frames_add(frames, NGHTTP2_CONTINUATION, NGHTTP2_FLAG_END_HEADERS, id,
		bytes_of(block + 14, len - 14));
	const size_t reply_len = reply_write(bytes_of(request->body, request->body_len),
		&(struct reply){ 0 }, reply, sizeof(reply));
	frames_add_data(frames, id, true, bytes_of(reply + 2, reply_len - 2));
	doh_peer_feed(&world, 0, frames);
	ASSERT_ANSWERED(&clients[0], "u1");
}

static void test_headers_without_measure(void **state)
{
	static char lines[12000];
	struct frames *frames;
	int32_t id;
	(void)state;
	pair_both_worked();
	frames = pair_asked(&id);
	size_t len = (size_t)snprintf(lines, sizeof(lines), GOOD_HEADERS);
	for (size_t i = 0; i < 350; i++)
		len += (size_t)snprintf(
			lines + len, sizeof(lines) - len, "x-filler-%zu: 0123456789\n", i);
	doh_add_reply(frames, 0, doh_peer(0)->count - 1, lines, &(struct reply){ 0 });
	doh_peer_feed(&world, 0, frames);
	pair_second_answers();
	assert_false(fake_tls_closed(fake_tls_at(0)));
}

/* The same without an end (CVE-2024-27316 and its kin): the connection goes. */
static void test_continuation_flood(void **state)
{
	struct frames *frames;
	int32_t id;
	(void)state;
	pair_both_worked();
	frames = pair_asked(&id);
	frames_add(frames, NGHTTP2_HEADERS, 0, id, bytes_of("\x88", 1));
	for (size_t i = 0; i < 20000; i++)
		frames_add(frames, NGHTTP2_CONTINUATION, 0, id, bytes_of(NULL, 0));
	doh_peer_feed(&world, 0, frames);
	assert_true(fake_tls_closed(fake_tls_at(0)));
}

/* The connection goes, the query with it to another, whoever is to blame for the rest. */
static void check_cut(struct frames *frames, const char *why)
{
	doh_peer_feed(&world, 0, frames);
	assert_true(fake_tls_closed(fake_tls_at(0)));
	pair_second_answers();
	assert_int_equal(world.downs, 1);
	if (!strstr(world.why, why))
		fail_msg("\"%s\" does not say \"%s\"", world.why, why);
}

/* The first connection, that has not answered yet. */
static struct frames *fresh(int32_t *id)
{
	client_ask(&clients[0], "www.example");
	doh_peer_ready(&world, 0, 100);
	*id = doh_peer(0)->requests[0].id;
	return frames_new();
}

static void test_floods(void **state)
{
	static const uint8_t zeros[8];
	int32_t id;
	struct frames *frames = fresh(&id);
	(void)state;
	for (size_t i = 0; i < 20000; i++)
		frames_add(frames, NGHTTP2_PING, 0, 0, bytes_of(zeros, 8));
	check_cut(frames, "asks for more acknowledgements than it reads");
}

static void test_flood_of_settings(void **state)
{
	int32_t id;
	struct frames *frames = fresh(&id);
	(void)state;
	for (size_t i = 0; i < 2000; i++)
		frames_add_settings(frames, 0, 0);
	check_cut(frames, "asks for more acknowledgements than it reads");
}

/* Slowly, so that each is acknowledged: there is an end to that, too. */
static void test_flood_of_nothing(void **state)
{
	int32_t id;
	struct frames *frames = fresh(&id);
	(void)state;
	for (size_t i = 0; i <= 16384; i++)
		frames_add_data(frames, id, false, bytes_of(NULL, 0));
	frames->len = 0;
	frames_add_headers(frames, id, 0, GOOD_HEADERS);
	for (size_t i = 0; i <= 16384; i++)
		frames_add_data(frames, id, false, bytes_of(NULL, 0));
	check_cut(frames, "sends frames without end");
}

static void test_flood_of_resets(void **state)
{
	int32_t id;
	struct frames *frames = fresh(&id);
	(void)state;
	for (size_t i = 0; i < 17000; i++) /* of a stream that is over */
		frames_add_reset(frames, id, NGHTTP2_CANCEL);
	doh_peer_feed(&world, 0, frames);
	assert_true(fake_tls_closed(fake_tls_at(0)));
	pair_second_answers();
}

static void test_push_promise(void **state)
{
	int32_t id;
	struct frames *frames = fresh(&id);
	(void)state;
	frames_add(frames, NGHTTP2_SETTINGS, NGHTTP2_FLAG_ACK, 0, bytes_of(NULL, 0));
	frames_add(frames, NGHTTP2_PUSH_PROMISE, NGHTTP2_FLAG_END_HEADERS, id,
		bytes_of("\0\0\0\2\x82", 5));
	check_cut(frames, "it broke the protocol");
}

static void test_broken_hpack(void **state)
{
	int32_t id;
	struct frames *frames = fresh(&id);
	(void)state;
	frames_add(frames, NGHTTP2_HEADERS, NGHTTP2_FLAG_END_HEADERS, id,
		bytes_of("\xff\xff\xff\xff\xff\xff", 6));
	check_cut(frames, "it broke the protocol (COMPRESSION_ERROR");
}

static void test_frame_too_large(void **state)
{
	static const uint8_t zeros[20000];
	int32_t id;
	struct frames *frames = fresh(&id);
	(void)state;
	frames_add_headers(frames, id, 0, GOOD_HEADERS);
	frames_add_data(frames, id, false, bytes_of(zeros, sizeof(zeros)));
	check_cut(frames, "it broke the protocol (FRAME_SIZE_ERROR");
}

static void check_greeting(const char *greeting, const char *why)
{
	client_ask(&clients[0], "www.example");
	peer_ready(&world, fake_tls_at(0));
	fake_tls_feed(fake_tls_at(0), bytes_of(greeting, strlen(greeting)));
	fake_loop_settle(world.loop);
	assert_true(fake_tls_closed(fake_tls_at(0)));
	pair_second_answers();
	assert_int_equal(world.downs, 1);
	assert_non_null(strstr(world.why, why));
}

static void test_http_1_1_spoken(void **state)
{
	(void)state;
	check_greeting(
		"HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n", "but it speaks HTTP/1.1");
}

static void test_no_http_at_all(void **state)
{
	(void)state;
	check_greeting("220 mail.example ESMTP\r\n", "expected HTTP/2");
}

#define T(name) cmocka_unit_test_setup_teardown(name, pair_setup, pair_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(test_continuation),
		T(test_headers_without_measure),
		T(test_continuation_flood),
		T(test_floods),
		T(test_flood_of_settings),
		T(test_flood_of_nothing),
		T(test_flood_of_resets),
		T(test_push_promise),
		T(test_broken_hpack),
		T(test_frame_too_large),
		T(test_http_1_1_spoken),
		T(test_no_http_at_all),
	};
	return cmocka_run_group_tests_name("doh breach", tests, NULL, NULL);
}
