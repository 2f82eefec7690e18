/* SPDX-License-Identifier: MIT */
#include "daemon/ticket_file.h"

#include "base/clock.h"
#include "base/log.h"
#include "net/tickets_image.h"

static struct state_file file_in(struct state_dir *dir)
{
	return (struct state_file){
		.dir = dir, .name = "tickets", .loss = "the first connections take longer"
	};
}

static int read_image(void *owner, struct bytes image)
{
	return tickets_image_read(owner, image, clock_wall_s());
}

void ticket_file_load(struct tickets *tickets, struct state_dir *dir)
{
	struct state_file file = file_in(dir);

	/* What cannot be removed would be used again after a crash. */
	if (!dir->usable || !state_file_load(&file, TICKETS_IMAGE_LEN_MAX, read_image, tickets))
		return;
	state_file_remove(&file, "its tickets are used a second time after a crash");
	log_debug("%zu tickets were kept", tickets_count(tickets));
}

void ticket_file_forget(struct state_dir *dir)
{
	const struct state_file file = file_in(dir);

	state_file_remove(&file, "it is of no use any more");
}

void ticket_file_save(struct tickets *tickets, struct state_dir *dir)
{
	struct state_file file = file_in(dir);
	uint8_t *image;
	size_t len;

	/* Without memory there is none, as without tickets. */
	if (tickets_image_write(tickets, clock_wall_s(), &image, &len) != 0 || len == 0)
		return;
	struct bytes whole = bytes_of(image, len);
	(void)state_file_save(&file, keep_source_of(&whole)); /* it has told */
	tickets_image_done(image, len);
}
