/* SPDX-License-Identifier: MIT */
#include "upstream/exchange.h"

int exchange_read(
	const struct exchange *exchange, struct bytes wire, struct message *out, const char **why)
{
	struct message message;
	int err = message_read(wire, exchange->arena, &message);

	if (err == ERR_NOMEM)
		return ERR_NOMEM;
	if (err != 0) {
		*why = "it sent a malformed response; the server or something in between is broken";
		return ERR_PROTOCOL;
	}
	if (!message.head.header.qr || message.head.header.opcode != OPCODE_QUERY) {
		*why = "it sent something that is not a response to a query; the server is broken";
		return ERR_PROTOCOL;
	}
	if (!question_equal(&message.head.question, &exchange->query->question)) {
		*why = "it answered another question than the one asked; the server is broken";
		return ERR_PROTOCOL;
	}
	*out = message;
	return 0;
}
