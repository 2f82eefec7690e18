/* SPDX-License-Identifier: MIT */
#include "cli/ede.h"

#include "wire/edns.h"

bool ede_next(struct reader *options, uint16_t *code, struct bytes *text)
{
	while (reader_left(options) > 0) {
		uint16_t option = reader_u16(options);
		struct bytes data = reader_bytes(options, reader_u16(options));
		if (options->failed || option != EDNS_OPTION_EDE || data.len < 2)
			continue;
		*code = u16_load(data.at);
		*text = bytes_of(data.at + 2, data.len - 2);
		return true;
	}
	return false;
}
