/* SPDX-License-Identifier: MIT */
#include "resolve/answer.h"

#include <assert.h>

/* Octets of our longest OPT: fixed part, keepalive, an EDE with the longest text that an entry
 * keeps, one without any. */
#define OPT_LEN_MAX (64 + ENTRY_TEXT_MAX)

/* Of all records of an expired answer (RFC 8767 section 5). */
#define STALE_TTL_S 30

/* How much is explained. An explanation must not cost the answer (RFC 8914 section 3). */
enum detail { DETAIL_NONE, DETAIL_CODE, DETAIL_TEXT };

/* FLAG_AA, FLAG_TC, FLAG_AD are the reply's own; of the rest QR and RA stand, RD and CD come back.
 */
static void flags_write(uint8_t *header, const struct header *asked, uint16_t rcode, unsigned own)
{
	unsigned flags = own | FLAG_QR | FLAG_RA | (unsigned)asked->opcode << OPCODE_SHIFT |
			 (asked->rd ? FLAG_RD : 0) | (asked->cd ? FLAG_CD : 0) | (rcode & 0xfu);
	u16_store(header + 2, (uint16_t)flags);
}

/* AD goes to those who show that they know it (RFC 6840 section 5.7, 5.8). */
static bool wants_ad(const struct asked *asked)
{
	return !asked->head.header.cd && (asked->head.header.ad || asked->head.edns.dnssec_ok);
}

static struct ede ede_of(const struct answer *answer, uint16_t rcode)
{
	if (answer->stale)
		return (struct ede){ .present = true,
			.code = rcode == RCODE_NXDOMAIN ? EDE_STALE_NXDOMAIN : EDE_STALE_ANSWER,
			.text = answer->stale };
	return answer->entry ? entry_ede(answer->entry) : answer->ede;
}

/* Our OPT for the reply; nothing when the client sent none. */
static size_t opt_write(const struct answer *answer, const struct asked *asked, uint16_t rcode,
	uint8_t buffer[static OPT_LEN_MAX], enum detail detail)
{
	struct writer w = writer_into(buffer, OPT_LEN_MAX);

	if (!asked->head.edns.present)
		return 0;
	const struct ede ede = ede_of(answer, rcode);
	size_t opened = edns_open(&w, &(struct edns){
					      .dnssec_ok = asked->head.edns.dnssec_ok,
					      .extended_rcode = (uint8_t)(rcode >> 4),
					      .udp_size = asked->udp_size,
				      });
	if (asked->keepalive) {
		uint8_t timeout[2];
		u16_store(timeout, asked->keepalive_ds);
		edns_add_option(&w, EDNS_OPTION_TCP_KEEPALIVE, bytes_of(timeout, sizeof(timeout)));
	}
	if (ede.present && detail != DETAIL_NONE) {
		edns_add_ede(&w, ede.code, detail == DETAIL_TEXT ? ede.text : NULL);
		if (answer->entry && answer->from_cache && rcode == RCODE_SERVFAIL)
			edns_add_ede(&w, EDE_CACHED_ERROR, NULL);
	}
	edns_close(&w, opened);
	assert(!w.failed);
	return w.len;
}

/* The question as the client spelled it. Returns the message's length so far. */
static size_t question_write(uint8_t *buffer, const struct question *question)
{
	struct writer w = writer_into(buffer + HEADER_LEN, NAME_LEN_MAX + 4);
	name_write(&w, question->name);
	writer_u16(&w, question->type);
	writer_u16(&w, question->class);
	return HEADER_LEN + w.len;
}

/* Header and question, without any record. */
static size_t bare_write(
	const struct asked *asked, uint16_t rcode, unsigned own_flags, uint8_t *buffer)
{
	static const uint8_t counts[8] = { 0, 1 };

	u16_store(buffer, asked->head.header.id);
	flags_write(buffer, &asked->head.header, rcode, own_flags);
	memcpy(buffer + 4, counts, sizeof(counts));
	return question_write(buffer, &asked->head.question);
}

/* What is expired may be true no more, though it was. */
static bool is_ad(const struct answer *answer, const struct asked *asked)
{
	return entry_secure(answer->entry) && !answer->stale && wants_ad(asked);
}

static size_t form_write(const struct answer *answer, const struct asked *asked,
	const struct form *form, uint8_t *buffer)
{
	const uint32_t age_s = entry_age_s(answer->entry, answer->now_s);

	form_copy(form, buffer);
	u16_store(buffer, asked->head.header.id);
	flags_write(buffer, &asked->head.header, entry_rcode(answer->entry),
		(answer->authoritative ? FLAG_AA : 0) | (is_ad(answer, asked) ? FLAG_AD : 0));
	/* The records' owners point here, so the client's spelling shows in them too. */
	memcpy(buffer + HEADER_LEN, asked->head.question.name.octets,
		asked->head.question.name.len);
	for (size_t i = 0; i < form->ttl_count; i++) {
		uint8_t *at = buffer + form->ttl_at[i];
		uint32_t ttl_s = u32_load(at);
		u32_store(at, ttl_s > age_s ? ttl_s - age_s : 0);
	}
	for (size_t i = 0; answer->stale && i < form->ttl_count; i++)
		u32_store(buffer + form->ttl_at[i], STALE_TTL_S);
	return form->len;
}

size_t answer_write(const struct answer *answer, const struct asked *asked, uint8_t *buffer)
{
	const uint16_t rcode = answer->entry ? entry_rcode(answer->entry) : answer->rcode;
	uint8_t opt[OPT_LEN_MAX];
	const struct form form = answer->entry
					 ? entry_form(answer->entry, asked->head.edns.dnssec_ok)
					 : (struct form){ .len = HEADER_LEN };
	size_t opt_len = 0, len = 0;

	for (int detail = DETAIL_TEXT; detail >= DETAIL_NONE; detail--) {
		opt_len = opt_write(answer, asked, rcode, opt, (enum detail)detail);
		if (form.len + opt_len <= asked->limit)
			break;
	}
	if (answer->entry && form.len + opt_len <= asked->limit)
		len = form_write(answer, asked, &form, buffer);
	if (len == 0)
		len = bare_write(asked, rcode,
			(answer->authoritative ? FLAG_AA : 0) | (answer->entry ? FLAG_TC : 0),
			buffer);
	if (opt_len > 0) {
		memcpy(buffer + len, opt, opt_len);
		u16_store(buffer + 10, (uint16_t)(u16_load(buffer + 10) + 1)); /* ARCOUNT */
	}
	return len + opt_len;
}

void answer_done(struct answer *answer)
{
	entry_release(answer->entry);
	answer->entry = NULL;
}

size_t answer_write_header(
	const struct header *asked, uint8_t rcode, uint8_t buffer[static HEADER_LEN])
{
	memset(buffer, 0, HEADER_LEN);
	u16_store(buffer, asked->id);
	flags_write(buffer, asked, rcode, 0);
	return HEADER_LEN;
}

size_t asked_kept_len(const struct asked *asked)
{
	return HEADER_LEN + asked->head.question.name.len;
}

void asked_rebase(struct asked *asked, const uint8_t *from, const uint8_t *to)
{
	asked->head.question.name.octets = to + (asked->head.question.name.octets - from);
	asked->head.edns.options = bytes_of(NULL, 0);
}
