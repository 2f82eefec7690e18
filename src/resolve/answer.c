/* SPDX-License-Identifier: MIT */
#include "resolve/answer.h"

#include <assert.h>

/* Octets of our longest OPT: fixed part, keepalive, two EDEs with their texts. */
#define OPT_LEN_MAX 256

static void flags_write(
	uint8_t *header, const struct header *asked, uint16_t rcode, bool aa, bool tc)
{
	unsigned flags = FLAG_QR | FLAG_RA | (unsigned)asked->opcode << OPCODE_SHIFT |
			 (aa ? FLAG_AA : 0) | (tc ? FLAG_TC : 0) | (asked->rd ? FLAG_RD : 0) |
			 (asked->cd ? FLAG_CD : 0) | (rcode & 0xfu);
	u16_store(header + 2, (uint16_t)flags);
}

/* Our OPT for the reply; nothing when the client sent none. */
static size_t opt_write(const struct answer *answer, const struct asked *asked, uint16_t rcode,
	uint8_t buffer[static OPT_LEN_MAX], bool with_ede)
{
	struct writer w = writer_into(buffer, OPT_LEN_MAX);
	const struct ede ede = answer->entry ? entry_ede(answer->entry) : answer->ede;

	if (!asked->head.edns.present)
		return 0;
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
	if (ede.present && with_ede) {
		edns_add_ede(&w, ede.code, ede.text);
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
	const struct asked *asked, uint16_t rcode, bool aa, bool tc, uint8_t *buffer)
{
	static const uint8_t counts[8] = { 0, 1 };

	u16_store(buffer, asked->head.header.id);
	flags_write(buffer, &asked->head.header, rcode, aa, tc);
	memcpy(buffer + 4, counts, sizeof(counts));
	return question_write(buffer, &asked->head.question);
}

static size_t form_write(const struct answer *answer, const struct asked *asked,
	const struct form *form, uint8_t *buffer)
{
	const uint32_t age_s = entry_age_s(answer->entry, answer->now_s);

	memcpy(buffer, form->wire.at, form->wire.len);
	u16_store(buffer, asked->head.header.id);
	flags_write(buffer, &asked->head.header, entry_rcode(answer->entry), answer->authoritative,
		false);
	/* The records' owners point here, so the client's spelling shows in them too. */
	memcpy(buffer + HEADER_LEN, asked->head.question.name.octets,
		asked->head.question.name.len);
	for (size_t i = 0; i < form->ttl_count; i++) {
		uint8_t *at = buffer + form->ttl_at[i];
		uint32_t ttl_s = u32_load(at);
		u32_store(at, ttl_s > age_s ? ttl_s - age_s : 0);
	}
	return form->wire.len;
}

size_t answer_write(const struct answer *answer, const struct asked *asked, uint8_t *buffer)
{
	const uint16_t rcode = answer->entry ? entry_rcode(answer->entry) : answer->rcode;
	uint8_t opt[OPT_LEN_MAX];
	size_t opt_len = opt_write(answer, asked, rcode, opt, true);
	size_t len = 0;

	if (answer->entry) {
		struct form form = entry_form(answer->entry, asked->head.edns.dnssec_ok);
		/* An explanation must not cost the answer (RFC 8914 section 3). */
		if (form.wire.len + opt_len > asked->limit)
			opt_len = opt_write(answer, asked, rcode, opt, false);
		if (form.wire.len + opt_len <= asked->limit)
			len = form_write(answer, asked, &form, buffer);
	}
	if (len == 0)
		len = bare_write(
			asked, rcode, answer->authoritative, answer->entry != NULL, buffer);
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
	flags_write(buffer, asked, rcode, false, false);
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
