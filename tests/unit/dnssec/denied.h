/* SPDX-License-Identifier: MIT */
/* RRsets of denials as a validator would vouch for them, made by hand: nobody looks at the
 * signatures any more, only at whose they say they are. */
#pragma once

#include "base/arena.h"
#include "signer.h"
#include "unit/dnssec/sample.h"
#include "wire/rrset.h"
#include "wire/writer.h"

#define DENIED_WALL_S 1800000000
#define DENIED_MAX    64

struct denied {
	struct arena arena;
	struct rrset rrsets[DENIED_MAX];
	size_t count;
	/* Of what is added from now on. */
	uint32_t ttl_s, original_ttl_s, validity_s;
};

/* Types end with 0. */
#define TYPES(...) ((const uint16_t[]){ __VA_ARGS__, 0 })

static inline void denied_init(struct denied *d)
{
	*d = (struct denied){ .ttl_s = 3000, .original_ttl_s = 3600, .validity_s = 86400 };
	arena_init(&d->arena, 16u << 20);
}

static inline struct name denied_name(struct denied *d, const char *text)
{
	struct name_space space;
	struct name name;
	assert_int_equal(name_copy(&d->arena, name_of(text, &space), &name), 0);
	return name;
}

static inline struct bytes *denied_keep(struct denied *d, const struct writer *w)
{
	struct bytes *rdata = arena_array(&d->arena, 4, sizeof(*rdata));
	assert_false(w->failed);
	assert_non_null(rdata);
	rdata[0] = bytes_of(arena_copy(&d->arena, w->base, w->len), w->len);
	return rdata;
}

static inline struct rrset *denied_add(
	struct denied *d, struct name owner, uint16_t type, struct bytes *rdata)
{
	assert_true(d->count < DENIED_MAX);
	struct rrset *rrset = &d->rrsets[d->count++];
	*rrset = (struct rrset){ .owner = owner,
		.type = type,
		.class = CLASS_IN,
		.section = SECTION_AUTHORITY,
		.ttl_s = d->ttl_s,
		.count = 1,
		.rdata = rdata };
	return rrset;
}

static inline struct bytes denied_rrsig(
	struct denied *d, struct name owner, uint16_t type, const char *signer)
{
	uint8_t octets[512], signature[64] = { 0 };
	struct writer w = writer_into(octets, sizeof(octets));
	writer_u16(&w, type);
	writer_u8(&w, 13);
	writer_u8(&w, (uint8_t)(name_label_count(owner) - (owner.octets[1] == '*')));
	writer_u32(&w, d->original_ttl_s);
	writer_u32(&w, DENIED_WALL_S + d->validity_s);
	writer_u32(&w, DENIED_WALL_S - 86400);
	writer_u16(&w, 4711);
	name_write(&w, denied_name(d, signer));
	writer_bytes(&w, bytes_of(signature, sizeof(signature)));
	return denied_keep(d, &w)[0];
}

/* The RRset, and its one signature behind it. */
static inline void denied_sign(struct denied *d, struct rrset *rrset, const char *signer)
{
	struct bytes *rdata = arena_array(&d->arena, 16, sizeof(*rdata));
	assert_non_null(rdata);
	rdata[0] = denied_rrsig(d, rrset->owner, rrset->type, signer);
	denied_add(d, rrset->owner, TYPE_RRSIG, rdata)->covers = rrset->type;
}

/* To the last RRSIG set another signature. */
static inline void denied_sign_too(struct denied *d, const char *signer)
{
	struct rrset *last = &d->rrsets[d->count - 1];
	struct bytes *rdata = arena_array(&d->arena, 16, sizeof(*rdata));
	assert_non_null(rdata);
	memcpy(rdata, last->rdata, last->count * sizeof(*rdata));
	rdata[last->count++] = denied_rrsig(d, last->owner, last->covers, signer);
	last->rdata = rdata;
}

static inline struct rrset *denied_soa(struct denied *d, const char *zone, uint32_t minimum_s)
{
	uint8_t octets[64];
	struct writer w = writer_into(octets, sizeof(octets));
	writer_bytes(&w, bytes_of("\0\0", 2));
	for (unsigned i = 0; i < 4; i++)
		writer_u32(&w, 7);
	writer_u32(&w, minimum_s);
	struct rrset *soa = denied_add(d, denied_name(d, zone), TYPE_SOA, denied_keep(d, &w));
	denied_sign(d, soa, zone);
	return soa;
}

static inline struct rrset *denied_nsec(struct denied *d, const char *zone, const char *owner,
	const char *next, const uint16_t *types)
{
	uint8_t octets[512], bitmap[64];
	struct writer w = writer_into(octets, sizeof(octets));
	size_t count = 0;
	while (types[count])
		count++;
	name_write(&w, denied_name(d, next));
	writer_bytes(&w, bytes_of(bitmap, signer_bitmap(types, count, bitmap)));
	struct rrset *nsec = denied_add(d, denied_name(d, owner), TYPE_NSEC, denied_keep(d, &w));
	denied_sign(d, nsec, zone);
	return nsec;
}

/* label is that of the owner, 32 letters; next 20 times the same octet. */
static inline struct rrset *denied_nsec3(struct denied *d, const char *zone, const char *label,
	uint8_t next, uint8_t flags, uint16_t iterations)
{
	uint8_t octets[64], hash[20];
	struct writer w = writer_into(octets, sizeof(octets));
	char owner[NAME_TEXT_LEN];
	snprintf(owner, sizeof(owner), "%s.%s", label, zone);
	memset(hash, next, sizeof(hash));
	writer_u8(&w, 1);
	writer_u8(&w, flags);
	writer_u16(&w, iterations);
	writer_bytes(&w, bytes_of("\1\253\24", 3));
	writer_bytes(&w, bytes_of(hash, sizeof(hash)));
	writer_bytes(&w, bytes_of("\0\1\100", 3)); /* A */
	struct rrset *nsec3 = denied_add(d, denied_name(d, owner), TYPE_NSEC3, denied_keep(d, &w));
	denied_sign(d, nsec3, zone);
	return nsec3;
}
