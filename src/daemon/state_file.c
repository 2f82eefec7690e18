/* SPDX-License-Identifier: MIT */
#include "daemon/state_file.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"

/* With why, if there is any. */
static bool is_usable(const char *path, char why[static KEEP_WHY_LEN])
{
	why[0] = '\0';
	if (path[0] == '\0' || keep_check_directory(path, why) != 0)
		return false;
	if (access(path, W_OK | X_OK) == 0)
		return true;
	snprintf(why, KEEP_WHY_LEN, "%s", strerror(errno));
	return false;
}

bool state_dir_usable(struct state_dir *dir)
{
	char why[KEEP_WHY_LEN];
	const bool usable = is_usable(dir->path, why);

	if (dir->usable && why[0] != '\0')
		log_warning(
			"state-dir: %s cannot be used: %s; nothing is kept over a restart. Make "
			"it a directory of ours, or set state-dir: \"\"",
			dir->path, why);
	else if (!dir->usable && usable)
		log_info("state-dir: %s can be used now", dir->path);
	dir->usable = usable;
	return usable;
}

int state_dir_init(struct state_dir *dir, const char *path)
{
	dir->path = strdup(path);
	dir->usable = true;
	if (!dir->path)
		return ERR_NOMEM;
	(void)state_dir_usable(dir); /* for what it tells */
	return 0;
}

void state_dir_done(struct state_dir *dir)
{
	free(dir->path);
}

static struct keep kept(const struct state_file *file)
{
	return (struct keep){ .dir = file->dir->path, .name = file->name, .secret = true };
}

static void refuse(const struct state_file *file, int err, const char *why)
{
	const struct keep keep = kept(file);
	const bool ours = err != ERR_FORMAT && err != ERR_LIMIT;
	const bool aside = !ours && keep_set_aside(&keep) == 0;

	log_warning("%s/%s: %s: it is not used%s%s%s, and %s", keep.dir, keep.name, why,
		aside ? ", and is now " : "", aside ? keep.name : "", aside ? ".bad" : "",
		file->loss);
}

bool state_file_load(struct state_file *file, size_t len_max,
	int (*read)(void *owner, struct bytes octets), void *owner)
{
	const struct keep keep = kept(file);
	char why[KEEP_WHY_LEN];
	char *octets;
	size_t len;

	/* What is wrong with the directory was told. One that takes no more files is read all the
	 * same. */
	if (keep.dir[0] == '\0' || keep_check_directory(keep.dir, why) != 0)
		return false;
	int err = keep_read(&keep, len_max, &octets, &len, why);
	if (err == 0) {
		err = read(owner, bytes_of(octets, len));
		explicit_bzero(octets, len);
		free(octets);
		snprintf(why, sizeof(why), "%s",
			err == ERR_FORMAT ? "it is damaged, or of another version" : err_text(err));
	}
	if (err != 0 && err != ERR_NOT_FOUND)
		refuse(file, err, why);
	return err == 0;
}

bool state_file_save(struct state_file *file, struct keep_source source)
{
	const struct keep keep = kept(file);
	char why[KEEP_WHY_LEN];

	if (!state_dir_usable(file->dir))
		return false;
	if (keep_write_from(&keep, source, why) != 0) {
		if (strcmp(file->told, why) != 0)
			log_warning("%s/%s cannot be written: %s; after the next start %s",
				keep.dir, keep.name, why, file->loss);
		snprintf(file->told, sizeof(file->told), "%s", why);
		return false;
	}
	if (file->told[0] != '\0')
		log_info("%s/%s is written again", keep.dir, keep.name);
	file->told[0] = '\0';
	return true;
}

bool state_file_remove(const struct state_file *file)
{
	const struct keep keep = kept(file);

	return keep.dir[0] == '\0' || keep_remove(&keep) == 0 || errno == ENOENT;
}

void state_file_forget(const struct state_file *file)
{
	if (!state_file_remove(file))
		log_warning("%s/%s cannot be removed: %s; it is of no use any more",
			file->dir->path, file->name, strerror(errno));
}
