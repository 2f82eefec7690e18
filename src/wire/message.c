/* SPDX-License-Identifier: MIT */
#include "wire/message.h"

#include "wire/rdata.h"
#include "wire/reader.h"

/* Octets of the shortest record: the root, type, class, TTL, rdata length. */
#define RECORD_LEN_MIN 11

/* Owners remembered by where they stand, so that a pointer to one is not read and copied again. */
#define OWNERS_SEEN 64

/* What stands between a record's owner and its rdata. */
struct frame {
	bool at_root;
	uint16_t type;
	uint16_t class;
	uint32_t ttl; /* as it stands; OPT has no time there */
	struct reader rdata;
};

struct owners {
	struct {
		size_t at;	  /* octets from the message's first */
		struct name name; /* octets NULL: free */
	} seen[OWNERS_SEEN];
};

int header_read(struct bytes wire, struct header *out)
{
	if (wire.len < HEADER_LEN)
		return ERR_FORMAT;
	uint16_t flags = u16_load(wire.at + 2);
	*out = (struct header){
		.id = u16_load(wire.at),
		.opcode = flags >> OPCODE_SHIFT & 0xf,
		.rcode = flags & 0xf,
		.qr = flags & FLAG_QR,
		.aa = flags & FLAG_AA,
		.tc = flags & FLAG_TC,
		.rd = flags & FLAG_RD,
		.ra = flags & FLAG_RA,
		.ad = flags & FLAG_AD,
		.cd = flags & FLAG_CD,
		.question_count = u16_load(wire.at + 4),
		.record_count = { u16_load(wire.at + 6), u16_load(wire.at + 8),
			u16_load(wire.at + 10) },
	};
	return 0;
}

void header_write(struct writer *w, const struct header *header)
{
	unsigned flags = (header->opcode & 0xfu) << OPCODE_SHIFT | (header->rcode & 0xfu) |
			 (header->qr ? FLAG_QR : 0) | (header->aa ? FLAG_AA : 0) |
			 (header->tc ? FLAG_TC : 0) | (header->rd ? FLAG_RD : 0) |
			 (header->ra ? FLAG_RA : 0) | (header->ad ? FLAG_AD : 0) |
			 (header->cd ? FLAG_CD : 0);
	writer_u16(w, header->id);
	writer_u16(w, (uint16_t)flags);
	writer_u16(w, header->question_count);
	for (int section = SECTION_ANSWER; section <= SECTION_ADDITIONAL; section++)
		writer_u16(w, header->record_count[section]);
}

/* Header and question; r goes on behind them. edns is not touched. */
static int head_read(struct reader *r, struct message_head *head)
{
	if (header_read(bytes_of(r->base, r->end), &head->header) != 0)
		return ERR_FORMAT;
	if (head->header.question_count != 1)
		return ERR_FORMAT;
	reader_skip(r, HEADER_LEN);
	head->question.name = name_read_plain(r);
	head->question.type = reader_u16(r);
	head->question.class = reader_u16(r);
	return r->failed ? ERR_FORMAT : 0;
}

/* r stands behind the owner, which began at owner_at. */
static struct frame frame_read(struct reader *r, size_t owner_at)
{
	struct frame frame = { .at_root = r->at - owner_at == 1 };
	frame.type = reader_u16(r);
	frame.class = reader_u16(r);
	frame.ttl = reader_u32(r);
	frame.rdata = reader_part(r, reader_u16(r));
	return frame;
}

static int opt_read(struct frame *frame, enum section section, struct edns *edns)
{
	if (edns->present || section != SECTION_ADDITIONAL || !frame->at_root)
		return ERR_FORMAT;
	return edns_read(frame->class, frame->ttl, reader_rest(&frame->rdata), edns);
}

int message_head_read(struct bytes wire, struct message_head *out)
{
	struct reader r = reader_over(wire);
	struct message_head head;
	int err = head_read(&r, &head);

	if (err != 0)
		return err;
	head.edns = (struct edns){ 0 };
	for (int section = SECTION_ANSWER; section <= SECTION_ADDITIONAL; section++) {
		for (unsigned i = head.header.record_count[section]; i > 0; i--) {
			size_t owner_at = r.at;
			name_skip(&r);
			struct frame frame = frame_read(&r, owner_at);
			if (r.failed)
				return ERR_FORMAT;
			if (frame.type != TYPE_OPT)
				continue;
			if (opt_read(&frame, (enum section)section, &head.edns) != 0) {
				head.edns = (struct edns){ .present = true };
				*out = head;
				return ERR_PROTOCOL;
			}
		}
	}
	if (!reader_finished(&r))
		return ERR_FORMAT;
	*out = head;
	return 0;
}

/* A record's owner: a view of the message where it stands there whole, else a copy in the arena,
 * one for all records that point at the same place. */
static int owner_read(
	struct reader *r, struct arena *arena, struct owners *owners, struct name *out)
{
	struct name_space space;
	struct reader peek = *r;
	size_t at = r->at;
	uint16_t pointer = reader_u16(&peek);

	if (!peek.failed && pointer >= POINTER_BITS)
		at = pointer & ~POINTER_BITS;
	size_t slot = (at ^ at / OWNERS_SEEN) % OWNERS_SEEN;
	if (at < r->at && owners->seen[slot].at == at && owners->seen[slot].name.octets) {
		*r = peek;
		*out = owners->seen[slot].name;
		return 0;
	}
	struct name name = name_read_view(r, &space);
	if (r->failed)
		return ERR_FORMAT;
	if (name.octets == space.octets && name_copy(arena, name, &name) != 0)
		return ERR_NOMEM;
	owners->seen[slot].at = at;
	owners->seen[slot].name = name;
	*out = name;
	return 0;
}

static int record_read(struct reader *r, struct arena *arena, struct owners *owners,
	struct record *record, struct edns *edns)
{
	size_t owner_at = r->at;
	int err = owner_read(r, arena, owners, &record->owner);

	if (err != 0)
		return err;
	struct frame frame = frame_read(r, owner_at);
	if (r->failed)
		return ERR_FORMAT;
	record->type = frame.type;
	record->class = frame.class;
	record->ttl_s = frame.ttl > INT32_MAX ? 0 : frame.ttl;
	if (frame.type == TYPE_OPT)
		return opt_read(&frame, record->section, edns);
	return rdata_read(&frame.rdata, frame.type, arena, &record->rdata);
}

/* Records in all sections, if so many could stand in what is left to read. */
static int records_new(struct reader *r, struct arena *arena, struct message *message)
{
	const uint16_t *counts = message->head.header.record_count;
	size_t count = (size_t)counts[SECTION_ANSWER] + counts[SECTION_AUTHORITY] +
		       counts[SECTION_ADDITIONAL];

	if (count > reader_left(r) / RECORD_LEN_MIN)
		return ERR_FORMAT;
	message->records = arena_array(arena, count, sizeof(message->records[0]));
	return message->records ? 0 : ERR_NOMEM;
}

int message_read(struct bytes wire, struct arena *arena, struct message *out)
{
	struct reader r = reader_over(wire);
	struct message message = { 0 };
	struct owners owners = { 0 };
	int err = head_read(&r, &message.head);

	if (err == 0)
		err = records_new(&r, arena, &message);
	if (err != 0)
		return err;
	for (int section = SECTION_ANSWER; section <= SECTION_ADDITIONAL; section++) {
		for (unsigned i = message.head.header.record_count[section]; i > 0; i--) {
			struct record *record = &message.records[message.count];
			record->section = (enum section)section;
			err = record_read(&r, arena, &owners, record, &message.head.edns);
			if (err != 0)
				return err;
			if (record->type != TYPE_OPT)
				message.count++;
		}
	}
	if (!reader_finished(&r))
		return ERR_FORMAT;
	message.rcode =
		(uint16_t)(message.head.edns.extended_rcode << 4 | message.head.header.rcode);
	*out = message;
	return 0;
}

bool question_equal(const struct question *a, const struct question *b)
{
	return a->type == b->type && a->class == b->class && name_equal(a->name, b->name);
}
