/* SPDX-License-Identifier: MIT */
/* To be preloaded (LD_PRELOAD): a disk that takes $SLOW_DISK seconds to write what it was given. */
#include <stdlib.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

int fsync(int fd)
{
	const char *seconds = getenv("SLOW_DISK");
	struct timespec left = { .tv_sec = seconds ? atoi(seconds) : 0 };

	while (nanosleep(&left, &left) != 0)
		;
	return (int)syscall(SYS_fsync, fd);
}
