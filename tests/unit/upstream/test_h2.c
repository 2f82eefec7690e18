/* SPDX-License-Identifier: MIT */
/* HTTP/2 itself, without connection and clock: how streams end, what a hostile peer is cut off for,
 * and how much it can make us hold. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "h2_peer.h"
#include "support/failmalloc.h"
#include "upstream/h2.h"

#define STREAMS 40
#define GOOD	":status: 200\ncontent-type: application/dns-message\n"

static struct h2 *h2;
static struct h2_peer peer;
static struct h2_stream streams[STREAMS];
static struct frames frames;

static void flow(void)
{
	struct bytes out;

	do {
		assert_int_equal(h2_output(h2, &out), 0);
		assert_true(out.len <= H2_OUTPUT_LEN);
		if (out.len > 0)
			h2_peer_read(&peer, out);
	} while (out.len > 0);
}

static int setup(void **state)
{
	(void)state;
	h2 = h2_new();
	assert_non_null(h2);
	h2_peer_init(&peer);
	frames.len = 0;
	frames_add_settings(&frames, NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS, 100);
	assert_int_equal(h2_receive(h2, frames_bytes(&frames)), 0);
	frames.len = 0;
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	h2_free(h2);
	h2_peer_done(&peer);
	return 0;
}

static void request(size_t i)
{
	static const uint8_t query[128] = "query";
	const struct h2_field fields[] = {
		{ ":method", bytes_of("POST", 4) },
		{ ":scheme", bytes_of("https", 5) },
		{ ":authority", bytes_of("dns.example", 11) },
		{ ":path", bytes_of("/dns-query", 10) },
	};
	assert_int_equal(h2_request(h2, &streams[i], fields, 4, bytes_of(query, sizeof(query))), 0);
	flow();
}

static int receive(void)
{
	int err = h2_receive(h2, frames_bytes(&frames));
	frames.len = 0;
	return err;
}

static void forget(struct h2_stream *stream)
{
	h2_forget(h2, stream);
}

static void test_preface(void **state)
{
	(void)state;
	assert_true(h2_pending(h2));
	flow();
	assert_false(h2_pending(h2));
	assert_true(peer.greeted);
	assert_int_equal(peer.settings, 1);
	assert_int_equal(peer.settings_acks, 1);
	assert_int_equal(peer.settings_values[NGHTTP2_SETTINGS_ENABLE_PUSH], 0);
	assert_int_equal(
		peer.settings_values[NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE], HTTP_BODY_LEN_MAX + 1);
	assert_int_equal(
		peer.settings_values[NGHTTP2_SETTINGS_MAX_HEADER_LIST_SIZE], H2_HEADERS_LEN_MAX);
	assert_int_equal(65535 + peer.window, H2_WINDOW_LEN);
	assert_int_equal(h2_state(h2)->streams_max, 100);
	assert_null(h2_ended(h2));
	assert_false(h2_over(h2));
	assert_string_equal(h2_why(h2), "");
}

static void test_complete(void **state)
{
	(void)state;
	request(0);
	request(1);
	assert_int_equal(peer.requests[0].body_len, 128);
	frames_add_headers(&frames, 3, 0, GOOD);
	frames_add_data(&frames, 3, true, bytes_of("two", 3));
	frames_add_headers(&frames, 1, 0, GOOD);
	frames_add_data(&frames, 1, false, bytes_of("o", 1));
	frames_add_data(&frames, 1, true, bytes_of("ne", 2));
	assert_int_equal(receive(), 0);
	assert_ptr_equal(h2_ended(h2), &streams[1]); /* in the order in which they ended */
	assert_int_equal(streams[1].end, H2_END_COMPLETE);
	assert_memory_equal(http_response_body(&streams[1].response).at, "two", 3);
	forget(&streams[1]);
	assert_ptr_equal(h2_ended(h2), &streams[0]);
	assert_int_equal(streams[0].response.status, 200);
	assert_memory_equal(http_response_body(&streams[0].response).at, "one", 3);
	forget(&streams[0]);
	assert_null(h2_ended(h2));
}

static void test_forgotten(void **state)
{
	(void)state;
	request(0);
	forget(&streams[0]);
	flow();
	assert_true(peer.requests[0].reset);
	assert_int_equal(peer.requests[0].reset_code, NGHTTP2_CANCEL);
	/* What comes all the same goes nowhere, but counts for the window. */
	const uint64_t window = peer.window;
	static const uint8_t data[16000];
	for (size_t i = 0; i < 4; i++)
		frames_add_data(&frames, 1, i == 3, bytes_of(data, sizeof(data)));
	for (size_t k = 1; k < 12; k++) {
		request(k);
		frames_add_headers(&frames, (int32_t)(2 * k + 1), 0, GOOD);
		for (size_t i = 0; i < 4; i++)
			frames_add_data(
				&frames, (int32_t)(2 * k + 1), false, bytes_of(data, sizeof(data)));
		assert_int_equal(receive(), 0);
		forget(&streams[k]);
		flow();
	}
	assert_true(peer.window > window);
	assert_null(h2_ended(h2));
}

/* Half bodies on every stream: there is an end to what we hold. */
static void test_held_octets_are_bounded(void **state)
{
	static const uint8_t data[16000];
	int err = 0;
	(void)state;
	for (size_t i = 0; i < STREAMS; i++)
		request(i);
	const uint64_t window = peer.window;
	for (size_t i = 0; i < STREAMS && err == 0; i++) {
		frames_add_headers(&frames, (int32_t)(2 * i + 1), 0, GOOD);
		for (size_t k = 0; k < 4; k++)
			frames_add_data(
				&frames, (int32_t)(2 * i + 1), false, bytes_of(data, sizeof(data)));
		err = receive();
		flow();
	}
	/* No window is opened meanwhile, and who sends more is cut off. */
	assert_int_equal(peer.window, window);
	size_t held = 0;
	for (size_t i = 0; i < STREAMS; i++) {
		held += streams[i].response.len;
		forget(&streams[i]);
	}
	assert_in_range(held, H2_WINDOW_LEN / 2, H2_WINDOW_LEN);
	assert_true(err != 0 || h2_over(h2));
}

static void test_resets(void **state)
{
	(void)state;
	request(0);
	frames_add_reset(&frames, 1, NGHTTP2_REFUSED_STREAM);
	assert_int_equal(receive(), 0);
	assert_ptr_equal(h2_ended(h2), &streams[0]);
	assert_int_equal(streams[0].end, H2_END_RESET);
	assert_true(h2_code_is_refusal(streams[0].code));
	assert_false(h2_code_is_calm(streams[0].code) || h2_code_is_old(streams[0].code));
	assert_string_equal(h2_code_text(streams[0].code), "REFUSED_STREAM");
	assert_true(h2_code_is_calm(NGHTTP2_ENHANCE_YOUR_CALM));
	assert_true(h2_code_is_old(NGHTTP2_HTTP_1_1_REQUIRED));
	forget(&streams[0]);
}

static void test_goaway(void **state)
{
	struct h2_stream late;
	const struct h2_field field = { ":method", bytes_of("GET", 3) };
	(void)state;
	for (size_t i = 0; i < 3; i++)
		request(i);
	frames_add_goaway(&frames, 1, NGHTTP2_NO_ERROR);
	assert_int_equal(receive(), 0);
	assert_true(h2_state(h2)->leaving);
	for (size_t i = 1; i < 3; i++) {
		struct h2_stream *stream = h2_ended(h2);
		assert_non_null(stream);
		assert_int_equal(stream->end, H2_END_UNPROCESSED);
		forget(stream);
	}
	assert_null(h2_ended(h2));
	assert_int_equal(h2_request(h2, &late, &field, 1, bytes_of(NULL, 0)), ERR_LIMIT);
	assert_false(h2_over(h2));
	frames_add_headers(&frames, 1, NGHTTP2_FLAG_END_STREAM, GOOD);
	assert_int_equal(receive(), 0);
	assert_int_equal(streams[0].end, H2_END_COMPLETE);
	forget(&streams[0]);
	assert_true(h2_over(h2));
}

static void test_broken_by_the_rules_of_http(void **state)
{
	static const char *const headers[] = {
		GOOD "content-length: 2\n", /* of three octets */
		GOOD "content-length: 4\n",
		"content-type: application/dns-message\n", /* no status */
		GOOD "connection: close\n",
		":status: 200\n:status: 200\n",
		":status: 101\n",
	};
	(void)state;
	for (size_t i = 0; i < sizeof(headers) / sizeof(headers[0]); i++) {
		request(i);
		const int32_t id = (int32_t)(2 * i + 1);
		frames_add_headers(&frames, id, 0, headers[i]);
		frames_add_data(&frames, id, true, bytes_of("abc", 3));
		assert_int_equal(receive(), 0);
		flow();
		assert_ptr_equal(h2_ended(h2), &streams[i]);
		assert_int_equal(streams[i].end, H2_END_BROKEN);
		forget(&streams[i]);
		assert_true(peer.requests[i].reset);
		assert_false(h2_over(h2));
	}
}

static void test_too_long(void **state)
{
	static uint8_t data[16384];
	(void)state;
	request(0);
	/* Our settings count from when it has them: then its window takes the octet too much. */
	frames_add(&frames, NGHTTP2_SETTINGS, NGHTTP2_FLAG_ACK, 0, bytes_of(NULL, 0));
	frames_add_headers(&frames, 1, 0, GOOD);
	for (size_t i = 0; i < 4; i++)
		frames_add_data(&frames, 1, i == 3, bytes_of(data, sizeof(data)));
	assert_int_equal(receive(), 0);
	flow();
	assert_int_equal(streams[0].end, H2_END_TOO_LONG);
	assert_true(peer.requests[0].reset);
	assert_int_equal(peer.requests[0].reset_code, NGHTTP2_CANCEL);
	forget(&streams[0]);
	/* One octet less is the longest message. */
	request(1);
	frames_add_headers(&frames, 3, 0, GOOD);
	for (size_t i = 0; i < 4; i++)
		frames_add_data(&frames, 3, i == 3, bytes_of(data, i == 3 ? 16383 : sizeof(data)));
	assert_int_equal(receive(), 0);
	assert_int_equal(streams[1].end, H2_END_COMPLETE);
	assert_int_equal(streams[1].response.len, 65535);
	forget(&streams[1]);
}

static void test_header_sections_are_bounded(void **state)
{
	static char lines[60000];
	size_t len = (size_t)snprintf(lines, sizeof(lines), GOOD);
	(void)state;
	request(0);
	for (size_t i = 0; i < 200; i++)
		len += (size_t)snprintf(
			lines + len, sizeof(lines) - len, "x-%03zu: %050zu\n", i, i);
	frames_add_headers(&frames, 1, NGHTTP2_FLAG_END_STREAM, lines);
	assert_int_equal(receive(), 0);
	assert_int_equal(streams[0].end, H2_END_TOO_LONG);
	forget(&streams[0]);
	/* As long as it may be, and an octet longer (RFC 9113 section 6.5.2 adds 32 to a field). */
	for (size_t more = 0; more < 2; more++) {
		const size_t taken = 7 + 3 + 32 + 12 + 23 + 32 + 1 + 32;
		len = (size_t)snprintf(lines, sizeof(lines), GOOD "x: ");
		memset(lines + len, 'x', H2_HEADERS_LEN_MAX - taken + more);
		strcpy(lines + len + H2_HEADERS_LEN_MAX - taken + more, "\n");
		request(1 + more);
		frames_add_headers(&frames, more == 0 ? 3 : 5, NGHTTP2_FLAG_END_STREAM, lines);
		assert_int_equal(receive(), 0);
		assert_int_equal(
			streams[1 + more].end, more == 0 ? H2_END_COMPLETE : H2_END_TOO_LONG);
		forget(&streams[1 + more]);
	}
}

static void test_ping(void **state)
{
	static const uint8_t mark[8] = { 1, 2, 3, 4, 5, 6, 7, 8 };
	(void)state;
	assert_int_equal(h2_ping(h2), 0);
	flow();
	assert_int_equal(peer.pings, 1);
	frames_add(&frames, NGHTTP2_PING, 0, 0, bytes_of(mark, 8));
	assert_int_equal(receive(), 0);
	flow();
	assert_int_equal(peer.ping_acks, 1);
	assert_memory_equal(peer.ping, mark, 8);
}

/* Frames that bring nothing, acknowledged ones too, and however slowly. */
static void test_busy_for_nothing(void **state)
{
	static const uint8_t mark[8];
	int err = 0;
	(void)state;
	unsigned count = 0;
	for (; err == 0 && count < 100000; count += 50) {
		for (size_t i = 0; i < 50; i++)
			frames_add(&frames, NGHTTP2_PING, 0, 0, bytes_of(mark, 8));
		err = receive();
		if (err == 0)
			flow();
	}
	assert_int_equal(err, ERR_PROTOCOL);
	assert_in_range(count, H2_FRAMES_MAX, H2_FRAMES_MAX + 100);
	assert_non_null(strstr(h2_why(h2), "without end"));
}

/* Who answers may send as much as it likes: only what lies between two answers is counted. */
static void test_busy_with_answers(void **state)
{
	static const uint8_t data[15000];
	(void)state;
	for (size_t k = 0; k < 170; k++) {
		const int32_t id = (int32_t)(2 * k + 1);
		request(0);
		frames_add_headers(&frames, id, 0, GOOD);
		for (size_t i = 0; i < 100; i++)
			frames_add_window(&frames, 0, 1);
		for (size_t i = 0; i < 4; i++)
			frames_add_data(&frames, id, i == 3, bytes_of(data, sizeof(data)));
		assert_int_equal(receive(), 0);
		assert_int_equal(streams[0].end, H2_END_COMPLETE);
		forget(&streams[0]);
		flow();
	}
	assert_true(170 * 105 > H2_FRAMES_MAX && 170 * 4 * sizeof(data) > H2_OCTETS_MAX);
}

/* Frames of a kind that nobody knows are passed over, but not for ever. */
static void test_unknown_frames(void **state)
{
	static const uint8_t data[16384];
	size_t octets = 0;
	int err = 0;
	(void)state;
	for (; err == 0 && octets < 4 * (size_t)H2_OCTETS_MAX; octets += 10 * sizeof(data)) {
		for (size_t i = 0; i < 10; i++)
			frames_add(&frames, 0xbe, 0, 0, bytes_of(data, sizeof(data)));
		err = receive();
	}
	assert_int_equal(err, ERR_PROTOCOL);
	assert_in_range(octets, H2_OCTETS_MAX, H2_OCTETS_MAX + 20 * sizeof(data));
	assert_non_null(strstr(h2_why(h2), "without end"));
}

static void test_more_acknowledgements_than_it_reads(void **state)
{
	static const uint8_t mark[8];
	(void)state;
	for (size_t i = 0; i < 3 * H2_ACKS_MAX; i++)
		frames_add(&frames, NGHTTP2_PING, 0, 0, bytes_of(mark, 8));
	int err = receive();
	if (err == 0) {
		frames_add(&frames, NGHTTP2_PING, 0, 0, bytes_of(mark, 8));
		err = receive();
	}
	assert_int_equal(err, ERR_PROTOCOL);
	assert_non_null(strstr(h2_why(h2), "acknowledgements"));
}

/* Nobody has that many things to say of themselves (CVE-2020-11080). */
static void test_settings_without_measure(void **state)
{
	static uint8_t entries[33 * 6];
	(void)state;
	for (size_t i = 0; i < 33; i++)
		u16_store(entries + 6 * i, NGHTTP2_SETTINGS_HEADER_TABLE_SIZE);
	frames_add(&frames, NGHTTP2_SETTINGS, 0, 0, bytes_of(entries, 32 * 6));
	assert_int_equal(receive(), 0);
	flow();
	assert_false(h2_over(h2));
	frames_add(&frames, NGHTTP2_SETTINGS, 0, 0, bytes_of(entries, 33 * 6));
	(void)receive(); /* what matters is that it is the end */
	flow();
	assert_true(h2_over(h2));
	assert_int_equal(peer.goaways, 1);
	assert_int_equal(peer.goaway_code, NGHTTP2_ENHANCE_YOUR_CALM);
}

/* A piece of a body is no greeting, whatever it says. */
static void test_a_body_about_http_1(void **state)
{
	static const char body[] = "HTTP/1.1 200 OK";
	(void)state;
	request(0);
	frames_add_headers(&frames, 1, 0, GOOD);
	frames_add_data(&frames, 1, true, bytes_of(body, sizeof(body)));
	const struct bytes all = frames_bytes(&frames);
	const size_t split = all.len - sizeof(body);
	frames.len = 0;
	assert_int_equal(h2_receive(h2, bytes_of(all.at, split)), 0);
	assert_int_equal(h2_receive(h2, bytes_of(all.at + split, sizeof(body))), 0);
	assert_int_equal(streams[0].end, H2_END_COMPLETE);
	assert_memory_equal(http_response_body(&streams[0].response).at, body, sizeof(body));
	forget(&streams[0]);
}

static void test_no_http_2(void **state)
{
	struct h2 *other = h2_new();
	(void)state;
	assert_non_null(other);
	assert_int_equal(h2_receive(other, bytes_of("HTTP/1.1 200 OK\r\n", 17)), ERR_PROTOCOL);
	assert_non_null(strstr(h2_why(other), "HTTP/1.1"));
	h2_free(other);
	h2_free(NULL);
	assert_non_null(strstr(h2_library_version(), "."));
}

static void test_no_memory(void **state)
{
	(void)state;
	failmalloc_arm(0);
	assert_null(h2_new());
	assert_true(failmalloc_disarm());
	request(0);
	frames_add_headers(&frames, 1, 0, GOOD);
	frames_add_data(&frames, 1, true, bytes_of("one", 3));
	failmalloc_arm(0);
	assert_int_equal(receive(), 0);
	assert_true(failmalloc_disarm());
	assert_int_equal(streams[0].end, H2_END_NOMEM);
	forget(&streams[0]);
}

#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(test_preface),
		T(test_complete),
		T(test_forgotten),
		T(test_held_octets_are_bounded),
		T(test_resets),
		T(test_goaway),
		T(test_broken_by_the_rules_of_http),
		T(test_too_long),
		T(test_header_sections_are_bounded),
		T(test_ping),
		T(test_busy_for_nothing),
		T(test_busy_with_answers),
		T(test_unknown_frames),
		T(test_more_acknowledgements_than_it_reads),
		T(test_settings_without_measure),
		T(test_a_body_about_http_1),
		T(test_no_http_2),
		T(test_no_memory),
	};
	return cmocka_run_group_tests_name("h2", tests, NULL, NULL);
}
