/* SPDX-License-Identifier: MIT */
/* What is known of upstreams, over a restart: the file "upstreams" in the state directory, mode
 * 0600. It is read at the start, and written when the daemon stops, and meanwhile every quarter of
 * an hour, on the main thread. */
#pragma once

#include "daemon/state_file.h"
#include "net/loop.h"
#include "upstream/memory.h"

struct memory_file;

/* Reads what was kept. All of it must outlive the result. NULL: out of memory. */
struct memory_file *memory_file_new(
	struct loop *loop, struct state_dir *dir, struct memory *memory);

/* Without saving. NULL is accepted. */
void memory_file_free(struct memory_file *file);

void memory_file_save(struct memory_file *file);
