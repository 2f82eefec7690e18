/* SPDX-License-Identifier: MIT */
/* Octets from a socket, read ahead: whoever parses them asks for a few at a time, the kernel is
 * asked once. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* Octets read at once: several padded responses; an idle connection keeps it. */
#define INTAKE_LEN 4096

struct intake {
	int fd; /* non-blocking, the caller's */
	uint16_t at, len;
	bool drained; /* the kernel had less than there was room for: it has no more for now */
	uint8_t octets[INTAKE_LEN];
};

void intake_init(struct intake *intake, int fd);

/* Like recv(2): octets given (0 at the stream's end), or -1 with errno; EAGAIN when the socket has
 * no more, without asking it where that is known. Level-triggered readiness finds what came since.
 */
ssize_t intake_pull(struct intake *intake, void *to, size_t len);

/* What has been read and not yet pulled. No descriptor becomes ready because of it. */
size_t intake_waiting(const struct intake *intake);
