/* SPDX-License-Identifier: MIT */
/* All tickets as octets, to outlive a restart: a line that names the form, the tickets, and a
 * checksum. No secret is added or taken away: the octets are as secret as the tickets. */
#pragma once

#include "net/tickets.h"

/* Octets at most: all tickets, what stands before each, the ends. */
#define TICKETS_IMAGE_LEN_MAX (TICKETS_LEN_MAX + TICKETS_KEYS * TICKETS_EACH * 64 + 64)

/* Those that may still be used, for tickets_image_done(). *len 0 and *out NULL: there are none.
 * ERR_NOMEM. */
MUST_USE int tickets_image_write(
	struct tickets *tickets, int64_t now_s, uint8_t **out, size_t *len);

/* Wipes and frees. */
void tickets_image_done(uint8_t *image, size_t len);

/* Adds what may still be used. ERR_FORMAT: damaged, or of another version; nothing was added.
 * ERR_NOMEM. */
MUST_USE int tickets_image_read(struct tickets *tickets, struct bytes image, int64_t now_s);
