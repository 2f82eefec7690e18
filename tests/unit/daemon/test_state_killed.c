/* SPDX-License-Identifier: MIT */
/* kill -9 or a power cut in the middle of a save would cost what was kept before, or leave half of
 * something. Here it comes in every call that changes a file, one after the other. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "daemon/cache_file.h"
#include "daemon/ticket_file.h"
#include "support/fake_loop.h"
#include "support/killer.h"

/* Some blocks, each a write. */
#define NAMES 3000

enum { NOTHING, OLD, NEW, NEWER };

static const struct hash_key hash_key = { 1, 2 };
static char folder[64];
static struct state_dir dir;

static int setup(void **state)
{
	(void)state;
	snprintf(folder, sizeof(folder), "/tmp/stubborn-test-killed-XXXXXX");
	return mkdtemp(folder) ? state_dir_init(&dir, folder) : -1;
}

/* Is there anything but a file of that name? */
static bool has_others(const char *name, bool removed)
{
	bool others = false;
	DIR *all = opendir(folder);

	assert_non_null(all);
	for (struct dirent *one; (one = readdir(all));) {
		if (one->d_name[0] == '.')
			continue;
		others = others || strcmp(one->d_name, name) != 0;
		if (removed)
			unlinkat(dirfd(all), one->d_name, 0);
	}
	closedir(all);
	return others;
}

static int teardown(void **state)
{
	(void)state;
	state_dir_done(&dir);
	(void)has_others("", true);
	return rmdir(folder);
}

/* Something that is kept: what is saved is OLD, NEW or NEWER, and what is loaded is said. */
struct kind {
	const char *name;
	void (*save)(int which);
	int (*load)(void);
};

static void tickets_save(int which)
{
	static const uint8_t key[TICKETS_KEY_LEN] = { 1 };
	struct tickets *tickets = tickets_new();
	uint8_t octets[3000];
	const struct ticket ticket = { .octets = octets,
		.len = sizeof(octets),
		.until_s = clock_wall_s() + 1000,
		.expires_s = INT64_MAX };

	memset(octets, which, sizeof(octets));
	tickets_put(tickets, key, &ticket, clock_wall_s());
	ticket_file_save(tickets, &dir);
	tickets_free(tickets);
}

static int tickets_load(void)
{
	static const uint8_t key[TICKETS_KEY_LEN] = { 1 };
	struct tickets *tickets = tickets_new();
	struct ticket ticket = { 0 };
	int which = NOTHING;

	ticket_file_load(tickets, &dir);
	if (tickets_take(tickets, key, clock_wall_s(), &ticket))
		which = ticket.octets[0];
	ticket_done(&ticket);
	tickets_free(tickets);
	return which;
}

static const struct kind tickets_kind = { "tickets", tickets_save, tickets_load };

struct world {
	struct loop *loop;
	struct cache *cache;
	struct snapshot snapshot;
	struct cache_file *file;
};

static void world_init(struct world *world)
{
	static const char text[] = "upstreams: tls://9.9.9.9\n";
	const struct cache_options options = { .size = 4 << 20, .shards = 2 };

	*world = (struct world){ .loop = loop_new(), .cache = cache_new(&options, &hash_key) };
	world->snapshot.config = config_parse("test", text, strlen(text), stderr);
	world->file = cache_file_new(world->loop, &dir, world->cache, &world->snapshot);
}

static void world_done(struct world *world)
{
	cache_file_free(world->file);
	cache_free(world->cache);
	loop_free(world->loop);
	config_free(world->snapshot.config);
}

static void cache_put_some(struct cache *cache, int which)
{
	for (int i = 0; i < NAMES; i++) {
		struct name_space space;
		struct cache_key key;
		struct entry *entry;
		char name[64];
		struct entry_source source = {
			.question = { .type = TYPE_A, .class = CLASS_IN },
			.rcode = RCODE_NXDOMAIN,
			.ttl_s = 3600,
			.now_s = clock_boot_s(),
			.ede = { .present = true,
				.code = (uint16_t)which,
				.text = "something to fill the blocks with, which takes some "
					"room" },
		};

		snprintf(name, sizeof(name), "%d.example", i);
		if (name_parse(name, &space, &source.question.name) != 0 ||
			entry_new(&source, &entry) != 0)
			abort();
		cache_key_init(&key, &hash_key, &source.question, false);
		cache_put(cache, &key, entry);
		entry_release(entry);
	}
}

static void cache_save(int which)
{
	struct world world;

	world_init(&world);
	cache_put_some(world.cache, which);
	cache_file_save(world.file);
	world_done(&world);
}

static int cache_load(void)
{
	struct cache_walk *walk = calloc(1, sizeof(*walk));
	struct world world;
	int which = NOTHING, count = 0;

	assert_non_null(walk);
	world_init(&world);
	while (cache_walk(world.cache, walk)) {
		for (size_t i = 0; i < walk->count; i++) {
			const int code = entry_ede(walk->entries[i]).code;
			assert_true(which == NOTHING || which == code);
			which = code;
			count++;
			entry_release(walk->entries[i]);
		}
	}
	free(walk);
	world_done(&world);
	assert_true(count == 0 || count == NAMES);
	return which;
}

static const struct kind cache_kind = { "cache", cache_save, cache_load };

/* As the root's keys are kept. */
static const struct keep root = { .dir = folder, .name = "root.key" };

static void root_save(int which)
{
	char why[KEEP_WHY_LEN], text[2000];

	memset(text, which, sizeof(text));
	if (keep_write(&root, bytes_of(text, sizeof(text)), why) != 0)
		abort();
}

static int root_load(void)
{
	char why[KEEP_WHY_LEN], *octets;
	size_t len;

	if (keep_read(&root, 4096, &octets, &len, why) != 0)
		return NOTHING;
	const int which = octets[0];
	for (size_t i = 0; i < 2000; i++)
		assert_int_equal(octets[i], which);
	assert_int_equal(len, 2000);
	free(octets);
	return which;
}

static const struct kind root_kind = { "root.key", root_save, root_load };

/* Is it killed? */
static bool save_and_die(const struct kind *kind, size_t n)
{
	int status;
	pid_t child = fork();

	assert_true(child >= 0);
	if (child == 0) {
		killer_arm(n);
		kind->save(NEW);
		killer_disarm();
		_exit(0);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status));
	assert_true(WEXITSTATUS(status) == 0 || WEXITSTATUS(status) == KILLER_EXIT);
	return WEXITSTATUS(status) != 0;
}

static void killed_in_each_call(void **state)
{
	const struct kind *kind = *state;
	size_t n = 0, with_old = 0, with_new = 0;

	/* Not to be confused with the fixture's own state. */
	assert_int_equal(setup(NULL), 0);
	for (bool killed = true; killed; n++) {
		(void)has_others("", true);
		kind->save(OLD);
		killed = save_and_die(kind, n);
		const int which = kind->load();
		with_old += which == OLD;
		with_new += which == NEW;
		assert_true(killed ? which == OLD || which == NEW : which == NEW);
		/* What is left of it is in nobody's way, and goes. */
		kind->save(NEWER);
		assert_false(has_others(kind->name, false));
		assert_int_equal(kind->load(), NEWER);
	}
	/* Both must have been seen, or nothing was tested. */
	assert_true(with_old >= 5 && with_new >= 3);
	assert_int_equal(teardown(NULL), 0);
}

/* After a power cut there would be a new file with nothing in it: only what is synced before it is
 * renamed is there for certain, and the name only once its directory is. */
static void synced_before_it_is_renamed(void **state)
{
	const struct kind *kind = *state;

	assert_int_equal(setup(NULL), 0);
	killer_arm(SIZE_MAX);
	kind->save(NEW);
	killer_disarm();
	const char *synced = strchr(killer_calls(), 's');
	const char *renamed = strchr(killer_calls(), 'r');
	assert_non_null(strchr(killer_calls(), 'w'));
	assert_true(synced && renamed && synced < renamed);
	assert_null(strchr(synced, 'w'));
	assert_non_null(strchr(renamed, 'S'));
	assert_int_equal(teardown(NULL), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		{ .name = "tickets",
			.test_func = killed_in_each_call,
			.initial_state = unconst(&tickets_kind) },
		{ .name = "cache",
			.test_func = killed_in_each_call,
			.initial_state = unconst(&cache_kind) },
		{ .name = "root.key",
			.test_func = killed_in_each_call,
			.initial_state = unconst(&root_kind) },
		{ .name = "tickets are synced",
			.test_func = synced_before_it_is_renamed,
			.initial_state = unconst(&tickets_kind) },
		{ .name = "cache is synced",
			.test_func = synced_before_it_is_renamed,
			.initial_state = unconst(&cache_kind) },
		{ .name = "root.key is synced",
			.test_func = synced_before_it_is_renamed,
			.initial_state = unconst(&root_kind) },
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
