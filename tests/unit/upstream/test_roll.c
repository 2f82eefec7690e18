/* SPDX-License-Identifier: MIT */
/* Half an address in a sentence is another address. */
#include "world.h"

#include "upstream/roll.h"

static void add(struct roll *roll, const char *text)
{
	struct address address;
	assert_int_equal(address_parse(text, 853, &address), 0);
	roll_add(roll, &address);
}

static void test_text(void **state)
{
	struct roll roll = { 0 };
	char text[ROLL_TEXT_LEN], one[64];
	(void)state;
	assert_string_equal(roll_write(&roll, text), "");
	add(&roll, "192.0.2.1");
	add(&roll, "2001:db8::1");
	assert_string_equal(roll_write(&roll, text), "192.0.2.1:853, [2001:db8::1]:853");
	for (unsigned i = 2; i < ENDPOINT_ADDRESSES_MAX; i++) {
		snprintf(one, sizeof(one), "2001:db8:1111:2222:3333:4444:5555:%04x", 0xa000 + i);
		add(&roll, one);
	}
	assert_string_equal(roll_write(&roll, text),
		"192.0.2.1:853, [2001:db8::1]:853, [2001:db8:1111:2222:3333:4444:5555:a002]:853, "
		"[2001:db8:1111:2222:3333:4444:5555:a003]:853, "
		"[2001:db8:1111:2222:3333:4444:5555:a004]:853 and 11 more");
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_text) };
	return cmocka_run_group_tests(tests, NULL, NULL);
}
