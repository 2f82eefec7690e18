/* SPDX-License-Identifier: MIT */
#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

/* Until its end or until the buffer is full. Octets read, or -1 with errno. */
static ssize_t read_all(int fd, char *to, size_t cap)
{
	size_t have = 0;

	while (have < cap) {
		ssize_t got = read(fd, to + have, cap - have);
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return -1;
		if (got == 0)
			break;
		have += (size_t)got;
	}
	return (ssize_t)have;
}

int file_read_fd(int fd, size_t len_max, char **text, size_t *len)
{
	struct stat stat;

	if (fstat(fd, &stat) != 0)
		return ERR_SYSTEM;
	if (!S_ISREG(stat.st_mode))
		return ERR_FORMAT;
	if ((size_t)stat.st_size > len_max)
		return ERR_LIMIT;
	/* It may grow meanwhile: one octet more than allowed shows that. */
	char *octets = malloc(len_max + 1);
	if (!octets)
		return ERR_NOMEM;
	ssize_t got = read_all(fd, octets, len_max + 1);
	if (got < 0 || (size_t)got > len_max) {
		free(octets);
		return got < 0 ? ERR_SYSTEM : ERR_LIMIT;
	}
	octets[got] = '\0';
	*text = octets;
	*len = (size_t)got;
	return 0;
}

int file_read(const char *path, size_t len_max, char **text, size_t *len)
{
	/* Opening a pipe would wait for its other end. */
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (fd < 0)
		return ERR_SYSTEM;
	int err = file_read_fd(fd, len_max, text, len);
	int cause = errno;
	close(fd);
	errno = cause;
	return err;
}
