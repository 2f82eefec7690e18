/* SPDX-License-Identifier: MIT */
/* The root's keys that nobody had to write down: those that are built in, and those that a
 * distribution keeps up to date for all its resolvers. */
#pragma once

#include "daemon/config.h"

/* Where the package dns-root-data of Debian and its kin puts root.key and root.ds. */
#define ROOT_ANCHOR_DIRECTORY "/usr/share/dns"

/* Adds them. The directory's root.key counts, or else its root.ds; without one those built in are
 * all. A file that has the newest key that is built in was made after this program or along with
 * it, so it alone counts: a key that is in the program and not in the file has been withdrawn.
 * Any other may be older, or much newer, which cannot be told apart, so both count.
 * A damaged file is passed over: note says what is wrong with it, else it is "". ERR_NOMEM; part of
 * them is then added. */
MUST_USE int root_anchors_add(
	struct anchors *anchors, const char *directory, char note[static CONFIG_NOTE_LEN]);
