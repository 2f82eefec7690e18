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

enum request_outcome request_read(const struct serving *serving, struct bytes wire, bool tcp,
	struct asked *asked, struct reply *reply)
{
	struct header header;
	struct answer answer;
	struct bytes option;

	if (header_read(wire, &header) != 0 || header.qr)
		return REQUEST_DROPPED;
	if (header.opcode != OPCODE_QUERY) {
		reply->len = answer_write_header(&header, RCODE_NOTIMP, reply->octets);
		return REQUEST_REPLIED;
	}
	const int err = message_head_read(wire, &asked->head);
	if (err != 0 && err != ERR_PROTOCOL) {
		reply->len = answer_write_header(&header, RCODE_FORMERR, reply->octets);
		return REQUEST_REPLIED;
	}
	asked->limit = reply_limit(serving, &asked->head.edns, tcp);
	asked->udp_size = serving->options.udp_size;
	asked->keepalive =
		tcp && edns_option(&asked->head.edns, EDNS_OPTION_TCP_KEEPALIVE, &option);
	const uint32_t keepalive_ds = serving->tcp_idle_ms / 100;
	asked->keepalive_ds = keepalive_ds < UINT16_MAX ? (uint16_t)keepalive_ds : UINT16_MAX;

	if (err == ERR_PROTOCOL) {
		/* Without an OPT it would say that we know no EDNS (RFC 6891 section 7). */
		answer = (struct answer){ .rcode = RCODE_FORMERR };
	} else if (asked->head.edns.version > 0) {
		answer = (struct answer){ .rcode = RCODE_BADVERS };
	} else if (!resolver_answer_now(serving->resolver, &asked->head, &answer)) {
		return REQUEST_WAITS;
	}
	reply->len = answer_write(&answer, asked, reply->octets);
	answer_done(&answer);
	return REQUEST_REPLIED;
}

void request_refuse(const struct serving *serving, struct bytes wire, struct reply *reply)
{
	const struct answer answer = {
		.rcode = RCODE_REFUSED,
		.ede = { .present = true,
			.code = EDE_PROHIBITED,
			.text = "this address may not ask here" },
	};
	struct asked asked = { .limit = MESSAGE_LEN_MAX, .udp_size = serving->options.udp_size };
	struct header header;

	reply->len = 0;
	if (header_read(wire, &header) != 0 || header.qr)
		return;
	if (message_head_read(wire, &asked.head) != 0)
		reply->len = answer_write_header(&header, RCODE_REFUSED, reply->octets);
	else
		reply->len = answer_write(&answer, &asked, reply->octets);
}

void request_shed(const struct serving *serving, const struct asked *asked, struct reply *reply)
{
	struct answer answer;

	resolver_answer_shed(serving->resolver, &asked->head, &answer);
	reply->len = answer_write(&answer, asked, reply->octets);
	answer_done(&answer);
}
