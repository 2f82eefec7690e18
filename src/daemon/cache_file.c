/* SPDX-License-Identifier: MIT */
#include "daemon/cache_file.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/log.h"
#include "cache/image.h"
#include "daemon/grounds.h"
#include "dnssec/rrsig.h"

/* Workers follow a reload within one turn of their loops. */
#define SOON_MS 2000

/* A text of its own for each start of the machine. */
#define BOOT_FILE "/proc/sys/kernel/random/boot_id"

static_assert(IMAGE_GROUNDS_LEN == DIGEST_LEN, "grounds are a digest");
static_assert(IMAGE_STEP_S == RRSIG_SKEW_MAX_S, "a clock may be as wrong here as there");

struct cache_file {
	struct state_file file;
	struct loop *loop;
	struct timer timer; /* runs while there is anything to keep */
	struct cache *cache;
	size_t size;	  /* octets that the cache may take */
	uint32_t stale_s; /* how long what has expired may be told */
	bool unread;	  /* what is in the file, for want of a clock */
	uint8_t grounds[DIGEST_LEN];
	uint8_t boot[IMAGE_BOOT_LEN];
};

static struct image_moment moment_now(const struct cache_file *file)
{
	struct image_moment moment = {
		.wall_s = clock_wall_s(), .now_s = clock_boot_s(), .stale_s = file->stale_s
	};

	memcpy(moment.boot, file->boot, sizeof(moment.boot));
	memcpy(moment.grounds, file->grounds, sizeof(moment.grounds));
	return moment;
}

static size_t len_max(const struct cache_file *file)
{
	return file->size < IMAGE_LEN_MAX ? file->size : IMAGE_LEN_MAX;
}

static void forget(struct cache_file *file)
{
	file->unread = false;
	state_file_remove(&file->file, "it is of no use any more");
}

void cache_file_save(struct cache_file *file)
{
	/* Without a clock their age could not be told later, nor is it certain that they are true.
	 * What was not read is worth more than what has come since. */
	if (!timer_running(&file->timer) || !clock_is_set() || file->unread)
		return;
	const struct image_moment moment = moment_now(file);
	struct image_draft *draft = image_draft_new(file->cache, &moment, len_max(file));
	if (!draft)
		return; /* the next time */
	const struct keep_source source = { .next = image_draft_next, .owner = draft };
	if (state_file_save(&file->file, source))
		log_debug("answers kept: %zu", image_draft_count(draft));
	image_draft_free(draft);
}

static int read_image(void *owner, struct bytes octets)
{
	struct cache_file *file = owner;
	const struct image_moment moment = moment_now(file);
	enum image_use use;
	size_t count;

	file->unread = !clock_is_set();
	if (file->unread) {
		log_info("answers from before the start are not used until the clock is set: "
			 "nobody knows how old they are");
		return 0;
	}
	int err = image_read(file->cache, &moment, octets, &use, &count);
	if (err != 0)
		return err;
	switch (use) {
	case IMAGE_USED: log_info("answers known from before the start: %zu", count); break;
	case IMAGE_OTHER_GROUNDS:
		log_info("answers from before the start are not used: trust anchors or routes were "
			 "others");
		break;
	case IMAGE_OTHER_TIME:
		log_info("answers from before the start are not used: the clock was set since, or "
			 "stands before their time");
		break;
	}
	return 0;
}

static void load(struct cache_file *file)
{
	file->unread = false;
	state_file_load(&file->file, IMAGE_LEN_MAX, read_image, file);
}

static void save_again(void *owner)
{
	struct cache_file *file = owner;

	loop_start_timer(file->loop, &file->timer, STATE_PERIOD_MS);
	if (file->unread && clock_is_set())
		load(file);
	cache_file_save(file);
}

/* Is it known what the answers hang on, and are they to be kept? *changed: they hang on something
 * else. */
static bool adopt(struct cache_file *file, const struct snapshot *snapshot, bool *changed)
{
	uint8_t grounds[DIGEST_LEN];

	file->size = snapshot->config->cache.size;
	file->stale_s = snapshot->config->resolve.serve_stale_s;
	if (!snapshot->config->persist || file->file.dir->path[0] == '\0')
		return false;
	if (grounds_digest(snapshot, grounds) != 0) {
		log_error("the cache is not kept over a restart until the configuration is read "
			  "again: out of memory");
		return false;
	}
	*changed = memcmp(file->grounds, grounds, sizeof(grounds)) != 0;
	memcpy(file->grounds, grounds, sizeof(grounds));
	return true;
}

static void learn_boot(struct cache_file *file)
{
	char *text;
	size_t len;

	/* Unknown, the wall clock alone says how old answers are. */
	if (file_read(BOOT_FILE, 2 * IMAGE_BOOT_LEN, &text, &len) != 0)
		return;
	if (len >= IMAGE_BOOT_LEN)
		memcpy(file->boot, text, IMAGE_BOOT_LEN);
	free(text);
}

struct cache_file *cache_file_new(struct loop *loop, struct state_dir *dir, struct cache *cache,
	const struct snapshot *snapshot)
{
	struct cache_file *file = calloc(1, sizeof(*file));
	bool changed;

	if (!file)
		return NULL;
	file->file = (struct state_file){
		.dir = dir, .name = "cache", .loss = "names have to be asked for again"
	};
	file->loop = loop;
	file->cache = cache;
	timer_init(&file->timer, save_again, file);
	learn_boot(file);
	if (!adopt(file, snapshot, &changed)) {
		forget(file);
		return file;
	}
	load(file);
	loop_start_timer(loop, &file->timer, STATE_PERIOD_MS);
	return file;
}

void cache_file_free(struct cache_file *file)
{
	if (!file)
		return;
	loop_stop_timer(file->loop, &file->timer);
	free(file);
}

void cache_file_follow(struct cache_file *file, const struct snapshot *snapshot)
{
	const bool kept = timer_running(&file->timer);
	bool changed = false;

	if (!adopt(file, snapshot, &changed)) {
		loop_stop_timer(file->loop, &file->timer);
		forget(file);
	} else if (changed || !kept || (file->unread && clock_is_set())) {
		loop_start_timer(file->loop, &file->timer, SOON_MS);
	}
}
