/* SPDX-License-Identifier: MIT */
/* The table that says where names stand in an rdata: a type missing there goes through opaque, a
 * name missed there is garbage once its message is gone. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "sample.h"
#include "wire/form.h"
#include "wire/type.h"

static void test_known(void **state)
{
	static const uint16_t known[] = { TYPE_A, TYPE_NS, TYPE_MD, TYPE_MF, TYPE_CNAME, TYPE_SOA,
		TYPE_MB, TYPE_MG, TYPE_MR, TYPE_PTR, TYPE_HINFO, TYPE_MINFO, TYPE_MX, TYPE_TXT,
		TYPE_RP, TYPE_AFSDB, TYPE_RT, TYPE_SIG, TYPE_KEY, TYPE_PX, TYPE_AAAA, TYPE_LOC,
		TYPE_NXT, TYPE_SRV, TYPE_NAPTR, TYPE_KX, TYPE_CERT, TYPE_DNAME, TYPE_DS, TYPE_SSHFP,
		TYPE_RRSIG, TYPE_NSEC, TYPE_DNSKEY, TYPE_NSEC3, TYPE_NSEC3PARAM, TYPE_TLSA,
		TYPE_SMIMEA, TYPE_CDS, TYPE_CDNSKEY, TYPE_OPENPGPKEY, TYPE_CSYNC, TYPE_ZONEMD,
		TYPE_SVCB, TYPE_HTTPS, TYPE_SPF, TYPE_URI, TYPE_CAA };
	size_t count = 0;
	(void)state;
	for (size_t i = 0; i < COUNT_OF(known); i++)
		assert_true(form_known(known[i]));
	for (uint32_t type = 0; type <= UINT16_MAX; type++)
		count += form_known((uint16_t)type);
	assert_int_equal(count, COUNT_OF(known));
}

/* RFC 3597 section 4: these and no others may be compressed by us. */
static void test_1035_names(void **state)
{
	static const uint16_t types[] = { TYPE_NS, TYPE_MD, TYPE_MF, TYPE_CNAME, TYPE_SOA, TYPE_MB,
		TYPE_MG, TYPE_MR, TYPE_PTR, TYPE_MINFO, TYPE_MX };
	size_t count = 0;
	(void)state;
	for (size_t i = 0; i < COUNT_OF(types); i++)
		assert_true(form_has_1035_name(types[i]));
	for (uint32_t type = 0; type <= UINT16_MAX; type++)
		count += form_has_1035_name((uint16_t)type);
	assert_int_equal(count, COUNT_OF(types));
}

static void test_fields(void **state)
{
	struct bytes rdata = OCTETS("\0\1\0\2\1u\0\3abc\1x\0");
	struct reader r = reader_over(rdata);
	struct fields fields;
	(void)state;
	fields_read(&r, TYPE_NAPTR, &fields);
	assert_true(reader_finished(&r));
	assert_int_equal(fields.count, 6);
	assert_false(fields.compressed);
	assert_int_equal(fields.field[0].kind, FIELD_U16);
	assert_false(field_is_name(fields.field[0].kind));
	assert_true(field_is_name(fields.field[5].kind));
	assert_true(bytes_equal(fields.field[2].octets, OCTETS("\1u")));
	assert_true(bytes_equal(fields.field[3].octets, OCTETS("\0")));
	assert_true(bytes_equal(fields.field[4].octets, OCTETS("\3abc")));
	assert_true(bytes_equal(fields.field[5].octets, OCTETS("\1x\0")));

	r = reader_over(bytes_of(rdata.at, rdata.len - 1));
	fields_read(&r, TYPE_NAPTR, &fields);
	assert_true(r.failed);
	assert_int_equal(fields.count, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_known),
		cmocka_unit_test(test_1035_names),
		cmocka_unit_test(test_fields),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
