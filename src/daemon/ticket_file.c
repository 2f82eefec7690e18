/* SPDX-License-Identifier: MIT */
#include "daemon/ticket_file.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/keep.h"
#include "base/log.h"
#include "net/tickets_image.h"

#define NAME "tickets"

static struct keep kept_in(const char *dir)
{
	return (struct keep){ .dir = dir, .name = NAME, .secret = true };
}

static void set_aside(const struct keep *keep, const char *why)
{
	const bool aside = keep_set_aside(keep) == 0;

	log_warning("%s/" NAME ": %s: it is not used%s, and the first connections take longer",
		keep->dir, why, aside ? ", and is now " NAME ".bad" : "");
}

void ticket_file_load(struct tickets *tickets, const char *dir)
{
	const struct keep keep = kept_in(dir);
	char why[KEEP_WHY_LEN];
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
	int err = keep_read(&keep, TICKETS_IMAGE_LEN_MAX, &image, &len, why);
	if (err == ERR_NOT_FOUND)
		return;
	if (err != 0) {
		set_aside(&keep, why);
		return;
	}
	err = tickets_image_read(tickets, bytes_of(image, len), clock_wall_s());
	tickets_image_done((uint8_t *)image, len);
	if (err == ERR_FORMAT)
		set_aside(&keep, "it is damaged, or of another version");
	else if (keep_remove(&keep) != 0)
		log_warning("%s/" NAME " cannot be removed: %s; its tickets are used a second time "
			    "after a crash",
			dir, strerror(errno));
	if (err == 0)
		log_debug("%zu tickets were kept", tickets_count(tickets));
}

void ticket_file_forget(const char *dir)
{
	const struct keep keep = kept_in(dir);

	if (dir[0] != '\0' && keep_remove(&keep) != 0 && errno != ENOENT)
		log_warning("%s/" NAME " cannot be removed: %s; it is of no use any more", dir,
			strerror(errno));
}

void ticket_file_save(struct tickets *tickets, const char *dir)
{
	const struct keep keep = kept_in(dir);
	char why[KEEP_WHY_LEN];
	uint8_t *image;
	size_t len;

	/* What cannot be used was told at the start. */
	if (dir[0] == '\0' || access(dir, W_OK | X_OK) != 0)
		return;
	int err = tickets_image_write(tickets, clock_wall_s(), &image, &len);
	if (err == 0 && len == 0)
		return;
	if (err == 0) {
		err = keep_write(&keep, bytes_of(image, len), why);
		tickets_image_done(image, len);
	} else {
		snprintf(why, sizeof(why), "%s", err_text(err));
	}
	if (err != 0)
		log_warning("%s/" NAME " cannot be written: %s; the first connections after the "
			    "next start take longer. Is state-dir: a directory of ours?",
			dir, why);
}
