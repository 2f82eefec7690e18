/* SPDX-License-Identifier: MIT */
#include "net/backlog.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>

void backlog_init(struct backlog *backlog)
{
	*backlog = (struct backlog){ 0 };
}

void backlog_done(struct backlog *backlog)
{
	free(backlog->octets);
	backlog_init(backlog);
}

int backlog_reserve(struct backlog *backlog, size_t len, size_t max)
{
	if (len > max || backlog->len > max - len)
		return ERR_LIMIT;
	if (backlog->start + backlog->len + len <= backlog->cap)
		return 0;
	if (backlog->start > 0) {
		memmove(backlog->octets, backlog->octets + backlog->start, backlog->len);
		backlog->start = 0;
	}
	size_t need = backlog->len + len;
	if (need <= backlog->cap)
		return 0;
	size_t cap = backlog->cap * 2 < need ? need : backlog->cap * 2;
	uint8_t *octets = realloc(backlog->octets, cap);
	if (!octets)
		return ERR_NOMEM;
	backlog->octets = octets;
	backlog->cap = cap;
	return 0;
}

void backlog_append(struct backlog *backlog, struct bytes data)
{
	size_t end = backlog->start + backlog->len;

	assert(data.len <= backlog->cap - end);
	if (data.len == 0)
		return;
	memcpy(backlog->octets + end, data.at, data.len);
	backlog->len += data.len;
}

struct bytes backlog_waiting(const struct backlog *backlog)
{
	if (backlog->len == 0)
		return bytes_of(NULL, 0);
	return bytes_of(backlog->octets + backlog->start, backlog->len);
}

void backlog_sent(struct backlog *backlog, size_t len)
{
	assert(len <= backlog->len);
	backlog->start += len;
	backlog->len -= len;
	if (backlog->len == 0)
		backlog_done(backlog);
}

int backlog_flush(struct backlog *backlog, int fd)
{
	while (backlog->len > 0) {
		struct bytes waiting = backlog_waiting(backlog);
		ssize_t sent = send(fd, waiting.at, waiting.len, MSG_NOSIGNAL | MSG_DONTWAIT);
		if (sent >= 0)
			backlog_sent(backlog, (size_t)sent);
		else if (errno == EAGAIN)
			return 0;
		else if (errno != EINTR)
			return ERR_SYSTEM;
	}
	return 0;
}
