/* SPDX-License-Identifier: MIT */
/* Something to be done on the loop's stack and never on that of whoever wants it. Embedded in what
 * it serves, so that posting cannot fail; loop_post() posts. */
#pragma once

#include "base/list.h"

/* Runs once, before the loop sleeps again. */
struct task {
	struct list link;
	void (*run)(void *owner); /* may free the task */
	void *owner;
};

void task_init(struct task *task, void (*run)(void *owner), void *owner);
void task_cancel(struct task *task); /* harmless when it does not wait */
bool task_waiting(const struct task *task);

/* For loops: tasks is the list of those that wait. Posting one that waits already does nothing. */
void tasks_post(struct list *tasks, struct task *task);

/* Runs those that wait now; what they post waits for the next time. False: there were none. */
bool tasks_run(struct list *tasks);
