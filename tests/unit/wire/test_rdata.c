/* SPDX-License-Identifier: MIT */
/* Each type's rdata as it comes, as it is shown, and as it goes out again. The texts of the table
 * were compared with what kdig 3.2.6 and dig 9.18 print for the same octets; where those two differ
 * (LOC, alpn, case of the NSEC3 hash) they are dig's, but for CERT, where they are kdig's numbers.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "sample.h"
#include "support/failmalloc.h"
#include "wire/message.h"
#include "wire/rdata.h"

#define RDATA_LEN_MAX 512

static const struct sample {
	uint16_t type;
	const char *hex, *text;
} samples[] = {
	{ TYPE_SOA,
		"036e7331076578616d706c650004686f7374076578616d706c65000000000100000002000000030000"
		"000400000005",
		"ns1.example. host.example. 1 2 3 4 5" },
	{ TYPE_NS, "036e7331076578616d706c6500", "ns1.example." },
	{ TYPE_AAAA, "20010db8000000000000000000000001", "2001:db8::1" },
	{ TYPE_AFSDB, "00010168076578616d706c6500", "1 h.example." },
	{ 42, "00011503c0a820", "\\# 7 00011503C0A820" },
	{ TYPE_CAA, "800569737375656c657473656e63727970742e6f72673b20613d226222",
		"128 issue \"letsencrypt.org; a=\\\"b\\\"\"" },
	{ TYPE_CDNSKEY, "0000030000", "0 3 0 AA==" },
	{ TYPE_CDS, "0000000000", "0 0 0 00" },
	{ TYPE_CERT, "000100010801020304", "1 1 8 AQIDBA==" },
	{ TYPE_CERT, "fffe0001c801020304", "65534 1 200 AQIDBA==" },
	{ TYPE_CSYNC, "000000420003000460000008", "66 3 A NS AAAA" },
	{ TYPE_DNAME, "0174076578616d706c6500", "t.example." },
	{ TYPE_DNSKEY,
		"0101030d99db2cc14cabdc33d6d77da63a2f15f71112584f234e8d1dc428e39e8a4a97e1aa271a555d"
		"c90701e17e2a4c4b6f120b7c32d44f4ac02bd894cf2d4be7778a19",
		"257 3 13 "
		"mdsswUyr3DPW132mOi8V9xESWE8jTo0dxCjjnopKl+GqJxpVXckHAeF+"
		"KkxLbxILfDLUT0rAK9iUzy1L53eKGQ==" },
	{ TYPE_DS, "04d20d020123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
		"1234 13 2 0123456789ABCDEF0123456789ABCDEF0123456789ABCDEF0123456789ABCDEF" },
	{ 108, "00005e00532a", "\\# 6 00005E00532A" },
	{ TYPE_HINFO, "034120620163", "\"A b\" \"c\"" },
	{ TYPE_HTTPS,
		"000100000000040001000300010006026832026833000200000003000220fb00040008c0000201c000"
		"02020005004a0048fe0d004401002000201d77eb1c522d08605b179d4214ee4a3635df7e17c336ea90"
		"06655a73fcaad63e00040001000164156563682d73697465732e6578616d706c652e6e657400000006"
		"001020010db8000000000000000000000001",
		"1 . mandatory=alpn,port alpn=\"h2,h3\" no-default-alpn port=8443 "
		"ipv4hint=192.0.2.1,192.0.2.2 "
		"ech=AEj+DQBEAQAgACAdd+scUi0IYFsXnUIU7ko2Nd9+F8M26pAGZVpz/"
		"KrWPgAEAAEAAWQVZWNoLXNpdGVzLmV4YW1wbGUubmV0AAA= ipv6hint=2001:db8::1" },
	{ TYPE_HTTPS, "001003666f6f076578616d706c6500007b0000029b000968656c6c6fd2716f6f",
		"16 foo.example. key123 key667=\"hello\\210qoo\"" },
	{ TYPE_HTTPS,
		"0001000001000c08665c6f6f2c626172026832000700102f646e732d71756572797b3f646e737d",
		"1 . alpn=\"f\\\\\\\\oo\\\\,bar,h2\" dohpath=\"/dns-query{?dns}\"" },
	{ TYPE_KEY, "0200ff010103d22a6ca7", "512 255 1 AQPSKmyn" },
	{ TYPE_KX, "000a016b076578616d706c6500", "10 k.example." },
	{ TYPE_LOC, "001216138b3556c8800816cb00989a68",
		"52 14 5.000 N 0 8 50.123 E 10.00m 1m 10000m 10m" },
	{ TYPE_LOC, "0033161389172dd070be15f000988d20",
		"42 21 54.000 N 71 6 18.000 W -24.00m 30m 10000m 10m" },
	{ TYPE_MB, "016100", "a." },
	{ TYPE_MD, "016100", "a." },
	{ TYPE_MG, "016100", "a." },
	{ TYPE_MINFO, "016100016200", "a. b." },
	{ TYPE_MR, "016100", "a." },
	{ TYPE_MX, "000a046d61696c076578616d706c6500", "10 mail.example." },
	{ TYPE_NAPTR, "0064000a0175074532552b7369700e215e2e2a24217369703a6140622100",
		"100 10 \"u\" \"E2U+sip\" \"!^.*$!sip:a@b!\" ." },
	{ TYPE_A, "c0000201", "192.0.2.1" },
	{ TYPE_NSEC,
		"04686f7374076578616d706c65000006400100000003041b0000000000000000000000000000000000"
		"00000000000000000020",
		"host.example. A MX RRSIG NSEC TYPE1234" },
	{ TYPE_NSEC3PARAM, "0100000c04aabbccdd", "1 0 12 AABBCCDD" },
	{ TYPE_OPENPGPKEY, "010203040506", "AQIDBAUG" },
	{ TYPE_PTR, "12612e623b63246440652866296722682069c80178076578616d706c6500",
		"a\\.b\\;c\\$d\\@e\\(f\\)g\\\"h\\032i\\200.x.example." },
	{ TYPE_PX, "000a01610162000163016400", "10 a.b. c.d." },
	{ TYPE_RP, "01610162076578616d706c650001630164076578616d706c6500",
		"a.b.example. c.d.example." },
	{ TYPE_RRSIG,
		"00010503000151803e7c9dd73e5510d70a52076578616d706c6503636f6d00a090755ba58d1affa576"
		"f4375831b4310920e481218d18a9f164eb3d81afd3b875d3c75428631e0cf2a28d50875f70c329d7db"
		"fafea807dc1fba1dc34c95d401",
		"A 5 3 86400 20030322173103 20030220173103 2642 example.com. "
		"oJB1W6WNGv+ldvQ3WDG0MQkg5IEhjRip8WTrPYGv07h108dUKGMeDPKijVCHX3DDKdfb+"
		"v6oB9wfuh3DTJXUAQ==" },
	{ TYPE_RT, "00010168076578616d706c6500", "1 h.example." },
	{ TYPE_SMIMEA, "0301010123456789abcdef", "3 1 1 0123456789ABCDEF" },
	{ TYPE_SPF, "0b763d73706631202d616c6c", "\"v=spf1 -all\"" },
	{ TYPE_SRV, "0001000200030174076578616d706c6500", "1 2 3 t.example." },
	{ TYPE_SSHFP, "04020123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
		"4 2 0123456789ABCDEF0123456789ABCDEF0123456789ABCDEF0123456789ABCDEF" },
	{ TYPE_SVCB, "000003666f6f076578616d706c6500", "0 foo.example." },
	{ TYPE_TLSA, "0301010123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
		"3 1 1 0123456789ABCDEF0123456789ABCDEF0123456789ABCDEF0123456789ABCDEF" },
	{ TYPE_TXT, "1068656c6c6f2022776f726c64223b207803625c6302c3a400",
		"\"hello \\\"world\\\"; x\" \"b\\\\c\" \"\\195\\164\" \"\"" },
	{ 65280, "0a000001", "\\# 4 0A000001" },
	{ 65280, "", "\\# 0" },
	{ TYPE_URI, "000a00016674703a2f2f667470312e6578616d706c652e636f6d2f707562226c6963",
		"10 1 \"ftp://ftp1.example.com/pub\\\"lic\"" },
	{ TYPE_ZONEMD,
		"7848b78c0101febe3d4ce2ec2ffa4ba99d46cd69d6d29711e55217057bee7eb1a7b641a47ba7fed2dd"
		"5b97ae499fafa4f22c6bd647de",
		"2018031500 1 1 "
		"FEBE3D4CE2EC2FFA4BA99D46CD69D6D29711E55217057BEE7EB1A7B641A47BA7FED2DD5B97AE499FAF"
		"A4F22C6BD647DE" },
	{ TYPE_NSEC3,
		"0101000c04aabbccdd1417f3df17b2b2adaef615257de4d2020b80ac6c7c0006400000000002",
		"1 1 12 AABBCCDD 2VPTU5TIMAMQTTGL4LUU9KG21E0AOR3S A RRSIG" },
	{ TYPE_NSEC3, "01000000001417f3df17b2b2adaef615257de4d2020b80ac6c7c",
		"1 0 0 - 2VPTU5TIMAMQTTGL4LUU9KG21E0AOR3S" },
	{ TYPE_NULL, "", "\\# 0" },
	{ TYPE_NULL, "00ff", "\\# 2 00FF" },
	{ TYPE_MG, "00", "." },
	{ TYPE_SIG, "0001050300000e1000000001ffffffff0a52016100ff",
		"A 5 3 3600 19700101000001 21060207062815 2642 a. /w==" },
	{ TYPE_KEY, "c0000300", "49152 3 0" },
	{ TYPE_NXT, "01610040000008000000000000000000000080", "a. A AAAA TYPE120" },
	{ TYPE_NXT, "016100", "a." },
	{ TYPE_CSYNC, "000000420003", "66 3" },
	{ TYPE_DNSKEY, "01000305", "256 3 5" },
	{ TYPE_URI, "000a0001", "10 1 \"\"" },
	{ TYPE_CAA, "000569737375653b", "0 issue \";\"" },
	{ TYPE_LOC, "00000000800000008000000000989680",
		"0 0 0.000 N 0 0 0.000 E 0.00m 0.00m 0.00m 0.00m" },
	{ TYPE_LOC, "00510010800000008000000000989685",
		"0 0 0.000 N 0 0 0.000 E 0.05m 0.50m 0.00m 0.01m" },
	{ TYPE_SVCB, "0001000000000200010008000000090001 22",
		"1 . mandatory=alpn ohttp key9=\"\\\"\"" },
	/* Of the right form, but nothing that could be written so: as unknown types are. */
	{ TYPE_LOC, "01ff", "\\# 2 01FF" },
	{ TYPE_LOC, "00aa0000800000008000000000989680", "\\# 16 00AA0000800000008000000000989680" },
	{ TYPE_LOC, "00000000ffffffff8000000000989680", "\\# 16 00000000FFFFFFFF8000000000989680" },
	{ TYPE_CAA, "0002c3a461", "\\# 5 0002C3A461" },
	{ TYPE_SVCB, "0001000002000000010000", "\\# 11 0001000002000000010000" },
	{ TYPE_HTTPS, "00010000030001ff", "\\# 8 00010000030001FF" },
};

static int read_rdata(struct bytes rdata, uint16_t type, struct arena *arena, struct bytes *out)
{
	struct reader r = reader_over(rdata);
	arena_init(arena, 1 << 16);
	return rdata_read(&r, type, arena, out);
}

static void test_read_print_compose(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT_OF(samples); i++) {
		uint8_t octets[RDATA_LEN_MAX], composed[RDATA_LEN_MAX];
		struct bytes wire = bytes_of(octets, unhex(samples[i].hex, octets, sizeof(octets)));
		struct bytes rdata;
		struct arena arena;
		struct sheet sheet;
		struct compose c;

		if (read_rdata(wire, samples[i].type, &arena, &rdata) != 0)
			fail_msg("%s is not read", samples[i].text);
		/* Nothing was compressed: nothing is copied. */
		assert_true(bytes_equal(rdata, wire));
		assert_int_equal(arena.total, 0);
		rdata_print(sheet_open(&sheet), samples[i].type, rdata);
		assert_sheet(&sheet, samples[i].text);
		compose_init(&c, composed, sizeof(composed));
		rdata_compose(&c, samples[i].type, rdata);
		/* Two names in one rdata may share their ends. */
		assert_int_equal(
			read_rdata(bytes_of(composed, c.w.len), samples[i].type, &arena, &rdata),
			0);
		assert_true(bytes_equal(rdata, wire));
		arena_done(&arena);
	}
}

/* What does not have its type's form is no such record. */
static const struct {
	uint16_t type;
	const char *hex;
} malformed[] = {
	{ TYPE_A, "" },
	{ TYPE_A, "c00002" },
	{ TYPE_A, "c000020100" },
	{ TYPE_AAAA, "c0000201" },
	{ TYPE_NS, "" },
	{ TYPE_NS, "0161" },
	{ TYPE_NS, "01610000" },
	{ TYPE_MX, "000a" },
	{ TYPE_SOA, "016100016200000000010000000200000003000000040000" },
	{ TYPE_TXT, "" },
	{ TYPE_TXT, "0261" },
	{ TYPE_TXT, "016101" },
	{ TYPE_SPF, "" },
	{ TYPE_HINFO, "0161" },
	{ TYPE_HINFO, "016101620163" },
	{ TYPE_SRV, "000100020003" },
	{ TYPE_NAPTR, "0064000a0175" },
	{ TYPE_DS, "04d20d02" },
	{ TYPE_DNSKEY, "010003" },
	{ TYPE_RRSIG, "00010503000151803e7c9dd73e5510d70a5200" },
	{ TYPE_NSEC, "" },
	{ TYPE_NSEC, "0000" },
	{ TYPE_NSEC, "000000" },	 /* a window of no octets */
	{ TYPE_NSEC, "000002ff" },	 /* one that is cut off */
	{ TYPE_NSEC, "00000140000140" }, /* the same window twice */
	{ TYPE_NSEC, "00010140000140" }, /* windows out of order */
	{ TYPE_NSEC3, "0100000000" },	 /* no hash */
	{ TYPE_NSEC3, "010000000000" },	 /* an empty one */
	{ TYPE_NSEC3PARAM, "0100000c04aabbcc" },
	{ TYPE_NSEC3PARAM, "0100000c00ff" },
	{ TYPE_NXT, "0000000000000000000000000000000000ff" },
	{ TYPE_LOC, "001216138b3556c8800816cb00989a" },
	{ TYPE_LOC, "" },
	{ TYPE_TLSA, "030101" },
	{ TYPE_SSHFP, "0402" },
	{ TYPE_OPENPGPKEY, "" },
	{ TYPE_SVCB, "0001" },
	{ TYPE_SVCB, "000100000100" },
	{ TYPE_SVCB, "00010000010002ff" },
	{ TYPE_CAA, "00" },
	{ TYPE_CAA, "0000" },
	{ TYPE_CAA, "000561" },
	{ TYPE_URI, "000a00" },
	/* Names that must not be compressed. */
	{ TYPE_KX, "0001c000" },
	{ TYPE_NSEC, "c000000140" },
	{ TYPE_SVCB, "0001c000" },
};

static void test_malformed(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT_OF(malformed); i++) {
		uint8_t octets[RDATA_LEN_MAX];
		struct bytes rdata = { .len = 77 }, wire;
		struct arena arena;
		wire = bytes_of(octets, unhex(malformed[i].hex, octets, sizeof(octets)));
		if (read_rdata(wire, malformed[i].type, &arena, &rdata) != ERR_FORMAT)
			fail_msg("type %u: %s is read", malformed[i].type, malformed[i].hex);
		assert_int_equal(rdata.len, 77);
		/* Printing goes by what is there, not by what was promised. */
		struct sheet sheet;
		rdata_print(sheet_open(&sheet), malformed[i].type, wire);
		assert_int_equal(fclose(sheet.file), 0);
		assert_memory_equal(sheet.text, "\\# ", 3);
		free(sheet.text);
	}
}

/* Names that may come compressed are written out (RFC 3597 section 4), also by senders that know
 * no better of DNAME. */
static void test_read_compressed(void **state)
{
	static const struct {
		uint16_t type;
		const char *hex, *read;
	} cases[] = {
		{ TYPE_NS, "c000", "0161016200" },
		{ TYPE_NS, "c002", "016200" },
		{ TYPE_CNAME, "0178c000", "01780161016200" },
		{ TYPE_SOA, "c000c0020000000100000002000000030000000400000005",
			"01610162000162000000000100000002000000030000000400000005" },
		{ TYPE_MX, "000ac002", "000a016200" },
		{ TYPE_RP, "c002c002", "016200016200" },
		{ TYPE_SRV, "000100020003c002", "000100020003016200" },
		{ TYPE_NAPTR, "000100020161000163c002", "000100020161000163016200" },
		{ TYPE_PX, "0001016300c002", "0001016300016200" },
		{ TYPE_NXT, "c00240", "01620040" },
		{ TYPE_SIG, "0001050300000e1000000001ffffffff0a52c002ff",
			"0001050300000e1000000001ffffffff0a52016200ff" },
		{ TYPE_DNAME, "c002", "016200" },
		/* Unknown types have no names, whatever it looks like. */
		{ 65280, "c002", "c002" },
	};
	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		/* "a.b." stands in front. */
		uint8_t message[RDATA_LEN_MAX] = { 1, 'a', 1, 'b', 0 }, expected[RDATA_LEN_MAX];
		size_t len = 5 + unhex(cases[i].hex, message + 5, sizeof(message) - 5);
		size_t expected_len = unhex(cases[i].read, expected, sizeof(expected));
		struct reader r = reader_over(bytes_of(message, len));
		struct bytes rdata;
		struct arena arena;
		reader_skip(&r, 5);
		struct reader part = reader_part(&r, len - 5);
		arena_init(&arena, 1 << 16);
		assert_int_equal(rdata_read(&part, cases[i].type, &arena, &rdata), 0);
		assert_true(bytes_equal(rdata, bytes_of(expected, expected_len)));
		arena_done(&arena);
		failmalloc_arm(0);
		r = reader_over(bytes_of(message, len));
		reader_skip(&r, 5);
		int err = rdata_read(&r, cases[i].type, &arena, &rdata);
		assert_int_equal(err, failmalloc_disarm() ? ERR_NOMEM : 0);
		arena_done(&arena);
	}
}

/* Written out, a name may make the rdata longer than a record's length can say. */
static void test_read_grows_too_long(void **state)
{
	static uint8_t message[5 + UINT16_MAX] = { 1, 'a', 1, 'b', 0 };
	(void)state;
	memcpy(message + 5 + 18, "\300\0", 2);
	for (size_t less = 0; less <= 3; less += 3) {
		struct reader r = reader_over(bytes_of(message, sizeof(message) - less));
		struct bytes rdata;
		struct arena arena;
		reader_skip(&r, 5);
		arena_init(&arena, 1 << 20);
		assert_int_equal(
			rdata_read(&r, TYPE_SIG, &arena, &rdata), less == 0 ? ERR_FORMAT : 0);
		arena_done(&arena);
	}
}

static size_t composed_len(uint16_t type, struct bytes rdata)
{
	uint8_t buffer[RDATA_LEN_MAX];
	struct name_space space;
	struct compose c;
	compose_init(&c, buffer, sizeof(buffer));
	writer_bytes(&c.w, bytes_of((const uint8_t[HEADER_LEN]){ 0 }, HEADER_LEN));
	compose_name(&c, name_of("example", &space));
	size_t before = c.w.len;
	rdata_compose(&c, type, rdata);
	assert_false(c.w.failed);
	return c.w.len - before;
}

/* Only RFC 1035's own types go out compressed: others might not be understood (RFC 3597). */
static void test_compose_compresses_1035_only(void **state)
{
	(void)state;
	assert_int_equal(composed_len(TYPE_NS, OCTETS("\7example\0")), 2);
	assert_int_equal(composed_len(TYPE_MX, OCTETS("\0\1\7example\0")), 4);
	assert_int_equal(composed_len(TYPE_SRV, OCTETS("\0\1\0\1\0\1\7example\0")), 15);
	assert_int_equal(composed_len(TYPE_DNAME, OCTETS("\7example\0")), 9);
	assert_int_equal(composed_len(TYPE_SVCB, OCTETS("\0\1\7example\0")), 11);
	/* What is not a name is passed on as it is. */
	assert_int_equal(composed_len(TYPE_NS, OCTETS("\7exampl")), 7);
	assert_int_equal(composed_len(TYPE_NS, OCTETS("")), 0);
}

/* Terminals and logs see printable ASCII whatever is in the rdata. */
static void test_print_is_ascii(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT_OF(samples); i++) {
		uint8_t octets[RDATA_LEN_MAX];
		size_t len = unhex(samples[i].hex, octets, sizeof(octets));
		for (size_t bit = 0; bit < len * 8; bit++) {
			struct sheet sheet;
			octets[bit / 8] ^= (uint8_t)(1u << bit % 8);
			rdata_print(sheet_open(&sheet), samples[i].type, bytes_of(octets, len));
			octets[bit / 8] ^= (uint8_t)(1u << bit % 8);
			assert_int_equal(fclose(sheet.file), 0);
			for (size_t k = 0; k < sheet.len; k++)
				assert_in_range(sheet.text[k], 0x20, 0x7e);
			free(sheet.text);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_read_print_compose),
		cmocka_unit_test(test_malformed),
		cmocka_unit_test(test_read_compressed),
		cmocka_unit_test(test_read_grows_too_long),
		cmocka_unit_test(test_compose_compresses_1035_only),
		cmocka_unit_test(test_print_is_ascii),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
