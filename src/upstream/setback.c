/* SPDX-License-Identifier: MIT */
#include "upstream/setback.h"

static bool ede_of(const struct message *message, struct bytes *ede)
{
	return edns_option(&message->head.edns, EDNS_OPTION_EDE, ede) && ede->len >= 2;
}

void setback_keep(struct setback *setback, struct pool *of, const struct message *message)
{
	struct bytes ede;

	*setback = (struct setback){ .of = of, .rcode = message->rcode };
	if (ede_of(message, &ede)) {
		struct writer w = writer_into(setback->options, SETBACK_OPTION_KEPT);
		const size_t len =
			ede.len < 2 + SETBACK_TEXT_KEPT ? ede.len : 2 + SETBACK_TEXT_KEPT;
		edns_add_option(&w, EDNS_OPTION_EDE, bytes_of(ede.at, len));
		setback->options_len = w.len;
	}
}

struct message setback_message(const struct setback *setback, const struct question *question)
{
	return (struct message){
		.head = {
			.header = { .qr = true, .rcode = setback->rcode & 0xf },
			.question = *question,
			.edns = {
				.present = setback->options_len > 0,
				.options = bytes_of(setback->options, setback->options_len),
			},
		},
		.rcode = setback->rcode,
	};
}

bool setback_is_final(const struct message *message, bool checking_disabled)
{
	struct bytes ede;

	if (!ede_of(message, &ede))
		return false;
	const uint16_t code = u16_load(ede.at);
	return ede_is_withheld(code) || (ede_is_bogus(code) && !checking_disabled);
}
