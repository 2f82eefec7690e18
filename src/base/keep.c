/* SPDX-License-Identifier: MIT */
#include "base/keep.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"

#define OTHERS_WRITE (S_IWGRP | S_IWOTH)
#define NAME_LEN     (KEEP_NAME_MAX + sizeof(".new"))

static int fail(int err, const char *what, char why[static KEEP_WHY_LEN])
{
	snprintf(why, KEEP_WHY_LEN, "%s", what);
	return err;
}

static int fail_errno(char why[static KEEP_WHY_LEN])
{
	return fail(errno == ENOENT ? ERR_NOT_FOUND : ERR_SYSTEM, strerror(errno), why);
}

static void close_quietly(int fd)
{
	int cause = errno;
	close(fd);
	errno = cause;
}

static bool is_ours(const struct stat *stat, mode_t not_for_others)
{
	return (stat->st_uid == geteuid() || stat->st_uid == 0) &&
	       !(stat->st_mode & not_for_others);
}

/* A descriptor, or ERR_* with why. It may be a symbolic link, as systemd makes it. */
static int own_directory_open(const char *dir, char why[static KEEP_WHY_LEN])
{
	struct stat stat;
	int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0)
		return fail_errno(why);
	if (fstat(fd, &stat) == 0 && is_ours(&stat, OTHERS_WRITE))
		return fd;
	close(fd);
	return fail(ERR_FORMAT,
		"others can write to the directory; make it this user's own (chown, chmod 0700)",
		why);
}

static int check(int fd, bool secret, char why[static KEEP_WHY_LEN])
{
	struct stat stat;

	if (fstat(fd, &stat) != 0)
		return fail_errno(why);
	if (!S_ISREG(stat.st_mode))
		return fail(ERR_FORMAT, "it is no plain file", why);
	if (is_ours(&stat, secret ? S_IRWXG | S_IRWXO : OTHERS_WRITE))
		return 0;
	return fail(ERR_FORMAT,
		secret ? "it is not this user's own, or others can read it or write to it"
		       : "it is not this user's own, or others can write to it",
		why);
}

static const char *not_read(int err)
{
	switch (err) {
	case ERR_SYSTEM: return strerror(errno);
	case ERR_LIMIT: return "it is longer than it can be";
	default: return err_text(err);
	}
}

int keep_read(const struct keep *keep, size_t len_max, char **octets, size_t *len,
	char why[static KEEP_WHY_LEN])
{
	int at = own_directory_open(keep->dir, why);
	if (at < 0)
		return at;
	/* Opening a pipe would wait for its other end; a link is not ours to follow. */
	int fd = openat(at, keep->name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	close_quietly(at);
	if (fd < 0 && errno == ELOOP)
		return fail(ERR_FORMAT, "it is a symbolic link", why);
	if (fd < 0)
		return fail_errno(why);
	int err = check(fd, keep->secret, why);
	if (!err) {
		err = file_read_fd(fd, len_max, octets, len);
		if (err)
			(void)fail(err, not_read(err), why);
	}
	close(fd);
	return err;
}

/* False with errno. */
static bool octets_write(int fd, struct bytes octets)
{
	while (octets.len > 0) {
		ssize_t done = write(fd, octets.at, octets.len);
		if (done < 0 && errno == EINTR)
			continue;
		if (done < 0)
			return false;
		octets.at += done;
		octets.len -= (size_t)done;
	}
	return true;
}

/* ERR_SYSTEM with errno, or what next says. */
static int pieces_write(int fd, struct keep_source source)
{
	struct bytes piece;
	int err;

	while ((err = source.next(source.owner, &piece)) == 0 && piece.len > 0) {
		if (!octets_write(fd, piece))
			return ERR_SYSTEM;
	}
	return err;
}

/* As above; a file of that name that was there before is gone. */
static int file_make(int at, const char *name, mode_t mode, struct keep_source source)
{
	if (unlinkat(at, name, 0) != 0 && errno != ENOENT)
		return ERR_SYSTEM;
	int fd = openat(at, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode);
	if (fd < 0)
		return ERR_SYSTEM;
	int err = pieces_write(fd, source);
	/* A full disk may tell only now, or when it is closed. */
	if (err == 0 && fsync(fd) != 0)
		err = ERR_SYSTEM;
	if (err == 0)
		return close(fd) == 0 ? 0 : ERR_SYSTEM;
	close_quietly(fd);
	return err;
}

static void draft_name(const struct keep *keep, char name[static NAME_LEN])
{
	snprintf(name, NAME_LEN, "%s.new", keep->name);
}

int keep_write_from(
	const struct keep *keep, struct keep_source source, char why[static KEEP_WHY_LEN])
{
	char draft[NAME_LEN];
	int at = own_directory_open(keep->dir, why);

	if (at < 0)
		return at;
	draft_name(keep, draft);
	int err = file_make(at, draft, keep->secret ? 0600 : 0644, source);
	if (err == 0 && renameat(at, draft, at, keep->name) != 0)
		err = ERR_SYSTEM;
	if (err != 0) {
		(void)fail(err, err == ERR_SYSTEM ? strerror(errno) : err_text(err), why);
		(void)unlinkat(at, draft, 0); /* nothing is lost with it */
	} else {
		/* The new name itself is on the disk only then; not all file systems can say. */
		(void)fsync(at);
	}
	close(at);
	return err;
}

/* All of it, and then nothing. */
static int whole_next(void *owner, struct bytes *piece)
{
	struct bytes *whole = owner;

	*piece = *whole;
	whole->len = 0;
	return 0;
}

struct keep_source keep_source_of(struct bytes *octets)
{
	return (struct keep_source){ .next = whole_next, .owner = octets };
}

int keep_write(const struct keep *keep, struct bytes octets, char why[static KEEP_WHY_LEN])
{
	return keep_write_from(keep, keep_source_of(&octets), why);
}

int keep_check_directory(const char *dir, char why[static KEEP_WHY_LEN])
{
	int at = own_directory_open(dir, why);

	if (at < 0)
		return at;
	close(at);
	return 0;
}

int keep_remove(const struct keep *keep, char why[static KEEP_WHY_LEN])
{
	char draft[NAME_LEN];
	int at = own_directory_open(keep->dir, why);

	if (at < 0)
		return at;
	draft_name(keep, draft);
	(void)unlinkat(at, draft, 0); /* is there only after a crash */
	int err = unlinkat(at, keep->name, 0) == 0 ? 0 : fail_errno(why);
	close(at);
	return err;
}

int keep_set_aside(const struct keep *keep, char why[static KEEP_WHY_LEN])
{
	char aside[NAME_LEN];
	int at = own_directory_open(keep->dir, why);

	if (at < 0)
		return at;
	snprintf(aside, sizeof(aside), "%s.bad", keep->name);
	int err = renameat(at, keep->name, at, aside) == 0 ? 0 : fail_errno(why);
	close(at);
	return err;
}
