/* SPDX-License-Identifier: MIT */
/* What changes a whole process, tried in one of its own; include it behind cmocka.h. */
#pragma once

#include <stdbool.h>
#include <sys/wait.h>
#include <unistd.h>

/* Is it true over there? body must not fail an assertion: that would go on with the tests there. */
static inline bool is_true_in_child(bool (*body)(const void *argument), const void *argument)
{
	int status;

	pid_t child = fork();
	assert_true(child >= 0);
	if (child == 0)
		_exit(body(argument) ? 0 : 1);
	assert_int_equal(waitpid(child, &status, 0), child);
	return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}
