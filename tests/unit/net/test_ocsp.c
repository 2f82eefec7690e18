/* SPDX-License-Identifier: MIT */
/* What a response says; servers that staple are in the live tests. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "net/ocsp.h"
#include "ocsp_sample.h"
#include "tls_client.h"

static struct ocsp seen;

static void look(struct tls_server *server, gnutls_session_t session, int fd)
{
	(void)server;
	(void)fd;
	seen.state = OCSP_GOOD;
	ocsp_read(session, 0, good.certificate, 0, &seen);
}

static void none_came(void **state)
{
	struct tls_server server = { .chain = { &good }, .talk = look };
	(void)state;

	tls_server_start(&server);
	client.plan = PLAN_CLOSE_WHEN_READY;
	dial(&server.address, HOST, TLS_VERSION_1_2);
	loop_run(loop);
	tls_server_stop(&server);
	assert_int_equal(seen.state, OCSP_NONE);
}

/* What base64 stands for; for gnutls_free(). */
static gnutls_datum_t decoded(const char *base64)
{
	const gnutls_datum_t text = { (unsigned char *)(uintptr_t)base64,
		(unsigned)strlen(base64) };
	gnutls_datum_t der;
	assert_int_equal(gnutls_base64_decode2(&text, &der), 0);
	return der;
}

static void parse(gnutls_datum_t response, const char *certificate, int64_t now_s)
{
	gnutls_datum_t der = decoded(certificate);
	gnutls_x509_crt_t of;

	assert_int_equal(gnutls_x509_crt_init(&of), 0);
	assert_int_equal(gnutls_x509_crt_import(of, &der, GNUTLS_X509_FMT_DER), 0);
	ocsp_parse(bytes_of(response.data, response.size), of, now_s, &seen);
	gnutls_x509_crt_deinit(of);
	gnutls_free(der.data);
}

/* A revoked certificate must not hide behind a good one in the same response. */
static void the_answer_about_this_one(void **state)
{
	gnutls_datum_t response = decoded(sample_response);
	(void)state;

	parse(response, sample_good, SAMPLE_FROM_S);
	assert_int_equal(seen.state, OCSP_GOOD);
	assert_int_equal(seen.at_s, SAMPLE_UNTIL_S);
	parse(response, sample_revoked, SAMPLE_FROM_S);
	assert_int_equal(seen.state, OCSP_REVOKED);
	assert_int_equal(seen.at_s, SAMPLE_REVOKED_S);
	parse(response, sample_unknown, SAMPLE_FROM_S);
	assert_int_equal(seen.state, OCSP_UNKNOWN);
	ocsp_parse(bytes_of(response.data, response.size), good.certificate, SAMPLE_FROM_S, &seen);
	assert_int_equal(seen.state, OCSP_UNFIT);
	gnutls_free(response.data);
}

static void only_in_its_time(void **state)
{
	gnutls_datum_t response = decoded(sample_response);
	(void)state;

	parse(response, sample_good, SAMPLE_UNTIL_S);
	assert_int_equal(seen.state, OCSP_GOOD);
	parse(response, sample_good, SAMPLE_UNTIL_S + 1);
	assert_int_equal(seen.state, OCSP_OVER);
	assert_int_equal(seen.at_s, SAMPLE_UNTIL_S);
	parse(response, sample_good, SAMPLE_FROM_S - OCSP_SKEW_S);
	assert_int_equal(seen.state, OCSP_GOOD);
	parse(response, sample_good, SAMPLE_FROM_S - OCSP_SKEW_S - 1);
	assert_int_equal(seen.state, OCSP_EARLY);
	assert_int_equal(seen.at_s, SAMPLE_FROM_S);
	/* That something was revoked stays true. */
	parse(response, sample_revoked, SAMPLE_UNTIL_S + 1);
	assert_int_equal(seen.state, OCSP_REVOKED);
	gnutls_free(response.data);
}

static void damaged(void **state)
{
	gnutls_datum_t response = decoded(sample_response);
	const unsigned size = response.size;
	(void)state;

	for (response.size = 0; response.size < size; response.size++) {
		parse(response, sample_good, SAMPLE_FROM_S);
		assert_int_equal(seen.state, OCSP_UNFIT);
	}
	gnutls_free(response.data);
	/* One that says "try later" and no more (RFC 6960 section 4.2.1). */
	response = (gnutls_datum_t){ (unsigned char[]){ 0x30, 3, 0x0a, 1, 3 }, 5 };
	parse(response, sample_good, SAMPLE_FROM_S);
	assert_int_equal(seen.state, OCSP_UNFIT);
}

static void each_state_has_its_word(void **state)
{
	(void)state;
	for (int a = OCSP_NONE; a <= OCSP_UNFIT; a++) {
		assert_true(strlen(ocsp_text((enum ocsp_state)a)) > 0);
		for (int b = OCSP_NONE; b < a; b++)
			assert_string_not_equal(
				ocsp_text((enum ocsp_state)a), ocsp_text((enum ocsp_state)b));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TLS_TEST(none_came),
		TLS_TEST(the_answer_about_this_one),
		TLS_TEST(only_in_its_time),
		TLS_TEST(damaged),
		TLS_TEST(each_state_has_its_word),
	};
	return cmocka_run_group_tests(tests, tls_client_setup_group, tls_client_teardown_group);
}
