/* SPDX-License-Identifier: MIT */
#include "daemon/anchor_keeper.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/keep.h"
#include "base/log.h"
#include "daemon/root_anchor.h"
#include "dnssec/anchor_roll.h"
#include "dnssec/reply.h"

#define FILE_LEN_MAX (64u << 10) /* octets: ROLL_KEYS_MAX keys of the longest kind fit */

/* Octets of memory for one response, which is not longer than 64 KiB. */
#define RESPONSE_MEMORY_MAX (512u << 10)

#define LOOK_AGAIN_S 3600

struct anchor_keeper {
	struct anchor_keeper_options options;
	char *state_dir;
	struct anchors *seed; /* what nobody had to write; roll.anchor borrows it */
	struct anchor_roll roll;
	struct anchor_roll before; /* what it was, while a set is looked at */
	struct anchors *anchors;
	char *written; /* what is in the file; NULL: nothing of ours */
	uint32_t ttl_s;
	bool write_failed; /* and has been warned of */
	bool see_failed;
};

/* NULL: out of memory. */
static char *roll_text(const struct anchor_roll *roll)
{
	char *text = NULL;
	size_t len = 0;
	FILE *out = open_memstream(&text, &len);

	if (!out)
		return NULL;
	anchor_roll_write(roll, out);
	if (fclose(out) == 0)
		return text;
	free(text);
	return NULL;
}

static struct keep kept_in(const struct anchor_keeper *keeper)
{
	return (struct keep){ .dir = keeper->state_dir, .name = ANCHOR_KEEPER_FILE };
}

/* With why. ERR_* of keep_read() and anchor_roll_read(). */
static int roll_read(struct anchor_keeper *keeper, char why[static KEEP_WHY_LEN])
{
	const struct keep keep = kept_in(keeper);
	char *text;
	size_t len;

	int err = keep_read(&keep, FILE_LEN_MAX, &text, &len, why);
	if (err)
		return err;
	snprintf(why, KEEP_WHY_LEN, "it is damaged");
	err = strlen(text) == len ? anchor_roll_read(&keeper->roll, text) : ERR_FORMAT;
	if (err)
		free(text);
	else
		keeper->written = text;
	return err;
}

static int roll_load(struct anchor_keeper *keeper)
{
	const struct keep keep = kept_in(keeper);
	char why[KEEP_WHY_LEN], unmoved[KEEP_WHY_LEN];
	bool aside = false;

	/* What is wrong with the directory was told by whoever starts us. */
	if (keep_check_directory(keeper->state_dir, why) != 0)
		return 0;
	int err = roll_read(keeper, why);
	if (err == ERR_NOT_FOUND)
		return 0;
	if (err == 0 || err == ERR_NOMEM)
		return err;
	if (err == ERR_FORMAT || err == ERR_LIMIT)
		aside = keep_set_aside(&keep, unmoved) == 0;
	log_warning("%s/" ANCHOR_KEEPER_FILE ": %s; the keys of the root that are built in are "
		    "used%s",
		keeper->state_dir, why,
		aside ? ", and the file is now " ANCHOR_KEEPER_FILE ".bad" : "");
	return 0;
}

/* Of the distribution or built in; a damaged file of the distribution's is told of by whoever loads
 * the configuration. */
static struct anchors *seed_new(const struct anchor_keeper *keeper)
{
	struct anchors *seed = anchors_new();
	char note[CONFIG_NOTE_LEN];

	if (seed && root_anchors_add(seed, keeper->options.system_dir, note) == 0)
		return seed;
	anchors_free(seed);
	return NULL;
}

/* What is trusted now takes the place of what was. *changed: is that something else? ERR_NOMEM. */
static int anchors_renew(struct anchor_keeper *keeper, bool *changed)
{
	struct anchors *anchors = anchors_new();

	if (!anchors || anchor_roll_anchors(&keeper->roll, anchors) != 0) {
		anchors_free(anchors);
		return ERR_NOMEM;
	}
	*changed = !keeper->anchors || !anchors_equal(anchors, keeper->anchors);
	anchors_free(keeper->anchors);
	keeper->anchors = anchors;
	if (*changed && anchors_count(anchors) == 0)
		log_error("all keys of the root that were trusted are revoked: no name resolves "
			  "until others are known; install a newer stubborn, or a newer "
			  "dns-root-data and reload");
	return 0;
}

struct anchor_keeper *anchor_keeper_new(const struct anchor_keeper_options *options)
{
	struct anchor_keeper *keeper = calloc(1, sizeof(*keeper));
	bool changed;

	if (!keeper)
		return NULL;
	keeper->options = *options;
	keeper->state_dir = strdup(options->state_dir);
	keeper->seed = seed_new(keeper);
	if (keeper->state_dir && keeper->seed) {
		anchor_roll_init(
			&keeper->roll, name_root(), anchors_closest(keeper->seed, name_root()));
		int err = keeper->state_dir[0] != '\0' ? roll_load(keeper) : 0;
		if (!err && anchors_renew(keeper, &changed) == 0)
			return keeper;
	}
	anchor_keeper_free(keeper);
	return NULL;
}

void anchor_keeper_free(struct anchor_keeper *keeper)
{
	if (!keeper)
		return;
	anchors_free(keeper->anchors);
	anchors_free(keeper->seed);
	free(keeper->written);
	free(keeper->state_dir);
	free(keeper);
}

struct anchors *anchor_keeper_anchors(const struct anchor_keeper *keeper)
{
	return keeper->anchors;
}

int64_t anchor_keeper_signed_s(const struct anchor_keeper *keeper)
{
	return keeper->roll.signed_s;
}

uint32_t anchor_keeper_wait_s(const struct anchor_keeper *keeper, int64_t wall_s)
{
	const int64_t wait_s = keeper->roll.next_s - wall_s;

	/* Longer than ever waited: the clock was set back. */
	if (wait_s <= 0 || wait_s > ROLL_QUERY_MAX_S)
		return 0;
	return wait_s < LOOK_AGAIN_S ? (uint32_t)wait_s : LOOK_AGAIN_S;
}

static enum roll_state state_in(const struct anchor_roll *roll, const struct roll_key *key)
{
	for (size_t i = 0; i < roll->count; i++) {
		if (roll->keys[i].len == key->len &&
			memcmp(roll->keys[i].rdata, key->rdata, key->len) == 0)
			return roll->keys[i].state;
	}
	return ROLL_START;
}

static void tell_change(const struct roll_key *key, enum roll_state was)
{
	const unsigned tag = dnskey_tag(bytes_of(key->rdata, key->len));

	switch (key->state) {
	case ROLL_ADDPEND:
		log_info("root key %u is new; it is trusted when it has been there for %lld days",
			tag, (long long)key->hold_s / 86400);
		break;
	case ROLL_VALID:
		if (was == ROLL_ADDPEND)
			log_info("root key %u is trusted from now on", tag);
		break;
	case ROLL_MISSING:
		log_info("root key %u is not in use any more; it stays trusted unless it is "
			 "revoked",
			tag);
		break;
	case ROLL_REVOKED:
		log_info("root key %u is revoked by its owner, and not trusted any more", tag);
		break;
	case ROLL_START:
	case ROLL_REMOVED: break;
	}
}

static void tell_changes(const struct anchor_keeper *keeper)
{
	for (size_t i = 0; i < keeper->roll.count; i++) {
		const struct roll_key *key = &keeper->roll.keys[i];
		const enum roll_state was = state_in(&keeper->before, key);
		if (was != key->state)
			tell_change(key, was);
	}
	for (size_t i = 0; i < keeper->before.count; i++) {
		const struct roll_key *key = &keeper->before.keys[i];
		if (state_in(&keeper->roll, key) == ROLL_START)
			log_info("root key %u went before it was trusted",
				dnskey_tag(bytes_of(key->rdata, key->len)));
	}
}

/* On failure it is tried again with the next set. */
static void save(struct anchor_keeper *keeper)
{
	const struct keep keep = kept_in(keeper);
	char why[KEEP_WHY_LEN];
	char *text = keeper->state_dir[0] != '\0' ? roll_text(&keeper->roll) : NULL;

	if (!text || (keeper->written && strcmp(text, keeper->written) == 0)) {
		free(text);
		return;
	}
	int err = keep_write(&keep, bytes_of(text, strlen(text)), why);
	if (err) {
		free(text);
		if (!keeper->write_failed)
			log_warning("%s/" ANCHOR_KEEPER_FILE " cannot be written: %s; keys of the "
				    "root that are learned are forgotten at the next start; give "
				    "this user a directory with state-dir:, or \"\" for none",
				keeper->state_dir, why);
		keeper->write_failed = true;
		return;
	}
	if (keeper->write_failed)
		log_info("%s/" ANCHOR_KEEPER_FILE " is written again", keeper->state_dir);
	keeper->write_failed = false;
	free(keeper->written);
	keeper->written = text;
}

/* REASON_NONE: the set in it counts. ERR_NOMEM. */
static int look(struct anchor_keeper *keeper, const struct message *response, int64_t wall_s,
	struct arena *arena, struct reason *reason)
{
	struct budget budget;
	const struct checker checker = {
		.crypto = keeper->options.crypto,
		.budget = &budget,
		.arena = arena,
		.wall_s = wall_s,
	};
	struct reply reply;

	*reason = (struct reason){ .code = REASON_RCODE, .name = name_root(), .type = TYPE_DNSKEY };
	if (response->rcode != RCODE_NOERROR)
		return 0;
	budget_init(&budget);
	int err = reply_open(&reply, response, arena);
	if (err == ERR_NOMEM)
		return err;
	reason->code = err ? REASON_MESSAGE_MALFORMED : REASON_DNSKEY_MISSING;
	const struct rrset *keys =
		err ? NULL : reply_find(&reply, SECTION_ANSWER, name_root(), TYPE_DNSKEY);
	if (!keys)
		return 0;
	keeper->ttl_s = keys->ttl_s;
	return anchor_roll_see(
		&keeper->roll, &checker, keys, reply_signatures(&reply, keys), reason);
}

static void tell_failure(struct anchor_keeper *keeper, const struct reason *reason)
{
	char text[REASON_TEXT_LEN];

	if (!keeper->see_failed)
		log_warning("the root's keys could not be looked at: %s; %s",
			reason_print(reason, text),
			anchors_count(keeper->anchors) > 0 ? "those known stay trusted"
							   : "none is trusted any more");
	keeper->see_failed = true;
}

bool anchor_keeper_see(struct anchor_keeper *keeper, const struct message *response, int64_t wall_s)
{
	struct arena arena;
	struct reason reason;
	bool changed = false;

	anchor_roll_retry(&keeper->roll, wall_s, keeper->ttl_s);
	if (!response)
		return false;
	arena_init(&arena, RESPONSE_MEMORY_MAX);
	keeper->before = keeper->roll;
	int err = look(keeper, response, wall_s, &arena, &reason);
	const bool counts = !err && reason.code == REASON_NONE;
	if (counts)
		err = anchors_renew(keeper, &changed);
	if (err) {
		/* It was in the middle of it; the next set is looked at anew. */
		keeper->roll = keeper->before;
	} else if (counts) {
		keeper->see_failed = false;
		tell_changes(keeper);
		save(keeper);
	} else {
		tell_failure(keeper, &reason);
	}
	arena_done(&arena);
	return changed;
}

bool anchor_keeper_reload(struct anchor_keeper *keeper)
{
	struct anchors *seed = seed_new(keeper);
	const struct anchor *before = keeper->roll.anchor;
	bool changed = false;

	if (!seed)
		return false;
	/* Nothing new: to believe it again would be a change, and that makes the daemon reload. */
	if (anchors_equal(seed, keeper->seed)) {
		anchors_free(seed);
		return false;
	}
	keeper->roll.anchor = anchors_closest(seed, name_root());
	if (anchors_renew(keeper, &changed) != 0) {
		keeper->roll.anchor = before;
		anchors_free(seed);
		return false;
	}
	keeper->roll.next_s = 0;
	anchors_free(keeper->seed);
	keeper->seed = seed;
	return changed;
}
