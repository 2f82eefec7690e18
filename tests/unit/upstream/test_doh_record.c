/* SPDX-License-Identifier: MIT */
/* A server that looks at no more than the first request of what it reads, or that reads slowly,
 * must still get every request, once and whole. */
#include "doh_peer.h"

#include <stdlib.h>

#include "support/failmalloc.h"
#include "upstream/doh_record.h"

#define ASKED 40
#define BODY  400

static struct doh_record record;
static struct h2 *h2;
static struct tls *tls;
static struct h2_stream streams[ASKED];
static size_t asked;

static void on_ready(void *owner)
{
	(void)owner;
}

static int setup(void **state)
{
	static const struct tls_events events = { .ready = on_ready };
	static const struct tls_peer peer = { .host = "u1.example" };
	struct address address;
	(void)state;

	doh_peers_init();
	record = (struct doh_record){ 0 };
	asked = 0;
	h2 = h2_new();
	if (!h2 || address_parse("192.0.2.1", 443, &address) != 0)
		return -1;
	tls = tls_connect(NULL, &peer, &address, &events, NULL);
	fake_tls_ready(tls);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	(void)doh_peer(0); /* before what was sent is gone */
	tls_close(tls);
	for (size_t i = 0; i < asked; i++)
		h2_forget(h2, &streams[i]);
	h2_free(h2);
	doh_record_done(&record);
	fake_tls_reset();
	doh_peers_done();
	return 0;
}

static void ask(void)
{
	static const uint8_t body[BODY];
	const struct h2_field fields[] = {
		{ ":method", bytes_of("POST", 4) },
		{ ":scheme", bytes_of("https", 5) },
		{ ":path", bytes_of("/", 1) },
	};

	assert_int_equal(
		h2_request(h2, &streams[asked++], fields, 3, bytes_of(body, sizeof(body))), 0);
}

/* As many as there is room for lie in one record, and none in two. */
static void test_whole_requests(void **state)
{
	(void)state;
	while (asked < ASKED && doh_record_has_room(&record, DOH_RECORD_LEN)) {
		ask();
		assert_int_equal(doh_record_fill(&record, h2), 0);
	}
	assert_in_range(asked, 10, ASKED - 1);
	assert_int_equal(doh_record_send(&record, tls), 0);
	assert_true(doh_record_has_room(&record, DOH_RECORD_LEN));
	assert_false(doh_record_has_room(&record, 1000));
	ask();
	assert_int_equal(doh_record_fill(&record, h2), 0);
	assert_int_equal(doh_record_send(&record, tls), 0);
	const struct h2_peer *peer = doh_peer(0);
	assert_int_equal(peer->records, 2);
	assert_int_equal(peer->count, asked);
	for (size_t i = 0; i < asked; i++) {
		const struct peer_request *request = &peer->requests[i];
		assert_true(request->ended);
		assert_int_equal(request->body_len, BODY);
		assert_int_equal(request->headers_record, i + 1 < asked ? 1 : 2);
		assert_int_equal(request->body_record, request->headers_record);
	}
}

static void test_a_server_that_does_not_read(void **state)
{
	(void)state;
	ask();
	assert_int_equal(doh_record_fill(&record, h2), 0);
	fake_tls_send_gives(tls, ERR_LIMIT);
	assert_int_equal(doh_record_send(&record, tls), ERR_LIMIT);
	assert_true(record.stuck);
	fake_tls_send_gives(tls, 0);
	assert_int_equal(doh_record_send(&record, tls), 0);
	assert_false(record.stuck);
	assert_int_equal(doh_peer(0)->count, 1);
	/* There is no more. */
	assert_int_equal(doh_record_fill(&record, h2), 0);
	assert_int_equal(doh_record_send(&record, tls), 0);
	assert_int_equal(fake_tls_records(tls), 1);
}

/* What h2 has put out would be lost. */
static void test_without_memory(void **state)
{
	(void)state;
	ask();
	failmalloc_arm(0);
	assert_int_equal(doh_record_fill(&record, h2), ERR_NOMEM);
	assert_true(failmalloc_disarm());
	assert_int_equal(doh_record_fill(&record, h2), 0);
	assert_int_equal(doh_record_send(&record, tls), 0);
	assert_int_equal(doh_peer(0)->count, 1);
}

#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(test_whole_requests),
		T(test_a_server_that_does_not_read),
		T(test_without_memory),
	};
	return cmocka_run_group_tests_name("doh_record", tests, NULL, NULL);
}
