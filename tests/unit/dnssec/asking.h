/* SPDX-License-Identifier: MIT */
/* Questions to the usual world, and what is to become of them. */
#pragma once

#include "usual.h"

#define S VERDICT_SECURE
#define I VERDICT_INSECURE

struct world_trial ask(const char *name, uint16_t type);
void expect(const char *name, uint16_t type, enum verdict verdict);

/* What is known of zones is forgotten. */
void cold(void);
