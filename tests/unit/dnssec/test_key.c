/* SPDX-License-Identifier: MIT */
/* Keys and the DS that stands for them: a chain is no stronger than this match. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "dnssec/key.h"
#include "sample.h"

/* RFC 4034 section 5.4 and RFC 4509 section 2.3 */
#define RFC4034_KEY                                                                                \
	"AQOeiiR0GOMYkDshWoSKz9XzfwJr1AYtsmx3TGkJaNXVbfi/2pHm822aJ5iI9BMzNXxeYCmZDRD99WYwYqUSdjMm" \
	"mAphXdvxegXd/M5+X7OrzKBaMbCVdFLUUh6DhweJBjEVv5f2wwjM9XzcnOf+EPbtG9DMBmADjFDc2w/rljwvFw=="

static const struct vector {
	const char *owner;
	uint16_t flags;
	uint8_t algorithm;
	const char *key;
	uint16_t tag;
	uint8_t digest_type;
	const char *digest;
} vectors[] = {
	{ "dskey.example.com", 256, 5, RFC4034_KEY, 60485, 1,
		"2BB183AF5F22588179A53B0A98631FAD1A292118" },
	{ "DSKEY.example.com", 256, 5, RFC4034_KEY, 60485, 2,
		"D4B7D520E7BB5F0F67674A0CCEB1E3E0614B93C4F9E99B8383F6A1E4469DA50A" },
	/* RFC 6605 section 6 */
	{ "example.net", 257, 13,
		"GojIhhXUN/u4v54ZQqGSnyhWJwaubCvTmeexv7bR6edbkrSqQpF64cYbcB7wNcP+e+MAnLr+Wi9xMWyQ"
		"Lc8NAA==",
		55648, 2, "b4c8c1fe2e7477127b27115656ad6256f424625bf5c1e2770ce6d6e37df61d17" },
	{ "example.net", 257, 14,
		"xKYaNhWdGOfJ+nPrL8/arkwf2EY3MDJ+SErKivBVSum1w/egsXvSADtNJhyem5RCOpgQ6K8X1DRSEkrb"
		"YQ+OB+v8/uX45NBwY8rp65F6Glur8I/mlVNgF6W/qTI37m40",
		10771, 4,
		"72d7b62976ce06438e9c0bf319013cf801f09ecc84b8d7e9495f27e305c6a9b0563a9b5f4d288405"
		"c3008a946df983d6" },
	/* RFC 8080 section 6 */
	{ "example.com", 257, 15, "l02Woi0iS8Aa25FQkUd9RMzZHJpBoRQwAQEX1SxZJA4=", 3613, 2,
		"3aa5ab37efce57f737fc1627013fee07bdf241bd10f3b1964ab55c78e79a304b" },
	{ "example.com", 257, 16,
		"3kgROaDjrh0H2iuixWBrc8g2EpBBLCdGzHmn+G2MpTPhpj/OiBVHHSfPodx1FYYUcJKm1MDpJtIA",
		9713, 2, "6ccf18d5bc5d7fc2fceb1d59d17321402f2aa8d368048db93dd811f5cb2b19c7" },
};

static void test_vectors(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT_OF(vectors); i++) {
		const struct vector *v = &vectors[i];
		struct name_space space;
		struct name owner = name_of(v->owner, &space);
		uint8_t rdata[1024], digest[64];
		struct dnskey key;
		struct ds ds;
		assert_int_equal(
			dnskey_read(dnskey_of(v->flags, v->algorithm, v->key, rdata), &key), 0);
		assert_int_equal(key.key_tag, v->tag);
		assert_true(dnskey_signs_zones(&key));
		ds = (struct ds){ .key_tag = v->tag,
			.algorithm = v->algorithm,
			.digest_type = v->digest_type,
			.digest = bytes_of(digest, unhex(v->digest, digest, sizeof(digest))) };
		assert_true(ds_matches(&ds, owner, &key));
		assert_false(ds_matches(&ds, name_root(), &key));
		ds.key_tag++;
		assert_false(ds_matches(&ds, owner, &key));
		ds.key_tag--;
		ds.algorithm++;
		assert_false(ds_matches(&ds, owner, &key));
		ds.algorithm--;
		digest[0] ^= 1;
		assert_false(ds_matches(&ds, owner, &key));
		ds.digest_type = 3; /* GOST: not known */
		assert_false(ds_matches(&ds, owner, &key));
	}
}

static void test_flags(void **state)
{
	struct dnskey key = { .protocol = 3, .flags = DNSKEY_FLAG_ZONE };
	(void)state;
	assert_true(dnskey_signs_zones(&key));
	key.flags |= DNSKEY_FLAG_SEP;
	assert_true(dnskey_signs_zones(&key));
	key.flags |= DNSKEY_FLAG_REVOKE;
	assert_false(dnskey_signs_zones(&key));
	key.flags = DNSKEY_FLAG_SEP;
	assert_false(dnskey_signs_zones(&key));
	key.flags = DNSKEY_FLAG_ZONE;
	key.protocol = 2;
	assert_false(dnskey_signs_zones(&key));
}

static void test_malformed(void **state)
{
	struct dnskey key;
	struct ds ds;
	(void)state;
	assert_int_equal(dnskey_read(OCTETS("\1\1\3\10"), &key), ERR_FORMAT);
	assert_int_equal(dnskey_read(OCTETS("\1\1\3"), &key), ERR_FORMAT);
	assert_int_equal(dnskey_read(bytes_of(NULL, 0), &key), ERR_FORMAT);
	assert_int_equal(ds_read(OCTETS("\1\1\10\2"), &ds), ERR_FORMAT);
	assert_int_equal(ds_read(OCTETS("\1\1\10\2short"), &ds), ERR_FORMAT);
	assert_int_equal(ds_read(OCTETS("\1\1\10\1"
					"01234567890123456789"),
				 &ds),
		0);
	assert_int_equal(ds_read(OCTETS("\1\1\10\377any"), &ds), 0);
	assert_int_equal(ds.key_tag, 0x0101);
	assert_int_equal(ds.algorithm, 8);
	assert_int_equal(ds.digest.len, 3);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_vectors),
		cmocka_unit_test(test_flags),
		cmocka_unit_test(test_malformed),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
