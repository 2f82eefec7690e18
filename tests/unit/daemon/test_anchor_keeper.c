/* SPDX-License-Identifier: MIT */
/* The root's keys over years and restarts: a key that is lost on the way, and nothing resolves any
 * more; one too many, and who has it forges everything. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include <fcntl.h>

#include "daemon/anchor_keeper.h"
#include "sample.h"
#include "support/failmalloc.h"
#include "told.h"
#include "wire/print.h"
#include "wire/rdata.h"
#include "world.h"

#define DAY ((int64_t)WORLD_DAY_S)

static struct world world;
static struct anchor_keeper *keeper;
static char state_dir[] = "/tmp/stubborn-keeper-XXXXXX";
static char system_dir[] = "/tmp/stubborn-system-XXXXXX";
static int64_t now_s;
static size_t fail_at = SIZE_MAX; /* the allocation of anchor_keeper_see() that fails */
static bool has_failed;

static const char *path_in(const char *directory, const char *name)
{
	static char path[128];
	snprintf(path, sizeof(path), "%s/%s", directory, name);
	return path;
}

/* The digests of these keys are those that came with the system. */
static void system_has(const unsigned *keys, size_t count)
{
	FILE *file = fopen(path_in(system_dir, "root.ds"), "w");
	assert_non_null(file);
	for (size_t i = 0; i < count; i++) {
		uint8_t ds[SIGNER_RDATA_MAX];
		size_t len = signer_ds(signer_key(13, keys[i]), name_root(), 2, ds);
		fputs(". DS ", file);
		rdata_print(file, TYPE_DS, bytes_of(ds, len));
		fputs("\n", file);
	}
	assert_int_equal(fclose(file), 0);
}

static struct anchor_keeper *keeper_of(const char *directory)
{
	const struct anchor_keeper_options options = {
		.state_dir = directory, .system_dir = system_dir, .crypto = &world.crypto
	};
	return anchor_keeper_new(&options);
}

static void restart(void)
{
	anchor_keeper_free(keeper);
	keeper = keeper_of(state_dir);
	assert_non_null(keeper);
}

#define LIST(...)                                                                                  \
	((const unsigned[]){ __VA_ARGS__ }),                                                       \
		sizeof((const unsigned[]){ __VA_ARGS__ }) / sizeof(unsigned)

static int set_up(void **state)
{
	(void)state;
	memcpy(state_dir + sizeof(state_dir) - 7, "XXXXXX", 6);
	memcpy(system_dir + sizeof(system_dir) - 7, "XXXXXX", 6);
	if (!mkdtemp(state_dir) || !mkdtemp(system_dir))
		return -1;
	world_init(&world);
	world_zone(&world, ".", 13, WORLD_NSEC);
	now_s = WORLD_WALL_S;
	system_has(LIST(0));
	restart();
	return 0;
}

static int tear_down(void **state)
{
	static const char *const names[] = { "root.key", "root.key.new", "root.key.bad" };
	(void)state;
	anchor_keeper_free(keeper);
	keeper = NULL;
	world_done(&world);
	(void)chmod(state_dir, 0700);
	for (size_t i = 0; i < COUNT_OF(names); i++)
		(void)unlink(path_in(state_dir, names[i]));
	(void)unlink(path_in(system_dir, "root.ds"));
	return rmdir(state_dir) == 0 && rmdir(system_dir) == 0 ? 0 : -1;
}

static struct bytes key_of(unsigned number)
{
	return bytes_of(signer_key(13, number)->rdata, signer_key(13, number)->dnskey.rdata.len);
}

/* A number from 100 on is that key less 100, revoked. */
static struct signer_key changed(unsigned number)
{
	struct signer_key key = *signer_key(13, number % 100);
	key.rdata[1] |= number >= 100 ? DNSKEY_FLAG_REVOKE : 0;
	key.dnskey.key_tag = dnskey_tag(bytes_of(key.rdata, key_of(0).len));
	return key;
}

/* Shows the set of these keys, signed by those, as the upstream's response. */
static bool see_with(const unsigned *keys, size_t key_count, const unsigned *by, size_t by_count,
	void (*tamper)(struct message *message))
{
	struct world_reply *reply = calloc(1, sizeof(*reply));
	struct signer_key signers[8];
	struct bytes rdata[8];
	struct rrset set = { .owner = name_root(),
		.type = TYPE_DNSKEY,
		.class = CLASS_IN,
		.ttl_s = WORLD_TTL_S,
		.count = key_count,
		.rdata = rdata };
	const struct signer_terms terms = { .signer = name_root(),
		.inception = (uint32_t)(now_s - DAY),
		.expiration = (uint32_t)(now_s + DAY) };
	struct signer_key shown[8];
	struct arena arena;
	struct message message;

	assert_non_null(reply);
	reply->question = (struct question){ name_root(), TYPE_DNSKEY, CLASS_IN };
	for (size_t i = 0; i < key_count; i++) {
		shown[i] = changed(keys[i]);
		rdata[i] = bytes_of(shown[i].rdata, key_of(0).len);
		world_put(reply, SECTION_ANSWER, name_root(), TYPE_DNSKEY, rdata[i]);
	}
	for (size_t i = 0; i < by_count; i++) {
		signers[i] = changed(by[i]);
		world_sign(&world, reply, &set, &signers[i], &terms);
	}
	arena_init(&arena, 1u << 20);
	world_message(reply, &arena, &message);
	if (tamper)
		tamper(&message);
	failmalloc_arm(fail_at);
	bool result = anchor_keeper_see(keeper, &message, now_s);
	has_failed = failmalloc_disarm();
	arena_done(&arena);
	free(reply);
	return result;
}

static bool see(const unsigned *keys, size_t key_count, const unsigned *by, size_t by_count)
{
	return see_with(keys, key_count, by, by_count, NULL);
}

/* Is that key trusted, as itself or as its digest? */
static bool trusts(unsigned number)
{
	const struct anchor *root = anchors_closest(anchor_keeper_anchors(keeper), name_root());

	for (const struct anchor_record *r = root ? root->records : NULL; r; r = r->next) {
		struct ds ds;
		if (r->type == TYPE_DNSKEY && bytes_equal(r->rdata, key_of(number)))
			return true;
		if (r->type == TYPE_DS && ds_read(r->rdata, &ds) == 0 &&
			ds_matches(&ds, name_root(), &signer_key(13, number)->dnskey))
			return true;
	}
	return false;
}

static size_t count(void)
{
	return anchors_count(anchor_keeper_anchors(keeper));
}

static bool is_there(const char *name)
{
	return access(path_in(state_dir, name), F_OK) == 0;
}

/* A whole roll, with a restart after each step: nothing of it is forgotten. */
static void test_roll_over_restarts(void **state)
{
	(void)state;
	assert_int_equal(anchor_keeper_wait_s(keeper, now_s), 0);
	assert_true(trusts(0));
	assert_int_equal(count(), 3); /* and those that are built in */
	assert_true(see(LIST(0), LIST(0)));
	assert_int_equal(count(), 1);
	assert_int_equal(anchor_keeper_wait_s(keeper, now_s), 3600);
	assert_false(see(LIST(0, 2), LIST(0)));
	restart();
	assert_false(trusts(2));
	now_s += 30 * DAY - 1;
	assert_true(see(LIST(0, 2), LIST(0)));
	assert_false(trusts(2));
	restart();
	now_s += 1;
	assert_true(see(LIST(0, 2), LIST(0)));
	assert_true(trusts(2));
	/* The old one is revoked, and the system still comes with it. */
	restart();
	assert_true(trusts(0) && trusts(2));
	assert_true(see(LIST(100, 2), LIST(100, 2)));
	assert_false(trusts(0));
	restart();
	assert_false(trusts(0));
	assert_true(trusts(2));
	assert_false(see(LIST(0, 2), LIST(0)));
	assert_false(trusts(0));
	assert_true(see(LIST(2), LIST(2)));
	assert_int_equal(count(), 1);
}

/* Off for years: the file's keys sign nothing any more, those of a new package do. */
static void test_asleep(void **state)
{
	(void)state;
	assert_true(see(LIST(0), LIST(0)));
	assert_false(see(LIST(2), LIST(2)));
	system_has(LIST(2));
	assert_true(anchor_keeper_reload(keeper));
	assert_int_equal(anchor_keeper_wait_s(keeper, now_s), 0);
	assert_true(trusts(0) && trusts(2));
	assert_true(see(LIST(2), LIST(2)));
	assert_int_equal(count(), 2);
	restart();
	assert_true(trusts(0) && trusts(2));
}

static void fail_rcode(struct message *message)
{
	message->rcode = RCODE_SERVFAIL;
}

static void no_records(struct message *message)
{
	message->count = 0;
}

static void cut_signature(struct message *message)
{
	message->records[message->count - 1].rdata.len = 3;
}

static void many_records(struct message *message)
{
	struct record *records = calloc(65535, sizeof(*records));
	assert_non_null(records);
	for (size_t i = 0; i < 65535; i++) {
		records[i] = message->records[0];
		records[i].type = (uint16_t)(i + 1000);
	}
	message->records = records;
	message->count = 65535;
}

/* Whatever else an upstream sends changes nothing, and is not asked for at once again. */
static void test_strange_responses(void **state)
{
	(void)state;
	assert_true(see(LIST(0), LIST(0)));
	now_s += DAY;
	assert_int_equal(anchor_keeper_wait_s(keeper, now_s), 0);
	assert_false(anchor_keeper_see(keeper, NULL, now_s));
	assert_int_equal(anchor_keeper_wait_s(keeper, now_s), 3600);
	assert_false(see_with(LIST(0, 2), LIST(0), fail_rcode));
	assert_false(see_with(LIST(0, 2), LIST(0), no_records));
	assert_false(see_with(LIST(0, 2), LIST(0), cut_signature));
	assert_false(see(LIST(2), LIST(2)));
	assert_false(see(LIST(0, 2), NULL, 0));
	assert_int_equal(anchor_keeper_wait_s(keeper, now_s + 3599), 1);
	assert_int_equal(anchor_keeper_wait_s(keeper, now_s + 3600), 0);
	assert_true(trusts(0));
	assert_int_equal(count(), 1);
	now_s += 40 * DAY;
	assert_false(see(LIST(0, 2), LIST(0))); /* seen for the first time */
	assert_false(trusts(2));
}

static struct record *made;

static void too_many_records(struct message *message)
{
	many_records(message);
	made = message->records;
}

/* More than an honest response has takes a bounded amount of memory. */
static void test_large_response(void **state)
{
	(void)state;
	assert_false(see_with(LIST(0), LIST(0), too_many_records));
	free(made);
	assert_true(trusts(0));
	assert_true(see(LIST(0), LIST(0)));
}

/* A machine without a battery begins in 1970, and its clock may go back, too. */
static void test_clock(void **state)
{
	(void)state;
	assert_true(see(LIST(0), LIST(0)));
	assert_false(see(LIST(0), LIST(0)));
	assert_int_equal(anchor_keeper_wait_s(keeper, now_s - 20 * DAY), 0);
	assert_int_equal(anchor_keeper_wait_s(keeper, now_s - DAY), 3600);
	assert_false(anchor_keeper_see(keeper, NULL, 100));
	assert_int_equal(anchor_keeper_wait_s(keeper, 200), 3500);
	assert_int_equal(anchor_keeper_wait_s(keeper, now_s), 0);
}

/* By its signer's clock, so that no wrong one of ours is believed later. */
static void test_when_it_was_signed(void **state)
{
	(void)state;
	assert_true(anchor_keeper_signed_s(keeper) == 0);
	assert_false(see(LIST(2), LIST(2)));
	assert_true(anchor_keeper_signed_s(keeper) == 0);
	assert_true(see(LIST(0), LIST(0)));
	const int64_t signed_s = now_s - DAY;
	assert_true(anchor_keeper_signed_s(keeper) == signed_s);
	now_s += 6 * DAY;
	assert_false(see(LIST(0), LIST(0)));
	assert_true(anchor_keeper_signed_s(keeper) == signed_s);
	now_s += DAY;
	assert_false(see(LIST(0), LIST(0)));
	assert_true(anchor_keeper_signed_s(keeper) == signed_s + 7 * DAY);
	restart();
	assert_true(anchor_keeper_signed_s(keeper) == signed_s + 7 * DAY);
	/* An older one that is shown again says nothing new. */
	now_s -= 7 * DAY;
	assert_true(see(LIST(0), LIST(0)));
	assert_true(anchor_keeper_signed_s(keeper) == signed_s + 7 * DAY);
}

static void write_state(const char *text)
{
	FILE *file = fopen(path_in(state_dir, "root.key"), "w");
	assert_non_null(file);
	fputs(text, file);
	assert_int_equal(fclose(file), 0);
}

/* A damaged file must not keep it from starting, nor be lost for who wants to know why. */
static void test_damaged_file(void **state)
{
	(void)state;
	assert_true(see(LIST(0, 2), LIST(0)));
	assert_true(is_there("root.key"));
	write_state(". IN DNSKEY 257 3 13 gar");
	restart();
	assert_true(trusts(0));
	assert_false(is_there("root.key"));
	assert_true(is_there("root.key.bad"));
	assert_true(see(LIST(0), LIST(0)));
	assert_true(is_there("root.key"));
	/* No text, and longer than any. */
	assert_int_equal(truncate(path_in(state_dir, "root.key"), 100), 0);
	restart();
	assert_false(is_there("root.key"));
	write_state("");
	assert_int_equal(truncate(path_in(state_dir, "root.key"), (64 << 10) + 1), 0);
	assert_true(told_begin());
	restart();
	assert_told("root.key: it is longer than it can be");
	told_end();
	assert_false(is_there("root.key"));
	/* One that others can write to may say anything. */
	assert_true(see(LIST(0), LIST(0)));
	assert_true(is_there("root.key"));
	assert_int_equal(chmod(path_in(state_dir, "root.key"), 0666), 0);
	restart();
	assert_int_equal(count(), 3);
	assert_false(is_there("root.key"));
}

/* Nothing kept, or nowhere to keep it: names resolve all the same. */
static void test_no_place(void **state)
{
	static const char *const places[] = { "", "/nonexistent/stubborn", "/proc", "/dev/null" };
	(void)state;
	for (size_t i = 0; i < COUNT_OF(places); i++) {
		anchor_keeper_free(keeper);
		keeper = keeper_of(places[i]);
		assert_non_null(keeper);
		assert_true(see(LIST(0), LIST(0)));
		assert_false(see(LIST(0, 2), LIST(0)));
		assert_true(trusts(0));
	}
	/* A disk that was full, and is not any more. */
	restart();
	assert_int_equal(chmod(state_dir, 0770), 0);
	assert_true(see(LIST(0), LIST(0)));
	assert_false(is_there("root.key"));
	assert_int_equal(chmod(state_dir, 0700), 0);
	assert_false(see(LIST(0), LIST(0)));
	assert_true(is_there("root.key"));
}

/* Nothing that is the same is written again: a flash memory would wear out. */
static void test_written_when_changed(void **state)
{
	(void)state;
	assert_true(see(LIST(0), LIST(0)));
	assert_int_equal(unlink(path_in(state_dir, "root.key")), 0);
	now_s += DAY;
	assert_false(see(LIST(0), LIST(0)));
	assert_false(is_there("root.key"));
	assert_false(see(LIST(0, 2), LIST(0)));
	assert_true(is_there("root.key"));
}

/* What is logged from now on goes to a file of its own; returns where it went before. */
static int log_begin(void)
{
	const int before = dup(STDERR_FILENO);
	const int file = open(path_in(state_dir, "log"), O_RDWR | O_CREAT | O_TRUNC, 0600);

	assert_true(before >= 0 && file >= 0 && dup2(file, STDERR_FILENO) >= 0);
	assert_int_equal(close(file), 0);
	return before;
}

static const char *log_end(int before)
{
	static char text[1024];
	const ssize_t len = pread(STDERR_FILENO, text, sizeof(text) - 1, 0);

	assert_true(len >= 0 && dup2(before, STDERR_FILENO) >= 0);
	text[len] = '\0';
	assert_int_equal(close(before), 0);
	assert_int_equal(unlink(path_in(state_dir, "log")), 0);
	return text;
}

/* A set that does not count changes nothing, and the log says what that leaves. */
static void test_what_stays_is_told(void **state)
{
	(void)state;
	assert_true(see(LIST(0), LIST(0)));
	int before = log_begin();
	assert_false(see(LIST(2), LIST(2)));
	assert_non_null(strstr(log_end(before), "; those known stay trusted\n"));
	assert_true(see(LIST(100), LIST(100)));
	before = log_begin();
	assert_false(see(LIST(0), LIST(0)));
	assert_non_null(strstr(log_end(before), "; none is trusted any more\n"));
}

/* The last key goes, too: then nothing is believed, not even that a name is unsigned, until there
 * is a newer program or package. */
static void test_all_revoked(void **state)
{
	(void)state;
	assert_true(see(LIST(0), LIST(0)));
	assert_false(see(LIST(0, 2), LIST(0)));
	now_s += 30 * DAY;
	assert_true(see(LIST(0, 2), LIST(0)));
	assert_true(see(LIST(100, 2), LIST(100, 2)));
	assert_true(see(LIST(100, 102), LIST(100, 102)));
	assert_int_equal(count(), 0);
	assert_non_null(anchors_closest(anchor_keeper_anchors(keeper), name_root()));
	assert_false(see(LIST(100, 102), LIST(100, 102)));
	/* What is built in counts again with the next start, but for what was revoked. */
	restart();
	assert_false(trusts(0) || trusts(2));
	assert_non_null(anchors_closest(anchor_keeper_anchors(keeper), name_root()));
	system_has(LIST(4));
	assert_true(anchor_keeper_reload(keeper));
	assert_true(trusts(4));
	assert_true(see(LIST(4), LIST(4)));
	assert_int_equal(count(), 1);
}

/* Half of a set must not be learned, and what was trusted stays. */
static void test_out_of_memory_while_looking(void **state)
{
	(void)state;
	assert_true(see(LIST(0, 2), LIST(0)));
	now_s += 30 * DAY;
	assert_true(see(LIST(0, 2), LIST(0)));
	for (fail_at = 0;; fail_at++) {
		const size_t at = fail_at;
		(void)see(LIST(0, 4, 102), LIST(0, 102));
		fail_at = SIZE_MAX;
		if (!has_failed || !trusts(2))
			break;
		/* Key 4 is new the day after, and trusted 30 days after that. */
		now_s += DAY;
		(void)see(LIST(0, 2, 4), LIST(0));
		now_s += 30 * DAY - 1;
		(void)see(LIST(0, 2, 4), LIST(0));
		assert_false(trusts(4));
		(void)see(LIST(0, 2), LIST(0)); /* it goes, for the next turn */
		fail_at = at;
	}
	assert_true(trusts(0));
	assert_false(trusts(2));
}

static void test_out_of_memory(void **state)
{
	bool failed = true;
	(void)state;
	assert_true(see(LIST(0, 2), LIST(0)));
	for (size_t n = 0; failed; n++) {
		failmalloc_arm(n);
		struct anchor_keeper *made_keeper = keeper_of(state_dir);
		failed = failmalloc_disarm();
		assert_true(failed || made_keeper);
		anchor_keeper_free(made_keeper);
	}
	failed = true;
	for (size_t n = 0; failed; n++) {
		failmalloc_arm(n);
		(void)anchor_keeper_reload(keeper);
		failed = failmalloc_disarm();
		assert_true(trusts(0));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_roll_over_restarts, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_asleep, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_strange_responses, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_large_response, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_clock, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_when_it_was_signed, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_damaged_file, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_no_place, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_written_when_changed, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_what_stays_is_told, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_all_revoked, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
			test_out_of_memory_while_looking, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_out_of_memory, set_up, tear_down),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
