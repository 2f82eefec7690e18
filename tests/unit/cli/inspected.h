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

/* All but inspection_run(). world_usual() has been called. */
void inspected_prepare(struct inspected *inspected, struct name name, uint16_t type);

/* One at a time. */
void inspected_run(struct inspected *inspected, const char *name, uint16_t type);
void inspected_run_name(struct inspected *inspected, struct name name, uint16_t type);
void inspected_done(struct inspected *inspected);

/* What print writes goes to text. */
void inspected_print(
	struct inspected *inspected, int (*print)(const struct inspection *inspection, FILE *out));
