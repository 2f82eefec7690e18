/* SPDX-License-Identifier: MIT */
/* What scripts read of a probe. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "cli/probe_json.h"
#include "probed.h"

static char *printed(struct made_probe *made)
{
	char *text;
	size_t len;
	struct json json = { .out = open_memstream(&text, &len) };

	assert_non_null(json.out);
	findings_collect(&made->probed, made->findings);
	probe_json_print(&json, &made->probed, made->findings);
	assert_int_equal(fclose(json.out), 0);
	return text;
}

static void test_whole(void **state)
{
	struct made_probe *made = probed_make("tls://dns.example");
	(void)state;
	made->facts[1] = (struct facts){ .why = "a \"quoted\" reason" };
	char *text = printed(made);
	assert_string_equal(text,
		"{\"name\":\"one\",\"url\":\"tls://dns.example\",\"fit\":false,"
		"\"looked_up_at\":null,\"addresses\":["
		"{\"address\":\"192.0.2.1:8530\",\"reachable\":true,\"connect_us\":12345,"
		"\"tls\":{\"version\":\"TLS1.3\",\"suite\":\"AES-256-GCM\",\"group\":\"X25519\","
		"\"alpn\":\"dot\",\"resumed\":true,\"early_data\":false},"
		"\"certificate\":{\"subject\":\"CN=dns.example\",\"issuer\":\"CN=Some authority\","
		"\"names\":\"\\\"dns.example\\\", \\\"192.0.2.1\\\"\",\"from\":1697408000,"
		"\"expires\":1705184001,\"days_left\":60,\"key\":\"EC/ECDSA\",\"key_bits\":256,"
		"\"pin\":\"sha256/"
		"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\",\"ocsp\":\"good\"},"
		"\"http_version\":null,\"asked\":16,\"answered\":16,"
		"\"round_trip_us\":{\"count\":10,\"min\":1100,\"median\":5500,\"p95\":11000},"
		"\"padded\":true,\"keepalive\":true,\"idle_ms\":30200,"
		"\"dnssec\":{\"signatures\":true,\"denial\":true,\"ds\":true},"
		"\"nxdomain_kept\":true},"
		"{\"address\":\"[2001:db8::1]:8530\",\"reachable\":false,\"connect_us\":null,"
		"\"tls\":null,\"certificate\":null,\"http_version\":null,\"asked\":0,\"answered\":"
		"0,"
		"\"round_trip_us\":{\"count\":0,\"min\":null,\"median\":null,\"p95\":null},"
		"\"padded\":null,\"keepalive\":null,\"idle_ms\":null,"
		"\"dnssec\":{\"signatures\":null,\"denial\":null,\"ds\":null},"
		"\"nxdomain_kept\":null}],"
		"\"findings\":[{\"level\":\"problem\",\"code\":\"unreachable\","
		"\"text\":\"a \\\"quoted\\\" reason\",\"cause\":null,\"remedy\":null,"
		"\"addresses\":[\"[2001:db8::1]:8530\"]}]}");
	free(text);
	probed_free(made);
}

static void test_https(void **state)
{
	struct made_probe *made = probed_make("https://dns.example/dns-query");
	char *text = printed(made);
	(void)state;
	assert_non_null(strstr(text, "\"fit\":true"));
	assert_non_null(strstr(text, "\"http_version\":\"2\""));
	free(text);
	for (size_t i = 0; i < 2; i++) /* nobody has spoken HTTP yet */
		made->facts[i].answered = 0;
	text = printed(made);
	assert_null(strstr(text, "\"http_version\":\"2\""));
	free(text);
	probed_free(made);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_whole),
		cmocka_unit_test(test_https),
	};
	return cmocka_run_group_tests_name("probe_json", tests, NULL, NULL);
}
