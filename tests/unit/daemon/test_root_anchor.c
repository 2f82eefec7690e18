/* SPDX-License-Identifier: MIT */
/* The root's keys: one too few and nothing resolves, one too many and who has it forges everything.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "daemon/root_anchor.h"
#include "dnssec/key.h"
#include "support/failmalloc.h"
#include "wire/type.h"

#define DS_2017                                                                                    \
	". IN DS 20326 8 2 E06D44B80B8F1D39A95C0B0D7C65D08458E880409BBC683457104237C7F8EC8D\n"
#define DS_2024                                                                                    \
	". IN DS 38696 8 2 683D2D0ACB8C9B712A1948B27F741219298D0A450D612C483AF444A4C0FB2B16\n"
#define DS_NEXT                                                                                    \
	". IN DS 11111 13 2 0123456789ABCDEF0123456789ABCDEF0123456789ABCDEF0123456789ABCDEF\n"
#define KEY_2024                                                                                   \
	". 172800 IN DNSKEY 257 3 8 "                                                              \
	"AwEAAa96jeuknZlaeSrvyAJj6ZHv28hhOKkx3rLGXVaC6rXTsDc449/cidltpkyGwCJNnOAlFNKF2jBosZBU5eeH" \
	"spaQWOmOElZsjICMQMC3aeHbGiShvZsx4wMYSjH8e7Vrhbu6irwCzVBApESjbUdpWWmEnhathWu1jo+siFUiRAAx" \
	"m9qyJNg/wOZqqzL/dL/q8PkcRU5oUKEpUge71M3ej2/7CPqpdVwuMoTvoB+ZOT4YeGyxMvHmbrxlFzGOHOijtzN+" \
	"u1TQNatX2XBuzZNQ1K+s2CXkPIZo7s6JgZyvaBevYtxPvYLw4z9mR7K2vaF18UYH9Z9GNUUeayffKC73PYc="     \
	"\n"
#define DS_EXAMPLE                                                                                 \
	"example. IN DS 1 13 2 0123456789ABCDEF0123456789ABCDEF0123456789ABCDEF0123456789ABCDEF\n"

static char directory[] = "/tmp/stubborn-root-XXXXXX";
static char note[CONFIG_NOTE_LEN];

static int make_directory(void **state)
{
	(void)state;
	memcpy(directory + sizeof(directory) - 7, "XXXXXX", 6);
	return mkdtemp(directory) ? 0 : -1;
}

static int remove_directory(void **state)
{
	char path[64];
	(void)state;
	snprintf(path, sizeof(path), "%s/root.key", directory);
	(void)remove(path);
	snprintf(path, sizeof(path), "%s/root.ds", directory);
	(void)remove(path);
	return rmdir(directory);
}

static void file_is(const char *name, const char *text)
{
	char path[64];
	snprintf(path, sizeof(path), "%s/%s", directory, name);
	FILE *file = fopen(path, "w");
	assert_non_null(file);
	fputs(text, file);
	assert_int_equal(fclose(file), 0);
}

/* Are these and no others the tags of what is trusted? 0 ends them; a key may be there as a
 * digest and as itself. */
static void assert_tags(const char *what, const unsigned *tags)
{
	struct anchors *anchors = anchors_new();
	size_t count = 0, found = 0;

	assert_int_equal(root_anchors_add(anchors, directory, note), 0);
	const struct anchor_record *records = anchors_closest(anchors, name_root())->records;
	for (; tags[count]; count++) {
		for (const struct anchor_record *r = records; r; r = r->next) {
			struct ds ds;
			unsigned tag = r->type == TYPE_DNSKEY	     ? dnskey_tag(r->rdata)
				       : ds_read(r->rdata, &ds) == 0 ? ds.key_tag
								     : 0;
			found += tag == tags[count];
		}
	}
	if (found < count || found != anchors_count(anchors))
		fail_msg("%s: %zu of %zu", what, found, anchors_count(anchors));
	anchors_free(anchors);
}

#define TAGS(...)                                                                                  \
	(const unsigned[])                                                                         \
	{                                                                                          \
		__VA_ARGS__, 0                                                                     \
	}

static void test_built_in(void **state)
{
	(void)state;
	assert_tags("no file", TAGS(20326, 38696));
	assert_string_equal(note, "");
}

static void test_file_made_later(void **state)
{
	(void)state;
	file_is("root.ds", DS_2024);
	assert_tags("one was withdrawn", TAGS(38696));
	file_is("root.ds", DS_2024 DS_NEXT);
	assert_tags("and one has come", TAGS(38696, 11111));
	file_is("root.ds", DS_2017 DS_2024 DS_NEXT);
	assert_tags("one has come", TAGS(20326, 38696, 11111));
	file_is("root.key", KEY_2024);
	assert_tags("the keys themselves, which count before their digests", TAGS(38696));
	assert_string_equal(note, "");
}

/* A system that was not kept up to date would stop at the next roll of the root. */
static void test_file_of_unknown_age(void **state)
{
	(void)state;
	file_is("root.key", DS_2017);
	assert_tags("old", TAGS(20326, 38696));
	file_is("root.key", DS_NEXT);
	assert_tags("much later", TAGS(20326, 38696, 11111));
	file_is("root.key", DS_EXAMPLE);
	assert_tags("nothing of the root", TAGS(20326, 38696));
	assert_string_equal(note, "");
}

static void test_damaged(void **state)
{
	char text[CONFIG_NOTE_LEN];
	(void)state;

	file_is("root.key", DS_2024 "\n. IN DS");
	file_is("root.ds", DS_2024);
	assert_tags("damaged", TAGS(20326, 38696));
	snprintf(text, sizeof(text), "%s/root.key:3: a DS is: key tag,", directory);
	assert_memory_equal(note, text, strlen(text));
	file_is("root.key", "");
	assert_tags("empty", TAGS(20326, 38696));
	assert_non_null(strstr(note, "/root.key: there is no DS or DNSKEY in it; the keys that"));
	snprintf(text, sizeof(text), "%s/root.key", directory);
	assert_int_equal(unlink(text), 0);
	assert_int_equal(symlink("root.key", text), 0);
	assert_tags("unreadable", TAGS(20326, 38696));
	assert_non_null(strstr(note, "/root.key cannot be read: Too many levels"));
}

static void test_out_of_memory(void **state)
{
	bool failed = true;
	(void)state;
	file_is("root.ds", DS_2024 DS_NEXT);
	for (size_t n = 0; failed; n++) {
		struct anchors *anchors = anchors_new();
		failmalloc_arm(n);
		int err = root_anchors_add(anchors, directory, note);
		failed = failmalloc_disarm();
		assert_int_equal(err, failed ? ERR_NOMEM : 0);
		anchors_free(anchors);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_built_in, make_directory, remove_directory),
		cmocka_unit_test_setup_teardown(
			test_file_made_later, make_directory, remove_directory),
		cmocka_unit_test_setup_teardown(
			test_file_of_unknown_age, make_directory, remove_directory),
		cmocka_unit_test_setup_teardown(test_damaged, make_directory, remove_directory),
		cmocka_unit_test_setup_teardown(
			test_out_of_memory, make_directory, remove_directory),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
