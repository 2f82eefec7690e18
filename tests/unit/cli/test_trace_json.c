/* SPDX-License-Identifier: MIT */
/* A trace for programs: the same as the tree. tests/live/test_trace.py reads it with a parser. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "cli/trace_json.h"
#include "inspected.h"

static int print(const struct inspection *inspection, FILE *out)
{
	trace_json_print(inspection, out);
	return 0;
}

static void show(const char *name, uint16_t type)
{
	inspected_run(name, type);
	inspected_print(print);
	inspected_done();
}

static void assert_has(const char *piece)
{
	if (!strstr(inspected.text, piece))
		fail_msg("%s is not in:\n%s", piece, inspected.text);
}

static void test_secure(void **state)
{
	(void)state;
	show("www.n1.example", TYPE_A);
	assert_has("{\"name\":\"www.n1.example.\",\"type\":\"A\",\"status\":\"NOERROR\","
		   "\"verdict\":\"secure\",\"reason\":null,");
	assert_has(
		"\"zones\":[{\"name\":\".\",\"parent\":null,\"state\":\"secure\",\"reason\":null,"
		"\"anchors\":[\"DS ");
	assert_has("{\"name\":\"n1.example.\",\"parent\":\"example.\",\"state\":\"secure\"");
	assert_has("\"digest-type\":2,\"fits\":true}]");
	assert_has("\"flags\":257,\"trusted\":true}]");
	assert_has(
		"\"inception\":\"2027-01-14T08:00:00Z\",\"expiration\":\"2027-01-25T08:00:00Z\"}");
	assert_has("\"zone\":\"n1.example.\",\"verdict\":\"secure\",\"reason\":null,"
		   "\"records\":[\"A 192.0.2.1\"],");
	assert_has("\"complete\":true,");
	assert_string_equal(inspected.text + strlen(inspected.text) - 4, "}]}\n");
}

static void spoil_a(struct world_reply *reply, void *with)
{
	(void)with;
	reply_spoil_signatures(reply, TYPE_A);
}

static void test_others(void **state)
{
	(void)state;
	show("www.un.example", TYPE_A);
	assert_has("\"verdict\":\"insecure\",\"reason\":\"un.example. DS: unsigned");
	assert_has("\"role\":\"at un.example.\"");
	assert_has("\"proven\":true,\"result\":\"proven: un.example. has no DS\"}");
	inspected.world.tamper = spoil_a;
	show("www.n3.example", TYPE_A);
	assert_has("\"verdict\":\"bogus\",\"reason\":\"www.n3.example. A: the signature");
	assert_has("\"tried-first\":{\"zone\":\"n3.example.\"");
	assert_has("{\"fits\":false,\"result\":\"does not fit the data\"");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_secure, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_others, set_up, tear_down),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
