/* SPDX-License-Identifier: MIT */
#include "daemon/state_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define OTHERS_WRITE (S_IWGRP | S_IWOTH)
#define NAME_LEN     (STATE_FILE_NAME_MAX + sizeof(".damaged"))

static void explain(char why[static STATE_FILE_WHY_LEN], const char *what)
{
	snprintf(why, STATE_FILE_WHY_LEN, "%s", what);
}

static int fail(char why[static STATE_FILE_WHY_LEN])
{
	explain(why, strerror(errno));
	return ERR_SYSTEM;
}

static bool is_ours(const struct stat *stat)
{
	return (stat->st_uid == geteuid() || stat->st_uid == 0) && !(stat->st_mode & OTHERS_WRITE);
}

/* A descriptor of the directory, which may be a symbolic link as systemd makes it. ERR_NOT_FOUND
 * too, with why. */
static int directory_open(const char *directory, char why[static STATE_FILE_WHY_LEN])
{
	struct stat stat;
	int fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0) {
		const bool missing = errno == ENOENT;
		int err = fail(why);
		return missing ? ERR_NOT_FOUND : err;
	}
	if (fstat(fd, &stat) == 0 && is_ours(&stat))
		return fd;
	close(fd);
	explain(why, "others can write to the directory; make it this user's own (chown, chmod "
		     "0700)");
	return ERR_FORMAT;
}

/* ERR_*; 0 with *len set. */
static int octets_read(int fd, char *to, size_t cap, size_t *len)
{
	size_t have = 0;

	while (have < cap) {
		ssize_t got = read(fd, to + have, cap - have);
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return ERR_SYSTEM;
		if (got == 0)
			break;
		have += (size_t)got;
	}
	*len = have;
	return 0;
}

static int file_read_open(int fd, size_t len_max, char **text, char why[static STATE_FILE_WHY_LEN])
{
	struct stat stat;
	size_t len;

	if (fstat(fd, &stat) != 0)
		return fail(why);
	if (!S_ISREG(stat.st_mode) || !is_ours(&stat)) {
		explain(why, "it is no file of this user's own, or others can write to it");
		return ERR_FORMAT;
	}
	char *octets = malloc(len_max + 2);
	if (!octets)
		return ERR_NOMEM;
	if (octets_read(fd, octets, len_max + 1, &len) != 0) {
		int err = fail(why);
		free(octets);
		return err;
	}
	octets[len] = '\0';
	if (len > len_max || strlen(octets) != len) {
		explain(why, len > len_max ? "it is too long" : "it is not a text");
		free(octets);
		return ERR_FORMAT;
	}
	*text = octets;
	return 0;
}

int state_file_read(const char *directory, const char *name, size_t len_max, char **text,
	char why[static STATE_FILE_WHY_LEN])
{
	int at = directory_open(directory, why);
	if (at < 0)
		return at;
	int fd = openat(at, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	int err = fd >= 0 ? 0 : errno == ENOENT ? ERR_NOT_FOUND : fail(why);
	close(at);
	if (err)
		return err;
	err = file_read_open(fd, len_max, text, why);
	close(fd);
	return err;
}

/* False with errno. */
static bool octets_write(int fd, const char *text, size_t len)
{
	while (len > 0) {
		ssize_t done = write(fd, text, len);
		if (done < 0 && errno == EINTR)
			continue;
		if (done < 0)
			return false;
		text += done;
		len -= (size_t)done;
	}
	return true;
}

/* False with errno; a file of that name that was there before is gone. */
static bool file_make(int at, const char *name, const char *text, size_t len)
{
	if (unlinkat(at, name, 0) != 0 && errno != ENOENT)
		return false;
	int fd = openat(at, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644);
	if (fd < 0)
		return false;
	/* A full disk may tell only now, or when it is closed. */
	bool good = octets_write(fd, text, len) && fsync(fd) == 0;
	int cause = errno;
	if (close(fd) != 0 && good) {
		good = false;
		cause = errno;
	}
	errno = cause;
	return good;
}

int state_file_write(const char *directory, const char *name, const char *text, size_t len,
	char why[static STATE_FILE_WHY_LEN])
{
	char new_name[NAME_LEN];
	int at = directory_open(directory, why);

	if (at < 0)
		return at;
	snprintf(new_name, sizeof(new_name), "%s.new", name);
	int err = 0;
	if (!file_make(at, new_name, text, len) || renameat(at, new_name, at, name) != 0) {
		err = fail(why);
		(void)unlinkat(at, new_name, 0); /* nothing is lost with it */
	} else {
		/* The new name itself is on the disk only then; not all file systems can say. */
		(void)fsync(at);
	}
	close(at);
	return err;
}

void state_file_set_aside(const char *directory, const char *name)
{
	char aside[NAME_LEN];
	int at = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (at < 0)
		return;
	snprintf(aside, sizeof(aside), "%s.damaged", name);
	/* Where it stays the next start says the same again; that is all. */
	(void)renameat(at, name, at, aside);
	close(at);
}
