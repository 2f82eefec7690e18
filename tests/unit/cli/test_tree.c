/* SPDX-License-Identifier: MIT */
/* The tree that a person reads to find out why a name does not resolve. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "cli/tree.h"
#include "inspected.h"

static int print_utf8(const struct inspection *inspection, FILE *out)
{
	return tree_print(inspection, true, out);
}

static int print_ascii(const struct inspection *inspection, FILE *out)
{
	return tree_print(inspection, false, out);
}

static void show(const char *name, uint16_t type)
{
	inspected_run(name, type);
	inspected_print(print_ascii);
	inspected_done();
}

/* Key tags differ from run to run, as keys do. */
static void hide_tags(char *text)
{
	static const char *const before[] = { "DS ", "DNSKEY ", "key " };
	for (size_t i = 0; i < sizeof(before) / sizeof(before[0]); i++) {
		for (char *at = strstr(text, before[i]); at; at = strstr(at, before[i])) {
			at += strlen(before[i]);
			size_t digits = strspn(at, "0123456789");
			if (digits == 0)
				continue;
			memmove(at + 1, at + digits, strlen(at + digits) + 1);
			*at = '#';
		}
	}
}

static void assert_has(const char *piece)
{
	if (!strstr(inspected.text, piece))
		fail_msg("\"%s\" is not in:\n%s", piece, inspected.text);
}

static void assert_has_not(const char *piece)
{
	if (strstr(inspected.text, piece))
		fail_msg("\"%s\" is in:\n%s", piece, inspected.text);
}

/* All of it, once: from the anchor to the address. */
static void test_secure(void **state)
{
	static const char whole[] =
		"www.n1.example. A: secure\n"
		"|- status: NOERROR\n"
		"`- . secure\n"
		"   |- trust anchor: DS #, RSASHA256, SHA-256: fits DNSKEY #\n"
		"   |- DNSKEY #, RSASHA256, flags 257: trusted\n"
		"   |- RRSIG DNSKEY by . key #, RSASHA256: fits, SIGNED\n"
		"   `- example. secure\n"
		"      |- DS #, ECDSAP256SHA256, SHA-256: fits DNSKEY #\n"
		"      |- RRSIG DS by . key #, RSASHA256: fits, SIGNED\n"
		"      |- DNSKEY #, ECDSAP256SHA256, flags 257: trusted\n"
		"      |- RRSIG DNSKEY by example. key #, ECDSAP256SHA256: fits, SIGNED\n"
		"      `- n1.example. secure\n"
		"         |- DS #, ED25519, SHA-256: fits DNSKEY #\n"
		"         |- RRSIG DS by example. key #, ECDSAP256SHA256: fits, SIGNED\n"
		"         |- DNSKEY #, ED25519, flags 257: trusted\n"
		"         |- RRSIG DNSKEY by n1.example. key #, ED25519: fits, SIGNED\n"
		"         `- www.n1.example. A: secure\n"
		"            |- A 192.0.2.1\n"
		"            `- RRSIG A by n1.example. key #, ED25519: fits, SIGNED\n";
	static const char dates[] = " 2027-01-14T08:00:00Z to 2027-01-25T08:00:00Z, ends in 10 d";
	static char folded[INSPECTED_LEN];
	char *to = folded;
	(void)state;
	show("www.n1.example", TYPE_A);
	hide_tags(inspected.text);
	/* Where lines are broken depends on the tags' digits. */
	for (const char *at = inspected.text; *at; at++) {
		const size_t blanks = *at == '\n' ? strspn(at + 1, " |") : 0;
		if (*at == '\n' && at[1 + blanks] != '\0' && !strchr("`|w", at[1 + blanks]) &&
			at[1 + blanks] != '-') {
			*to++ = ' ';
			at += blanks;
		} else {
			*to++ = *at;
		}
	}
	*to = '\0';
	for (char *at = strstr(folded, dates); at; at = strstr(at, dates)) {
		memcpy(at, " SIGNED", 7);
		memmove(at + 7, at + strlen(dates), strlen(at + strlen(dates)) + 1);
	}
	assert_string_equal(folded, whole);
	assert_has_not("\342");
	inspected_run("www.n1.example", TYPE_A);
	inspected_print(print_utf8);
	inspected_done();
	assert_has("\n\342\224\224\342\224\200 . secure\n");
}

static void test_width(void **state)
{
	(void)state;
	show("nope.n3.example", TYPE_A);
	for (const char *line = inspected.text; *line; line = strchr(line, '\n') + 1)
		assert_true(strcspn(line, "\n") <= TWIG_WIDTH);
}

static void test_insecure(void **state)
{
	(void)state;
	show("www.un.example", TYPE_A);
	assert_has("www.un.example. A: insecure\n"
		   "|- un.example. DS: unsigned: it is proven that there is no DS by example.\n");
	assert_has("- un.example. insecure\n");
	assert_has("NS: at un.example.\n");
	assert_has("- proven: un.example. has no DS\n");
	assert_has("- www.un.example. A: insecure\n");
	show("www.kid.oo.example", TYPE_A);
	assert_has("proven but for unsigned names (opt-out)");
}

static void spoil_a(struct world_reply *reply, void *with)
{
	(void)with;
	reply_spoil_signatures(reply, TYPE_A);
}

static void spoil_keys(struct world_reply *reply, void *with)
{
	(void)with;
	if (name_label_count(reply->question.name) == 2)
		reply_spoil(reply, TYPE_DNSKEY);
}

static void test_bogus(void **state)
{
	(void)state;
	inspected.world.tamper = spoil_a;
	show("www.n3.example", TYPE_A);
	assert_has("www.n3.example. A: bogus\n|- www.n3.example. A: the signature by n3.example. ");
	assert_has(": does not fit the");
	assert_has("- www.n3.example. no zone of its own\n");
	inspected.world.tamper = spoil_keys;
	show("www.n1.example", TYPE_A);
	assert_has("- n1.example. bogus\n");
	assert_has("n1.example. DNSKEY: no DNSKEY of the zone fits its DS\n");
	assert_has(": fits no DNSKEY\n");
	assert_has_not("trusted\n         ");
	inspected.world.tamper = NULL;
	world_zone_at(&inspected.world, "n1.example")->expiration = WORLD_WALL_S - WORLD_DAY_S / 2;
	show("www.n1.example", TYPE_A);
	assert_has("expired");
	assert_has("ended 12 h ago");
}

static void test_denial(void **state)
{
	(void)state;
	show("nope.n1.example", TYPE_A);
	assert_has("|- status: NXDOMAIN\n");
	assert_has("- nope.n1.example. A, no such name: secure\n");
	assert_has("covers *.n1.example.");
	assert_has("- proven: nope.n1.example. does not exist\n");
	assert_has("- n1.example. SOA\n");
	show("www.n3.example", TYPE_AAAA);
	assert_has("- www.n3.example. AAAA, no such record: secure\n");
	assert_has("at www.n3.example.");
	assert_has("- proven: www.n3.example. has no AAAA\n");
	show("x.wild.n3.example", TYPE_A);
	assert_has("|  x.wild.n3.example.\n");
	assert_has("so that the wildcard");
}

/* Hops are numbered: they stand where they were proven, not one behind another. */
static void test_path(void **state)
{
	(void)state;
	show("tosigned.n1.example", TYPE_A);
	assert_has("- 1. tosigned.n1.example. CNAME: secure\n");
	assert_has("- CNAME www.n3.example.\n");
	assert_has("- 2. www.n3.example. A: secure\n");
	show("www.sub.n1.example", TYPE_A);
	assert_has("1. www.sub.n1.example. A by the DNAME of sub.n1.example.: secure\n");
	show("loop.n1.example", TYPE_A);
	assert_has("- the path has been here before, and ends\n");
}

static void lose_all(struct world_reply *reply, void *with)
{
	if (reply->question.type == TYPE_DNSKEY)
		reply->rcode = UINT16_MAX;
	(void)with;
}

static void refuse(struct world_reply *reply, void *with)
{
	reply->rcode = RCODE_REFUSED;
	(void)with;
}

static void test_indeterminate(void **state)
{
	(void)state;
	inspected.world.tamper = lose_all;
	show("www.n1.example", TYPE_A);
	assert_has(
		"www.n1.example. A: indeterminate\n|- . DNSKEY: what proves it could not be had\n");
	inspected.world.tamper = refuse;
	show("www.n1.example", TYPE_A);
	assert_has("`- status: REFUSED\n");
}

/* Names and data that others chose must not reach the terminal as they are. */
static void test_hostile(void **state)
{
	const uint8_t owner[] = "\11\033[2J\"<&>\300\7example";
	const struct name name = { owner, sizeof(owner) };
	(void)state;
	struct world_zone *zone = world_zone_at(&inspected.world, "example");
	struct world_record record = { .next = zone->records,
		.owner = name,
		.type = TYPE_TXT,
		.rdata = bytes_of("\6\033]0;x\007", 7) };
	zone->records = &record;
	inspected_run_name(name, TYPE_TXT);
	inspected_print(print_ascii);
	inspected_done();
	assert_has("\\027[2J\\\"<&>\\192.example. TXT: secure\n");
	assert_has("\\027]0;x\\007");
	for (const char *at = inspected.text; *at; at++)
		assert_true(*at == '\n' || (*at >= 0x20 && *at < 0x7f));
	zone->records = record.next;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_secure, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_width, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_insecure, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_bogus, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_denial, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_path, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_indeterminate, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_hostile, set_up, tear_down),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
