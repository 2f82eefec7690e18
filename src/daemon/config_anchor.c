/* SPDX-License-Identifier: MIT */
#include "daemon/config_anchor.h"

#include <errno.h>

#include "base/clock.h"
#include "daemon/config_domain.h"
#include "daemon/config_value.h"
#include "daemon/root_anchor.h"
#include "policy/suffix.h"

#define KEY	     "dnssec.trust-anchors"
#define NEGATIVE_KEY "dnssec.negative-trust-anchors"
#define SERVER_KEY   "dnssec.time-servers"

#define ADVICE                                                                                     \
	"write NAME DS KEYTAG ALGORITHM DIGESTTYPE DIGEST, or NAME DNSKEY FLAGS 3 ALGORITHM KEY, " \
	"or name a file of such lines"

/* A record has blanks between its parts. */
static bool is_path(const char *text)
{
	return text[0] == '/' || strncmp(text, "./", 2) == 0 || !strpbrk(text, " \t");
}

static void load_file(
	struct config *config, const struct anchor_source *source, const struct text *text)
{
	struct anchor_fault fault;
	char shown[SHOWN_LEN];

	int err = anchors_load(config->anchors, text->at, &fault);
	if (err == 0)
		return;
	value_shown(text->at, shown);
	if (err == ERR_NOMEM)
		faults_add_nomem(source->faults);
	else if (err == ERR_SYSTEM)
		faults_add(source->faults, text->line, KEY ": %s cannot be read: %s; " ADVICE,
			shown, strerror(errno));
	else if (fault.line > 0)
		faults_add(source->faults, text->line, KEY ": %s:%u: %s; " ADVICE, shown,
			fault.line, fault.what);
	else
		faults_add(source->faults, text->line, KEY ": %s: %s; " ADVICE, shown, fault.what);
}

/* The record with its owner in ASCII. */
static int record_ascii(struct arena *scratch, const char *text, const char **out)
{
	const size_t blanks = strspn(text, " \t"), len = strcspn(text + blanks, " \t");
	char *typed = arena_copy(scratch, text + blanks, len + 1);
	const char *name = NULL, *rest = text + blanks + len;

	if (!typed)
		return ERR_NOMEM;
	typed[len] = '\0';
	int err = value_ascii_name(scratch, typed, &name);
	if (err)
		return err;
	const size_t name_len = strlen(name);
	char *record = arena_alloc(scratch, name_len + strlen(rest) + 1);
	if (!record)
		return ERR_NOMEM;
	memcpy(record, name, name_len);
	memcpy(record + name_len, rest, strlen(rest) + 1);
	*out = record;
	return 0;
}

static void add_record(
	struct config *config, const struct anchor_source *source, const struct text *text)
{
	struct anchor_fault fault = { .what = "it must begin with a domain name" };
	const size_t before = anchors_count(config->anchors);
	const char *record = NULL;
	char shown[SHOWN_LEN];

	int err = record_ascii(source->scratch, text->at, &record);
	if (!err)
		err = anchors_parse(config->anchors, record, &fault);
	if (!err && anchors_count(config->anchors) == before) {
		err = ERR_FORMAT;
		fault.what = "there is no record in it";
	}
	if (err == ERR_NOMEM)
		faults_add_nomem(source->faults);
	else if (err)
		faults_add(source->faults, text->line, KEY ": \"%s\": %s; " ADVICE,
			value_shown(text->at, shown), fault.what);
}

/* A protection that is written down and would not be there. What this machine's GnuTLS cannot do
 * of what is known is told when the daemon starts. */
static void check_usable(const struct config *config, const struct anchor_source *source)
{
	struct crypto known = { 0 };
	char name[NAME_TEXT_LEN], shown[SHOWN_LEN];

	for (uint8_t i = 0; i < ALGORITHM_END; i++)
		known.algorithm[i] = crypto_cost(i, bytes_of(NULL, 0)) > 0;
	for (uint8_t i = 0; i < DIGEST_END; i++)
		known.digest[i] = crypto_digest_len(i) > 0;
	const struct anchor *anchor = anchors_unusable(config->anchors, &known);
	if (anchor)
		faults_add(source->faults, source->draft->trust_anchors.line,
			KEY ": no key of %s is of an algorithm and digest type known here, so that "
			    "nothing below it would be validated; write one of algorithm 8, 10, "
			    "13, 14, 15 or 16, and digest type 2 or 4",
			value_shown(name_print(anchor->name, name), shown));
}

/* A name that stands there twice has two ends, and only one of them was meant. */
static bool is_seen(struct suffix_set *seen, const struct anchor_source *source,
	const struct text *text, struct name name)
{
	char shown[SHOWN_LEN];
	size_t line = 0;

	int err = suffix_set_add(seen, name, text->line);
	if (err == ERR_FORMAT) {
		(void)suffix_set_find(seen, name, &line, NULL); /* it is there */
		faults_add(source->faults, text->line,
			NEGATIVE_KEY ": %s stands on line %zu already; keep one of them",
			value_shown(text->at, shown), line);
	} else if (err != 0) {
		faults_add_nomem(source->faults);
	}
	return err != 0;
}

static void add_negative(struct config *config, const struct anchor_source *source,
	const struct draft_negative *draft, struct suffix_set *seen)
{
	struct config_negative *negative = &config->negatives[config->negative_count];
	struct arena *arena = &config->arena;
	char shown[SHOWN_LEN];
	struct name_space space;
	struct name name;
	int64_t until_s = 0;

	/* What is missing is a fault already. */
	bool good = draft->name.at && draft->until.at;
	if (draft->name.at &&
		(!domain_read(NEGATIVE_KEY ".name", &draft->name, source->faults, &space, &name) ||
			is_seen(seen, source, &draft->name, name)))
		good = false;
	if (draft->until.at && value_time(draft->until.at, &until_s) != 0) {
		faults_add(source->faults, draft->until.line,
			NEGATIVE_KEY ".until: \"%s\" is no time; write the last day, as "
				     "2027-01-31 (UTC), or 2027-01-31T18:00:00Z",
			value_shown(draft->until.at, shown));
		good = false;
	}
	if (!good)
		return;
	*negative = (struct config_negative){ .until_s = until_s, .line = draft->name.line };
	negative->typed = arena_copy(arena, draft->name.at, strlen(draft->name.at) + 1);
	negative->until = arena_copy(arena, draft->until.at, strlen(draft->until.at) + 1);
	if (!negative->typed || !negative->until || name_copy(arena, name, &negative->name) != 0 ||
		anchors_add_negative(config->anchors, name, until_s) != 0)
		faults_add_nomem(source->faults);
	else
		config->negative_count++;
}

static void add_negatives(struct config *config, const struct anchor_source *source)
{
	const struct sections *sections = &source->draft->negatives;
	const struct draft_negative *drafts = sections->items;
	struct suffix_set *seen = suffix_set_new();

	config->negatives =
		arena_array(&config->arena, sections->count, sizeof(*config->negatives));
	if (!config->negatives || !seen)
		faults_add_nomem(source->faults);
	for (size_t i = 0; config->negatives && seen && i < sections->count; i++)
		add_negative(config, source, &drafts[i], seen);
	suffix_set_free(seen);
}

static void add_insecure_routes(struct config *config, struct faults *faults)
{
	for (size_t i = 0; i < config->route_count; i++) {
		const struct config_route *route = &config->routes[i];
		for (size_t j = 0; route->insecure && j < route->domain_count; j++) {
			if (anchors_add_negative(config->anchors, route->domains[j], INT64_MAX))
				faults_add_nomem(faults);
		}
	}
}

static void read_time_servers(struct config *config, const struct anchor_source *source)
{
	const struct texts *texts = &source->draft->time_servers;
	struct name_space space;
	struct name name;

	config->time_servers =
		arena_array(&config->arena, texts->count, sizeof(*config->time_servers));
	if (!config->time_servers)
		faults_add_nomem(source->faults);
	for (size_t i = 0; config->time_servers && i < texts->count; i++) {
		if (!domain_read(SERVER_KEY, &texts->items[i], source->faults, &space, &name))
			continue;
		if (name_copy(&config->arena, name,
			    &config->time_servers[config->time_server_count]) != 0)
			faults_add_nomem(source->faults);
		else
			config->time_server_count++;
	}
}

void config_anchors_build(struct config *config, const struct anchor_source *source)
{
	const struct texts *texts = &source->draft->trust_anchors;

	config->validate = source->draft->validate.value != 0;
	config->anchors = anchors_new();
	if (!config->anchors) {
		faults_add_nomem(source->faults);
		return;
	}
	for (size_t i = 0; i < texts->count; i++) {
		if (is_path(texts->items[i].at))
			load_file(config, source, &texts->items[i]);
		else
			add_record(config, source, &texts->items[i]);
	}
	check_usable(config, source);
	add_negatives(config, source);
	add_insecure_routes(config, source->faults);
	read_time_servers(config, source);
}

/* Whoever needs their addresses to set the clock must have them without it. */
static int add_time_servers(const struct config *config, struct anchors *anchors)
{
	int err = 0;

	for (size_t i = 0; i < config->time_server_count && !err && !clock_is_set(); i++)
		err = anchors_add_negative(anchors, config->time_servers[i], INT64_MAX);
	return err;
}

bool config_follows_root(const struct config *config)
{
	return config->validate && !anchors_closest(config->anchors, name_root());
}

int config_anchors(const struct config *config, const struct anchors *root, struct anchors **out,
	char note[static CONFIG_NOTE_LEN])
{
	struct anchors *anchors;

	note[0] = '\0';
	*out = NULL;
	if (!config->validate)
		return 0;
	anchors = anchors_new();
	int err = anchors ? anchors_add_all(anchors, config->anchors) : ERR_NOMEM;
	if (!err && config_follows_root(config))
		err = root ? anchors_add_all(anchors, root)
			   : root_anchors_add(anchors, ROOT_ANCHOR_DIRECTORY, note);
	if (!err)
		err = add_time_servers(config, anchors);
	if (err) {
		anchors_free(anchors);
		return err;
	}
	*out = anchors;
	return 0;
}

bool config_negative_ended(
	const struct config_negative *negative, int64_t wall_s, char note[static CONFIG_NOTE_LEN])
{
	char name[SHOWN_LEN], until[SHOWN_LEN];

	if (negative->until_s > wall_s)
		return false;
	snprintf(note, CONFIG_NOTE_LEN,
		NEGATIVE_KEY ": %s ended with %s and is validated again; remove it, or write a "
			     "later time",
		value_shown(negative->typed, name), value_shown(negative->until, until));
	return true;
}
