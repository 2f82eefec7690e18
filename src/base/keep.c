/* SPDX-License-Identifier: MIT */
#include "base/keep.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define MODE 0600

static int path_write(
	const char *dir, const char *name, const char *end, char path[static PATH_MAX])
{
	int len = snprintf(path, PATH_MAX, "%s/%s%s", dir, name, end);
	if (len > 0 && len < PATH_MAX)
		return 0;
	errno = ENAMETOOLONG;
	return ERR_SYSTEM;
}

static void close_quietly(int fd)
{
	int cause = errno;
	close(fd);
	errno = cause;
}

static int check(int fd, size_t len_max)
{
	struct stat found;

	if (fstat(fd, &found) != 0)
		return ERR_SYSTEM;
	if (!S_ISREG(found.st_mode) || found.st_uid != geteuid() ||
		(found.st_mode & (S_IRWXG | S_IRWXO)))
		return ERR_FORMAT;
	return (uint64_t)found.st_size > len_max ? ERR_LIMIT : 0;
}

/* Octets read, at most cap, or -1 with errno. */
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

static int read_checked(int fd, size_t len_max, char **octets, size_t *len)
{
	int err = check(fd, len_max);
	if (err != 0)
		return err;
	/* It may grow meanwhile: one octet more than allowed shows that. */
	char *whole = malloc(len_max + 1);
	if (!whole)
		return ERR_NOMEM;
	ssize_t got = read_all(fd, whole, len_max + 1);
	if (got < 0 || (size_t)got > len_max) {
		free(whole);
		return got < 0 ? ERR_SYSTEM : ERR_LIMIT;
	}
	whole[got] = '\0';
	*octets = whole;
	*len = (size_t)got;
	return 0;
}

int keep_read(const char *dir, const char *name, size_t len_max, char **octets, size_t *len)
{
	char path[PATH_MAX];

	if (path_write(dir, name, "", path) != 0)
		return ERR_SYSTEM;
	/* Opening a pipe would wait for its other end; a link is not ours to follow. */
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOFOLLOW);
	if (fd < 0)
		return errno == ENOENT ? ERR_NOT_FOUND : errno == ELOOP ? ERR_FORMAT : ERR_SYSTEM;
	int err = read_checked(fd, len_max, octets, len);
	close_quietly(fd);
	return err;
}

static int write_all(int fd, struct bytes octets)
{
	while (octets.len > 0) {
		ssize_t done = write(fd, octets.at, octets.len);
		if (done < 0 && errno == EINTR)
			continue;
		if (done < 0)
			return ERR_SYSTEM;
		octets.at += done;
		octets.len -= (size_t)done;
	}
	return fsync(fd) == 0 ? 0 : ERR_SYSTEM;
}

/* A name is on the disk once its directory is. */
static int sync_directory(const char *dir)
{
	int fd = open(dir, O_RDONLY | O_CLOEXEC | O_DIRECTORY);
	if (fd < 0)
		return ERR_SYSTEM;
	int err = fsync(fd) == 0 ? 0 : ERR_SYSTEM;
	close_quietly(fd);
	return err;
}

int keep_write(const char *dir, const char *name, struct bytes octets)
{
	char path[PATH_MAX], draft[PATH_MAX];

	if (path_write(dir, name, "", path) != 0 || path_write(dir, name, ".new", draft) != 0)
		return ERR_SYSTEM;
	/* Of one who was stopped in the middle. */
	if (unlink(draft) != 0 && errno != ENOENT)
		return ERR_SYSTEM;
	int fd = open(draft, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, MODE);
	if (fd < 0)
		return ERR_SYSTEM;
	int err = write_all(fd, octets);
	close_quietly(fd);
	if (err == 0 && rename(draft, path) != 0)
		err = ERR_SYSTEM;
	if (err == 0)
		return sync_directory(dir);
	int cause = errno;
	(void)unlink(draft); /* there may be no room for it either */
	errno = cause;
	return err;
}

int keep_remove(const char *dir, const char *name)
{
	char path[PATH_MAX];

	if (path_write(dir, name, "", path) != 0 || unlink(path) != 0)
		return ERR_SYSTEM;
	return 0;
}

int keep_set_aside(const char *dir, const char *name)
{
	char path[PATH_MAX], aside[PATH_MAX];

	if (path_write(dir, name, "", path) != 0 || path_write(dir, name, ".bad", aside) != 0 ||
		rename(path, aside) != 0)
		return ERR_SYSTEM;
	return 0;
}
