/* SPDX-License-Identifier: MIT */
#include "support/killer.h"

#include <fcntl.h>
#include <stdarg.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static bool armed;
static size_t left;
static char calls[KILLER_CALLS_MAX];
static size_t call_count;

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
	call_count = 0;
	memset(calls, '\0', sizeof(calls));
}

void killer_disarm(void)
{
	armed = false;
}

const char *killer_calls(void)
{
	return calls;
}

static bool is_now(char call)
{
	if (armed && call_count + 1 < sizeof(calls))
		calls[call_count++] = call;
	return armed && left-- == 0;
}

static void end_if_due(char call)
{
	if (is_now(call))
		_exit(KILLER_EXIT);
}

static bool is_directory(int fd)
{
	struct stat stat;

	return fstat(fd, &stat) == 0 && S_ISDIR(stat.st_mode);
}

ssize_t __wrap_write(int fd, const void *octets, size_t len)
{
	if (!is_now('w'))
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

	end_if_due('o');
	va_start(rest, flags);
	const mode_t mode = mode_in(flags, rest);
	va_end(rest);
	return __real_openat(at, path, flags, mode);
}

int __wrap_openat64(int at, const char *path, int flags, ...)
{
	va_list rest;

	end_if_due('o');
	va_start(rest, flags);
	const mode_t mode = mode_in(flags, rest);
	va_end(rest);
	return __real_openat64(at, path, flags, mode);
}

int __wrap_fsync(int fd)
{
	end_if_due(is_directory(fd) ? 'S' : 's');
	return __real_fsync(fd);
}

int __wrap_close(int fd)
{
	end_if_due('c');
	return __real_close(fd);
}

int __wrap_renameat(int from_at, const char *from, int to_at, const char *to)
{
	end_if_due('r');
	return __real_renameat(from_at, from, to_at, to);
}

int __wrap_unlinkat(int at, const char *path, int flags)
{
	end_if_due('u');
	return __real_unlinkat(at, path, flags);
}
