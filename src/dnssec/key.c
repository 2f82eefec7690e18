/* SPDX-License-Identifier: MIT */
#include "dnssec/key.h"

#include "wire/reader.h"

int dnskey_read(struct bytes rdata, struct dnskey *out)
{
	struct reader r = reader_over(rdata);
	struct dnskey key = { .rdata = rdata };

	key.flags = reader_u16(&r);
	key.protocol = reader_u8(&r);
	key.algorithm = reader_u8(&r);
	key.public_key = reader_rest(&r);
	if (!reader_finished(&r) || key.public_key.len == 0)
		return ERR_FORMAT;
	key.key_tag = dnskey_tag(rdata);
	*out = key;
	return 0;
}

bool dnskey_signs_zones(const struct dnskey *key)
{
	return (key->flags & (DNSKEY_FLAG_ZONE | DNSKEY_FLAG_REVOKE)) == DNSKEY_FLAG_ZONE &&
	       key->protocol == DNSKEY_PROTOCOL;
}

uint16_t dnskey_tag(struct bytes rdata)
{
	uint32_t sum = 0;

	for (size_t i = 0; i < rdata.len; i++)
		sum += i & 1 ? rdata.at[i] : (uint32_t)rdata.at[i] << 8;
	sum += sum >> 16;
	return (uint16_t)sum;
}

int ds_read(struct bytes rdata, struct ds *out)
{
	struct reader r = reader_over(rdata);
	struct ds ds = { 0 };

	ds.key_tag = reader_u16(&r);
	ds.algorithm = reader_u8(&r);
	ds.digest_type = reader_u8(&r);
	ds.digest = reader_rest(&r);
	if (!reader_finished(&r) || ds.digest.len == 0)
		return ERR_FORMAT;
	size_t len = crypto_digest_len(ds.digest_type);
	if (len > 0 && ds.digest.len != len)
		return ERR_FORMAT;
	*out = ds;
	return 0;
}

bool ds_matches(const struct ds *ds, struct name owner, const struct dnskey *key)
{
	uint8_t digest[CRYPTO_DIGEST_LEN_MAX];
	struct name_space space;
	size_t len = crypto_digest_len(ds->digest_type);

	if (ds->key_tag != key->key_tag || ds->algorithm != key->algorithm || len == 0)
		return false;
	owner = name_fold(owner, &space);
	return crypto_digest_both(ds->digest_type, bytes_of(owner.octets, owner.len), key->rdata,
		       digest) == 0 &&
	       bytes_equal(ds->digest, bytes_of(digest, len));
}
