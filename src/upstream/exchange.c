/* SPDX-License-Identifier: MIT */
#include "upstream/exchange.h"

#include "upstream/pool.h"

/* TCP's and TLS 1.3's. */
#define HANDSHAKE_ROUND_TRIPS 2

#define ANOTHER_QUESTION "it answered another question than the one asked; the server is broken"

/* A server that could not read a query may leave the question out of what it says of that. */
static bool is_bare_failure(const struct header *header)
{
	return header->question_count == 0 && header->rcode != RCODE_NOERROR &&
	       header->record_count[SECTION_ANSWER] == 0 &&
	       header->record_count[SECTION_AUTHORITY] == 0;
}

static bool question_read(struct bytes wire, struct question *out)
{
	struct reader r = reader_over(wire);

	reader_skip(&r, HEADER_LEN);
	out->name = name_read_plain(&r);
	out->type = reader_u16(&r);
	out->class = reader_u16(&r);
	return !r.failed;
}

/* The question that a response repeats. As exchange_read(); ERR_FORMAT: it need not. */
static int repeated_question(struct bytes wire, struct question *out, const char **why)
{
	struct header header;

	if (header_read(wire, &header) != 0 || !header.qr || header.opcode != OPCODE_QUERY) {
		*why = "it sent something that is not a response to a query; the server is broken";
		return ERR_PROTOCOL;
	}
	if (is_bare_failure(&header)) {
		*why = "it says that it could not read the query";
		return ERR_FORMAT;
	}
	if (header.question_count != 1 || !question_read(wire, out)) {
		*why = ANOTHER_QUESTION;
		return ERR_PROTOCOL;
	}
	return 0;
}

/* Is it a response to that question? As exchange_read(). */
static int check(struct bytes wire, const struct question *asked, const char **why)
{
	struct question question;
	int err = repeated_question(wire, &question, why);

	if (err == 0 && !question_equal(&question, asked)) {
		*why = ANOTHER_QUESTION;
		return ERR_PROTOCOL;
	}
	return err;
}

bool exchange_is_reply(struct bytes wire, struct bytes query, const char **why)
{
	struct question asked;

	return question_read(query, &asked) && check(wire, &asked, why) != ERR_PROTOCOL;
}

uint64_t exchange_mark(const struct hash_key *key, const struct question *question)
{
	return name_hash(key, question->name) ^ (uint64_t)question->type << 16 ^ question->class;
}

bool exchange_is_marked(
	struct bytes wire, const struct hash_key *key, uint64_t mark, const char **why)
{
	struct question question;
	int err = repeated_question(wire, &question, why);

	if (err == 0 && exchange_mark(key, &question) != mark) {
		*why = ANOTHER_QUESTION;
		return false;
	}
	return err != ERR_PROTOCOL;
}

int exchange_read(
	struct exchange *exchange, struct bytes wire, struct message *out, const char **why)
{
	exchange->before = arena_mark(exchange->arena);
	int err = check(wire, &exchange->query->question, why);
	if (err != 0)
		return err;
	/* The message outlives the buffer that it came in. */
	const uint8_t *kept = arena_copy(exchange->arena, wire.at, wire.len);
	err = kept ? message_read(bytes_of(kept, wire.len), exchange->arena, out) : ERR_NOMEM;
	if (err == ERR_NOMEM) {
		*why = "its response does not fit the memory that a query may take";
	} else if (err != 0) {
		*why = "its response has a record that is malformed";
	} else if (out->head.header.tc) {
		*why = "it sent a truncated response over TLS, where nothing need be cut";
		err = ERR_FORMAT;
	}
	if (err != 0)
		arena_rewind(exchange->arena, exchange->before);
	return err;
}

bool exchange_heard(const struct exchange *exchange)
{
	return exchange->connection && exchange->connection->heard_ms > exchange->sent_ms;
}

bool exchange_is_answer(struct bytes wire)
{
	return wire.len >= HEADER_LEN && rcode_is_answer(wire.at[3] & 0xf);
}

bool exchange_may_move(const struct exchange *exchange, const struct connection *from)
{
	if (exchange->resends == 0)
		return from->answers > 0;
	return exchange->resends < EXCHANGE_RESENDS_MAX && from->answers >= EXCHANGE_RESEND_ANSWERS;
}

bool exchange_hopeful(const struct exchange *exchange)
{
	return exchange->connection && !exchange->connection->doubted;
}

uint64_t exchange_patience_ms(const struct exchange *exchange)
{
	const struct standing *standing = &exchange->pool->standing;
	uint64_t ms = standing_patience_ms(standing);

	if (!exchange->connection)
		ms += HANDSHAKE_ROUND_TRIPS * pace_rtt_ms(&standing->pace);
	return ms < STANDING_PATIENCE_MAX_MS ? ms : STANDING_PATIENCE_MAX_MS;
}
