/* SPDX-License-Identifier: MIT */
#include "resolve/exam.h"

#include "dnssec/rrsig.h"
#include "wire/type.h"

unsigned exam_questions(struct name anchor)
{
	return name_is_root(anchor) ? EXAM_QUESTIONS_MAX : 1;
}

/* Signed since 2011. Where another root is used it may not exist, and is denied by that one. */
static const struct name com = { .octets = (const uint8_t[]){ 3, 'c', 'o', 'm', 0 }, .len = 5 };

struct question exam_question(struct name anchor, unsigned number)
{
	const struct question keys = { .name = anchor, .type = TYPE_DNSKEY, .class = CLASS_IN };
	const struct question ds = { .name = com, .type = TYPE_DS, .class = CLASS_IN };

	return number == 0 ? keys : ds;
}

static bool has_record(const struct message *message, struct name owner, uint16_t type)
{
	for (size_t i = 0; i < message->count; i++) {
		const struct record *record = &message->records[i];
		if (record->section == SECTION_ANSWER && record->type == type &&
			name_equal(record->owner, owner))
			return true;
	}
	return false;
}

/* Is there a signature over type in that section by the zone of that name, or, if above, by one
 * above it? */
static bool has_signature(const struct message *message, enum section section, uint16_t type,
	struct name zone, bool above)
{
	for (size_t i = 0; i < message->count; i++) {
		const struct record *record = &message->records[i];
		struct rrsig rrsig;
		if (record->section != section || record->type != TYPE_RRSIG ||
			rrsig_read(record->rdata, &rrsig) != 0 || rrsig.covers != type)
			continue;
		if (above ? rrsig.signer.len < zone.len && name_is_within(zone, rrsig.signer)
			  : name_equal(rrsig.signer, zone))
			return true;
	}
	return false;
}

static enum exam_grade grade_keys(const struct message *message, struct name zone)
{
	if (!has_record(message, zone, TYPE_DNSKEY))
		return EXAM_KEYS_MISSING;
	return has_signature(message, SECTION_ANSWER, TYPE_DNSKEY, zone, false)
		       ? EXAM_PASSED
		       : EXAM_KEYS_UNSIGNED;
}

static bool is_denied_by_child(const struct message *message, struct name name)
{
	for (size_t i = 0; i < message->count; i++) {
		const struct record *record = &message->records[i];
		if (record->section == SECTION_AUTHORITY && record->type == TYPE_SOA &&
			name_equal(record->owner, name))
			return true;
	}
	return false;
}

static enum exam_grade grade_ds(const struct message *message, struct name name)
{
	if (has_record(message, name, TYPE_DS)) {
		if (has_signature(message, SECTION_ANSWER, TYPE_DS, name, true))
			return EXAM_PASSED;
	} else if (has_signature(message, SECTION_AUTHORITY, TYPE_NSEC, name, true) ||
		   has_signature(message, SECTION_AUTHORITY, TYPE_NSEC3, name, true)) {
		return EXAM_PASSED;
	} else if (is_denied_by_child(message, name)) {
		return EXAM_DS_OF_CHILD;
	}
	return EXAM_DS_UNSIGNED;
}

enum exam_grade exam_grade(const struct question *question, const struct message *response)
{
	if (!response || !rcode_is_answer(response->rcode))
		return EXAM_SILENT;
	return question->type == TYPE_DS ? grade_ds(response, question->name)
					 : grade_keys(response, question->name);
}

const char *exam_text(enum exam_grade grade)
{
	switch (grade) {
	case EXAM_SILENT:
	case EXAM_PASSED: break;
	case EXAM_KEYS_MISSING:
		return "denies that there are the keys (DNSKEY) that trust begins at";
	case EXAM_KEYS_UNSIGNED: return "leaves signatures (RRSIG) out of its answers";
	case EXAM_DS_UNSIGNED: return "answers for DS without signature and without signed proof";
	case EXAM_DS_OF_CHILD: return "asks the wrong zone for DS, the child instead of the parent";
	}
	return "";
}
