/* SPDX-License-Identifier: MIT */
/* Queries must reach whom the user chose and nobody else. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <limits.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "net/certpath.h"
#include "tls_client.h"

static void an_rsa_certificate_of_2048_bits(void **state)
{
	struct pass rsa;
	struct tls_server server = { .chain = { &rsa } };
	(void)state;
	make_good(&rsa, (struct pass_wish){ .rsa_bits = 2048 });
	expect_good(&server, HOST, TLS_VERSION_1_2);
	client = (struct client){ 0 };
	server = (struct tls_server){ .chain = { &rsa },
		.priority = "NORMAL:-VERS-ALL:+VERS-TLS1.2" };
	expect_good(&server, HOST, TLS_VERSION_1_2);
	pass_done(&rsa);
}

static void a_chain_with_an_intermediate_and_the_root_sent(void **state)
{
	struct pass leaf;
	struct tls_server server = { .chain = { &leaf, &intermediate, &root } };
	(void)state;
	make_good(&leaf, (struct pass_wish){ .issuer = &intermediate });
	expect_good(&server, HOST, TLS_VERSION_1_2);
	pass_done(&leaf);
}

/* A root signed with SHA-1 long ago is often sent along; nothing rests on it. */
static void what_is_not_on_the_way_up_does_not_matter(void **state)
{
	struct pass other;
	struct tls_server server = { .chain = { &good, &other } };
	(void)state;
	pass_make(&other, &(struct pass_wish){ .common_name = "Old",
				  .ca = true,
				  .rsa_bits = 1024,
				  .hash = GNUTLS_DIG_SHA1 });
	expect_good(&server, HOST, TLS_VERSION_1_2);
	pass_done(&other);
}

static void wildcard_and_address_names(void **state)
{
	struct tls_server server = { .chain = { &good } };
	(void)state;
	expect_good(&server, "a.wild.example", TLS_VERSION_1_2);
	client = (struct client){ 0 };
	server = (struct tls_server){ .chain = { &good } };
	expect_good(&server, "127.0.0.1", TLS_VERSION_1_2);
	assert_string_equal(server.sni, "");
}

static void wrong_name(void **state)
{
	struct pass leaf;
	(void)state;
	make_good(&leaf, (struct pass_wish){ .dns = "other.example", .common_name = HOST });
	expect_bad_certificate(&leaf, NULL, "is for \"other.example\"; expected \"dns.example\"",
		"check the name");
	pass_done(&leaf);
}

/* "*" stands for a whole label or for nothing. */
static void a_wildcard_within_a_label(void **state)
{
	static const char *const names[] = { "*s.example.org", "*ns.example.org" };
	struct pass leaf;
	(void)state;
	for (unsigned i = 0; i < 2; i++) {
		struct tls_server server = { .chain = { &leaf } };
		client = (struct client){ .plan = PLAN_STOP_WHEN_READY };
		make_good(&leaf, (struct pass_wish){ .dns = names[i] });
		tls_server_start(&server);
		dial(&server.address, "dns.example.org", TLS_VERSION_1_2);
		loop_run(loop);
		assert_int_equal(client.failed, 1);
		print_message("# %s\n", tls_failure(client.tls));
		assert_non_null(strstr(tls_failure(client.tls), "a part of a label"));
		close_it();
		tls_server_stop(&server);
		pass_done(&leaf);
	}
}

static void a_wildcard_within_a_label_and_a_whole_one(void **state)
{
	struct pass leaf;
	struct tls_server server = { .chain = { &leaf } };
	(void)state;
	make_good(&leaf, (struct pass_wish){ .dns = "*s.example.org", .dns2 = "*.EXAMPLE.org" });
	expect_good(&server, "dns.example.org", TLS_VERSION_1_2);
	pass_done(&leaf);
}

static void a_name_in_the_common_name_only(void **state)
{
	struct pass leaf;
	(void)state;
	make_good(&leaf, (struct pass_wish){ .common_name = HOST });
	expect_bad_certificate(&leaf, NULL, "names \"dns.example\" as common name only",
		"expected \"dns.example\" in subjectAltName");
	pass_done(&leaf);
}

static void an_address_wanted_and_only_names_there(void **state)
{
	struct pass leaf;
	struct tls_server server = { .chain = { &leaf } };
	(void)state;
	make_good(&leaf, (struct pass_wish){ .dns = "127.0.0.1", .common_name = "127.0.0.1" });
	tls_server_start(&server);
	dial(&server.address, "127.0.0.1", TLS_VERSION_1_2);
	loop_run(loop);
	assert_int_equal(client.failed, 1);
	close_it();
	tls_server_stop(&server);
	pass_done(&leaf);
}

static void hostile_names_reach_no_terminal(void **state)
{
	struct pass leaf;
	(void)state;
	make_good(&leaf, (struct pass_wish){ .common_name = "a\033[2J\nb\x9b\"" });
	expect_bad_certificate(
		&leaf, NULL, "names \"a\\1B[2J\\0Ab\\9B\\\"\" as", "common name only");
	pass_done(&leaf);
}

static void a_name_that_looks_like_two(void **state)
{
	struct pass leaf;
	(void)state;
	make_good(&leaf, (struct pass_wish){ .odd = { "a\", \"" HOST, "b\x1b[2J" } });
	expect_bad_certificate(&leaf, NULL, "is for \"a\\\", \\\"" HOST "\", \"b\\1B[2J\";",
		"expected \"" HOST "\" in subjectAltName");
	pass_done(&leaf);
}

static void expired(void **state)
{
	struct pass leaf;
	(void)state;
	make_good(&leaf, (struct pass_wish){ .from_days = -20, .until_days = -2 });
	expect_bad_certificate(&leaf, NULL, "expired on 2", "clock here says 2");
	pass_done(&leaf);
}

static void not_yet_valid(void **state)
{
	struct pass leaf;
	(void)state;
	make_good(&leaf, (struct pass_wish){ .from_days = 2, .until_days = 20 });
	expect_bad_certificate(&leaf, NULL, "valid only from 2", "is the clock right?");
	pass_done(&leaf);
}

/* Without a clock: what has begun after the floor may have, what was over at it is. A machine that
 * boots in 1970 would reach nobody, not even who tells it the time. */
static void without_a_clock(void **state)
{
	struct pass leaf;
	(void)state;

	clock_raise_floor(time(NULL) + 10 * 86400);
	make_good(&leaf, (struct pass_wish){ .from_days = 12, .until_days = 98 });
	struct tls_server server = { .chain = { &leaf } };
	expect_good(&server, HOST, TLS_VERSION_1_2);
	pass_done(&leaf);
	client = (struct client){ 0 };
	/* All else is as it was. */
	make_good(
		&leaf, (struct pass_wish){ .dns = "b.example", .from_days = 12, .until_days = 20 });
	expect_bad_certificate(&leaf, NULL, "\"b.example\"", "check the name");
	pass_done(&leaf);
	client = (struct client){ 0 };
	make_good(&leaf,
		(struct pass_wish){ .hash = GNUTLS_DIG_SHA1, .from_days = 12, .until_days = 20 });
	expect_bad_certificate(&leaf, NULL, "SHA1", "stronger");
	pass_done(&leaf);
	client = (struct client){ 0 };
	make_good(&leaf, (struct pass_wish){ .from_days = -1, .until_days = 8 });
	expect_bad_certificate(&leaf, NULL, "expired on 2", "unless the clock is wrong");
	pass_done(&leaf);
}

static void an_intermediate_that_expired(void **state)
{
	struct pass leaf, old;
	(void)state;
	pass_make(&old, &(struct pass_wish){ .common_name = "Old Intermediate",
				.ca = true,
				.issuer = &root,
				.from_days = -20,
				.until_days = -2 });
	make_good(&leaf, (struct pass_wish){ .issuer = &old });
	expect_bad_certificate(
		&leaf, &old, "the intermediate certificate \"CN=Old Intermediate\"", "expired on");
	pass_done(&leaf);
	pass_done(&old);
}

static void unknown_authority(void **state)
{
	struct pass other, leaf;
	(void)state;
	pass_make(&other, &(struct pass_wish){ .common_name = "Other Root", .ca = true });
	make_good(&leaf, (struct pass_wish){ .issuer = &other });
	expect_bad_certificate(&leaf, NULL, "comes from \"CN=Other Root\"", "ca-file:");
	client = (struct client){ 0 };
	expect_bad_certificate(&leaf, &other, "comes from \"CN=Other Root\"", "ca-file:");
	pass_done(&leaf);
	pass_done(&other);
}

/* The same name as an authority of ours does not make it one. */
static void an_authority_with_a_borrowed_name(void **state)
{
	struct pass other, leaf;
	(void)state;
	pass_make(&other, &(struct pass_wish){ .common_name = "Lab Root", .ca = true });
	make_good(&leaf, (struct pass_wish){ .issuer = &other });
	expect_bad_certificate(&leaf, &other, "the certificate of dns.example at 127.0.0.1:", "");
	pass_done(&leaf);
	pass_done(&other);
}

static void a_missing_intermediate(void **state)
{
	struct pass leaf;
	(void)state;
	make_good(&leaf, (struct pass_wish){ .issuer = &intermediate });
	expect_bad_certificate(
		&leaf, NULL, "\"CN=Lab Intermediate\"", "does not send its intermediate");
	pass_done(&leaf);
}

static void self_signed(void **state)
{
	struct pass leaf;
	(void)state;
	pass_make(&leaf, &(struct pass_wish){ .common_name = "me", .dns = HOST });
	expect_bad_certificate(&leaf, NULL, "self-signed", "set ca-file: to it");
	pass_done(&leaf);
}

static void a_weak_key(void **state)
{
	struct pass leaf;
	(void)state;
	make_good(&leaf, (struct pass_wish){ .rsa_bits = 1024 });
	expect_bad_certificate(&leaf, NULL, "weak RSA key of 1024 bits", "at least 2048");
	pass_done(&leaf);
}

static void a_weak_intermediate(void **state)
{
	struct pass leaf, weak;
	(void)state;
	pass_make(&weak, &(struct pass_wish){ .common_name = "Weak Intermediate",
				 .ca = true,
				 .issuer = &root,
				 .rsa_bits = 1024 });
	make_good(&leaf, (struct pass_wish){ .issuer = &weak });
	expect_bad_certificate(
		&leaf, &weak, "the intermediate certificate \"CN=Weak Intermediate\"", "1024 bits");
	pass_done(&leaf);
	pass_done(&weak);
}

static void a_weak_authority(void **state)
{
	struct pass leaf;
	(void)state;
	make_good(&leaf, (struct pass_wish){ .issuer = &weak_root });
	expect_bad_certificate(&leaf, NULL, "the authority \"CN=Weak Root\"", "1024 bits");
	pass_done(&leaf);
}

static void a_weak_signature(void **state)
{
	struct pass leaf;
	(void)state;
	make_good(&leaf, (struct pass_wish){ .hash = GNUTLS_DIG_SHA1 });
	expect_bad_certificate(&leaf, NULL, "weak signature", "SHA1");
	pass_done(&leaf);
}

static void a_weak_signature_above(void **state)
{
	struct pass leaf, weak;
	(void)state;
	make_good(&weak,
		(struct pass_wish){ .ca = true, .common_name = "Weak", .hash = GNUTLS_DIG_SHA1 });
	make_good(&leaf, (struct pass_wish){ .issuer = &weak });
	expect_bad_certificate(
		&leaf, &weak, "intermediate certificate \"CN=Weak\"", "a weak signature (");
	pass_done(&leaf);
	pass_done(&weak);
}

static void a_long_way_up(void **state)
{
	struct pass leaf, between;
	struct tls_server server = { .chain = { &leaf, &between, &intermediate } };
	(void)state;
	make_good(
		&between, (struct pass_wish){
				  .ca = true, .common_name = "Between", .issuer = &intermediate });
	make_good(&leaf, (struct pass_wish){ .issuer = &between });
	expect_good(&server, HOST, TLS_VERSION_1_2);
	pass_done(&leaf);
	pass_done(&between);
}

static void a_certificate_for_clients(void **state)
{
	struct pass leaf;
	(void)state;
	make_good(&leaf, (struct pass_wish){ .purpose = GNUTLS_KP_TLS_WWW_CLIENT });
	expect_bad_certificate(&leaf, NULL, "is not made for servers", "extended key usage");
	pass_done(&leaf);
}

static void an_intermediate_for_clients(void **state)
{
	struct pass leaf, clients;
	(void)state;
	pass_make(&clients, &(struct pass_wish){ .common_name = "Client CA",
				    .ca = true,
				    .issuer = &root,
				    .purpose = GNUTLS_KP_TLS_WWW_CLIENT });
	make_good(&leaf, (struct pass_wish){ .issuer = &clients });
	expect_bad_certificate(&leaf, &clients, "\"CN=Client CA\"", "is not made for servers");
	pass_done(&leaf);
	pass_done(&clients);
}

static void signed_by_what_is_no_authority(void **state)
{
	struct pass leaf, plain;
	(void)state;
	make_good(&plain, (struct pass_wish){ .common_name = "No Authority", .dns = HOST });
	make_good(&leaf, (struct pass_wish){ .issuer = &plain });
	expect_bad_certificate(&leaf, &plain, "the certificate of dns.example at", "");
	pass_done(&leaf);
	pass_done(&plain);
}

static void outside_of_name_constraints(void **state)
{
	struct pass leaf, narrow;
	(void)state;
	pass_make(&narrow, &(struct pass_wish){ .common_name = "Narrow",
				   .ca = true,
				   .issuer = &root,
				   .permitted = "corp.example" });
	make_good(&leaf, (struct pass_wish){ .issuer = &narrow });
	expect_bad_certificate(&leaf, &narrow, "outside of what its issuer may sign", "");
	pass_done(&leaf);
	pass_done(&narrow);
}

/* Pins of those passes, the first of them first. */
static struct pin pins[2];

static void expect_pins(const struct pass *first, const struct pass *second)
{
	assert_int_equal(certpath_pin(first->certificate, &pins[0]), 0);
	assert_int_equal(certpath_pin(second->certificate, &pins[1]), 0);
	extra.pins = (struct pins){ .items = pins, .count = 2 };
}

static void pins_of_the_way_up(void **state)
{
	struct pass leaf;
	const struct pass *pinned[] = { &leaf, &intermediate, &root };
	(void)state;

	make_good(&leaf, (struct pass_wish){ .issuer = &intermediate });
	for (unsigned i = 0; i < 3; i++) {
		struct tls_server server = { .chain = { &leaf, &intermediate } };
		client = (struct client){ 0 };
		expect_pins(pinned[i], &weak_root);
		expect_good(&server, HOST, TLS_VERSION_1_2);
	}
	pass_done(&leaf);
}

static void no_pin_fits(void **state)
{
	char text[PIN_TEXT_LEN];
	struct pin shown;
	(void)state;

	expect_pins(&intermediate, &weak_root);
	assert_int_equal(certpath_pin(good.certificate, &shown), 0);
	expect_bad_certificate(&good, NULL, pin_write(&shown, text), "one of the 2 in pins:");
}

/* Somebody whom we believe, but did not pin, names an authority of their own as the pinned one, and
 * sends that along. */
static void a_pinned_authority_that_signed_nothing(void **state)
{
	struct pass pinned, namesake, leaf;
	struct tls_server server = { .chain = { &leaf, &pinned, &namesake } };
	(void)state;

	pass_make(&pinned,
		&(struct pass_wish){ .common_name = "Pinned", .ca = true, .issuer = &root });
	pass_make(&namesake,
		&(struct pass_wish){ .common_name = "Pinned", .ca = true, .issuer = &root });
	make_good(&leaf, (struct pass_wish){ .issuer = &namesake });
	expect_pins(&pinned, &weak_root);
	expect_refused(&server, ERR_TLS, "dns.example at 127.0.0.1:", "");
	pass_done(&pinned);
	pass_done(&namesake);
	pass_done(&leaf);
}

/* Of two authorities with one name it is the one that signed. */
static void a_pinned_namesake(void **state)
{
	struct pass first, second, leaf;
	struct tls_server server = { .chain = { &leaf } };
	const struct pass *both[] = { &first, &second };
	char path[64], why[TRUST_TEXT_LEN];
	(void)state;

	pass_make(&first, &(struct pass_wish){ .common_name = "Namesake", .ca = true });
	pass_make(&second, &(struct pass_wish){ .common_name = "Namesake", .ca = true });
	for (int i = 0; i < 2; i++) {
		struct trust *namesakes;
		const struct pass *signer = both[i], *pinned = both[1 - i];
		make_good(&leaf, (struct pass_wish){ .issuer = signer });
		pass_write(both, 2, path);
		assert_int_equal(
			trust_new(&(struct trust_options){ .ca_file = path }, &namesakes, why), 0);
		unlink(path);
		extra.trust = namesakes;
		expect_pins(pinned, &weak_root);
		client = (struct client){ 0 };
		expect_refused(&server, ERR_TLS, "dns.example at 127.0.0.1:", "");
		trust_release(namesakes);
		pass_done(&leaf);
	}
	pass_done(&first);
	pass_done(&second);
}

static void a_pin_in_reserve(void **state)
{
	struct tls_server server = { .chain = { &good } };
	(void)state;

	expect_pins(&intermediate, &good);
	client.plan = PLAN_STOP_WHEN_READY;
	tls_server_start(&server);
	dial(&server.address, HOST, TLS_VERSION_1_2);
	loop_run(loop);
	assert_int_equal(client.ready, 1);
	assert_non_null(strstr(tls_remark(client.tls), "at place 2 in pins:"));
	close_it();
	tls_server_stop(&server);
}

static void a_bypass_until_it_ends(void **state)
{
	struct tls_server server = { .chain = { &good } };
	(void)state;

	expect_pins(&intermediate, &weak_root);
	extra.pins.bypass_until_s = clock_wall_s() + 100;
	client.plan = PLAN_STOP_WHEN_READY;
	tls_server_start(&server);
	dial(&server.address, HOST, TLS_VERSION_1_2);
	loop_run(loop);
	assert_int_equal(client.ready, 1);
	assert_non_null(strstr(tls_remark(client.tls), "let pass until 2"));
	close_it();
	tls_server_stop(&server);
	client = (struct client){ 0 };
	extra.pins.bypass_until_s = clock_wall_s();
	expect_bad_certificate(&good, NULL, "expected one of the 2 in pins:", "");
}

/* Nobody vouches for anybody: the first certificate's key alone counts. */
static void pins_alone(void **state)
{
	struct pass self, weak;
	struct tls_server server = { .chain = { &self } };
	struct trust *nobody;
	char why[TRUST_TEXT_LEN];
	(void)state;

	pass_make(&self,
		&(struct pass_wish){ .common_name = "me", .from_days = -9, .until_days = -2 });
	pass_make(&weak, &(struct pass_wish){ .common_name = "me", .rsa_bits = 1024 });
	assert_int_equal(
		trust_new(&(struct trust_options){ .ca_file = TRUST_NONE }, &nobody, why), 0);
	extra.trust = nobody;
	expect_pins(&self, &weak_root);
	client.plan = PLAN_STOP_WHEN_READY;
	tls_server_start(&server);
	dial(&server.address, HOST, TLS_VERSION_1_2);
	loop_run(loop);
	assert_int_equal(client.ready, 1);
	assert_int_equal(tls_days_left(client.tls), INT_MAX);
	close_it();
	tls_server_stop(&server);

	client = (struct client){ 0 };
	expect_bad_certificate(&good, &root, "one of the 2 in pins:", "sha256/");
	client = (struct client){ 0 };
	expect_pins(&root, &weak_root);
	expect_bad_certificate(&good, &root, "one of the 2 in pins:", "sha256/");
	client = (struct client){ 0 };
	expect_pins(&weak, &weak_root);
	expect_bad_certificate(&weak, NULL, "weak RSA key of 1024 bits", "");
	client = (struct client){ 0 };
	extra.pins.count = 0;
	expect_bad_certificate(&good, NULL, "nothing says whether", "no pins:");
	client = (struct client){ 0 };
	expect_pins(&self, &weak_root);
	extra.pins.bypass_until_s = INT64_MAX;
	expect_bad_certificate(&good, NULL, "one of the 2 in pins:", "");
	trust_release(nobody);
	pass_done(&self);
	pass_done(&weak);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TLS_TEST(an_rsa_certificate_of_2048_bits),
		TLS_TEST(a_chain_with_an_intermediate_and_the_root_sent),
		TLS_TEST(what_is_not_on_the_way_up_does_not_matter),
		TLS_TEST(wildcard_and_address_names), TLS_TEST(wrong_name),
		TLS_TEST(a_wildcard_within_a_label),
		TLS_TEST(a_wildcard_within_a_label_and_a_whole_one),
		TLS_TEST(a_name_in_the_common_name_only),
		TLS_TEST(an_address_wanted_and_only_names_there),
		TLS_TEST(hostile_names_reach_no_terminal), TLS_TEST(a_name_that_looks_like_two),
		TLS_TEST(expired), TLS_TEST(not_yet_valid), TLS_TEST(an_intermediate_that_expired),
		TLS_TEST(unknown_authority), TLS_TEST(an_authority_with_a_borrowed_name),
		TLS_TEST(a_missing_intermediate), TLS_TEST(self_signed), TLS_TEST(a_weak_key),
		TLS_TEST(a_weak_intermediate), TLS_TEST(a_weak_authority),
		TLS_TEST(a_weak_signature), TLS_TEST(a_weak_signature_above),
		TLS_TEST(a_long_way_up), TLS_TEST(a_certificate_for_clients),
		TLS_TEST(an_intermediate_for_clients), TLS_TEST(signed_by_what_is_no_authority),
		TLS_TEST(outside_of_name_constraints), TLS_TEST(pins_of_the_way_up),
		TLS_TEST(no_pin_fits), TLS_TEST(a_pinned_authority_that_signed_nothing),
		TLS_TEST(a_pinned_namesake), TLS_TEST(a_pin_in_reserve),
		TLS_TEST(a_bypass_until_it_ends), TLS_TEST(pins_alone),
		TLS_TEST(without_a_clock), /* the last, as a floor does not sink */
	};
	return cmocka_run_group_tests(tests, tls_client_setup_group, tls_client_teardown_group);
}
