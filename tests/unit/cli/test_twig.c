/* SPDX-License-Identifier: MIT */
/* Lines in a tree: what hangs below what, and where long lines are broken. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "cli/twig.h"

static struct arena arena;
static struct twigs twigs;
static char *text;
static size_t len;

static int set_up(void **state)
{
	(void)state;
	arena_init(&arena, 1u << 20);
	twigs = (struct twigs){ .arena = &arena };
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	free(text);
	text = NULL;
	arena_done(&arena);
	return 0;
}

static void print(const struct twig *root, bool utf8)
{
	free(text);
	FILE *out = open_memstream(&text, &len);
	assert_non_null(out);
	twig_print(root, utf8, out);
	assert_int_equal(fclose(out), 0);
}

static void test_shape(void **state)
{
	(void)state;
	struct twig *root = twig_add(&twigs, NULL, "root %d", 1);
	struct twig *a = twig_add(&twigs, root, "a");
	twig_add(&twigs, a, "below a");
	struct twig *b = twig_add(&twigs, root, "b");
	twig_add(&twigs, b, "below b");
	print(root, false);
	assert_string_equal(text, "root 1\n|- a\n|  `- below a\n`- b\n   `- below b\n");
	print(root, true);
	assert_string_equal(text, "root 1\n\u251c\u2500 a\n\u2502  \u2514\u2500 below a\n"
				  "\u2514\u2500 b\n   \u2514\u2500 below b\n");
}

static void test_long_lines(void **state)
{
	char word[101];
	(void)state;
	memset(word, 'x', sizeof(word) - 1);
	word[100] = '\0';
	struct twig *root = twig_add(&twigs, NULL, "root");
	/* 3 columns of margin, 77 of text. */
	twig_add(&twigs, root, "%.70s 123456", word);
	struct twig *broken = twig_add(&twigs, root, "%.70s 1234567", word);
	twig_add(&twigs, broken, "below");
	twig_add(&twigs, root, "a %s b", word);
	print(root, false);
	char expected[1024];
	snprintf(expected, sizeof(expected),
		"root\n|- %.70s 123456\n|- %.70s\n|  |  1234567\n|  `- below\n`- a\n      %s\n"
		"      b\n",
		word, word, word);
	assert_string_equal(text, expected);
}

/* So deep that no room is left: still whole, and it ends. */
static void test_deep(void **state)
{
	struct twig *twig, *root = twig_add(&twigs, NULL, "root");
	(void)state;
	twig = root;
	for (int i = 0; i < 300; i++)
		twig = twig_add(
			&twigs, twig, "level %d of many words that must be broken somewhere", i);
	print(root, true);
	assert_non_null(strstr(text, "level 150"));
	assert_false(twigs.failed);
}

static void test_out_of_memory(void **state)
{
	struct arena none;
	(void)state;
	arena_init(&none, 0);
	struct twigs few = { .arena = &none };
	assert_null(twig_add(&few, NULL, "x"));
	assert_true(few.failed);
	arena_done(&none);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_shape, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_long_lines, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_deep, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_out_of_memory, set_up, tear_down),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
