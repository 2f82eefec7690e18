/* SPDX-License-Identifier: MIT */
/* Who we are must not be told to others on this machine, and a mistake must be found at the start.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "net/credential.h"
#include "support/failmalloc.h"
#include "tls_client.h"

static struct pass me, other;
static char certificate[64], key[64], other_key[64];
static struct credential *credential;
static enum credential_part part;
static char why[CREDENTIAL_TEXT_LEN];

static int setup_group(void **state)
{
	const struct pass *mine[] = { &me };
	if (tls_client_setup_group(state) != 0)
		return -1;
	make_good(&me,
		(struct pass_wish){ .common_name = "me", .purpose = GNUTLS_KP_TLS_WWW_CLIENT });
	make_good(&other, (struct pass_wish){ .common_name = "other" });
	pass_write(mine, 1, certificate);
	pass_write_key(&me, key);
	pass_write_key(&other, other_key);
	return 0;
}

static int teardown_group(void **state)
{
	unlink(certificate);
	unlink(key);
	unlink(other_key);
	pass_done(&me);
	pass_done(&other);
	return tls_client_teardown_group(state);
}

static int read_both(const char *certificate_path, const char *key_path)
{
	const struct credential_options options = { certificate_path, key_path };
	credential = NULL;
	part = CREDENTIAL_CERTIFICATE;
	why[0] = '\0';
	int err = credential_new(&options, &credential, &part, why);
	assert_int_equal(err == 0, credential != NULL);
	assert_int_equal(err == 0, why[0] == '\0');
	return err;
}

static void assert_wrong(const char *certificate_path, const char *key_path,
	enum credential_part blamed, int err, const char *words)
{
	assert_int_equal(read_both(certificate_path, key_path), err);
	assert_int_equal(part, blamed);
	if (!strstr(why, words))
		fail_msg("\"%s\" not in: %s", words, why);
	assert_ptr_equal(
		strstr(why, blamed == CREDENTIAL_KEY ? "client-key: " : "client-cert: "), why);
}

static void shown_when_asked(void **state)
{
	static const char *const versions[] = { "NORMAL:-VERS-ALL:+VERS-TLS1.3",
		"NORMAL:-VERS-ALL:+VERS-TLS1.2" };
	(void)state;

	assert_int_equal(read_both(certificate, key), 0);
	assert_ptr_equal(credential_hold(credential), credential);
	credential_release(credential);
	extra.credential = credential;
	for (unsigned i = 0; i < 2; i++) {
		struct tls_server server = {
			.chain = { &good }, .wants = &root, .priority = versions[i]
		};
		client = (struct client){ 0 };
		expect_good(&server, HOST, TLS_VERSION_1_2);
		assert_true(server.shown > 0);
	}
	/* And not when not. */
	struct tls_server server = { .chain = { &good } };
	client = (struct client){ 0 };
	expect_good(&server, HOST, TLS_VERSION_1_2);
	assert_int_equal(server.shown, 0);
	credential_release(credential);
}

static void known_by_its_certificate(void **state)
{
	uint8_t fingerprint[32];
	const struct pass *others[] = { &other };
	char path[64];
	(void)state;

	assert_int_equal(read_both(certificate, key), 0);
	memcpy(fingerprint, credential_fingerprint(credential), sizeof(fingerprint));
	credential_release(credential);
	assert_int_equal(read_both(certificate, key), 0);
	assert_memory_equal(fingerprint, credential_fingerprint(credential), sizeof(fingerprint));
	credential_release(credential);
	pass_write(others, 1, path);
	assert_int_equal(read_both(path, other_key), 0);
	assert_memory_not_equal(
		fingerprint, credential_fingerprint(credential), sizeof(fingerprint));
	credential_release(credential);
	unlink(path);
}

static void a_key_that_others_can_read(void **state)
{
	static const mode_t modes[] = { 0640, 0604, 0660, 0606, 0610 };
	(void)state;

	for (size_t i = 0; i < sizeof(modes) / sizeof(modes[0]); i++) {
		assert_int_equal(chmod(key, modes[i]), 0);
		assert_wrong(certificate, key, CREDENTIAL_KEY, ERR_FORMAT, "chmod 600 /tmp/");
	}
	assert_int_equal(chmod(key, 0400), 0);
	assert_int_equal(read_both(certificate, key), 0);
	credential_release(credential);
}

static void wrong_files(void **state)
{
	const struct pass *many[17];
	char too_many[64];
	(void)state;
	for (size_t i = 0; i < 17; i++)
		many[i] = &good;
	pass_write(many, 17, too_many);
	assert_wrong(too_many, key, CREDENTIAL_CERTIFICATE, ERR_FORMAT, "more than 16");
	unlink(too_many);
	assert_wrong("/nonexistent/a", key, CREDENTIAL_CERTIFICATE, ERR_SYSTEM, "No such file");
	assert_wrong("/tmp", key, CREDENTIAL_CERTIFICATE, ERR_FORMAT, "a directory");
	assert_wrong(key, key, CREDENTIAL_CERTIFICATE, ERR_FORMAT, "BEGIN CERTIFICATE");
	assert_wrong(certificate, "/nonexistent/a", CREDENTIAL_KEY, ERR_SYSTEM, "No such file");
	assert_wrong(certificate, other_key, CREDENTIAL_KEY, ERR_FORMAT, "not the key of");
	assert_int_equal(chmod(certificate, 0600), 0);
	assert_wrong(certificate, certificate, CREDENTIAL_KEY, ERR_FORMAT, "BEGIN PRIVATE KEY");
}

/* A PIN stands in no sentence, wherever it is written. */
static void tokens_that_are_not_there(void **state)
{
	static const char *const uris[] = {
		"pkcs11:token=nobody;object=me?pin-value=4711",
		"pkcs11:token=nobody;object=me;pin-value=4711",
		"PKCS11:token=nobody;object=me?module-name=x&pin-value=4711",
		"pkcs11:token=nobody?pin-source=file:/nonexistent/4711",
	};
	(void)state;

	for (size_t i = 0; i < sizeof(uris) / sizeof(uris[0]); i++) {
		assert_wrong(uris[i], key, CREDENTIAL_CERTIFICATE, ERR_FORMAT, "token=nobody");
		assert_null(strstr(why, "4711"));
		assert_wrong(certificate, uris[i], CREDENTIAL_KEY, ERR_FORMAT, "token=nobody");
		assert_null(strstr(why, "4711"));
	}
}

static void out_of_memory_is_told(void **state)
{
	(void)state;
	failmalloc_arm(0);
	assert_int_equal(read_both(certificate, key), ERR_NOMEM);
	assert_true(failmalloc_disarm());
	assert_null(credential_hold(NULL));
	credential_release(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TLS_TEST(shown_when_asked),
		TLS_TEST(known_by_its_certificate),
		TLS_TEST(a_key_that_others_can_read),
		TLS_TEST(wrong_files),
		TLS_TEST(tokens_that_are_not_there),
		TLS_TEST(out_of_memory_is_told),
	};
	return cmocka_run_group_tests(tests, setup_group, teardown_group);
}
