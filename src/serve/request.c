/* SPDX-License-Identifier: MIT */
#include "serve/request.h"

#define UDP_LEN_WITHOUT_EDNS 512 /* octets (RFC 1035 section 2.3.4) */

/* Octets that the reply may have: what the client can take, and what the configuration allows. */
static size_t reply_limit(const struct serving *serving, const struct edns *edns, bool tcp)
{
	if (tcp)
		return MESSAGE_LEN_MAX;
	if (!edns->present || edns->udp_size < UDP_LEN_WITHOUT_EDNS)
		return UDP_LEN_WITHOUT_EDNS;
	return edns->udp_size < serving->options.udp_size ? edns->udp_size
							  : serving->options.udp_size;
}

enum request_outcome request_read(struct serving *serving, struct bytes wire, bool tcp,
	struct asked *asked, uint8_t *reply, size_t *reply_len)
{
	struct header header;
	struct answer answer;
	struct bytes option;

	if (header_read(wire, &header) != 0 || header.qr)
		return REQUEST_DROPPED;
	if (header.opcode != OPCODE_QUERY) {
		*reply_len = answer_write_header(&header, RCODE_NOTIMP, reply);
		return REQUEST_REPLIED;
	}
	if (message_head_read(wire, &asked->head) != 0) {
		*reply_len = answer_write_header(&header, RCODE_FORMERR, reply);
		return REQUEST_REPLIED;
	}
	asked->limit = reply_limit(serving, &asked->head.edns, tcp);
	asked->udp_size = serving->options.udp_size;
	asked->keepalive =
		tcp && edns_option(&asked->head.edns, EDNS_OPTION_TCP_KEEPALIVE, &option);
	const uint32_t keepalive_ds = serving->tcp_idle_ms / 100;
	asked->keepalive_ds = keepalive_ds < UINT16_MAX ? (uint16_t)keepalive_ds : UINT16_MAX;

	if (asked->head.edns.version > 0) {
		answer = (struct answer){ .rcode = RCODE_BADVERS };
	} else if (!resolver_answer_now(serving->resolver, &asked->head, &answer)) {
		return REQUEST_WAITS;
	}
	*reply_len = answer_write(&answer, asked, reply);
	entry_release(answer.entry);
	return REQUEST_REPLIED;
}

size_t request_refuse(const struct serving *serving, struct bytes wire, uint8_t *reply)
{
	const struct answer answer = {
		.rcode = RCODE_REFUSED,
		.ede_present = true,
		.ede_code = EDE_PROHIBITED,
		.ede_text = "this address may not ask here",
	};
	struct asked asked = { .limit = MESSAGE_LEN_MAX, .udp_size = serving->options.udp_size };
	struct header header;

	if (header_read(wire, &header) != 0 || header.qr)
		return 0;
	if (message_head_read(wire, &asked.head) != 0)
		return answer_write_header(&header, RCODE_REFUSED, reply);
	return answer_write(&answer, &asked, reply);
}

size_t request_shed(const struct asked *asked, uint8_t *reply)
{
	const struct answer answer = {
		.rcode = RCODE_SERVFAIL,
		.ede_present = true,
		.ede_code = EDE_OTHER,
		.ede_text = "overloaded: too many questions are waiting for an upstream",
	};
	return answer_write(&answer, asked, reply);
}
