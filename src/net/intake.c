/* SPDX-License-Identifier: MIT */
#include "net/intake.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>

void intake_init(struct intake *intake, int fd)
{
	intake->fd = fd;
	intake->at = intake->len = 0;
	intake->drained = false;
}

/* As recv(2) says. */
static ssize_t refill(struct intake *intake)
{
	if (intake->drained) {
		intake->drained = false;
		errno = EAGAIN;
		return -1;
	}
	ssize_t got = recv(intake->fd, intake->octets, INTAKE_LEN, MSG_DONTWAIT);
	if (got > 0) {
		intake->at = 0;
		intake->len = (uint16_t)got;
		intake->drained = got < INTAKE_LEN;
	}
	return got;
}

ssize_t intake_pull(struct intake *intake, void *to, size_t len)
{
	if (intake_waiting(intake) == 0) {
		ssize_t got = refill(intake);
		if (got <= 0)
			return got;
	}
	if (len > intake_waiting(intake))
		len = intake_waiting(intake);
	memcpy(to, intake->octets + intake->at, len);
	intake->at = (uint16_t)(intake->at + len);
	return (ssize_t)len;
}

size_t intake_waiting(const struct intake *intake)
{
	return (size_t)intake->len - intake->at;
}
