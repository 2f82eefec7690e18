/* SPDX-License-Identifier: MIT */
/* An inspection in the small signed world of the validator's own tests, and what is made of it as
 * text. */
#pragma once

#include <stdio.h>

#include "cli/inspection.h"
#include "world.h"

#define INSPECTED_LEN (256u << 10) /* octets of a text; what is more is cut */

struct inspected {
	struct world world;
	struct inspection inspection;
	char text[INSPECTED_LEN];
};

extern struct inspected inspected;

/* The usual world, anew for each test. */
int set_up(void **state);
int tear_down(void **state);

/* All but inspection_run(). */
void inspected_prepare(struct name name, uint16_t type);

/* One at a time. */
void inspected_run(const char *name, uint16_t type);
void inspected_run_name(struct name name, uint16_t type);
void inspected_done(void);

/* What print writes goes to text. */
void inspected_print(int (*print)(const struct inspection *inspection, FILE *out));
