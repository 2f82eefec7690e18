/* SPDX-License-Identifier: MIT */
#include "dnssec/rrsig.h"

#include "wire/reader.h"

#define FIXED_LEN 18 /* octets in front of the signer (RFC 4034 section 3.1) */

int rrsig_read(struct bytes rdata, struct rrsig *out)
{
	struct reader r = reader_over(rdata);
	struct rrsig rrsig = { .fixed = bytes_of(rdata.at, FIXED_LEN) };

	rrsig.covers = reader_u16(&r);
	rrsig.algorithm = reader_u8(&r);
	rrsig.labels = reader_u8(&r);
	rrsig.original_ttl_s = reader_u32(&r);
	rrsig.expiration = reader_u32(&r);
	rrsig.inception = reader_u32(&r);
	rrsig.key_tag = reader_u16(&r);
	rrsig.signer = name_read_plain(&r);
	rrsig.signature = reader_rest(&r);
	if (!reader_finished(&r) || rrsig.signature.len == 0)
		return ERR_FORMAT;
	*out = rrsig;
	return 0;
}

/* Seconds from now to then, either way (RFC 1982 section 3.2). */
static int64_t distance_s(uint32_t then, int64_t wall_s)
{
	return (int32_t)(then - (uint32_t)wall_s);
}

enum reason_code rrsig_time(
	const struct rrsig *rrsig, int64_t wall_s, bool no_earlier, int64_t *when_s)
{
	const int64_t ends_in_s = distance_s(rrsig->expiration, wall_s);
	const int64_t begins_in_s = distance_s(rrsig->inception, wall_s);
	const int64_t validity_s = (int32_t)(rrsig->expiration - rrsig->inception);
	const int64_t tenth_s = validity_s / 10;
	const int64_t skew_s = tenth_s < RRSIG_SKEW_MAX_S ? tenth_s : RRSIG_SKEW_MAX_S;

	*when_s = wall_s + ends_in_s;
	/* Ends before it begins, or is so long that serial arithmetic cannot tell. */
	if (validity_s < 0)
		return REASON_RRSIG_MALFORMED;
	if (ends_in_s < -skew_s)
		return REASON_RRSIG_EXPIRED;
	if (begins_in_s > skew_s && !no_earlier) {
		*when_s = wall_s + begins_in_s;
		return REASON_RRSIG_NOT_YET_VALID;
	}
	return REASON_NONE;
}

int64_t rrsig_begins_s(const struct rrsig *rrsig, int64_t wall_s)
{
	return wall_s + distance_s(rrsig->inception, wall_s);
}

uint32_t rrsig_ttl_s(const struct rrsig *rrsig, int64_t wall_s)
{
	int64_t left_s = distance_s(rrsig->expiration, wall_s);

	/* One that is good only for the skew: to be asked for again at once. */
	if (left_s < 1)
		left_s = 1;
	return left_s < rrsig->original_ttl_s ? (uint32_t)left_s : rrsig->original_ttl_s;
}

static bool is_wildcard(struct name name)
{
	return name.octets[0] == 1 && name.octets[1] == '*';
}

unsigned rrsig_labels_of(struct name owner)
{
	return name_label_count(owner) - is_wildcard(owner);
}
