/* SPDX-License-Identifier: MIT */
#include "daemon/privileges.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"

#define UNPRIVILEGED_USER "nobody" /* every Unix has it */

static const struct passwd *find_user(const char *user)
{
	const struct passwd *found = getpwnam(user);
	/* The default user comes with a package; without one there is still no need for root. */
	if (!found && strcmp(user, DEFAULT_USER) == 0) {
		found = getpwnam(UNPRIVILEGED_USER);
		if (found)
			log_info("no user %s on this machine: running as %s", user,
				UNPRIVILEGED_USER);
	}
	return found;
}

int privileges_drop(const char *user)
{
	if (geteuid() != 0 || user[0] == '\0')
		return 0;
	const struct passwd *to = find_user(user);
	if (!to) {
		log_error("user: there is no user %s; create it (useradd --system %s), or name "
			  "another in user:",
			user, user);
		return ERR_SYSTEM;
	}
	if (initgroups(to->pw_name, to->pw_gid) != 0 || setgid(to->pw_gid) != 0 ||
		setuid(to->pw_uid) != 0) {
		log_error("cannot become user %s: %s; start as root, or set user: \"\" to stay "
			  "who we are",
			to->pw_name, strerror(errno));
		return ERR_SYSTEM;
	}
	return 0;
}
