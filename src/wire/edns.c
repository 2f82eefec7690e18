/* SPDX-License-Identifier: MIT */
#include "wire/edns.h"

#include "wire/reader.h"
#include "wire/type.h"

/* OPT's TTL field: extended RCODE, version, flags (RFC 6891 section 6.1.3). */
#define TTL_DO 0x8000u

/* Octets of code and length in front of an option's data (RFC 6891 section 6.1.2). */
#define OPTION_HEAD_LEN 4

struct option {
	uint16_t code;
	struct bytes data;
};

static struct option option_read(struct reader *r)
{
	struct option option;
	option.code = reader_u16(r);
	option.data = reader_bytes(r, reader_u16(r));
	return option;
}

int edns_read(uint16_t class, uint32_t ttl, struct bytes rdata, struct edns *out)
{
	struct reader r = reader_over(rdata);

	while (reader_left(&r) > 0)
		(void)option_read(&r); /* only that they are whole */
	if (r.failed)
		return ERR_FORMAT;
	*out = (struct edns){
		.present = true,
		.dnssec_ok = ttl & TTL_DO,
		.version = (uint8_t)(ttl >> 16),
		.extended_rcode = (uint8_t)(ttl >> 24),
		.udp_size = class,
		.options = rdata,
	};
	return 0;
}

bool edns_option(const struct edns *edns, uint16_t code, struct bytes *out)
{
	struct reader r = reader_over(edns->options);

	while (reader_left(&r) > 0) {
		struct option option = option_read(&r);
		if (!r.failed && option.code == code) {
			*out = option.data;
			return true;
		}
	}
	return false;
}

size_t edns_open(struct writer *w, const struct edns *edns)
{
	writer_u8(w, 0); /* the root */
	writer_u16(w, TYPE_OPT);
	writer_u16(w, edns->udp_size);
	writer_u32(w, (uint32_t)edns->extended_rcode << 24 | (uint32_t)edns->version << 16 |
			      (edns->dnssec_ok ? TTL_DO : 0));
	size_t opened = w->len;
	writer_u16(w, 0);
	return opened;
}

/* Code and length, when data of that length will fit; else w fails before anything is written. */
static void option_open(struct writer *w, uint16_t code, size_t len)
{
	if (len > UINT16_MAX || w->cap - w->len < OPTION_HEAD_LEN + len) {
		w->failed = true;
		return;
	}
	writer_u16(w, code);
	writer_u16(w, (uint16_t)len);
}

void edns_add_option(struct writer *w, uint16_t code, struct bytes data)
{
	option_open(w, code, data.len);
	writer_bytes(w, data);
}

void edns_add_ede(struct writer *w, uint16_t code, const char *text)
{
	size_t len = text ? strlen(text) : 0;
	option_open(w, EDNS_OPTION_EDE, 2 + len);
	writer_u16(w, code);
	writer_bytes(w, bytes_of(text, len));
}

void edns_add_padding(struct writer *w, size_t block_len)
{
	static const uint8_t zeros[64];

	/* Padding is worth no answer: without room for it there is less of it, or none. */
	if (w->failed || w->cap - w->len < OPTION_HEAD_LEN)
		return;
	size_t over = (w->len + OPTION_HEAD_LEN) % block_len;
	size_t len = over > 0 ? block_len - over : 0;
	if (len > w->cap - w->len - OPTION_HEAD_LEN)
		len = w->cap - w->len - OPTION_HEAD_LEN;
	option_open(w, EDNS_OPTION_PADDING, len);
	for (size_t part; len > 0; len -= part) {
		part = len < sizeof(zeros) ? len : sizeof(zeros);
		writer_bytes(w, bytes_of(zeros, part));
	}
}

void edns_close(struct writer *w, size_t opened)
{
	if (w->failed)
		return;
	size_t len = w->len - opened - 2;
	if (len > UINT16_MAX)
		w->failed = true;
	else
		writer_patch_u16(w, opened, (uint16_t)len);
}

const char *ede_text(uint16_t code)
{
	/* RFC 8914 section 4, and IANA's list for what came later. */
	static const char *const texts[] = {
		"Other Error",
		"Unsupported DNSKEY Algorithm",
		"Unsupported DS Digest Type",
		"Stale Answer",
		"Forged Answer",
		"DNSSEC Indeterminate",
		"DNSSEC Bogus",
		"Signature Expired",
		"Signature Not Yet Valid",
		"DNSKEY Missing",
		"RRSIGs Missing",
		"No Zone Key Bit Set",
		"NSEC Missing",
		"Cached Error",
		"Not Ready",
		"Blocked",
		"Censored",
		"Filtered",
		"Prohibited",
		"Stale NXDOMAIN Answer",
		"Not Authoritative",
		"Not Supported",
		"No Reachable Authority",
		"Network Error",
		"Invalid Data",
		"Signature Expired before Valid",
		"Too Early",
		"Unsupported NSEC3 Iterations Value",
		"Unable to conform to policy",
		"Synthesized",
		"Invalid Query Type",
	};
	return code < sizeof(texts) / sizeof(texts[0]) ? texts[code] : "unassigned";
}

bool ede_is_bogus(uint16_t code)
{
	return code >= EDE_DNSSEC_BOGUS && code <= EDE_NSEC_MISSING;
}

bool ede_is_withheld(uint16_t code)
{
	return code == EDE_BLOCKED || code == EDE_CENSORED || code == EDE_FILTERED;
}
