/* SPDX-License-Identifier: MIT */
/* Lost if these fail: what was known before a restart; or, worse, the truth: answers that live for
 * longer than their owner said, verdicts without grounds, and what a broken disk made of them. */
#include "cache/image.h"

#include <stdio.h>
#include <string.h>

#include "sample.h"
#include "support/failmalloc.h"

#define WALL  1800000000
#define NOW   (UINT32_C(1) << 30)
#define SIZE  ((size_t)4 << 20)
#define WHOLE (SIZE + 4096)

static struct cache *from, *to;
static struct image_moment then, later;
static uint8_t image[WHOLE];
static size_t image_len;
static enum image_use use;
static size_t count;

static struct cache *cache_of(size_t size, unsigned shards)
{
	const struct cache_options options = { .size = size, .shards = shards };
	struct cache *cache = cache_new(&options, &sample_hash_key);
	assert_non_null(cache);
	return cache;
}

static int setup(void **state)
{
	(void)state;
	from = cache_of(SIZE, 4);
	to = cache_of(SIZE, 1);
	then = (struct image_moment){ .wall_s = WALL, .now_s = NOW, .boot = "this boot" };
	memset(then.grounds, 7, sizeof(then.grounds));
	later = then;
	image_len = 0;
	count = 99;
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	cache_free(from);
	cache_free(to);
	return 0;
}

static void put_source(struct cache *cache, const struct entry_source *source)
{
	struct cache_key key;
	struct entry *entry;

	assert_int_equal(entry_new(source, &entry), 0);
	cache_key_init(&key, &sample_hash_key, &source->question, source->checking_disabled);
	cache_put(cache, &key, entry);
	entry_release(entry);
}

static struct entry_source source_of(
	struct name_space *space, const char *name, const struct rrset *rrsets, size_t rrset_count)
{
	return (struct entry_source){
		.question = sample_question(space, name, TYPE_A),
		.rrsets = rrsets,
		.rrset_count = rrset_count,
		.ttl_s = 300,
		.now_s = NOW - 100,
	};
}

static void put(const char *name, uint32_t ttl_s, uint32_t age_s)
{
	struct name_space space;
	struct sample_rrset a;
	const uint8_t address[] = { 192, 0, 2, 1 };

	sample_rrset(&a, name, TYPE_A, SECTION_ANSWER, ttl_s, address, sizeof(address));
	struct entry_source source = source_of(&space, name, &a.rrset, 1);
	source.ttl_s = ttl_s;
	source.now_s = NOW - age_s;
	put_source(from, &source);
}

static void write_image(size_t len_max)
{
	struct image_draft *draft = image_draft_new(from, &then, len_max);
	struct bytes piece;

	assert_non_null(draft);
	for (image_len = 0;; image_len += piece.len) {
		assert_int_equal(image_draft_next(draft, &piece), 0);
		if (piece.len == 0)
			break;
		assert_true(image_len + piece.len <= sizeof(image));
		memcpy(image + image_len, piece.at, piece.len);
	}
	image_draft_free(draft);
}

static int read_image(void)
{
	return image_read(to, &later, bytes_of(image, image_len), &use, &count);
}

/* NULL: it did not come back. */
static struct entry *get(const char *name, bool checking_disabled)
{
	const struct cache_key key = sample_key(name, TYPE_A, checking_disabled);
	return cache_get(to, &key);
}

/* 0: it did not come back. */
static uint32_t ttl_left(const char *name, uint32_t now_s)
{
	struct entry *entry = get(name, false);
	const uint32_t left_s = entry ? entry_ttl_left_s(entry, now_s) : 0;
	entry_release(entry);
	return left_s;
}

static void assert_same_form(const struct entry *a, const struct entry *b, bool dnssec_ok)
{
	const struct form x = entry_form(a, dnssec_ok), y = entry_form(b, dnssec_ok);

	assert_int_equal(x.len, y.len);
	assert_memory_equal(x.body, y.body, x.len - HEADER_LEN);
	assert_int_equal(x.ttl_count, y.ttl_count);
	assert_int_equal(x.authority_count, y.authority_count);
	assert_memory_equal(x.ttl_at, y.ttl_at, x.ttl_count * sizeof(x.ttl_at[0]));
}

static void assert_comes_back(const char *name, bool checking_disabled)
{
	const struct cache_key key = sample_key(name, TYPE_A, checking_disabled);
	struct entry *was = cache_get(from, &key), *is = cache_get(to, &key);

	assert_non_null(was);
	assert_non_null(is);
	assert_same_form(was, is, false);
	assert_same_form(was, is, true);
	assert_int_equal(entry_secure(was), entry_secure(is));
	assert_int_equal(entry_rcode(was), entry_rcode(is));
	assert_int_equal(entry_ttl_s(was), entry_ttl_s(is));
	assert_int_equal(entry_age_s(was, NOW), entry_age_s(is, NOW));
	const struct ede told = entry_ede(was), tells = entry_ede(is);
	assert_int_equal(told.present, tells.present);
	assert_int_equal(told.code, tells.code);
	assert_int_equal(told.text != NULL, tells.text != NULL);
	if (told.text)
		assert_string_equal(told.text, tells.text);
	entry_release(was);
	entry_release(is);
}

/* A signed CNAME chain, a signed denial, an explained one, an unchecked one. */
static void comes_back_as_it_was(void **state)
{
	static const uint8_t address[] = { 192, 0, 2, 80 }, other[] = { 192, 0, 2, 81 };
	static const uint8_t alias[] = "\3www\7example";
	static const uint8_t soa[] = "\2ns\7example\0\4root\7example\0"
				     "\0\0\0\1\0\0\0\2\0\0\0\3\0\0\0\4\0\0\0\5";
	static const uint8_t nsec[] = "\1z\7example\0\0\6\100\0\0\0\0\3";
	uint8_t rrsig[19 + 9 + 64] = { 0, TYPE_A, 13, 2 };
	struct name_space space;
	struct sample_rrset sets[5];
	struct rrset rrsets[4];
	(void)state;

	memcpy(rrsig + 18, "\7example", 9);
	sample_rrset(
		&sets[0], "Alias.example", TYPE_CNAME, SECTION_ANSWER, 300, alias, sizeof(alias));
	sample_rrset(
		&sets[1], "www.Example", TYPE_A, SECTION_ANSWER, 300, address, sizeof(address));
	sample_add(&sets[1], other, sizeof(other));
	sample_rrset(
		&sets[2], "www.Example", TYPE_RRSIG, SECTION_ANSWER, 300, rrsig, sizeof(rrsig));
	sets[2].rrset.covers = TYPE_A;
	sample_rrset(&sets[3], "example", TYPE_SOA, SECTION_AUTHORITY, 300, soa, sizeof(soa) - 1);
	sample_rrset(
		&sets[4], "a.example", TYPE_NSEC, SECTION_AUTHORITY, 300, nsec, sizeof(nsec) - 1);
	for (int i = 0; i < 3; i++)
		rrsets[i] = sets[i].rrset;
	struct entry_source source = source_of(&space, "Alias.Example", rrsets, 3);
	source.secure = true;
	put_source(from, &source);

	rrsets[0] = sets[3].rrset;
	rrsets[1] = sets[4].rrset;
	source = source_of(&space, "none.example", rrsets, 2);
	source.rcode = RCODE_NXDOMAIN;
	source.secure = true;
	put_source(from, &source);

	source = source_of(&space, "told.example", rrsets, 1);
	source.ede = (struct ede){ .present = true, .code = 1, .text = "algorithm 99 of example." };
	put_source(from, &source);
	source = source_of(&space, "code.example", rrsets, 1);
	source.ede = (struct ede){ .present = true, .code = 29 };
	put_source(from, &source);
	source = source_of(&space, "cd.example", rrsets, 1);
	source.checking_disabled = true;
	put_source(from, &source);

	write_image(WHOLE);
	assert_int_equal(read_image(), 0);
	assert_int_equal(use, IMAGE_USED);
	assert_int_equal(count, 5);
	assert_comes_back("alias.example", false);
	assert_comes_back("none.example", false);
	assert_comes_back("told.example", false);
	assert_comes_back("code.example", false);
	assert_comes_back("cd.example", true);
	assert_null(get("cd.example", false));
}

static void of_nothing_there_is_an_image(void **state)
{
	(void)state;
	write_image(WHOLE);
	assert_int_equal(read_image(), 0);
	assert_int_equal(count, 0);
}

/* Many blocks, many shards, all of a table that grew. */
static void of_many_none_is_lost(void **state)
{
	char name[64];
	(void)state;

	for (int i = 0; i < 10000; i++) {
		snprintf(name, sizeof(name), "host-%05d.example", i);
		put(name, 300, 0);
	}
	assert_int_equal(cache_usage(from).entries, 10000);
	write_image(WHOLE);
	assert_true(image_len < cache_usage(from).octets);
	assert_int_equal(read_image(), 0);
	assert_int_equal(count, 10000);
	assert_int_equal(cache_usage(to).entries, 10000);
	for (int i = 0; i < 10000; i++) {
		snprintf(name, sizeof(name), "host-%05d.example", i);
		assert_int_equal(ttl_left(name, NOW), 300);
	}
}

static void within_its_bound(void **state)
{
	static const size_t bounds[] = { 0, 100, 400, 50000, 200000 };
	char name[64];
	(void)state;

	for (int i = 0; i < 5000; i++) {
		snprintf(name, sizeof(name), "host-%05d.example", i);
		put(name, 300, 0);
	}
	for (size_t i = 0; i < sizeof(bounds) / sizeof(bounds[0]); i++) {
		write_image(bounds[i]);
		assert_true(image_len <= bounds[i] || bounds[i] < 400);
		assert_int_equal(read_image(), 0);
		assert_true(bounds[i] < 50000 || (count > bounds[i] / 100 && count < 5000));
	}
}

static void a_smaller_cache_takes_what_fits(void **state)
{
	char name[64];
	(void)state;

	for (int i = 0; i < 5000; i++) {
		snprintf(name, sizeof(name), "host-%05d.example", i);
		put(name, 300, 0);
	}
	write_image(WHOLE);
	cache_free(to);
	to = cache_of(256 << 10, 1);
	assert_int_equal(read_image(), 0);
	assert_true(cache_usage(to).octets <= 256 << 10);
	assert_true(cache_usage(to).entries > 500);
}

/* It may be read when names have been asked for again. */
static void what_is_there_is_newer(void **state)
{
	(void)state;
	put("one.example", 300, 100);
	put("two.example", 300, 100);
	write_image(WHOLE);
	struct cache *elsewhere = from;
	from = to;
	put("two.example", 77, 0);
	from = elsewhere;
	assert_int_equal(read_image(), 0);
	assert_int_equal(count, 1);
	assert_int_equal(ttl_left("one.example", NOW), 200);
	assert_int_equal(ttl_left("two.example", NOW), 77);
}

static void failures_are_not_kept(void **state)
{
	struct name_space space;
	struct entry_source source = source_of(&space, "failed.example", NULL, 0);
	(void)state;

	source.rcode = RCODE_SERVFAIL;
	source.failure_count = 1;
	put_source(from, &source);
	write_image(WHOLE);
	assert_int_equal(read_image(), 0);
	assert_int_equal(count, 0);
}

/* The clock that has run further counts. */
static void time_goes_by(void **state)
{
	static const struct {
		int64_t wall_s, boot_s;
		bool same_boot;
		uint32_t left_s; /* of 300 s that were 100 s old */
	} cases[] = {
		{ 0, 0, true, 200 },
		{ 50, 50, true, 150 },
		{ 60, 50, true, 140 },
		{ -1000, 50, true, 150 },  /* set back meanwhile */
		{ 50, -1000, false, 150 }, /* started anew meanwhile */
		{ 50, 5000, false, 150 },
		{ 199, -1000, false, 1 },
		{ 200, -1000, false, 0 },
		{ 1000, 50, true, 0 }, /* set forth */
		{ INT64_MAX - WALL, 0, false, 0 },
	};
	(void)state;

	put("www.example", 300, 100);
	write_image(WHOLE);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		later = then;
		later.wall_s += cases[i].wall_s;
		later.now_s = (uint32_t)(later.now_s + cases[i].boot_s);
		later.boot[0] ^= !cases[i].same_boot;
		assert_int_equal(read_image(), 0);
		assert_int_equal(use, IMAGE_USED);
		assert_int_equal(ttl_left("www.example", later.now_s), cases[i].left_s);
		cache_forget_within(to, name_root());
	}
}

/* How old is it when the clock stands before the time it was written at? */
static void a_clock_that_is_behind(void **state)
{
	(void)state;
	put("www.example", 300, 0);
	write_image(WHOLE);
	later.wall_s--;
	later.boot[0] ^= 1;
	assert_int_equal(read_image(), 0);
	assert_int_equal(use, IMAGE_OTHER_TIME);
	assert_int_equal(count, 0);
	/* A clock of an unknown start is like one of another. */
	memset(later.boot, 0, sizeof(later.boot));
	memset(then.boot, 0, sizeof(then.boot));
	write_image(WHOLE);
	assert_int_equal(read_image(), 0);
	assert_int_equal(use, IMAGE_OTHER_TIME);
	assert_null(get("www.example", false));
}

/* What was validated while it was wrong would be believed when it is right. */
static void a_clock_that_was_set(void **state)
{
	static const struct {
		int64_t wall_s;
		bool used;
	} cases[] = {
		{ WALL + 20 + 3599, true },
		{ WALL + 20 + 3600, false },
		{ WALL + 20 - 3599, true },
		{ WALL + 20 - 3600, false },
		{ INT64_MIN, false },
	};
	(void)state;

	put("www.example", 86400, 0);
	write_image(WHOLE);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		later.now_s = then.now_s + 20;
		later.wall_s = cases[i].wall_s;
		assert_int_equal(read_image(), 0);
		assert_int_equal(use, cases[i].used ? IMAGE_USED : IMAGE_OTHER_TIME);
		assert_int_equal(count, cases[i].used);
		cache_forget_within(to, name_root());
	}
}

/* What has expired comes back for as long as it may be served stale, and no fresher. */
static void stale_ones(void **state)
{
	(void)state;
	put("fresh.example", 300, 100);
	put("stale.example", 300, 350);
	put("old.example", 300, 400);
	then.stale_s = later.stale_s = 100;
	write_image(WHOLE);
	assert_int_equal(read_image(), 0);
	assert_int_equal(count, 2);
	struct entry *entry = get("stale.example", false);
	assert_non_null(entry);
	assert_int_equal(entry_age_s(entry, NOW), 350);
	assert_int_equal(entry_ttl_left_s(entry, NOW), 0);
	entry_release(entry);
	cache_forget_within(to, name_root());
	later.wall_s += 50;
	assert_int_equal(read_image(), 0);
	assert_int_equal(count, 1);
	later.stale_s = 0;
	later.wall_s += 150;
	assert_int_equal(read_image(), 0);
	assert_int_equal(count, 0);
}

static void other_grounds(void **state)
{
	(void)state;
	put("www.example", 300, 0);
	write_image(WHOLE);
	later.grounds[31]++;
	assert_int_equal(read_image(), 0);
	assert_int_equal(use, IMAGE_OTHER_GROUNDS);
	assert_int_equal(count, 0);
	assert_null(get("www.example", false));
}

/* Any octet changed, any end cut off or added. */
static void damaged(void **state)
{
	(void)state;
	put("www.example", 300, 0);
	put("mail.example", 300, 0);
	write_image(WHOLE);
	for (size_t i = 0; i < image_len; i++) {
		image[i] ^= 1;
		assert_int_equal(read_image(), ERR_FORMAT);
		image[i] ^= 1;
		assert_int_equal(
			image_read(to, &later, bytes_of(image, i), &use, &count), ERR_FORMAT);
	}
	image_len++;
	assert_int_equal(read_image(), ERR_FORMAT);
	image_len--;
	assert_int_equal(cache_usage(to).entries, 0);
	assert_int_equal(read_image(), 0);
	assert_int_equal(count, 2);
}

/* Whoever can write the file can have the checksums right, too. */
static void reseal(void)
{
	uint64_t sum = 0;

	for (size_t at = 17, len; at < image_len; at += len + 8) {
		len = 4 + u32_load(image + at);
		sum = hash_bytes(
			&(struct hash_key){ sum, IMAGE_SUM_KEY }, bytes_of(image + at, len));
		u32_store(image + at + len, (uint32_t)(sum >> 32));
		u32_store(image + at + len + 4, (uint32_t)sum);
	}
}

/* Where the first answer is: behind the title, a block of 80 octets, and a length. */
#define RECORD	(17 + 4 + 80 + 8 + 4)
#define MESSAGE (RECORD + 17)

/* Octets at some place of an image of one answer are others. */
static int read_forged(size_t at, const char *octets, size_t len)
{
	cache_forget_within(to, name_root());
	write_image(WHOLE);
	memcpy(image + at, octets, len);
	reseal();
	return read_image();
}

static void forged(void **state)
{
	(void)state;
	put("www.example", 300, 100);
	assert_int_equal(read_forged(RECORD, "", 0), 0);
	assert_int_equal(count, 1);
	/* Whole, but of no use: an age, TTLs, a message that is none, a section that none has. */
	assert_int_equal(read_forged(RECORD, "\377\377\377\377", 4), 0);
	assert_int_equal(count, 0);
	assert_int_equal(read_forged(RECORD + 4, "\377\377\377\377", 4), 0);
	assert_int_equal(count, 0);
	assert_int_equal(read_forged(RECORD + 4, "\0\11\72\201", 4), 0); /* a week and a second */
	assert_int_equal(count, 0);
	assert_int_equal(read_forged(RECORD + 4, "\0\11\72\200", 4), 0);
	assert_int_equal(count, 1);
	assert_int_equal(read_forged(RECORD + 4, "\0\0\0\0", 4), 0);
	assert_int_equal(count, 0);
	assert_int_equal(read_forged(MESSAGE + 4, "\0\2", 2), 0);
	assert_int_equal(count, 0);
	assert_int_equal(read_forged(MESSAGE + 6, "\0\0\0\0\0\1", 6), 0);
	assert_int_equal(count, 0);
	assert_int_equal(read_forged(MESSAGE + 12, "\77", 1), 0);
	assert_int_equal(count, 0);
	assert_int_equal(cache_usage(to).entries, 0);
	/* Not whole. */
	assert_int_equal(read_forged(RECORD + 10, "\10", 1), ERR_FORMAT);      /* flags */
	assert_int_equal(read_forged(RECORD + 13, "\0\1", 2), ERR_FORMAT);     /* its text */
	assert_int_equal(read_forged(RECORD + 15, "\377\377", 2), ERR_FORMAT); /* its message */
	assert_int_equal(cache_usage(to).entries, 0);
}

/* A text that is longer than any of ours, in a record that is whole. */
static void forged_text(void **state)
{
	struct name_space space;
	struct entry_source source = source_of(&space, "www.example", NULL, 0);
	char text[ENTRY_TEXT_MAX + 1];
	(void)state;

	memset(text, 'x', sizeof(text));
	text[ENTRY_TEXT_MAX] = '\0';
	source.ede = (struct ede){ .present = true, .code = 1, .text = text };
	put_source(from, &source);
	assert_int_equal(read_forged(RECORD, "", 0), 0);
	assert_comes_back("www.example", false);
	/* It takes the message's first octet, which is one less then. */
	const uint16_t len = u16_load(image + RECORD + 15);
	const uint8_t longer[] = { (ENTRY_TEXT_MAX + 1) >> 8, (ENTRY_TEXT_MAX + 1) & 0xff,
		(uint8_t)((len - 1) >> 8), (uint8_t)(len - 1) };
	assert_int_equal(read_forged(RECORD + 13, (const char *)longer, 4), ERR_FORMAT);
}

static void without_memory(void **state)
{
	(void)state;
	put("www.example", 300, 0);
	write_image(WHOLE);
	for (size_t n = 0;; n++) {
		failmalloc_arm(n);
		struct image_draft *draft = image_draft_new(from, &then, WHOLE);
		if (!failmalloc_disarm()) {
			image_draft_free(draft);
			break;
		}
		assert_null(draft);
	}
	for (size_t n = 0;; n++) {
		failmalloc_arm(n);
		const int err = read_image();
		if (!failmalloc_disarm())
			break;
		/* Without a table the answer goes; that is the cache's way. */
		assert_true(err == ERR_NOMEM || cache_usage(to).entries == 0);
		cache_forget_within(to, name_root());
	}
	assert_int_equal(count, 1);
}

/* Whoever saves gives up in the middle when the disk is full. */
static void given_up(void **state)
{
	struct bytes piece;
	char name[64];
	(void)state;

	for (int i = 0; i < 5000; i++) {
		snprintf(name, sizeof(name), "host-%05d.example", i);
		put(name, 300, 0);
	}
	struct image_draft *draft = image_draft_new(from, &then, WHOLE);
	assert_int_equal(image_draft_next(draft, &piece), 0);
	assert_int_equal(image_draft_next(draft, &piece), 0);
	assert_true(image_draft_count(draft) > 0 && image_draft_count(draft) < 5000);
	image_draft_free(draft); /* the leak checker looks */
}

#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(comes_back_as_it_was),
		T(of_nothing_there_is_an_image),
		T(of_many_none_is_lost),
		T(within_its_bound),
		T(a_smaller_cache_takes_what_fits),
		T(what_is_there_is_newer),
		T(failures_are_not_kept),
		T(time_goes_by),
		T(a_clock_that_is_behind),
		T(a_clock_that_was_set),
		T(stale_ones),
		T(other_grounds),
		T(damaged),
		T(forged),
		T(forged_text),
		T(without_memory),
		T(given_up),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
