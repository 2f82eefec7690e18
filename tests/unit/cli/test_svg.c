/* SPDX-License-Identifier: MIT */
/* Text that others chose must stay text in a drawing that a browser opens. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "cli/svg.h"

static char *text;
static size_t len;
static FILE *out;

static int set_up(void **state)
{
	(void)state;
	out = open_memstream(&text, &len);
	return !out;
}

static int tear_down(void **state)
{
	(void)state;
	free(text);
	return 0;
}

static void written(const char *expected)
{
	assert_int_equal(fclose(out), 0);
	assert_string_equal(text, expected);
}

static void test_escape(void **state)
{
	static const char hostile[] = "</text><script>'\"&\033\0\300\n";
	(void)state;
	svg_escape(out, bytes_of(hostile, sizeof(hostile) - 1));
	written("&lt;/text&gt;&lt;script&gt;&#39;&quot;&amp;????");
}

static void test_text(void **state)
{
	(void)state;
	svg_text(out, 1, 2, bytes_of("a<b", 3), (struct svg_ink){ "#123456", true });
	written("<text x=\"1\" y=\"2\" fill=\"#123456\" font-weight=\"bold\" "
		"xml:space=\"preserve\">"
		"a&lt;b</text>\n");
}

static void test_shapes(void **state)
{
	(void)state;
	svg_box(out, (struct svg_place){ 1, 2, 3, 4 },
		&(struct svg_style){ "red", "white", 2, true });
	svg_arrow(out, 5, 6, 7, 8);
	written("<rect x=\"1\" y=\"2\" width=\"3\" height=\"4\" rx=\"5\" fill=\"white\" "
		"stroke=\"red\""
		" stroke-width=\"2\" stroke-dasharray=\"5 3\"/>\n"
		"<line x1=\"5\" y1=\"6\" x2=\"7\" y2=\"8\" stroke=\"#444\" stroke-width=\"1.5\""
		" marker-end=\"url(#head)\"/>\n");
}

static void test_whole(void **state)
{
	(void)state;
	svg_begin(out, 10, 20, "a & b");
	svg_end(out);
	assert_int_equal(fclose(out), 0);
	assert_ptr_equal(strstr(text, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<svg "), text);
	assert_non_null(strstr(text, " version=\"1.1\" width=\"10\" height=\"20\""));
	assert_non_null(strstr(text, "<title>a &amp; b</title>"));
	assert_string_equal(text + len - 7, "</svg>\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_escape, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_text, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_shapes, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_whole, set_up, tear_down),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
