/* SPDX-License-Identifier: MIT */
/* The Extended DNS Errors of a response (RFC 8914). */
#pragma once

#include "wire/reader.h"

/* The next one in options, which moves on behind it; text was written by a stranger. False: there
 * is no other. */
bool ede_next(struct reader *options, uint16_t *code, struct bytes *text);
