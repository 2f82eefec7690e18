/* SPDX-License-Identifier: MIT */
/* Root is needed to bind port 53 and to read the certificate files, and for nothing after. */
#pragma once

#include "base/err.h"

/* Of user:, where nobody says otherwise. */
#define DEFAULT_USER "stubborn"

/* Becomes user and its groups when we are root; otherwise, and with "", stays who we are. The
 * reason of a failure is logged. ERR_SYSTEM. */
MUST_USE int privileges_drop(const char *user);
