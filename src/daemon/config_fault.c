/* SPDX-License-Identifier: MIT */
#include "daemon/config_fault.h"

#include <stdarg.h>

struct fault {
	struct list link;
	unsigned line;
	char *text;
};

void faults_init(struct faults *faults, const char *file, struct arena *arena)
{
	*faults = (struct faults){ .file = file, .arena = arena };
	list_init(&faults->list);
}

void faults_add_nomem(struct faults *faults)
{
	faults->out_of_memory = true;
}

bool faults_any(const struct faults *faults)
{
	return faults->count > 0 || faults->out_of_memory;
}

/* The file is mostly read from its top to its end, so the place is near the list's end. */
static void insert(struct faults *faults, struct fault *fault)
{
	struct list *before = faults->list.prev;
	while (before != &faults->list &&
		CONTAINER_OF(before, struct fault, link)->line > fault->line)
		before = before->prev;
	list_init(&fault->link);
	list_push_front(before, &fault->link);
	faults->count++;
}

void faults_add(struct faults *faults, unsigned line, const char *format, ...)
{
	va_list arguments, again;

	va_start(arguments, format);
	va_copy(again, arguments);
	int len = vsnprintf(NULL, 0, format, arguments);
	va_end(arguments);
	struct fault *fault = arena_alloc(faults->arena, sizeof(*fault));
	char *text = len < 0 ? NULL : arena_alloc(faults->arena, (size_t)len + 1);
	if (fault && text) {
		vsnprintf(text, (size_t)len + 1, format, again);
		for (char *c = text; *c; c++) {
			if ((unsigned char)*c < 0x20 || *c == 0x7f)
				*c = '?';
		}
		fault->line = line;
		fault->text = text;
		insert(faults, fault);
	} else {
		faults_add_nomem(faults);
	}
	va_end(again);
}

void faults_print(const struct faults *faults, FILE *out)
{
	for (struct list *at = faults->list.next; at != &faults->list; at = at->next) {
		const struct fault *fault = CONTAINER_OF(at, const struct fault, link);
		if (fault->line > 0)
			fprintf(out, "%s:%u: %s\n", faults->file, fault->line, fault->text);
		else
			fprintf(out, "%s: %s\n", faults->file, fault->text);
	}
	if (faults->out_of_memory)
		fprintf(out,
			"%s: out of memory while reading it; a configuration takes 64 MiB at "
			"most\n",
			faults->file);
}
