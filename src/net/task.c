/* SPDX-License-Identifier: MIT */
#include "net/task.h"

void task_init(struct task *task, void (*run)(void *owner), void *owner)
{
	*task = (struct task){ .run = run, .owner = owner };
	list_init(&task->link);
}

void task_cancel(struct task *task)
{
	list_unlink(&task->link);
}

bool task_waiting(const struct task *task)
{
	return !list_empty(&task->link);
}

void tasks_post(struct list *tasks, struct task *task)
{
	if (!task_waiting(task))
		list_push_back(tasks, &task->link);
}

bool tasks_run(struct list *tasks)
{
	struct list batch;
	struct list *link;
	bool any = !list_empty(tasks);

	list_init(&batch);
	list_move_all(&batch, tasks);
	while ((link = list_pop_front(&batch)) != NULL) {
		struct task *task = CONTAINER_OF(link, struct task, link);
		task->run(task->owner);
	}
	return any;
}
