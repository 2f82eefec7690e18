/* SPDX-License-Identifier: MIT */
#include "dnssec/nsec3.h"

#include "dnssec/bitmap.h"
#include "wire/reader.h"

#define FLAG_OPTOUT 0x01 /* RFC 5155 section 3.1.2.1 */

/* A hash in base32hex without padding (RFC 4648 section 7): 32 letters of 5 bits. */
#define LABEL_LEN (NSEC3_HASH_LEN * 8 / 5)

static int base32hex_value(uint8_t letter)
{
	if (letter >= '0' && letter <= '9')
		return letter - '0';
	letter |= 0x20;
	return letter >= 'a' && letter <= 'v' ? letter - 'a' + 10 : -1;
}

static int label_read(const uint8_t *label, uint8_t hash[static NSEC3_HASH_LEN])
{
	uint64_t bits = 0;

	if (label[0] != LABEL_LEN)
		return ERR_FORMAT;
	for (unsigned i = 0; i < LABEL_LEN; i++) {
		int value = base32hex_value(label[1 + i]);
		if (value < 0)
			return ERR_FORMAT;
		bits = bits << 5 | (unsigned)value;
		/* Eight letters are five octets. */
		if (i % 8 == 7) {
			for (unsigned k = 0; k < 5; k++)
				hash[i / 8 * 5 + k] = (uint8_t)(bits >> (32 - 8 * k));
		}
	}
	return 0;
}

int nsec3_read(struct name owner, struct bytes rdata, struct name zone, struct nsec3 *out)
{
	struct reader r = reader_over(rdata);
	struct nsec3 nsec3 = { 0 };
	uint8_t algorithm = reader_u8(&r), flags = reader_u8(&r);

	nsec3.optout = flags & FLAG_OPTOUT;
	nsec3.iterations = reader_u16(&r);
	nsec3.salt = reader_bytes(&r, reader_u8(&r));
	struct bytes next = reader_bytes(&r, reader_u8(&r));
	nsec3.types = reader_rest(&r);
	if (!reader_finished(&r) || algorithm != NSEC3_HASH_SHA1 || flags & ~FLAG_OPTOUT ||
		next.len != NSEC3_HASH_LEN || !bitmap_valid(nsec3.types) || name_is_root(owner) ||
		!name_equal(name_parent(owner), zone))
		return ERR_FORMAT;
	int err = label_read(owner.octets, nsec3.owner);
	if (err)
		return err;
	memcpy(nsec3.next, next.at, NSEC3_HASH_LEN);
	*out = nsec3;
	return 0;
}

bool nsec3_same_chain(const struct nsec3 *a, const struct nsec3 *b)
{
	return a->iterations == b->iterations && bytes_equal(a->salt, b->salt);
}

int nsec3_hash(const struct nsec3 *like, struct name name, uint8_t hash[static NSEC3_HASH_LEN])
{
	/* A name, or the hash before, and the salt, which is one octet's length at most. */
	uint8_t data[NAME_LEN_MAX + UINT8_MAX], digest[CRYPTO_DIGEST_LEN_MAX];
	struct name_space space;
	struct bytes input = bytes_of(name.octets, name.len);
	int err = 0;

	(void)name_fold(name, &space); /* its octets are what is wanted */
	input.at = space.octets;
	for (unsigned i = 0; i <= like->iterations && !err; i++) {
		memcpy(data, input.at, input.len);
		if (like->salt.len > 0)
			memcpy(data + input.len, like->salt.at, like->salt.len);
		err = crypto_digest(
			DIGEST_SHA1, bytes_of(data, input.len + like->salt.len), digest);
		input = bytes_of(digest, NSEC3_HASH_LEN);
	}
	if (!err)
		memcpy(hash, digest, NSEC3_HASH_LEN);
	return err;
}

static int compare(const uint8_t *a, const uint8_t *b)
{
	return memcmp(a, b, NSEC3_HASH_LEN);
}

bool nsec3_matches(const struct nsec3 *nsec3, const uint8_t hash[static NSEC3_HASH_LEN])
{
	return compare(nsec3->owner, hash) == 0;
}

bool nsec3_covers(const struct nsec3 *nsec3, const uint8_t hash[static NSEC3_HASH_LEN])
{
	const bool after = compare(nsec3->owner, hash) < 0, before = compare(hash, nsec3->next) < 0;

	if (compare(nsec3->owner, nsec3->next) < 0)
		return after && before;
	/* A chain of one record covers all but its own hash. */
	return (after || before) && !nsec3_matches(nsec3, hash);
}
