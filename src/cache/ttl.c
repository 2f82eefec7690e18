/* SPDX-License-Identifier: MIT */
#include "cache/ttl.h"

#include "wire/rdata.h"

/* Octets of an SOA's rdata at least: two root names and five numbers (RFC 1035 section 3.3.13). */
#define SOA_LEN_MIN 22

/* RFC 9520 section 3.2: at least 1 s, at most 5 minutes, growing exponentially. */
#define FAILURE_FIRST_S 1
#define FAILURE_MAX_S	300

static uint32_t lesser(uint32_t a, uint32_t b)
{
	return a < b ? a : b;
}

static uint32_t least_ttl_s(const struct rrset *rrsets, size_t count)
{
	uint32_t ttl_s = UINT32_MAX;
	for (size_t i = 0; i < count; i++)
		ttl_s = lesser(ttl_s, rrsets[i].ttl_s);
	return count > 0 ? ttl_s : 0;
}

uint32_t ttl_positive_s(const struct ttl_options *options, const struct rrset *rrsets, size_t count)
{
	uint32_t ttl_s = least_ttl_s(rrsets, count);
	/* 0 says "for this one use" (RFC 1035 section 3.2.1): no minimum of ours unsays that. */
	if (ttl_s > 0 && ttl_s < options->min_s)
		ttl_s = options->min_s;
	return lesser(ttl_s, options->max_s);
}

/* The SOA that says how long a denial holds stands in the authority section, no other counts. */
static bool is_denial_soa(const struct rrset *rrset)
{
	return rrset->type == TYPE_SOA && rrset->section == SECTION_AUTHORITY && rrset->count > 0;
}

static uint32_t soa_minimum_s(const struct rrset *soa)
{
	uint32_t minimum_s = UINT32_MAX;
	for (size_t i = 0; i < soa->count; i++) {
		struct bytes rdata = soa->rdata[i];
		if (rdata.len < SOA_LEN_MIN)
			return 0;
		uint32_t value = u32_load(rdata.at + rdata.len - 4);
		/* RFC 2181 section 8 on TTLs, which MINIMUM becomes one of here. */
		minimum_s = lesser(minimum_s, value > INT32_MAX ? 0 : value);
	}
	return minimum_s;
}

uint32_t ttl_negative_s(const struct ttl_options *options, const struct rrset *rrsets, size_t count)
{
	uint32_t ttl_s = least_ttl_s(rrsets, count);
	bool has_soa = false;

	for (size_t i = 0; i < count; i++) {
		if (!is_denial_soa(&rrsets[i]))
			continue;
		has_soa = true;
		ttl_s = lesser(ttl_s, soa_minimum_s(&rrsets[i]));
	}
	if (!has_soa)
		return 0;
	return lesser(ttl_s, lesser(options->max_negative_s, options->max_s));
}

uint32_t ttl_failure_s(unsigned n)
{
	uint32_t ttl_s = FAILURE_FIRST_S;
	for (; n > 1 && ttl_s < FAILURE_MAX_S; n--)
		ttl_s *= 2;
	return lesser(ttl_s, FAILURE_MAX_S);
}
