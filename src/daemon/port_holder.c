/* SPDX-License-Identifier: MIT */
#include "daemon/port_holder.h"

#include <dirent.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define TCP_STATE_LISTEN 0x0a /* as /proc/net/tcp writes it */

/* The inode of the first socket bound to that port; 0 if none. Any address will do: a holder of the
 * wildcard address is in the way of all others. */
static uint64_t socket_inode(const char *table, uint16_t port, bool udp)
{
	char line[512];
	uint64_t found = 0;
	FILE *file = fopen(table, "re");
	if (!file)
		return 0;
	while (found == 0 && fgets(line, sizeof(line), file)) {
		unsigned local_port, state;
		uint64_t inode;
		if (sscanf(line,
			    " %*d: %*[0-9A-Fa-f]:%x %*[0-9A-Fa-f]:%*x %x %*x:%*x %*x:%*x %*x %*u "
			    "%*u "
			    "%" SCNu64,
			    &local_port, &state, &inode) == 3 &&
			local_port == port && (udp || state == TCP_STATE_LISTEN))
			found = inode;
	}
	fclose(file);
	return found;
}

static bool process_has(const char *pid, uint64_t inode)
{
	char path[300], wanted[64], target[64];
	bool found = false;

	snprintf(wanted, sizeof(wanted), "socket:[%" PRIu64 "]", inode);
	snprintf(path, sizeof(path), "/proc/%.20s/fd", pid);
	DIR *fds = opendir(path);
	if (!fds)
		return false;
	for (struct dirent *fd; !found && (fd = readdir(fds));) {
		snprintf(path, sizeof(path), "/proc/%.20s/fd/%.20s", pid, fd->d_name);
		ssize_t len = readlink(path, target, sizeof(target) - 1);
		if (len <= 0)
			continue;
		target[len] = '\0';
		found = strcmp(target, wanted) == 0;
	}
	closedir(fds);
	return found;
}

static void process_name(const char *pid, char name[static 32])
{
	char path[64];
	snprintf(path, sizeof(path), "/proc/%.20s/comm", pid);
	FILE *file = fopen(path, "re");
	if (!file || !fgets(name, 32, file))
		snprintf(name, 32, "?");
	name[strcspn(name, "\n")] = '\0';
	if (file)
		fclose(file);
}

const char *port_holder_find(
	const struct address *address, bool udp, char text[static PORT_HOLDER_LEN])
{
	const uint16_t port = address_port(address);
	uint64_t inode = socket_inode(udp ? "/proc/net/udp" : "/proc/net/tcp", port, udp);

	if (inode == 0)
		inode = socket_inode(udp ? "/proc/net/udp6" : "/proc/net/tcp6", port, udp);
	snprintf(text, PORT_HOLDER_LEN, "another program");
	DIR *processes = inode > 0 ? opendir("/proc") : NULL;
	if (!processes)
		return text;
	for (struct dirent *process; (process = readdir(processes));) {
		char name[32];
		if (strspn(process->d_name, "0123456789") != strlen(process->d_name) ||
			!process_has(process->d_name, inode))
			continue;
		process_name(process->d_name, name);
		snprintf(text, PORT_HOLDER_LEN, "%s (process %.20s)", name, process->d_name);
		break;
	}
	closedir(processes);
	return text;
}
