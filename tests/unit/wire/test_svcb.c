/* SPDX-License-Identifier: MIT */
/* HTTPS records decide how browsers connect; the test vectors are those of RFC 9460 appendix D. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "sample.h"
#include "wire/svcb.h"

static void test_valid(void **state)
{
	static const struct {
		const char *hex, *text;
	} cases[] = {
		{ "", "" },
		{ "00030002 0035", " port=53" },
		{ "029b0005 68656c6c6f", " key667=\"hello\"" },
		{ "029b0009 68656c6c6fd2716f6f", " key667=\"hello\\210qoo\"" },
		{ "00060020 20010db8000000000000000000000001 20010db8000000000000000000530001",
			" ipv6hint=2001:db8::1,2001:db8::53:1" },
		{ "00060010 20010db8ffffffffffffffffc6336464",
			" ipv6hint=2001:db8:ffff:ffff:ffff:ffff:c633:6464" },
		{ "00000004 00010004 00010009 026832 0568332d3139 00040004 c0000201",
			" mandatory=alpn,ipv4hint alpn=\"h2,h3-19\" ipv4hint=192.0.2.1" },
		{ "0001000c 08665c6f6f2c626172 026832", " alpn=\"f\\\\\\\\oo\\\\,bar,h2\"" },
		{ "00020000 00050003 010203", " no-default-alpn ech=AQID" },
		{ "00070010 2f646e732d71756572797b3f646e737d 00080000",
			" dohpath=\"/dns-query{?dns}\" ohttp" },
		{ "ffff0000", " key65535" },
	};
	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		uint8_t octets[256];
		struct bytes params = bytes_of(octets, unhex(cases[i].hex, octets, sizeof(octets)));
		struct sheet sheet;
		assert_true(svcparams_valid(params));
		svcparams_print(sheet_open(&sheet), params);
		assert_sheet(&sheet, cases[i].text);
	}
}

static void test_invalid(void **state)
{
	static const char *const cases[] = {
		"00",
		"000300",
		"00030002 00",
		"00030002 0035 00030002 0035", /* a key twice */
		"00030002 0035 00020000",      /* out of order */
		"00030001 35",		       /* port of one octet */
		"00000000",		       /* nothing mandatory */
		"00000001 00",
		"00000002 0000",     /* mandatory itself */
		"00000004 00010001", /* twice */
		"00000004 00040001", /* out of order */
		"00010000",	     /* no protocol */
		"00010001 00",	     /* an empty one */
		"00010002 0268",     /* half of one */
		"00020001 00",	     /* a flag with a value */
		"00040000",	     /* no address */
		"00040003 c00002",   /* three quarters of one */
		"00060004 c0000201",
		"00050000",
		"00070000",
	};
	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		uint8_t octets[256];
		if (svcparams_valid(bytes_of(octets, unhex(cases[i], octets, sizeof(octets)))))
			fail_msg("%s is valid", cases[i]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_valid),
		cmocka_unit_test(test_invalid),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
