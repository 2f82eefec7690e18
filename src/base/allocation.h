/* SPDX-License-Identifier: MIT */
/* What memory that malloc() gave really takes, for those who keep things up to a bound. */
#pragma once

#include <stddef.h>

/* Octets, the allocator's own included; 0 for NULL. */
size_t allocation_cost(const void *at);
