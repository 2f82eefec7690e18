/* SPDX-License-Identifier: MIT */
/* One configuration made ready: read, checked, its authorities loaded, its policy built. Const
 * from then on, shared by all workers, counted. */
#pragma once

#include "daemon/config.h"

struct snapshot {
	_Atomic unsigned holders;
	struct config *config;
	struct policy *policy;
	struct anchors *anchors; /* NULL: nothing is validated */
};

/* Reads the file ("": the built-in defaults) and loads what it names; listen, if not NULL, stands
 * in place of the file's own. What is wrong is told on stderr.
 * NULL on failure. */
struct snapshot *snapshot_load(const char *path, const char *listen);

struct snapshot *snapshot_hold(struct snapshot *snapshot);
void snapshot_release(struct snapshot *snapshot); /* NULL is accepted */
