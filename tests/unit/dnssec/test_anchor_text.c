/* SPDX-License-Identifier: MIT */
/* Anchor files as people and distributions write them; an error names the line. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "dnssec/anchor.h"
#include "dnssec/key.h"
#include "sample.h"
#include "support/failmalloc.h"
#include "wire/type.h"

#define DIGEST "E06D44B80B8F1D39A95C0B0D7C65D08458E880409BBC683457104237C7F8EC8D"

/* The 2017 root key as unbound and dns-root-data have it. */
#define ROOT_KEY                                                                                   \
	"AwEAAaz/tAm8yTn4Mfeh5eyI96WSVexTBAvkMgJzkKTOiW1vkIbzxeF3+/4RgWOq7HrxRixHlFlExOLAJr5emLvN" \
	"7SWXgnLh4+B5xQlNVz8Og8kvArMtNROxVQuCaSnIDdD5LKyWbRd2n9WGe2R8PzgCmr3EgVLrjyBxWezF0jLHwVN8" \
	"efS3rCj/EWgvIWgb9tarpVUDK/b58Da+sqqls3eNbuv7pr+eoZG+SrDK6nWeL3c6H5Apxz7LjVc1uTIdsIXxuOLY" \
	"A4/ilBmSVIzuDWfdRUfhHdY6+cn8HFRm+2hM8AnXGXws9555KrUB5qihylGa8subX2Nn6UwNR1AkUTV74bU="

static int parse(const char *text, size_t *count, struct anchor_fault *fault)
{
	struct anchors *anchors = anchors_new();
	int err = anchors_parse(anchors, text, fault);
	*count = anchors_count(anchors);
	anchors_free(anchors);
	return err;
}

static void test_good(void **state)
{
	static const struct {
		const char *text;
		size_t count;
	} cases[] = {
		{ "", 0 },
		{ "; only a comment\n\n  \t\n", 0 },
		{ ". IN DS 20326 8 2 " DIGEST "\n", 1 },
		{ ". IN DS 20326 8 2 " DIGEST, 1 },
		{ ".\tDS\t20326 8 2 e06d44b80b8f1d39a95c0b0d7c65d084 "
		  "58e880409bbc683457104237c7f8ec8d"
		  "\r\n",
			1 },
		{ ". 3600 IN DS 20326 8 2 " DIGEST "\nexample. in 3600 ds 1 13 2 " DIGEST "\n", 2 },
		{ "; autotrust trust anchor file\n;;id: . 1\n.\t172800\tIN\tDNSKEY\t257 3 "
		  "8 " ROOT_KEY " ;{id = 20326 (ksk), size = 2048b} ;;state=2 [  VALID  ]\n",
			1 },
		{ "private.example DNSKEY 256 3 13 " ROOT_KEY "\n", 1 },
	};
	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct anchor_fault fault;
		size_t count;
		assert_int_equal(parse(cases[i].text, &count, &fault), 0);
		assert_int_equal(count, cases[i].count);
	}
}

/* The key and the digest that stand for the same are the same. */
static void test_key_is_the_roots(void **state)
{
	struct anchors *anchors = anchors_new();
	struct anchor_fault fault;
	struct dnskey key;
	struct ds ds;
	(void)state;
	assert_int_equal(anchors_parse(anchors,
				 ". DNSKEY 257 3 8 " ROOT_KEY "\n. DS 20326 8 2 " DIGEST, &fault),
		0);
	const struct anchor_record *record = anchors_closest(anchors, name_root())->records;
	assert_int_equal(ds_read(record->rdata, &ds), 0);
	assert_int_equal(dnskey_read(record->next->rdata, &key), 0);
	assert_int_equal(key.key_tag, 20326);
	assert_true(ds_matches(&ds, name_root(), &key));
	anchors_free(anchors);
}

static void test_bad(void **state)
{
	static const struct {
		const char *text;
		unsigned line;
	} cases[] = {
		{ ". IN DS 20326 8 2 " DIGEST "00", 1 },
		{ "\n; x\n. IN DS 20326 8 2 " DIGEST "0\n", 3 },
		{ ". IN DS 20326 8 2", 1 },
		{ ". IN DS 20326 8 2 xyz", 1 },
		{ ". IN DS 65536 8 2 " DIGEST, 1 },
		{ ". IN DS -1 8 2 " DIGEST, 1 },
		{ ". IN DS 20326 8", 1 },
		{ ". IN A 192.0.2.1", 1 },
		{ ". IN", 1 },
		{ ".", 1 },
		{ "a..b IN DS 20326 8 2 " DIGEST, 1 },
		{ ". CH DS 20326 8 2 " DIGEST, 1 },
		{ ". IN IN DS 20326 8 2 " DIGEST, 1 },
		{ ". DNSKEY 257 3 8 AwEA*", 1 },
		{ ". DNSKEY 257 3 8 Aw=EA", 1 },
		{ ". DNSKEY 257 3 8 AwEAA", 1 },
		{ ". DNSKEY 385 3 8 " ROOT_KEY, 1 }, /* revoked */
		{ ". DNSKEY 1 3 8 " ROOT_KEY, 1 },   /* no zone key */
		{ ". DNSKEY 257 2 8 " ROOT_KEY, 1 },
		{ ". DNSKEY 257 3 8 ( " ROOT_KEY " )", 1 },
	};
	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct anchor_fault fault;
		size_t count;
		int err = parse(cases[i].text, &count, &fault);
		if (err != ERR_FORMAT)
			print_error("%s\n", cases[i].text);
		assert_int_equal(err, ERR_FORMAT);
		assert_int_equal(fault.line, cases[i].line);
		assert_true(strlen(fault.what) > 5);
		assert_int_equal(count, 0);
	}
}

static void test_long_line(void **state)
{
	static char text[9000] = ". DS ";
	struct anchor_fault fault;
	size_t count;
	(void)state;
	memset(text + 5, '0', sizeof(text) - 6);
	assert_int_equal(parse(text, &count, &fault), ERR_FORMAT);
	memset(text + 5, ' ', 4000); /* the rdata's own bound */
	text[5 + 4000] = '\0';
	assert_int_equal(parse(text, &count, &fault), ERR_FORMAT);
	text[0] = ';';
	memset(text + 1, 'x', sizeof(text) - 2);
	assert_int_equal(parse(text, &count, &fault), 0);
}

static int load(const char *text, size_t len, struct anchor_fault *fault)
{
	char path[] = "/tmp/test_anchor_XXXXXX";
	struct anchors *anchors = anchors_new();
	int fd = mkstemp(path);
	assert_true(fd >= 0 && write(fd, text, len) == (ssize_t)len);
	close(fd);
	int err = anchors_load(anchors, path, fault);
	unlink(path);
	anchors_free(anchors);
	return err;
}

/* A named pipe would keep the start waiting for ever. */
static void test_load_no_file(void **state)
{
	char path[] = "/tmp/test_anchor_XXXXXX";
	struct anchors *anchors = anchors_new();
	struct anchor_fault fault;
	(void)state;
	assert_non_null(mkdtemp(path));
	assert_int_equal(anchors_load(anchors, path, &fault), ERR_FORMAT);
	assert_string_equal(fault.what, "it is a device, a pipe or a directory");
	assert_int_equal(rmdir(path), 0);
	assert_int_equal(mkfifo(path, 0600), 0);
	assert_int_equal(anchors_load(anchors, path, &fault), ERR_FORMAT);
	assert_int_equal(unlink(path), 0);
	anchors_free(anchors);
}

static void test_load(void **state)
{
	static char big[ANCHOR_FILE_LEN_MAX + 1];
	const char good[] = ". IN DS 20326 8 2 " DIGEST "\n";
	struct anchors *anchors = anchors_new();
	struct anchor_fault fault;
	(void)state;
	assert_int_equal(load(good, strlen(good), &fault), 0);
	assert_int_equal(load("; nothing\n", 10, &fault), ERR_FORMAT);
	assert_int_equal(fault.line, 0);
	assert_int_equal(load(good, sizeof(good), &fault), ERR_FORMAT); /* a zero octet */
	memset(big, ';', sizeof(big));
	assert_int_equal(load(big, sizeof(big), &fault), ERR_LIMIT);
	assert_int_equal(anchors_load(anchors, "/nonexistent/file", &fault), ERR_SYSTEM);
	assert_int_equal(errno, ENOENT);
	anchors_free(anchors);
	failmalloc_arm(1); /* the set is there, the text is not */
	assert_int_equal(load(good, strlen(good), &fault), ERR_NOMEM);
	(void)failmalloc_disarm();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_good),
		cmocka_unit_test(test_key_is_the_roots),
		cmocka_unit_test(test_bad),
		cmocka_unit_test(test_long_line),
		cmocka_unit_test(test_load),
		cmocka_unit_test(test_load_no_file),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
