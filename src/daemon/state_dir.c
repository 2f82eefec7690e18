/* SPDX-License-Identifier: MIT */
#include "daemon/state_dir.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/keep.h"
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
