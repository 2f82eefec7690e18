/* SPDX-License-Identifier: MIT */
/* One name that is slow is told from a server that is gone by a question that every server answers
 * at once: whoever waits for another name must not pay for it. */
#include "alone.h"

#include <string.h>

#include "upstream/choice.h"
#include "upstream/dot.h"
#include "upstream/group_inside.h"
#include "upstream/inflight.h"
#include "upstream/pool.h"

static struct standing *standing(void)
{
	return &world.group->pools[0]->standing;
}

static void lose_patience(void)
{
	fake_loop_advance(world.loop, standing_patience_ms(standing()));
}

/* U2: it says nothing, and its length does not either. */
static void test_as_sent(void **state)
{
	struct tls *tls = client_works(&clients[0]);
	struct message_head head;
	struct bytes option;
	(void)state;
	client_ask(&clients[0], "slow.example");
	fake_loop_advance(world.loop, standing_patience_ms(standing()) - 1);
	assert_int_equal(fake_tls_messages(tls), 2);
	fake_loop_advance(world.loop, 1);
	assert_int_equal(fake_tls_messages(tls), 3);
	const struct bytes probe = fake_tls_message(tls, 2);
	assert_int_equal(probe.len, PADDING_BLOCK_LEN);
	assert_int_equal(fake_tls_record(tls, 2).len, probe.len + 2);
	assert_int_equal(message_head_read(probe, &head), 0);
	assert_true(name_is_root(head.question.name));
	assert_int_equal(head.question.type, TYPE_NS);
	assert_int_equal(head.question.class, CLASS_IN);
	assert_true(head.header.rd);
	assert_false(head.header.cd || head.header.ad || head.header.qr || head.edns.dnssec_ok);
	assert_true(edns_option(&head.edns, EDNS_OPTION_CLIENT_SUBNET, &option));
	assert_true(edns_option(&head.edns, EDNS_OPTION_TCP_KEEPALIVE, &option));
	assert_int_not_equal(head.header.id, u16_load(fake_tls_message(tls, 1).at));
	assert_int_not_equal(head.header.id, u16_load(fake_tls_message(tls, 0).at) + 2);
}

static void test_alive_is_enough(void **state)
{
	struct tls *tls = client_works(&clients[0]);
	const struct pace pace = standing()->pace;
	(void)state;
	client_ask(&clients[0], "slow.example");
	lose_patience();
	fake_loop_advance(world.loop, 20);
	peer_lives(&world, tls);
	/* No handshake, no doubt, for as long as the name takes; and the next one goes there. */
	fake_loop_advance(world.loop, 3000);
	assert_int_equal(fake_tls_count(), 1);
	assert_int_equal(peer_asked(tls), 2);
	assert_int_equal(peer_probed(tls), 1);
	client_ask(&clients[1], "www.example");
	peer_answer(&world, tls, 2);
	ASSERT_ANSWERED(&clients[1], "u1");
	/* The sign is no answer, and no measure of how soon there are answers. */
	assert_int_equal(count_read(&world.counts.responses), 2);
	assert_int_equal(count_read(&world.counts.queries), 3);
	assert_memory_equal(&standing()->pace.srtt_8ms, &pace.srtt_8ms, sizeof(pace.srtt_8ms));
	assert_int_equal(world.downs, 0);
}

/* Whoever answers other questions than those asked is of no use to anybody. */
static void test_another_answer_is_no_sign(void **state)
{
	struct tls *tls = client_works(&clients[0]);
	(void)state;
	client_ask(&clients[0], "slow.example");
	lose_patience();
	peer_lives_so(&world, tls, &(struct reply){ .name = "slow.example" });
	assert_true(fake_tls_closed(tls));
}

static void test_a_late_sign_lets_those_go_that_wait(void **state)
{
	struct tls *tls = client_works(&clients[0]);
	(void)state;
	client_ask(&clients[0], "slow.example");
	fake_loop_advance(world.loop, STANDING_DOUBT_MIN_MS);
	client_ask(&clients[1], "www.example");
	assert_int_equal(peer_asked(tls), 2); /* it is doubted */
	assert_int_equal(fake_tls_count(), 2);
	assert_int_equal(standing()->health.state, HEALTH_PROBING);
	peer_lives(&world, tls);
	assert_int_equal(standing()->health.state, HEALTH_UP);
	peer_answer(&world, tls, peer_asked(tls) - 1);
	ASSERT_ANSWERED(&clients[1], "u1");
}

static void test_one_at_a_time(void **state)
{
	struct tls *tls = client_works(&clients[0]);
	(void)state;
	client_ask(&clients[0], "slow.example");
	lose_patience();
	assert_int_equal(peer_probed(tls), 1);
	/* Another answer is a sign of life, too. What is silent then has its probe already. */
	client_ask(&clients[1], "www.example");
	peer_answer(&world, tls, 2);
	client_ask(&clients[2], "other.example");
	lose_patience();
	assert_int_equal(peer_probed(tls), 1);
	peer_lives(&world, tls);
	client_ask(&clients[3], "third.example");
	lose_patience();
	assert_int_equal(peer_probed(tls), 2);
}

/* Else a connection on which names are slow now and then would be replaced. */
static void test_many_leave_nothing_behind(void **state)
{
	struct tls *tls = client_works(&clients[0]);
	(void)state;
	for (size_t i = 1; i <= DOT_CANCELLED_MAX + 1; i++) {
		client_ask(&clients[0], "slow.example");
		lose_patience();
		assert_int_equal(peer_probed(tls), i);
		peer_lives(&world, tls);
		peer_answer(&world, tls, i);
		assert_int_equal(clients[0].err, 0);
	}
	assert_int_equal(fake_tls_count(), 1);
	assert_int_equal(choice_load(&world.group->pools[0]->connections), 0);
	fake_loop_advance(world.loop, CONNECTION_IDLE_CAP_MS - 2 * CONNECTION_IDLE_MARGIN_MS);
	assert_true(fake_tls_count() == 1 && !fake_tls_closed(tls)); /* it idles */
}

static void test_what_is_no_response_is_no_sign(void **state)
{
	struct tls *tls = client_works(&clients[0]);
	uint8_t wire[1024];
	(void)state;
	client_ask(&clients[0], "slow.example");
	lose_patience();
	const size_t len = reply_write(
		fake_tls_message(tls, 2), &(struct reply){ .query = true }, wire, sizeof(wire));
	fake_tls_feed(tls, bytes_of(wire, len));
	fake_loop_settle(world.loop);
	assert_true(fake_tls_closed(tls));
}

static void test_no_id_is_left_for_it(void **state)
{
	struct tls *tls = client_works(&clients[0]);
	(void)state;
	for (size_t i = 0; i < INFLIGHT_MAX; i++)
		client_ask(&clients[i], "slow.example");
	assert_int_equal(peer_asked(tls), 1 + INFLIGHT_MAX);
	fake_loop_advance(world.loop, STANDING_DOUBT_MIN_MS);
	assert_int_equal(peer_probed(tls), 0);
	client_ask(&clients[INFLIGHT_MAX], "www.example");
	peer_answer(&world, tls, 1);
	assert_int_equal(clients[0].done, 1);
}

#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(test_as_sent),
		T(test_alive_is_enough),
		T(test_another_answer_is_no_sign),
		T(test_a_late_sign_lets_those_go_that_wait),
		T(test_one_at_a_time),
		T(test_many_leave_nothing_behind),
		T(test_what_is_no_response_is_no_sign),
		T(test_no_id_is_left_for_it),
	};
	return cmocka_run_group_tests_name("dot probe", tests, NULL, NULL);
}
