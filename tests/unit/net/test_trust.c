/* SPDX-License-Identifier: MIT */
/* The first thing that goes wrong on a new machine is the file of authorities: the sentence must
 * name it. What certificates are refused is told in test_tls.c, against real servers. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "net/trust.h"
#include "support/failmalloc.h"
#include "tls_server.h"

static struct trust *trust;
static char why[TRUST_TEXT_LEN];

static int read_trust(const char *path)
{
	trust = NULL;
	why[0] = '\0';
	int err = trust_new(&(struct trust_options){ .ca_file = path }, &trust, why);
	assert_int_equal(err == 0, trust != NULL);
	assert_int_equal(err == 0, why[0] == '\0');
	return err;
}

static void a_file_of_authorities(void **state)
{
	struct pass a, b;
	const struct pass *both[] = { &a, &b };
	char path[64];
	(void)state;

	pass_make(&a, &(struct pass_wish){ .common_name = "A", .ca = true });
	pass_make(&b, &(struct pass_wish){ .common_name = "B", .ca = true });
	pass_write(both, 2, path);
	assert_int_equal(read_trust(path), 0);
	assert_non_null(trust_credentials(trust));
	assert_non_null(trust_priority(trust, false));
	assert_non_null(trust_priority(trust, true));
	assert_ptr_equal(trust_hold(trust), trust);
	trust_release(trust);
	assert_non_null(trust_credentials(trust));
	trust_release(trust);
	unlink(path);
	pass_done(&a);
	pass_done(&b);
}

static void no_such_file(void **state)
{
	(void)state;
	assert_int_equal(read_trust("/nonexistent/ca.pem"), ERR_SYSTEM);
	assert_int_equal(errno, ENOENT);
	assert_non_null(strstr(why, "/nonexistent/ca.pem: No such file"));
}

static void a_folder(void **state)
{
	(void)state;
	assert_int_equal(read_trust("/tmp"), ERR_SYSTEM);
	assert_non_null(strstr(why, "/tmp: it is a device, a pipe or a directory"));
}

static void a_file_of_something_else(void **state)
{
	static const char *const texts[] = { "", "hello\n",
		"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n" };
	(void)state;

	for (unsigned i = 0; i < 3; i++) {
		char path[] = "/tmp/stubborn-test-XXXXXX";
		int fd = mkstemp(path);
		assert_int_equal(write(fd, texts[i], strlen(texts[i])), strlen(texts[i]));
		close(fd);
		assert_int_equal(read_trust(path), ERR_FORMAT);
		assert_non_null(strstr(why, path));
		assert_non_null(strstr(why, "BEGIN CERTIFICATE"));
		unlink(path);
	}
}

static void the_systems_authorities(void **state)
{
	(void)state;
	int err = read_trust(NULL);
	if (err != 0) {
		/* A machine without them must say so. */
		assert_non_null(strstr(why, "ca-certificates"));
		return;
	}
	trust_release(trust);
	assert_int_equal(read_trust(""), 0);
	trust_release(trust);
}

static void out_of_memory_is_told(void **state)
{
	(void)state;
	failmalloc_arm(0);
	assert_int_equal(read_trust(NULL), ERR_NOMEM);
	assert_true(failmalloc_disarm());
	trust_release(NULL);
	assert_null(trust_hold(NULL));
}

/* What GnuTLS makes of the priority string: nothing weaker may slip in with a new version. */
static void only_strong_algorithms_are_offered(void **state)
{
	const unsigned *list;
	(void)state;

	assert_int_equal(read_trust(NULL), 0);
	for (int only_1_3 = 0; only_1_3 < 2; only_1_3++) {
		gnutls_priority_t priority = trust_priority(trust, only_1_3);
		int count = gnutls_priority_protocol_list(priority, &list);
		assert_int_equal(count, only_1_3 ? 1 : 2);
		assert_int_equal(list[0], GNUTLS_TLS1_3);
		count = gnutls_priority_cipher_list(priority, &list);
		assert_int_equal(count, 3);
		for (int i = 0; i < count; i++)
			assert_true(list[i] == GNUTLS_CIPHER_AES_128_GCM ||
				    list[i] == GNUTLS_CIPHER_AES_256_GCM ||
				    list[i] == GNUTLS_CIPHER_CHACHA20_POLY1305);
		count = gnutls_priority_kx_list(priority, &list);
		for (int i = 0; i < count; i++)
			assert_true(
				list[i] == GNUTLS_KX_ECDHE_ECDSA || list[i] == GNUTLS_KX_ECDHE_RSA);
		count = gnutls_priority_group_list(priority, &list);
		assert_in_range(count, 3, 4);
		for (int i = 0; i < count; i++) {
			const char *name = gnutls_group_get_name((gnutls_group_t)list[i]);
			assert_true(strcmp(name, "X25519") == 0 || strcmp(name, "SECP256R1") == 0 ||
				    strcmp(name, "SECP384R1") == 0 ||
				    strcmp(name, "X25519-MLKEM768") == 0);
		}
		count = gnutls_priority_sign_list(priority, &list);
		assert_true(count >= 10);
		for (int i = 0; i < count; i++) {
			const char *name = gnutls_sign_get_name((gnutls_sign_algorithm_t)list[i]);
			assert_null(strstr(name, "SHA1"));
			assert_null(strstr(name, "SHA224"));
			assert_null(strstr(name, "MD5"));
		}
	}
	trust_release(trust);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_file_of_authorities),
		cmocka_unit_test(no_such_file),
		cmocka_unit_test(a_folder),
		cmocka_unit_test(a_file_of_something_else),
		cmocka_unit_test(the_systems_authorities),
		cmocka_unit_test(out_of_memory_is_told),
		cmocka_unit_test(only_strong_algorithms_are_offered),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
