/* SPDX-License-Identifier: MIT */
/* The zone of RFC 5155 appendix A as NSEC3 records; include it behind sample.h. */
#pragma once

#include "dnssec/nsec3.h"
#include "signer.h"

#define RFC5155_COUNT 12

/* In order; the next one's hash is the next line's. */
static const struct {
	const char *hash;
	uint16_t types[8];
} rfc5155_zone[RFC5155_COUNT] = {
	{ "0p9mhaveqvm6t7vbl5lop2u3t2rp3tom",
		{ TYPE_NS, TYPE_SOA, TYPE_MX, TYPE_RRSIG, TYPE_DNSKEY, TYPE_NSEC3PARAM } },
	{ "2t7b4g4vsa5smi47k61mv5bv1a22bojr", { TYPE_A, TYPE_RRSIG } },		  /* ns1 */
	{ "2vptu5timamqttgl4luu9kg21e0aor3s", { TYPE_MX, TYPE_RRSIG } },	  /* x.y.w */
	{ "35mthgpgcu1qg68fab165klnsnk3dpvl", { TYPE_NS, TYPE_DS, TYPE_RRSIG } }, /* a */
	{ "b4um86eghhds6nea196smvmlo4ors995", { TYPE_MX, TYPE_RRSIG } },	  /* x.w */
	{ "gjeqe526plbf1g8mklp59enfd789njgi",
		{ TYPE_A, TYPE_HINFO, TYPE_AAAA, TYPE_RRSIG } }, /* ai */
	{ "ji6neoaepv8b5o6k4ev33abha8ht9fgc", { 0 } },		 /* y.w, empty */
	{ "k8udemvp1j2f7eg6jebps17vp3n8i58h", { 0 } },		 /* w, empty */
	{ "kohar7mbb8dc2ce8a9qvl8hon4k53uhi", { TYPE_A, TYPE_RRSIG } },
	{ "q04jkcevqvmu85r014c7dkba38o0ji5r", { TYPE_A, TYPE_RRSIG } },	 /* ns2 */
	{ "r53bq7cc2uvmubfu5ocmm6pers9tk9en", { TYPE_MX, TYPE_RRSIG } }, /* *.w */
	{ "t644ebqk9bibcna874givr6joj62mlhv",
		{ TYPE_A, TYPE_HINFO, TYPE_AAAA, TYPE_RRSIG } }, /* xx */
};

static inline void unbase32hex(const char *text, uint8_t hash[static NSEC3_HASH_LEN])
{
	uint64_t bits = 0;
	for (unsigned i = 0; i < 32; i++) {
		bits = bits << 5 | (uint64_t)(text[i] <= '9' ? text[i] - '0' : text[i] - 'a' + 10);
		for (unsigned k = 0; i % 8 == 7 && k < 5; k++)
			hash[i / 8 * 5 + k] = (uint8_t)(bits >> (32 - 8 * k));
	}
}

/* The record's rdata, into at. */
static inline struct bytes rfc5155_rdata(unsigned index, uint8_t flags, uint8_t *at)
{
	uint8_t next[NSEC3_HASH_LEN], bitmap[64];
	struct writer w = writer_into(at, 256);
	size_t count = 0;

	unbase32hex(rfc5155_zone[(index + 1) % RFC5155_COUNT].hash, next);
	while (rfc5155_zone[index].types[count])
		count++;
	writer_u8(&w, NSEC3_HASH_SHA1);
	writer_u8(&w, flags);
	writer_u16(&w, 12);
	writer_u8(&w, 4);
	writer_u32(&w, 0xaabbccdd);
	writer_u8(&w, NSEC3_HASH_LEN);
	writer_bytes(&w, bytes_of(next, sizeof(next)));
	writer_bytes(&w, bytes_of(bitmap, signer_bitmap(rfc5155_zone[index].types, count, bitmap)));
	return bytes_of(at, w.len);
}
