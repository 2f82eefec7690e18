/* SPDX-License-Identifier: MIT */
#include "cli/facts.h"

#include <arpa/inet.h>
#include <assert.h>
#include <stdio.h>

#include "dnssec/bitmap.h"
#include "dnssec/nsec.h"
#include "dnssec/rrsig.h"

void facts_note_edns(struct facts *facts, const struct message *response, bool over_tls)
{
	const struct edns *edns = &response->head.edns;
	struct bytes option;

	if (!edns->present || !edns_option(edns, EDNS_OPTION_PADDING, &option))
		facts->padded = MARK_NO;
	else if (facts->padded == MARK_UNKNOWN)
		facts->padded = MARK_YES;
	if (!over_tls)
		return;
	if (edns->present && edns_option(edns, EDNS_OPTION_TCP_KEEPALIVE, &option) &&
		option.len == 2) {
		facts->keepalive = MARK_YES;
		facts->idle_ms = (uint32_t)u16_load(option.at) * 100;
	} else if (facts->keepalive == MARK_UNKNOWN) {
		facts->keepalive = MARK_NO;
	}
}

/* Is a signature by signer (NULL: whoever) beside that record? */
static bool is_signed(
	const struct message *response, const struct record *record, const struct name *signer)
{
	for (size_t i = 0; i < response->count; i++) {
		const struct record *other = &response->records[i];
		struct rrsig rrsig;
		if (other->type == TYPE_RRSIG && other->section == record->section &&
			name_equal(other->owner, record->owner) &&
			rrsig_read(other->rdata, &rrsig) == 0 && rrsig.covers == record->type &&
			(!signer || name_equal(rrsig.signer, *signer)))
			return true;
	}
	return false;
}

/* The answer to the question, signed? */
static bool answers_signed(const struct message *response, const struct name *signer)
{
	for (size_t i = 0; i < response->count; i++) {
		const struct record *record = &response->records[i];
		if (record->section == SECTION_ANSWER &&
			record->type == response->head.question.type &&
			name_equal(record->owner, response->head.question.name))
			return is_signed(response, record, signer);
	}
	return false;
}

static size_t answer_count(const struct message *response)
{
	size_t count = 0;

	for (size_t i = 0; i < response->count; i++)
		count += response->records[i].section == SECTION_ANSWER;
	return count;
}

/* "NXDOMAIN", "NOERROR with A 192.0.2.1", "NOERROR without a record". */
static void describe(const struct message *response, char text[static FACTS_REPLY_LEN])
{
	char rcode[TYPE_TEXT_LEN], type[TYPE_TEXT_LEN], address[INET6_ADDRSTRLEN];

	rcode_print(response->rcode, rcode);
	for (size_t i = 0; i < response->count; i++) {
		const struct record *record = &response->records[i];
		if (record->section != SECTION_ANSWER)
			continue;
		address[0] = '\0';
		if (record->type == TYPE_A && record->rdata.len == 4)
			inet_ntop(AF_INET, record->rdata.at, address, sizeof(address));
		snprintf(text, FACTS_REPLY_LEN, "%s with %s%s%s", rcode,
			type_print(record->type, type), address[0] != '\0' ? " " : "", address);
		return;
	}
	snprintf(text, FACTS_REPLY_LEN, "%s without a record", rcode);
}

void facts_note_signed(struct facts *facts, const struct message *response)
{
	char type[TYPE_TEXT_LEN], came[FACTS_REPLY_LEN];

	if (response->rcode == RCODE_NOERROR && answers_signed(response, NULL)) {
		if (facts->signatures == MARK_UNKNOWN)
			facts->signatures = MARK_YES;
		return;
	}
	facts->signatures = MARK_NO;
	describe(response, came);
	type_print(response->head.question.type, type);
	snprintf(facts->unsigned_reply, sizeof(facts->unsigned_reply), "%.20s: %.60s%s", type, came,
		answer_count(response) > 0 ? ", no RRSIG beside it" : "");
}

static bool read_signed_child(
	const struct record *record, struct name_space *space, struct name *signed_child)
{
	struct nsec nsec;

	if (record->type != TYPE_NSEC || name_label_count(record->owner) != 1 ||
		nsec_read(record->owner, record->rdata, &nsec) != 0 ||
		!bitmap_has(nsec.types, TYPE_DS))
		return false;
	memcpy(space->octets, record->owner.octets, record->owner.len);
	*signed_child = (struct name){ .octets = space->octets, .len = record->owner.len };
	return true;
}

bool facts_note_denial(struct facts *facts, const struct message *response,
	struct name_space *space, struct name *signed_child)
{
	bool proven = false, found = false;

	for (size_t i = 0; i < response->count; i++) {
		const struct record *record = &response->records[i];
		if (record->section != SECTION_AUTHORITY ||
			(record->type != TYPE_NSEC && record->type != TYPE_NSEC3) ||
			!is_signed(response, record, NULL))
			continue;
		proven = true;
		found = found || read_signed_child(record, space, signed_child);
	}
	facts->denial = proven ? MARK_YES : MARK_NO;
	return found;
}

void facts_note_ds(struct facts *facts, const struct message *response)
{
	const struct name root = name_root();

	facts->ds = response->rcode == RCODE_NOERROR && answers_signed(response, &root) ? MARK_YES
											: MARK_NO;
}

void facts_note_absent(struct facts *facts, const struct message *response)
{
	if (response->rcode == RCODE_NOERROR || answer_count(response) > 0)
		facts->honest = MARK_NO;
	else if (response->rcode == RCODE_NXDOMAIN)
		facts->honest = MARK_YES;
	describe(response, facts->instead);
}

/* In order, as they are few. */
void facts_add_round(struct facts *facts, uint64_t us)
{
	unsigned at = facts->round_count;

	assert(at < FACTS_ROUNDS);
	for (; at > 0 && facts->round_us[at - 1] > us; at--)
		facts->round_us[at] = facts->round_us[at - 1];
	facts->round_us[at] = us;
	facts->round_count++;
}

uint64_t facts_round_us(const struct facts *facts, unsigned percent)
{
	const unsigned rank = (facts->round_count * percent + 99) / 100;

	assert(facts->round_count > 0);
	return facts->round_us[rank > 0 ? rank - 1 : 0];
}
