/* SPDX-License-Identifier: MIT */
/* The log is read on terminals: names from the network must not move the cursor or forge lines. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"

struct capture {
	int pipe[2];
	int stderr_before;
	char text[16384];
};

static void capture_start(struct capture *c)
{
	assert_int_equal(pipe(c->pipe), 0);
	assert_int_not_equal(fcntl(c->pipe[0], F_SETFL, O_NONBLOCK), -1);
	c->stderr_before = dup(STDERR_FILENO);
	assert_int_not_equal(dup2(c->pipe[1], STDERR_FILENO), -1);
}

static const char *capture_end(struct capture *c)
{
	assert_int_not_equal(dup2(c->stderr_before, STDERR_FILENO), -1);
	close(c->stderr_before);
	close(c->pipe[1]);
	ssize_t len = read(c->pipe[0], c->text, sizeof(c->text) - 1);
	c->text[len > 0 ? len : 0] = '\0';
	close(c->pipe[0]);
	return c->text;
}

/* As the service manager does when journald reads our standard error. */
static void name_stream(void)
{
	struct stat here;
	char text[64];

	assert_int_equal(fstat(STDERR_FILENO, &here), 0);
	snprintf(text, sizeof(text), "%llu:%llu", (unsigned long long)here.st_dev,
		(unsigned long long)here.st_ino);
	setenv("JOURNAL_STREAM", text, 1);
}

static void test_words_and_priorities(void **state)
{
	struct capture c;
	(void)state;
	unsetenv("JOURNAL_STREAM");
	capture_start(&c);
	log_error("cannot bind %s", "[::1]:53");
	log_warning("w");
	log_info("i");
	assert_string_equal(capture_end(&c), "error: cannot bind [::1]:53\nwarning: w\ni\n");

	setenv("JOURNAL_STREAM", "8:1", 1); /* that of the session in which a terminal runs */
	capture_start(&c);
	log_error("e");
	assert_string_equal(capture_end(&c), "error: e\n");

	capture_start(&c);
	name_stream();
	log_error("e");
	log_warning("w");
	log_info("i");
	assert_string_equal(capture_end(&c), "<3>e\n<4>w\n<6>i\n");
	unsetenv("JOURNAL_STREAM");
}

static void test_level(void **state)
{
	struct capture c;
	(void)state;
	capture_start(&c);
	log_debug("not at first");
	log_set_level(LOG_LEVEL_DEBUG);
	log_debug("now");
	log_set_level(LOG_LEVEL_ERROR);
	log_warning("not any more");
	log_error("always");
	log_set_level(LOG_LEVEL_INFO);
	assert_string_equal(capture_end(&c), "debug: now\nerror: always\n");
}

static void test_unprintable_is_escaped(void **state)
{
	struct capture c;
	(void)state;
	capture_start(&c);
	log_info("%s", "a\nerror: forged\x1b[2J\xc3\xa4\x7f");
	assert_string_equal(capture_end(&c), "a\\010error: forged\\027[2J\\195\\164\\127\n");
}

/* However long, one line, cut and ended. */
static void test_long_line(void **state)
{
	struct capture c;
	char text[5000];
	(void)state;
	memset(text, '\1', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	capture_start(&c);
	log_error("%s", text);
	const char *line = capture_end(&c);
	size_t len = strlen(line);
	assert_in_range(len, 1000, 4200);
	assert_ptr_equal(strchr(line, '\n'), line + len - 1);
	assert_int_equal(strncmp(line, "error: \\001\\001", 15), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_words_and_priorities),
		cmocka_unit_test(test_level),
		cmocka_unit_test(test_unprintable_is_escaped),
		cmocka_unit_test(test_long_line),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
