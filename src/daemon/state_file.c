/* SPDX-License-Identifier: MIT */
#include "daemon/state_file.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"

static struct keep kept(const struct state_file *file)
{
	return (struct keep){ .dir = file->dir->path, .name = file->name, .secret = true };
}

static void refuse(const struct state_file *file, int err, const char *why)
{
	const struct keep keep = kept(file);
	const bool ours = err != ERR_FORMAT && err != ERR_LIMIT;
	char unmoved[KEEP_WHY_LEN]; /* the file stays then, and is refused again */
	const bool aside = !ours && keep_set_aside(&keep, unmoved) == 0;

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
			log_warning("%s/%s cannot be written: %s; at the next start %s", keep.dir,
				keep.name, why, file->loss);
		snprintf(file->told, sizeof(file->told), "%s", why);
		return false;
	}
	if (file->told[0] != '\0')
		log_info("%s/%s is written again", keep.dir, keep.name);
	file->told[0] = '\0';
	return true;
}

void state_file_remove(const struct state_file *file, const char *otherwise)
{
	const struct keep keep = kept(file);
	char why[KEEP_WHY_LEN];

	/* What is wrong with the directory was told. */
	if (!file->dir->usable)
		return;
	const int err = keep_remove(&keep, why);
	if (err != 0 && err != ERR_NOT_FOUND)
		log_warning("%s/%s cannot be removed: %s; %s", keep.dir, keep.name, why, otherwise);
}
