/* SPDX-License-Identifier: MIT */
/* upstream/bootstrap.h without c-ares or a network: the test is every server. Link
 * fake_bootstrap.c before the upstream room. */
#pragma once

#include "upstream/bootstrap.h"

/* Look-ups that can begin between two resets. */
#define FAKE_BOOTSTRAP_MAX 64

/* Forgets all; none may be under way. */
void fake_bootstrap_reset(void);

/* From now on bootstrap_begin() gives NULL. */
void fake_bootstrap_refuse(bool refuse);

/* Who is asked from now on, and who is left out; "192.0.2.53:53" and "" after a reset. */
void fake_bootstrap_servers(const char *asked, const char *left_out);

/* Begun since the reset, and those of them that are not freed. */
size_t fake_bootstrap_count(void);
size_t fake_bootstrap_open_count(void);

/* Of the last one begun. */
const char *fake_bootstrap_host(void);
const struct bootstrap_servers *fake_bootstrap_asked_of(void);

/* The last one, which must be under way, learns of a family: addresses with blanks between them, or
 * why there is none. */
void fake_bootstrap_found(enum bootstrap_family family, const char *addresses, uint32_t ttl_s);
void fake_bootstrap_failed(enum bootstrap_family family, int err, const char *why);
