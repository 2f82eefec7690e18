/* SPDX-License-Identifier: MIT */
/* What a person reads of a certificate must be what it says, and its pin what others calculate. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <gnutls/abstract.h>
#include <gnutls/crypto.h>
#include <string.h>
#include <unistd.h>

#include "net/certpath.h"
#include "tls_client.h"

static void subject_and_issuer(void **state)
{
	char text[CHAIN_DN_LEN];
	(void)state;

	assert_string_equal(certpath_dn_write(root.certificate, false, text), "CN=Lab Root");
	assert_string_equal(certpath_dn_write(intermediate.certificate, true, text), "CN=Lab Root");
	assert_string_equal(certpath_dn_write(good.certificate, false, text), "(no name)");
}

static void names(void **state)
{
	struct certpath_names names;
	(void)state;

	certpath_names_read(good.certificate, &names);
	assert_true(names.any_dns);
	assert_int_equal(names.shown, 3);
	assert_string_equal(names.text, "\"dns.example\", \"*.wild.example\", \"127.0.0.1\"");
	certpath_names_read(root.certificate, &names);
	assert_false(names.any_dns);
	assert_int_equal(names.shown, 0);
	assert_string_equal(names.text, "");
}

/* A server that we do not trust chooses its names: one must not look like two, nor like another,
 * nor reach a terminal. */
static void hostile_names(void **state)
{
	struct pass leaf;
	struct certpath_names names;
	(void)state;

	pass_make(&leaf, &(struct pass_wish){ .odd = { "a\", \"dns.example", "b\x1b[2J\n\\c" } });
	certpath_names_read(leaf.certificate, &names);
	assert_int_equal(names.shown, 2);
	assert_string_equal(names.text, "\"a\\\", \\\"dns.example\", \"b\\1B[2J\\0A\\\\c\"");
	pass_done(&leaf);
	pass_make(&leaf,
		&(struct pass_wish){
			.dns = "dns.example.of.a.name.that.is.longer.than.what.is.shown.example" });
	certpath_names_read(leaf.certificate, &names);
	assert_string_equal(names.text, "\"dns.example.of.a.name.that.is.longer.than.what.i\"...");
	pass_done(&leaf);
}

static void hostile_subject(void **state)
{
	char text[CHAIN_DN_LEN];
	struct pass leaf;
	(void)state;

	pass_make(&leaf, &(struct pass_wish){ .common_name = "a\"\x1b[2J,O=\\b\x7f" });
	assert_string_equal(
		certpath_dn_write(leaf.certificate, false, text), "CN=a\\\"\\1B[2J\\,O=\\\\b\\7F");
	assert_true(certpath_common_name_write(leaf.certificate, text));
	assert_string_equal(text, "a\\\"\\1B[2J\\,O=\\\\b\\7F");
	pass_done(&leaf);
	/* Whole it does not fit. */
	pass_make(&leaf,
		&(struct pass_wish){ .common_name = "\x1b\x1b\x1b\x1b\x1b\x1b\x1b\x1b\x1b\x1b\x1b"
						    "\x1b\x1b\x1b\x1b\x1b\x1b\x1b\x1b\x1b\x1b\x1b"
						    "\x1b\x1b\x1b\x1b\x1b\x1b\x1b\x1b\x1b\x1b,O="
						    "Lab Root" });
	certpath_dn_write(leaf.certificate, true, text);
	assert_string_equal(text + 32 * 3, "\\,O=Lab");
	pass_done(&leaf);
	assert_false(certpath_common_name_write(good.certificate, text));
}

/* A name of parts with nothing in them, in the place of "CN=abc": not even who shows such a
 * certificate may end the resolver. */
static void a_name_of_nothing(void **state)
{
	static const uint8_t named[] = { 0x30, 14, 0x31, 12, 0x30, 10, 6, 3, 0x55, 4, 3 };
	char text[CHAIN_DN_LEN];
	struct pass leaf;
	gnutls_datum_t der;
	unsigned found = 0;
	(void)state;

	pass_make(&leaf, &(struct pass_wish){ .common_name = "abc" });
	assert_int_equal(gnutls_x509_crt_export2(leaf.certificate, GNUTLS_X509_FMT_DER, &der), 0);
	for (unsigned i = 0; i + sizeof(named) <= der.size; i++) {
		if (memcmp(der.data + i, named, sizeof(named)) != 0)
			continue;
		found++;
		for (unsigned part = 2; part < 2 + 14; part += 2)
			memcpy(der.data + i + part, "\x31", 2);
	}
	assert_int_equal(found, 2);
	gnutls_x509_crt_deinit(leaf.certificate);
	assert_int_equal(gnutls_x509_crt_init(&leaf.certificate), 0);
	assert_int_equal(gnutls_x509_crt_import(leaf.certificate, &der, GNUTLS_X509_FMT_DER), 0);
	gnutls_free(der.data);
	assert_string_equal(certpath_dn_write(leaf.certificate, false, text), "(no name)");
	assert_string_equal(certpath_dn_write(leaf.certificate, true, text), "(no name)");
	pass_done(&leaf);
}

static void the_exponent(void **state)
{
	unsigned bits = 0;
	(void)state;

	assert_int_equal(certpath_exponent_bits(weak_root.certificate, &bits), 0);
	assert_int_equal(bits, 17);
	bits = 7;
	assert_int_not_equal(certpath_exponent_bits(good.certificate, &bits), 0);
	assert_int_equal(bits, 7);
}

/* The fingerprint of the octets that stand in the certificate. */
static void pin(void **state)
{
	uint8_t spki[512], digest[32];
	size_t len = sizeof(spki);
	gnutls_pubkey_t key;
	struct pin pin;
	(void)state;

	assert_int_equal(gnutls_pubkey_init(&key), 0);
	assert_int_equal(gnutls_pubkey_import_x509(key, good.certificate, 0), 0);
	assert_int_equal(gnutls_pubkey_export(key, GNUTLS_X509_FMT_DER, spki, &len), 0);
	gnutls_pubkey_deinit(key);
	assert_int_equal(gnutls_hash_fast(GNUTLS_DIG_SHA256, spki, len, digest), 0);
	assert_int_equal(certpath_pin(good.certificate, &pin), 0);
	assert_memory_equal(pin.sha256, digest, sizeof(digest));
}

static void weakness(void **state)
{
	char text[CHAIN_KEY_LEN];
	(void)state;

	certpath_key_weakness(good.certificate, text);
	assert_string_equal(text, "");
	certpath_signature_weakness(good.certificate, text);
	assert_string_equal(text, "");
	certpath_key_weakness(weak_root.certificate, text);
	assert_non_null(strstr(text, "weak RSA key of 1024 bits"));
}

/* A certificate, as far as it has a key, which is of that kind. */
static void make_odd(struct pass *pass, gnutls_pk_algorithm_t kind, unsigned bits)
{
	assert_int_equal(gnutls_x509_privkey_init(&pass->key), 0);
	assert_int_equal(gnutls_x509_privkey_generate(pass->key, kind, bits, 0), 0);
	assert_int_equal(gnutls_x509_crt_init(&pass->certificate), 0);
	assert_int_equal(gnutls_x509_crt_set_key(pass->certificate, pass->key), 0);
}

/* With ca-file: none nobody else looks at it. */
static void kinds_of_keys(void **state)
{
	static const struct {
		gnutls_pk_algorithm_t kind;
		unsigned bits;
		const char *says; /* NULL: nothing */
	} cases[] = {
		{ GNUTLS_PK_ECDSA, GNUTLS_CURVE_TO_BITS(GNUTLS_ECC_CURVE_SECP224R1),
			"key of 224 bits; expected at least 256" },
		{ GNUTLS_PK_ECDSA, GNUTLS_CURVE_TO_BITS(GNUTLS_ECC_CURVE_SECP521R1), NULL },
		{ GNUTLS_PK_EDDSA_ED25519, GNUTLS_CURVE_TO_BITS(GNUTLS_ECC_CURVE_ED25519), NULL },
		{ GNUTLS_PK_ECDH_X25519, GNUTLS_CURVE_TO_BITS(GNUTLS_ECC_CURVE_X25519),
			"expected RSA, ECDSA or EdDSA" },
	};
	(void)state;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char text[CHAIN_KEY_LEN];
		struct pass odd;
		make_odd(&odd, cases[i].kind, cases[i].bits);
		certpath_key_weakness(odd.certificate, text);
		if (!cases[i].says)
			assert_string_equal(text, "");
		else if (!strstr(text, cases[i].says))
			fail_msg("\"%s\" does not say \"%s\"", text, cases[i].says);
		pass_done(&odd);
	}
}

static unsigned path_len;
static bool ended, rooted;

/* The way up, seen from a session. */
static void climb(struct tls_server *server, gnutls_session_t session, int fd)
{
	struct certpath chain = { .count = 0 };
	(void)server;
	(void)fd;

	/* The server sees the client's certificates. */
	if (certpath_read(session, &chain) == 0) {
		certpath_climb(trust, &chain);
		path_len = chain.path_len;
		ended = certpath_step(&chain, path_len + 1) == NULL;
		rooted = certpath_step(&chain, path_len) == chain.authority && chain.authority;
	}
	certpath_done(&chain);
}

static void the_way_up(void **state)
{
	struct pass leaf;
	struct tls_server server = { .chain = { &good }, .wants = &root, .talk = climb };
	const struct pass *both[] = { &leaf, &intermediate };
	char certificates[64], key[64], why[CREDENTIAL_TEXT_LEN];
	enum credential_part part;
	struct credential *credential;
	(void)state;

	make_good(&leaf, (struct pass_wish){ .issuer = &intermediate });
	pass_write(both, 2, certificates);
	pass_write_key(&leaf, key);
	const struct credential_options options = { .certificate = certificates, .key = key };
	assert_int_equal(credential_new(&options, &credential, &part, why), 0);
	extra.credential = credential;
	tls_server_start(&server);
	client.plan = PLAN_CLOSE_WHEN_READY;
	dial(&server.address, HOST, TLS_VERSION_1_2);
	loop_run(loop);
	tls_server_stop(&server);
	assert_int_equal(path_len, 2);
	assert_true(rooted && ended);
	credential_release(credential);
	unlink(certificates);
	unlink(key);
	pass_done(&leaf);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TLS_TEST(subject_and_issuer),
		TLS_TEST(names),
		TLS_TEST(hostile_names),
		TLS_TEST(hostile_subject),
		TLS_TEST(a_name_of_nothing),
		TLS_TEST(the_exponent),
		TLS_TEST(pin),
		TLS_TEST(weakness),
		TLS_TEST(kinds_of_keys),
		TLS_TEST(the_way_up),
	};
	return cmocka_run_group_tests(tests, tls_client_setup_group, tls_client_teardown_group);
}
