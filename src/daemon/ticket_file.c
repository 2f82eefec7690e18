/* SPDX-License-Identifier: MIT */
#include "daemon/ticket_file.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/keep.h"
#include "base/log.h"
#include "net/tickets_image.h"

#define NAME "tickets"

static void set_aside(const char *dir, const char *why)
{
	const bool aside = keep_set_aside(dir, NAME) == 0;

	log_warning("%s/" NAME ": %s: it is not used%s, and the first connections take longer", dir,
		why, aside ? ", and is now " NAME ".bad" : "");
}

static const char *why_not(int err)
{
	switch (err) {
	case ERR_FORMAT: return "it is no plain file of ours that nobody else can read or write";
	case ERR_LIMIT: return "it is longer than it can be";
	default: return err == ERR_SYSTEM ? strerror(errno) : err_text(err);
	}
}

void ticket_file_load(struct tickets *tickets, const char *dir)
{
	char *image;
	size_t len;

	if (dir[0] == '\0')
		return;
	if (access(dir, W_OK | X_OK) != 0) {
		log_warning(
			"state-dir: %s cannot be used: %s; nothing is kept over a restart. Make "
			"it a directory of ours, or set state-dir: \"\"",
			dir, strerror(errno));
		return;
	}
	int err = keep_read(dir, NAME, TICKETS_IMAGE_LEN_MAX, &image, &len);
	if (err == ERR_NOT_FOUND)
		return;
	if (err != 0) {
		set_aside(dir, why_not(err));
		return;
	}
	err = tickets_image_read(tickets, bytes_of(image, len), clock_wall_s());
	tickets_image_done((uint8_t *)image, len);
	if (err == ERR_FORMAT)
		set_aside(dir, "it is damaged, or of another version");
	else if (keep_remove(dir, NAME) != 0)
		log_warning("%s/" NAME " cannot be removed: %s; its tickets are used a second time "
			    "after a crash",
			dir, strerror(errno));
	if (err == 0)
		log_debug("%zu tickets were kept", tickets_count(tickets));
}

void ticket_file_forget(const char *dir)
{
	if (dir[0] != '\0' && keep_remove(dir, NAME) != 0 && errno != ENOENT)
		log_warning("%s/" NAME " cannot be removed: %s; it is of no use any more", dir,
			strerror(errno));
}

void ticket_file_save(struct tickets *tickets, const char *dir)
{
	uint8_t *image;
	size_t len;

	/* What cannot be used was told at the start. */
	if (dir[0] == '\0' || access(dir, W_OK | X_OK) != 0)
		return;
	int err = tickets_image_write(tickets, clock_wall_s(), &image, &len);
	if (err == 0 && len == 0)
		return;
	if (err == 0) {
		err = keep_write(dir, NAME, bytes_of(image, len));
		tickets_image_done(image, len);
	}
	if (err != 0)
		log_warning("%s/" NAME " cannot be written: %s; the first connections after the "
			    "next start take longer. Is state-dir: a directory of ours?",
			dir, err == ERR_SYSTEM ? strerror(errno) : err_text(err));
}
