/* SPDX-License-Identifier: MIT */
/* What a person reads on a terminal of 80 columns. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "cli/probe_report.h"
#include "probed.h"

#define WIDTH 80

static char *printed(struct made_probe *made)
{
	char *text;
	size_t len;
	FILE *out = open_memstream(&text, &len);

	assert_non_null(out);
	findings_collect(&made->probed, made->findings);
	probe_report_print(out, &made->probed, made->findings);
	assert_int_equal(fclose(out), 0);
	return text;
}

static void assert_has(const char *text, const char *part)
{
	if (!text || !strstr(text, part))
		fail_msg("\"%s\" is not in\n%s", part, text ? text : "");
}

static void assert_narrow(char *text)
{
	for (char *line = strtok(text, "\n"); line; line = strtok(NULL, "\n")) {
		if (strlen(line) > WIDTH)
			fail_msg("too wide: %s", line);
	}
}

static void test_fit(void **state)
{
	struct made_probe *made = probed_make("tls://dns.example");
	char *text = printed(made);
	(void)state;
	assert_string_equal(text,
		"one  tls://dns.example  fit\n"
		"  addresses   192.0.2.1:8530 reachable, connected in 12.3 ms\n"
		"              [2001:db8::1]:8530 reachable, connected in 12.3 ms\n"
		"  TLS         TLS1.3, X25519, AES-256-GCM\n"
		"  ALPN        dot\n"
		"  resumption  a second connection resumes\n"
		"  certificate CN=dns.example\n"
		"  issuer      CN=Some authority\n"
		"  names       \"dns.example\", \"192.0.2.1\"\n"
		"  valid       2023-10-15 22:13 UTC to 2024-01-13 22:13 UTC, 60 days left\n"
		"  key         EC/ECDSA, 256 bits\n"
		"  pin         sha256/AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n"
		"  OCSP        good\n"
		"  round trip  min 1.1 ms, median 5.5 ms, p95 11.0 ms, of 10 queries\n"
		"  padding     yes\n"
		"  idle        30.2 s, as it says (edns-tcp-keepalive)\n"
		"  DNSSEC      signatures kept; denials proven; DS right\n"
		"  NXDOMAIN    not rewritten\n");
	free(text);
	probed_free(made);
}

static void test_https(void **state)
{
	struct made_probe *made = probed_make("https://dns.example/dns-query");
	char *text = printed(made);
	(void)state;
	assert_has(text, "  HTTP        HTTP/2\n");
	assert_has(text, "  idle        HTTP/2 has no word");
	free(text);
	probed_free(made);
}

static void test_one_is_down(void **state)
{
	struct made_probe *made = probed_make("tls://dns.example");
	(void)state;
	made->facts[0] = (struct facts){ .why = "nobody listens there: start the server, or "
						"correct the address, or look whether a firewall "
						"refuses what goes to its port" };
	char *text = printed(made);
	assert_has(text, "one  tls://dns.example  1 problem\n");
	assert_has(text, "192.0.2.1:8530 NOT REACHABLE\n");
	assert_has(text, "[2001:db8::1]:8530 reachable");
	assert_has(text,
		"    192.0.2.1:8530\n"
		"  ! nobody listens there: start the server, or correct the address, or look\n"
		"    whether a firewall refuses what goes to its port\n");
	assert_has(text, "  round trip  min 1.1 ms");
	assert_narrow(text);
	free(text);
	probed_free(made);
}

static void test_all_is_wrong(void **state)
{
	struct made_probe *made = probed_make("tls://dns.example");
	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct facts *facts = &made->facts[i];
		facts->resumed = facts->padded = facts->keepalive = MARK_NO;
		facts->signatures = facts->denial = facts->ds = facts->honest = MARK_NO;
		facts->tls.expires_s = PROBED_WALL_S - 86400;
		memset(facts->tls.names, 'x', sizeof(facts->tls.names) - 1);
		for (size_t at = 19; at < sizeof(facts->tls.names) - 1; at += 20)
			facts->tls.names[at] = ' ';
	}
	char *text = printed(made);
	assert_has(text, "EXPIRED 0 days ago");
	assert_has(text, "REWRITTEN");
	assert_has(text, "signatures MISSING; denials WITHOUT PROOF; DS WRONG");
	assert_has(text, "    likely cause: ");
	assert_has(text, "    remedy: ");
	assert_null(strstr(text, "    192.0.2.1:8530\n")); /* it is all of them */
	assert_narrow(text);
	free(text);
	probed_free(made);
}

static void test_refused(void **state)
{
	struct made_probe *made = probed_make("tls://dns.example");
	(void)state;
	for (size_t i = 0; i < 2; i++) {
		made->facts[i].reached = false;
		made->facts[i].answered = made->facts[i].round_count = 0;
		strcpy(made->facts[i].why, "it is somebody else");
	}
	strcpy(made->facts[1].tls.subject, "CN=the second one");
	char *text = printed(made);
	assert_null(strstr(text, "the second one"));
	assert_has(text, "REFUSED, as told below\n");
	assert_has(text, "  pin         sha256/A");
	assert_has(text, "  ! it is somebody else\n");
	assert_null(strstr(text, "round trip"));
	free(text);
	probed_free(made);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_fit),
		cmocka_unit_test(test_https),
		cmocka_unit_test(test_one_is_down),
		cmocka_unit_test(test_all_is_wrong),
		cmocka_unit_test(test_refused),
	};
	return cmocka_run_group_tests_name("probe_report", tests, NULL, NULL);
}
