/* SPDX-License-Identifier: MIT */
#include "upstream/upstream_query.h"

size_t upstream_query_write(
	const struct upstream_query *query, uint8_t buffer[static UPSTREAM_QUERY_LEN_MAX])
{
	/* Family IPv4, source and scope prefix 0: "tell nobody" (RFC 7871 section 7.1.2). */
	static const uint8_t no_subnet[4] = { 0, 1, 0, 0 };
	const struct header header = {
		.id = query->id,
		.rd = true,
		.cd = query->checking_disabled,
		.question_count = 1,
		.record_count = { [SECTION_ADDITIONAL] = 1 },
	};
	const struct edns edns = { .udp_size = EDNS_UDP_SIZE, .dnssec_ok = query->dnssec_ok };
	struct writer w = writer_into(buffer, UPSTREAM_QUERY_LEN_MAX);

	header_write(&w, &header);
	name_write(&w, query->question.name);
	writer_u16(&w, query->question.type);
	writer_u16(&w, query->question.class);
	size_t opened = edns_open(&w, &edns);
	edns_add_option(&w, EDNS_OPTION_CLIENT_SUBNET, bytes_of(no_subnet, sizeof(no_subnet)));
	if (query->keepalive)
		edns_add_option(&w, EDNS_OPTION_TCP_KEEPALIVE, bytes_of(NULL, 0));
	edns_add_padding(&w, PADDING_BLOCK_LEN);
	edns_close(&w, opened);
	return w.len;
}
