/* SPDX-License-Identifier: MIT */
#include "daemon/memory_file.h"

#include <stdlib.h>

#include "base/clock.h"
#include "base/log.h"

struct memory_file {
	struct state_file file;
	struct loop *loop;
	struct timer timer;
	struct memory *memory;
};

static int read_image(void *owner, struct bytes image)
{
	return memory_image_read(owner, image, clock_wall_s());
}

void memory_file_save(struct memory_file *file)
{
	uint8_t *image;
	size_t len;

	/* Without memory there is none, the next time there may be. */
	if (memory_image_write(file->memory, &image, &len) != 0 || len == 0)
		return;
	struct bytes whole = bytes_of(image, len);
	(void)state_file_save(&file->file, keep_source_of(&whole)); /* it has told */
	free(image);
}

static void save_again(void *owner)
{
	struct memory_file *file = owner;

	loop_start_timer(file->loop, &file->timer, STATE_PERIOD_MS);
	memory_file_save(file);
}

struct memory_file *memory_file_new(struct loop *loop, struct state_dir *dir, struct memory *memory)
{
	struct memory_file *file = calloc(1, sizeof(*file));
	if (!file)
		return NULL;
	file->file = (struct state_file){
		.dir = dir,
		.name = "upstreams",
		.loss = "upstreams without addresses are looked up in clear",
	};
	file->loop = loop;
	file->memory = memory;
	timer_init(&file->timer, save_again, file);
	if (state_file_load(&file->file, MEMORY_IMAGE_LEN_MAX, read_image, memory))
		log_info("upstreams known from before the start: %zu", memory_count(memory));
	loop_start_timer(loop, &file->timer, STATE_PERIOD_MS);
	return file;
}

void memory_file_free(struct memory_file *file)
{
	if (!file)
		return;
	loop_stop_timer(file->loop, &file->timer);
	free(file);
}
