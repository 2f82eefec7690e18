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
	struct snapshot *base;	 /* whose config and policy these are; NULL: its own */
};

/* Reads the file ("": the built-in defaults) and loads what it names; listen, if not NULL, stands
 * in place of the file's own. What is wrong is logged, a line each. Sessions are resumed with
 * tickets, which must outlive it, if the file says so. NULL on failure. */
struct snapshot *snapshot_load(const char *path, const char *listen, struct tickets *tickets);

/* The same configuration with these anchors of the root in place of those it was loaded with,
 * unless others are configured. NULL: out of memory. */
struct snapshot *snapshot_with_root(struct snapshot *snapshot, const struct anchors *root);

struct snapshot *snapshot_hold(struct snapshot *snapshot);
void snapshot_release(struct snapshot *snapshot); /* NULL is accepted */
