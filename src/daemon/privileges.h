/* SPDX-License-Identifier: MIT */
/* Root is needed to bind port 53. What a reload reads, the configuration and the files that it
 * names, the user must be able to read. */
#pragma once

#include "base/err.h"

/* Of user:, where nobody says otherwise. */
#define DEFAULT_USER "stubborn"

/* Becomes user and its groups when we are root; otherwise, and with "", stays who we are. The
 * reason of a failure is logged. ERR_SYSTEM. */
MUST_USE int privileges_drop(const char *user);
