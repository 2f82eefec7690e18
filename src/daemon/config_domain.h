/* SPDX-License-Identifier: MIT */
/* A domain in the configuration: a name that stands for itself and for all names below it. */
#pragma once

#include "daemon/config_draft.h"
#include "wire/name.h"

/* IDNs as typed. key is how a fault calls it. False with a fault. */
bool domain_read(const char *key, const struct text *text, struct faults *faults,
	struct name_space *space, struct name *out);
