/* SPDX-License-Identifier: MIT */
/* A resolver that stays root without being told to hands the machine to whoever breaks it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <grp.h>
#include <pwd.h>
#include <string.h>

#include "daemon/privileges.h"
#include "support/child.h"

static void skip_unless_root(void)
{
	if (geteuid() != 0)
		skip();
}

/* For good: user and group, real and effective, and no other group. */
static bool became(const void *user)
{
	const struct passwd *to = getpwnam(user);
	gid_t groups[64];

	if (!to || privileges_drop(user) != 0)
		return false;
	int count = getgroups(64, groups);
	for (int i = 0; i < count; i++) {
		if (groups[i] == 0)
			return false;
	}
	return count >= 0 && getuid() == to->pw_uid && geteuid() == to->pw_uid &&
	       getgid() == to->pw_gid && getegid() == to->pw_gid && setuid(0) != 0;
}

/* The default user has come with no package: nobody is still better than root. */
static bool is_no_root(const void *user)
{
	return privileges_drop(user) == 0 && getuid() != 0 && setuid(0) != 0;
}

static bool stays_who_it_is(const void *user)
{
	const uid_t before = geteuid();
	return privileges_drop(user) == 0 && geteuid() == before;
}

static bool is_refused(const void *user)
{
	const uid_t before = geteuid();
	return privileges_drop(user) == ERR_SYSTEM && geteuid() == before;
}

static void test_root_becomes_the_user(void **state)
{
	(void)state;
	skip_unless_root();
	assert_true(is_true_in_child(became, "nobody"));
	assert_true(is_true_in_child(is_no_root, DEFAULT_USER));
}

static void test_a_user_that_is_not_there(void **state)
{
	(void)state;
	skip_unless_root();
	assert_true(is_true_in_child(is_refused, "no-such-user-here"));
}

static void test_root_as_configured(void **state)
{
	(void)state;
	assert_true(is_true_in_child(stays_who_it_is, ""));
}

static bool is_left_alone(const void *user)
{
	const struct passwd *nobody = getpwnam("nobody");
	if (geteuid() == 0 && (!nobody || setuid(nobody->pw_uid) != 0))
		return false;
	return stays_who_it_is(user);
}

/* Started by systemd, or by somebody for a try: there is nothing to give up. */
static void test_others_stay_who_they_are(void **state)
{
	(void)state;
	assert_true(is_true_in_child(is_left_alone, "no-such-user-here"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_root_becomes_the_user),
		cmocka_unit_test(test_a_user_that_is_not_there),
		cmocka_unit_test(test_root_as_configured),
		cmocka_unit_test(test_others_stay_who_they_are),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
