/* SPDX-License-Identifier: MIT */
/* One question's whole life, from the client over cache, flight, pool and connection and back,
 * with each of its allocations failing once: the client hears something, nothing is lost for
 * good, and the next question is answered as ever. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>

#include "replay/stage.h"
#include "support/failmalloc.h"

static struct stage stage;
static struct line last;

static void play(const char *text)
{
	static char copy[256];

	snprintf(copy, sizeof(copy), "%s", text);
	line_init(&last, "memory", 1, copy);
	stage_run(&stage, &last);
}

/* Something was asked of it, and it can still answer. */
static bool was_asked(const struct peer *peer)
{
	for (size_t i = 0; i < peer->question_count; i++) {
		const struct peer_question *question = &peer->questions[i];
		if (!question->answered && !fake_tls_closed(question->tls))
			return true;
	}
	return false;
}

/* Time goes by, and whoever is asked answers. */
static void play_answers(void)
{
	for (int i = 0; i < 24; i++) {
		if (was_asked(&stage.peers[0]))
			play("upstream a answers NOERROR \"www.example. 0 A 192.0.2.1\"");
		if (was_asked(&stage.peers[1]))
			play("upstream b answers NOERROR \"www.example. 0 A 192.0.2.1\"");
		play("advance 250ms");
	}
}

static void assert_told(const struct caller *caller)
{
	struct header header;

	assert_null(caller->query);
	if (caller->replies == 0) /* turned away: serve/ says SERVFAIL */
		return;
	assert_int_equal(caller->replies, 1);
	assert_int_equal(header_read(bytes_of(caller->reply, caller->reply_len), &header), 0);
	if (header.rcode == RCODE_NOERROR)
		assert_int_equal(header.record_count[SECTION_ANSWER], 1);
	else
		assert_int_equal(header.rcode, RCODE_SERVFAIL);
}

/* False once there is no n-th allocation. */
static bool live_with_failure(size_t n, bool warm)
{
	stage_init(&stage);
	play("upstream a 192.0.2.1");
	play("upstream b 192.0.2.2");
	if (warm) {
		play("client 0 asks first.example. A");
		play("upstream a answers NOERROR \"first.example. 300 A 192.0.2.1\"");
		play("client 0 gets NOERROR \"first.example. 300 A 192.0.2.1\"");
	}
	play("advance 1ms");
	failmalloc_arm(n);
	play("client 1 asks www.example. A");
	play("client 2 asks www.example. A");
	play_answers();
	bool happened = failmalloc_disarm();
	assert_told(&stage.callers[1]);
	assert_told(&stage.callers[2]);
	stage.callers[1].asking = stage.callers[2].asking = false;
	play("advance 10s");
	play("client 3 asks www.example. A");
	play_answers();
	play("client 3 gets NOERROR \"www.example. 0 A 192.0.2.1\"");
	stage_done(&stage, &last);
	return happened;
}

static void a_cold_question_survives_each_failure(void **state)
{
	size_t n = 0;
	(void)state;

	while (live_with_failure(n, false))
		n++;
	/* It did go all the way. */
	assert_true(n > 8);
}

static void a_question_on_an_open_connection_survives_each_failure(void **state)
{
	size_t n = 0;
	(void)state;

	while (live_with_failure(n, true))
		n++;
	assert_true(n > 5);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_cold_question_survives_each_failure),
		cmocka_unit_test(a_question_on_an_open_connection_survives_each_failure),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
