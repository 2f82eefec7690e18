/* SPDX-License-Identifier: MIT */
/* A resolver, anew for each test, and two clients that ask it. */
#pragma once

#include "unit/resolve/resolving.h"

#define WWW "www.example. 300 A 192.0.2.1"

extern struct resolving r;
extern struct asker a, b;

int setup(void **state);
int teardown(void **state);

/* It is not answered at once; or it is. */
void ask(struct asker *asker, uint16_t id, const char *name, const char *type);
void ask_cached(struct asker *asker, uint16_t id, const char *name, const char *type);

/* Asked by a and answered at once. */
void resolve(const char *name, const char *type, const char *rcode, const char *records);

/* Failure of the upstreams' own making, or of the way there. */
void upstream_fails(int err);
