/* SPDX-License-Identifier: MIT */
#include "dnssec/canon.h"

#include <assert.h>
#include <stdlib.h>

#include "wire/form.h"
#include "wire/rdata.h"
#include "wire/writer.h"

#define RECORD_FIXED_LEN 10 /* octets: type, class, TTL, rdata length */

bool canon_lowers(uint16_t type)
{
	static const uint16_t types[] = { TYPE_NS, TYPE_MD, TYPE_MF, TYPE_CNAME, TYPE_SOA, TYPE_MB,
		TYPE_MG, TYPE_MR, TYPE_PTR, TYPE_MINFO, TYPE_MX, TYPE_RP, TYPE_AFSDB, TYPE_RT,
		TYPE_SIG, TYPE_PX, TYPE_NXT, TYPE_SRV, TYPE_NAPTR, TYPE_KX, TYPE_DNAME,
		TYPE_RRSIG };

	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		if (types[i] == type)
			return true;
	}
	return false;
}

/* A copy with its names in lower case. What is not of its type's form stays as it is. */
static int rdata_lower(uint16_t type, struct bytes rdata, struct arena *arena, struct bytes *out)
{
	struct reader r = reader_over(rdata);
	struct fields fields;
	struct name_space space;

	fields_read(&r, type, &fields);
	if (r.failed || fields.compressed) {
		*out = rdata;
		return 0;
	}
	uint8_t *octets = arena_alloc(arena, rdata.len);
	if (!octets)
		return ERR_NOMEM;
	struct writer w = writer_into(octets, rdata.len);
	for (unsigned i = 0; i < fields.count; i++) {
		struct bytes field = fields.field[i].octets;
		if (!field_is_name(fields.field[i].kind)) {
			writer_bytes(&w, field);
			continue;
		}
		const struct name name = { .octets = field.at, .len = (uint8_t)field.len };
		name_write(&w, name_fold(name, &space));
	}
	assert(!w.failed);
	*out = bytes_of(octets, w.len);
	return 0;
}

/* As left-justified octets: what ends first comes first.             RFC 4034 section 6.3 */
static int rdata_compare(const void *left, const void *right)
{
	const struct bytes *a = left, *b = right;
	size_t len = a->len < b->len ? a->len : b->len;
	int order = len > 0 ? memcmp(a->at, b->at, len) : 0;

	if (order != 0 || a->len == b->len)
		return order;
	return a->len < b->len ? -1 : 1;
}

static size_t drop_duplicates(struct bytes *rdata, size_t count)
{
	size_t kept = 0;
	for (size_t i = 0; i < count; i++) {
		if (kept == 0 || !bytes_equal(rdata[kept - 1], rdata[i]))
			rdata[kept++] = rdata[i];
	}
	return kept;
}

int canon_init(struct canon *canon, const struct rrset *rrset, struct arena *arena)
{
	struct canon made = { .rrset = rrset };

	made.rdata = arena_array(arena, rrset->count, sizeof(*made.rdata));
	if (!made.rdata)
		return ERR_NOMEM;
	made.buffer_len = RRSIG_FIXED_LEN + NAME_LEN_MAX;
	for (size_t i = 0; i < rrset->count; i++) {
		made.rdata[i] = rrset->rdata[i];
		if (canon_lowers(rrset->type) &&
			rdata_lower(rrset->type, rrset->rdata[i], arena, &made.rdata[i]) != 0)
			return ERR_NOMEM;
		made.buffer_len += rrset->owner.len + RECORD_FIXED_LEN + rrset->rdata[i].len;
	}
	qsort(made.rdata, rrset->count, sizeof(*made.rdata), rdata_compare);
	made.count = drop_duplicates(made.rdata, rrset->count);
	made.buffer = arena_alloc(arena, made.buffer_len);
	if (!made.buffer)
		return ERR_NOMEM;
	*canon = made;
	return 0;
}

/* The name that was signed: the owner, or the wildcard that it was made from. It is never longer
 * than the owner, for "*" is the shortest label.                    RFC 4035 section 5.3.2 */
static struct name signed_owner(const struct rrset *rrset, uint8_t labels, struct name_space *space)
{
	struct name owner = name_fold(rrset->owner, space);

	if (labels >= rrsig_labels_of(owner))
		return owner;
	struct name encloser = name_last_labels(owner, labels);
	memmove(space->octets + 2, encloser.octets, encloser.len);
	space->octets[0] = 1;
	space->octets[1] = '*';
	return (struct name){ .octets = space->octets, .len = (uint8_t)(encloser.len + 2) };
}

struct bytes canon_signed_data(struct canon *canon, const struct rrsig *rrsig)
{
	const struct rrset *rrset = canon->rrset;
	struct writer w = writer_into(canon->buffer, canon->buffer_len);
	struct name_space owner_space, signer_space;
	const struct name owner = signed_owner(rrset, rrsig->labels, &owner_space);

	writer_bytes(&w, rrsig->fixed);
	name_write(&w, name_fold(rrsig->signer, &signer_space));
	for (size_t i = 0; i < canon->count; i++) {
		name_write(&w, owner);
		writer_u16(&w, rrset->type);
		writer_u16(&w, rrset->class);
		writer_u32(&w, rrsig->original_ttl_s);
		writer_u16(&w, (uint16_t)canon->rdata[i].len);
		writer_bytes(&w, canon->rdata[i]);
	}
	assert(!w.failed);
	return bytes_of(canon->buffer, w.len);
}
