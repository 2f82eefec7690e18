/* SPDX-License-Identifier: MIT */
#include <assert.h>

#include "wire/compose.h"
#include "world.h"

static void compose_record(struct compose *c, const struct record *record)
{
	struct bytes rdata = record->rdata;
	const struct rrset rrset = {
		.owner = record->owner,
		.type = record->type,
		.class = CLASS_IN,
		.section = record->section,
		.ttl_s = record->ttl_s,
		.count = 1,
		.rdata = &rdata,
	};

	compose_rrset(c, &rrset, NULL);
}

size_t world_compose(const struct world_reply *reply, uint16_t id, bool truncated,
	uint8_t wire[static MESSAGE_LEN_MAX])
{
	struct header header = {
		.id = id,
		.qr = true,
		.rd = true,
		.ra = true,
		.tc = truncated,
		.rcode = (uint8_t)reply->rcode,
		.question_count = 1,
	};
	struct compose c;

	compose_init(&c, wire, MESSAGE_LEN_MAX);
	header_write(&c.w, &header);
	compose_question(&c, &reply->question);
	for (int section = SECTION_ANSWER; section <= SECTION_ADDITIONAL; section++) {
		for (size_t i = 0; i < reply->count; i++) {
			if ((int)reply->records[i].section != section)
				continue;
			header.record_count[section]++;
			compose_record(&c, &reply->records[i]);
		}
	}
	assert(!c.w.failed);
	const size_t len = c.w.len;
	writer_rewind(&c.w, 0);
	header_write(&c.w, &header);
	return len;
}
