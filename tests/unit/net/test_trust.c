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
#include <time.h>
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

static void nobody(void **state)
{
	(void)state;
	assert_int_equal(read_trust(TRUST_NONE), 0);
	assert_true(trust_is_empty(trust));
	assert_false(trust_is_system(trust));
	assert_false(trust_wants_staple(trust));
	assert_string_equal(trust_remark(trust), "");
	trust_release(trust);
}

static void read_with(const char *ca_file, const char *crl_file, enum trust_ocsp ocsp)
{
	const struct trust_options options = { ca_file, crl_file, ocsp };
	if (trust_new(&options, &trust, why) != 0)
		fail_msg("%s", why);
}

/* Sessions that were let in by other authorities, or with less demanded, are not resumed. */
static void known_by_what_it_trusts(void **state)
{
	struct pass a, b;
	const struct pass *passes[] = { &a, &b };
	char one[64], same[64], two[64];
	const char *const files[] = { one, same, two, TRUST_NONE, "" };
	uint8_t first[32];
	(void)state;

	pass_make(&a, &(struct pass_wish){ .common_name = "A", .ca = true });
	pass_make(&b, &(struct pass_wish){ .common_name = "B", .ca = true });
	pass_write(passes, 1, one);
	pass_write(passes, 1, same);
	pass_write(passes, 2, two);
	for (unsigned i = 0; i < 5; i++) {
		read_with(files[i], "", TRUST_OCSP_STAPLE);
		if (i == 0)
			memcpy(first, trust_fingerprint(trust), sizeof(first));
		assert_int_equal(
			memcmp(first, trust_fingerprint(trust), sizeof(first)) == 0, i < 2);
		trust_release(trust);
	}
	read_with(one, "", TRUST_OCSP_REQUIRE);
	assert_true(trust_wants_staple(trust));
	assert_memory_not_equal(first, trust_fingerprint(trust), sizeof(first));
	trust_release(trust);
	/* The system's store gives the same whenever it is read. */
	read_with("", "", TRUST_OCSP_STAPLE);
	memcpy(first, trust_fingerprint(trust), sizeof(first));
	trust_release(trust);
	read_with("", "", TRUST_OCSP_STAPLE);
	assert_memory_equal(first, trust_fingerprint(trust), sizeof(first));
	trust_release(trust);
	for (unsigned i = 0; i < 3; i++)
		unlink(files[i]);
	pass_done(&a);
	pass_done(&b);
}

/* A list of what a revoked, which is nothing, until that many days from now. */
static void write_list(const struct pass *a, int days, char path[static 64])
{
	gnutls_x509_crl_t list;
	gnutls_datum_t pem;

	assert_int_equal(gnutls_x509_crl_init(&list), 0);
	assert_int_equal(gnutls_x509_crl_set_version(list, 2), 0);
	assert_int_equal(gnutls_x509_crl_set_this_update(list, time(NULL) - 100 * 86400), 0);
	assert_int_equal(gnutls_x509_crl_set_next_update(list, time(NULL) + days * 86400), 0);
	assert_int_equal(gnutls_x509_crl_set_number(list, "\1", 1), 0);
	assert_int_equal(
		gnutls_x509_crl_sign2(list, a->certificate, a->key, GNUTLS_DIG_SHA256, 0), 0);
	assert_int_equal(gnutls_x509_crl_export2(list, GNUTLS_X509_FMT_PEM, &pem), 0);
	gnutls_x509_crl_deinit(list);
	strcpy(path, "/tmp/stubborn-test-XXXXXX");
	int fd = mkstemp(path);
	assert_int_equal(write(fd, pem.data, pem.size), pem.size);
	close(fd);
	gnutls_free(pem.data);
}

static void lists_of_what_was_revoked(void **state)
{
	struct trust_options options = { .ca_file = TRUST_NONE,
		.crl_file = "/nonexistent/crl.pem" };
	struct pass a;
	char path[64];
	uint8_t with[32];
	(void)state;

	assert_int_equal(trust_new(&options, &trust, why), ERR_SYSTEM);
	assert_ptr_equal(strstr(why, "crl-file: cannot read /nonexistent/crl.pem: No such"), why);
	pass_make(&a, &(struct pass_wish){ .common_name = "A", .ca = true });
	write_list(&a, 1, path);
	read_with(TRUST_NONE, path, TRUST_OCSP_STAPLE);
	assert_string_equal(trust_remark(trust), "");
	/* Who was let in without the list is not let in again by a ticket. */
	memcpy(with, trust_fingerprint(trust), sizeof(with));
	trust_release(trust);
	read_with(TRUST_NONE, "", TRUST_OCSP_STAPLE);
	assert_memory_not_equal(with, trust_fingerprint(trust), sizeof(with));
	trust_release(trust);
	unlink(path);
	write_list(&a, -1, path);
	read_with(TRUST_NONE, path, TRUST_OCSP_STAPLE);
	assert_non_null(strstr(trust_remark(trust), "ended on 2"));
	trust_release(trust);
	unlink(path);
	const struct pass *all[] = { &a };
	pass_write(all, 1, path);
	options.crl_file = path;
	assert_int_equal(trust_new(&options, &trust, why), ERR_FORMAT);
	assert_non_null(strstr(why, "BEGIN X509 CRL"));
	unlink(path);
	pass_done(&a);
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
		cmocka_unit_test(nobody),
		cmocka_unit_test(known_by_what_it_trusts),
		cmocka_unit_test(lists_of_what_was_revoked),
		cmocka_unit_test(out_of_memory_is_told),
		cmocka_unit_test(only_strong_algorithms_are_offered),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
