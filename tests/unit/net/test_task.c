/* SPDX-License-Identifier: MIT */
/* What is put off must happen once, in order, and not at all when it is called off. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "net/task.h"

struct job {
	struct task task;
	struct list *tasks;
	struct job *cancels;
	bool again;
	unsigned ran, at;
};

static unsigned clock_hand;

static void run(void *owner)
{
	struct job *job = owner;
	job->ran++;
	job->at = clock_hand++;
	if (job->again)
		tasks_post(job->tasks, &job->task);
	if (job->cancels)
		task_cancel(&job->cancels->task);
}

static void test_tasks(void **state)
{
	struct list tasks;
	struct job jobs[4];
	(void)state;

	list_init(&tasks);
	assert_false(tasks_run(&tasks));
	for (unsigned i = 0; i < 4; i++) {
		jobs[i] = (struct job){ .tasks = &tasks };
		task_init(&jobs[i].task, run, &jobs[i]);
		tasks_post(&tasks, &jobs[i].task);
		tasks_post(&tasks, &jobs[i].task);
		assert_true(task_waiting(&jobs[i].task));
	}
	jobs[0].again = true;
	jobs[1].cancels = &jobs[2]; /* of the same batch */
	assert_true(tasks_run(&tasks));
	assert_int_equal(jobs[0].ran, 1);
	assert_true(jobs[0].at < jobs[1].at && jobs[1].at < jobs[3].at);
	assert_int_equal(jobs[2].ran, 0);
	assert_true(task_waiting(&jobs[0].task));
	task_cancel(&jobs[0].task);
	task_cancel(&jobs[0].task);
	assert_false(tasks_run(&tasks));
	assert_int_equal(jobs[0].ran + jobs[1].ran + jobs[3].ran, 3);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_tasks),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
