/* SPDX-License-Identifier: MIT */
#include "support/killer.h"

#include <fcntl.h>
#include <stdarg.h>
#include <stdbool.h>
#include <unistd.h>

static bool armed;
static size_t left;

ssize_t __real_write(int fd, const void *octets, size_t len);
ssize_t __wrap_write(int fd, const void *octets, size_t len);
int __real_openat(int at, const char *path, int flags, ...);
int __wrap_openat(int at, const char *path, int flags, ...);
int __real_openat64(int at, const char *path, int flags, ...);
int __wrap_openat64(int at, const char *path, int flags, ...);
int __real_fsync(int fd);
int __wrap_fsync(int fd);
int __real_close(int fd);
int __wrap_close(int fd);
int __real_renameat(int from_at, const char *from, int to_at, const char *to);
int __wrap_renameat(int from_at, const char *from, int to_at, const char *to);
int __real_unlinkat(int at, const char *path, int flags);
int __wrap_unlinkat(int at, const char *path, int flags);

void killer_arm(size_t n)
{
	armed = true;
	left = n;
}

void killer_disarm(void)
{
	armed = false;
}

static bool is_now(void)
{
	return armed && left-- == 0;
}

static void end_if_due(void)
{
	if (is_now())
		_exit(KILLER_EXIT);
}

ssize_t __wrap_write(int fd, const void *octets, size_t len)
{
	if (!is_now())
		return __real_write(fd, octets, len);
	(void)!__real_write(fd, octets, len / 2);
	_exit(KILLER_EXIT);
}

static mode_t mode_in(int flags, va_list rest)
{
	return flags & O_CREAT ? va_arg(rest, mode_t) : 0;
}

int __wrap_openat(int at, const char *path, int flags, ...)
{
	va_list rest;

	end_if_due();
	va_start(rest, flags);
	const mode_t mode = mode_in(flags, rest);
	va_end(rest);
	return __real_openat(at, path, flags, mode);
}

int __wrap_openat64(int at, const char *path, int flags, ...)
{
	va_list rest;

	end_if_due();
	va_start(rest, flags);
	const mode_t mode = mode_in(flags, rest);
	va_end(rest);
	return __real_openat64(at, path, flags, mode);
}

int __wrap_fsync(int fd)
{
	end_if_due();
	return __real_fsync(fd);
}

int __wrap_close(int fd)
{
	end_if_due();
	return __real_close(fd);
}

int __wrap_renameat(int from_at, const char *from, int to_at, const char *to)
{
	end_if_due();
	return __real_renameat(from_at, from, to_at, to);
}

int __wrap_unlinkat(int at, const char *path, int flags)
{
	end_if_due();
	return __real_unlinkat(at, path, flags);
}
