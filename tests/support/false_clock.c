/* SPDX-License-Identifier: MIT */
/* To be preloaded (LD_PRELOAD): the wall clock and boot time are ahead of the machine's by what a
 * file says, which may change at any time; nobody is told when it does. $FALSE_CLOCK names it: two
 * 64-bit numbers, seconds. */
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

struct ahead {
	volatile int64_t wall_s, boot_s;
};

static const struct ahead *ahead(void)
{
	static const struct ahead none;
	static const struct ahead *mapped;
	const char *path = getenv("FALSE_CLOCK");

	if (mapped || !path)
		return mapped ? mapped : &none;
	const int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return &none;
	void *at = mmap(NULL, sizeof(none), PROT_READ, MAP_SHARED, fd, 0);
	close(fd);
	if (at != MAP_FAILED)
		mapped = at;
	return mapped ? mapped : &none;
}

int clock_gettime(clockid_t clock, struct timespec *out)
{
	const long failed = syscall(SYS_clock_gettime, clock, out);

	if (!failed && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE))
		out->tv_sec += ahead()->wall_s;
	if (!failed && clock == CLOCK_BOOTTIME)
		out->tv_sec += ahead()->boot_s;
	return (int)failed;
}

int gettimeofday(struct timeval *restrict out, void *restrict zone)
{
	struct timespec now;
	(void)zone;

	clock_gettime(CLOCK_REALTIME, &now);
	*out = (struct timeval){ .tv_sec = now.tv_sec, .tv_usec = now.tv_nsec / 1000 };
	return 0;
}

time_t time(time_t *out)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	if (out)
		*out = now.tv_sec;
	return now.tv_sec;
}

/* The kernel knows of no change, so it must not be asked to tell. */
int timerfd_create(clockid_t clock, int flags)
{
	(void)clock;
	(void)flags;
	errno = ENOSYS;
	return -1;
}
