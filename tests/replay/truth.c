/* SPDX-License-Identifier: MIT */
#include "replay/truth.h"

#include <stdio.h>

#include "replay/written.h"
#include "unit/dnssec/signer.h"

/* Keys of one algorithm, as many as signer.h has. */
#define KEYS_MAX 8

void truth_init(struct truth *truth, struct loop *loop)
{
	*truth = (struct truth){ .loop = loop };
}

void truth_done(struct truth *truth)
{
	if (truth->told)
		world_done(&truth->world);
	truth->told = false;
}

struct world_zone *truth_zone(struct truth *truth, struct line *line)
{
	const char *name = line_next(line);
	struct world_zone *zone = world_zone_at(&truth->world, name);

	if (!zone)
		line_fail(line, "there is no zone %s", name);
	return zone;
}

const struct signer_key *truth_key(const struct line *line, uint8_t algorithm, uint32_t number)
{
	if (algorithm == 0 || algorithm >= ALGORITHM_END || number >= KEYS_MAX)
		line_fail(line, "keys are 0 to %d of algorithms that are known", KEYS_MAX - 1);
	return signer_key(algorithm, number);
}

void truth_records(
	struct truth *truth, const struct line *line, const char *records, struct message *out)
{
	static uint8_t wire[MESSAGE_LEN_MAX];
	struct arena *arena = &truth->world.arena;
	const struct written written = {
		.question = { .name = name_root(), .type = TYPE_A, .class = CLASS_IN },
		.records = records,
	};
	const size_t len = written_compose(&written, wire);
	const uint8_t *copy = arena_copy(arena, wire, len);

	if (!copy || message_read(bytes_of(copy, len), arena, out) != 0)
		line_fail(line, "records that cannot be read");
}

static void add_record(struct truth *truth, const struct line *line, const char *record)
{
	struct message message;
	char owner[NAME_TEXT_LEN];

	truth_records(truth, line, record, &message);
	for (size_t i = 0; i < message.count; i++)
		world_add(&truth->world, name_print(message.records[i].owner, owner),
			message.records[i].type, message.records[i].rdata);
}

/* The world's own SOA lets no denial be kept. */
static void set_soa(struct truth *truth, const struct line *line, struct name name)
{
	char text[NAME_TEXT_LEN], record[NAME_TEXT_LEN + 32];

	name_print(name, text);
	snprintf(record, sizeof(record), "%s 3600 SOA 60", text);
	world_remove(&truth->world, text, TYPE_SOA);
	add_record(truth, line, record);
}

/* "world" */
static void run_world(struct truth *truth, struct line *line)
{
	world_usual(&truth->world);
	truth->told = true;
	for (struct world_zone *zone = truth->world.zones; zone; zone = zone->next)
		set_soa(truth, line, zone->name);
}

/* "lacks algorithm|digest N" */
static void run_lacks(struct truth *truth, struct line *line)
{
	struct crypto *crypto = &truth->world.crypto;
	const bool algorithm = line_take(line, "algorithm");

	if (!algorithm && !line_take(line, "digest"))
		line_fail(line, "an algorithm or a digest?");
	const uint32_t number = line_number(line);
	if (number >= (algorithm ? sizeof(crypto->algorithm) : sizeof(crypto->digest)))
		line_fail(line, "nobody has number %u", number);
	if (algorithm)
		crypto->algorithm[number] = CRYPTO_LACKS;
	else
		crypto->digest[number] = false;
}

/* "anchor none|revoked|NAME": "none" takes the root's away, "revoked" its keys alone. */
static void run_anchor(struct truth *truth, struct line *line)
{
	const bool revoked = line_take(line, "revoked");

	if (!revoked && !line_take(line, "none")) {
		const char *name = line_next(line);
		line->at--;
		if (!truth_zone(truth, line)->key)
			line_fail(line, "zone %s is not signed", name);
		world_anchor(&truth->world, name);
		return;
	}
	anchors_free(truth->world.anchors);
	truth->world.anchors = anchors_new();
	if (!truth->world.anchors ||
		(revoked && anchors_add_point(truth->world.anchors, name_root()) != 0))
		line_fail(line, "out of memory");
}

/* "negative-anchor NAME DURATION" */
static void run_negative_anchor(struct truth *truth, struct line *line)
{
	const struct name name = world_name(&truth->world, line_next(line));
	const int64_t until_s = loop_wall_s(truth->loop) + (int64_t)(line_duration_ms(line) / 1000);

	if (anchors_add_negative(truth->world.anchors, name, until_s) != 0)
		line_fail(line, "out of memory");
}

/* "record OWNER TYPE RDATA" */
static void run_record(struct truth *truth, struct line *line)
{
	char text[1024];
	int len = snprintf(text, sizeof(text), "%s 3600", line_next(line));

	while (!line_at_end(line) && len > 0 && (size_t)len < sizeof(text))
		len += snprintf(text + len, sizeof(text) - (size_t)len, " %s", line_next(line));
	if (len < 0 || (size_t)len >= sizeof(text))
		line_fail(line, "the record is too long");
	add_record(truth, line, text);
}

/* Zones: "zone NAME ..." */

static void run_new_zone(struct truth *truth, struct line *line, const char *name, bool is_signed)
{
	const uint32_t algorithm = is_signed ? line_number(line) : 0;
	enum world_denial denial = WORLD_NSEC;

	if (is_signed)
		(void)truth_key(line, (uint8_t)algorithm, 0);
	if (line_take(line, "nsec3"))
		denial = WORLD_NSEC3;
	else if (line_take(line, "opt-out"))
		denial = WORLD_OPTOUT;
	else
		(void)line_take(line, "nsec");
	if (world_zone_at(&truth->world, name))
		line_fail(line, "there is a zone %s already", name);
	set_soa(truth, line, world_zone(&truth->world, name, (uint8_t)algorithm, denial)->name);
}

static void run_adds_key(
	struct truth *truth, struct line *line, const struct world_zone *zone, const char *name)
{
	const struct signer_key *key =
		truth_key(line, zone->key->dnskey.algorithm, line_number(line));
	world_add(&truth->world, name, TYPE_DNSKEY, key->dnskey.rdata);
}

static void run_drops_key(struct line *line, struct world_zone *zone)
{
	const struct signer_key *key =
		truth_key(line, zone->key->dnskey.algorithm, line_number(line));
	struct world_record **at = &zone->records;

	while (*at && ((*at)->type != TYPE_DNSKEY || !bytes_equal((*at)->rdata, key->dnskey.rdata)))
		at = &(*at)->next;
	if (!*at)
		line_fail(line, "the zone does not have that key");
	*at = (*at)->next;
}

/* "adds-ds N [digest N]" */
static void run_adds_ds(
	struct truth *truth, struct line *line, const struct world_zone *zone, const char *name)
{
	uint8_t ds[SIGNER_RDATA_MAX];
	const struct signer_key *key =
		truth_key(line, zone->key->dnskey.algorithm, line_number(line));
	const uint8_t digest =
		line_take(line, "digest") ? (uint8_t)line_number(line) : DIGEST_SHA256;

	world_add(
		&truth->world, name, TYPE_DS, bytes_of(ds, signer_ds(key, zone->name, digest, ds)));
}

/* "valid FROM UNTIL": signatures made from now on. */
static void run_valid(const struct truth *truth, struct line *line, struct world_zone *zone)
{
	const int64_t wall_s = loop_wall_s(truth->loop);

	zone->inception = (uint32_t)(wall_s + line_shift_s(line));
	zone->expiration = (uint32_t)(wall_s + line_shift_s(line));
}

static void run_zone(struct truth *truth, struct line *line)
{
	const char *name = line_next(line);

	if (line_take(line, "algorithm")) {
		run_new_zone(truth, line, name, true);
		return;
	}
	if (line_take(line, "unsigned")) {
		run_new_zone(truth, line, name, false);
		return;
	}
	line->at--;
	struct world_zone *zone = truth_zone(truth, line);
	if (line_take(line, "drops-ds")) {
		world_remove(&truth->world, name, TYPE_DS);
		return;
	}
	if (!zone->key)
		line_fail(line, "zone %s is not signed", name);
	if (line_take(line, "iterations"))
		zone->iterations = (uint16_t)line_number(line);
	else if (line_take(line, "valid"))
		run_valid(truth, line, zone);
	else if (line_take(line, "adds-key"))
		run_adds_key(truth, line, zone, name);
	else if (line_take(line, "drops-key"))
		run_drops_key(line, zone);
	else if (line_take(line, "signs-with"))
		zone->key = truth_key(line, zone->key->dnskey.algorithm, line_number(line));
	else if (line_take(line, "stops-signing"))
		zone->key = NULL;
	else if (line_take(line, "adds-ds"))
		run_adds_ds(truth, line, zone, name);
	else
		line_fail(line, "what does the zone do?");
}

bool truth_run(struct truth *truth, struct line *line, bool begun)
{
	static const struct {
		const char *word;
		void (*run)(struct truth *truth, struct line *line);
		bool first; /* before anything else */
	} about[] = {
		{ "world", run_world, true },
		{ "lacks", run_lacks, true },
		{ "anchor", run_anchor, true },
		{ "negative-anchor", run_negative_anchor, true },
		{ "record", run_record, false },
		{ "zone", run_zone, false },
	};

	for (size_t i = 0; i < sizeof(about) / sizeof(about[0]); i++) {
		if (!line_take(line, about[i].word))
			continue;
		if (begun && about[i].first)
			line_fail(line, "%s comes too late", about[i].word);
		if (truth->told == (about[i].run == run_world))
			line_fail(line,
				truth->told ? "there is a world already" : "there is no world yet");
		about[i].run(truth, line);
		line_end(line);
		return true;
	}
	return false;
}

void truth_answer(struct truth *truth, const struct line *line, const struct question *question,
	struct world_reply *out)
{
	struct name name;

	if (!truth->told)
		line_fail(line, "there is no world to answer from");
	if (name_copy(&truth->world.arena, question->name, &name) != 0)
		line_fail(line, "out of memory");
	world_answer(&truth->world, name, question->type, out);
}
