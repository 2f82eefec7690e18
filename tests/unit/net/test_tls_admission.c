/* SPDX-License-Identifier: MIT */
/* Whom the user lets in for want of anything better must not come back as one who was trusted, and
 * the user must read of it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <limits.h>
#include <string.h>

#include "base/clock.h"
#include "net/tls_admission.h"
#include "tls_client.h"

static gnutls_datum_t ticket_key;
static struct tickets *tickets;
static const uint8_t key[TICKETS_KEY_LEN] = { 1 };

static int setup(void **state)
{
	tickets = tickets_new();
	if (tls_client_setup(state) || !tickets || gnutls_session_ticket_key_generate(&ticket_key))
		return -1;
	extra.tickets = tickets;
	extra.ticket_key = key;
	return 0;
}

static int teardown(void **state)
{
	int failed = tls_client_teardown(state);
	gnutls_free(ticket_key.data);
	tickets_free(tickets);
	return failed;
}

/* It answers a question, and gives tickets with that. */
static void expect_let_in(const struct pass *leaf, const char *remark, bool kept)
{
	struct tls_server server = { .chain = { leaf }, .ticket_key = &ticket_key };

	client = (struct client){ .question = "question", .enough = 8 };
	tls_server_start(&server);
	dial(&server.address, HOST, TLS_VERSION_1_2);
	loop_run(loop);
	assert_int_equal(client.ready, 1);
	assert_non_null(strstr(tls_remark(client.tls), remark));
	assert_string_equal(tls_failure(client.tls), "");
	close_it();
	tls_server_stop(&server);
	assert_int_equal(tickets_count(tickets) > 0, kept);
}

static void who_has_proved_it(void **state)
{
	(void)state;
	expect_let_in(&good, "", true);
}

/* Nothing is resumed with whom was let in for other reasons. */
static void let_in_by_the_profile(void **state)
{
	struct pass stranger;
	(void)state;

	pass_make(&stranger, &(struct pass_wish){ .common_name = "me", .dns = HOST });
	extra.profile = TLS_OPPORTUNISTIC;
	expect_let_in(&stranger, "opportunistic lets pass who has not proved who they are", false);
	expect_let_in(&stranger, "self-signed", false);
	pass_done(&stranger);
}

/* The bypass would have no end. */
static void let_in_for_now(void **state)
{
	const struct pin another = { { 1 } };
	(void)state;

	extra.pins = (struct pins){
		.items = &another, .count = 1, .bypass_until_s = clock_wall_s() + 100
	};
	expect_let_in(&good, "let pass until", false);
}

static void days_left(void **state)
{
	struct tls_admission admission = { .expires_s = clock_wall_s() + 86400 + 3600 };
	(void)state;

	assert_int_equal(tls_admission_days_left(&admission), 1);
	admission.expires_s -= 86400;
	assert_int_equal(tls_admission_days_left(&admission), 0);
	/* Days are not counted past what a number holds. */
	admission.expires_s = INT64_MAX - 1;
	assert_int_equal(tls_admission_days_left(&admission), INT_MAX);
	admission.expires_s = INT64_MAX;
	assert_int_equal(tls_admission_days_left(&admission), INT_MAX);
}

#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(who_has_proved_it),
		T(let_in_by_the_profile),
		T(let_in_for_now),
		cmocka_unit_test(days_left),
	};
	return cmocka_run_group_tests(tests, tls_client_setup_group, tls_client_teardown_group);
}
