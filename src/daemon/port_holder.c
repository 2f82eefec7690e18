/* SPDX-License-Identifier: MIT */
#include "daemon/port_holder.h"

#include <dirent.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define TCP_STATE_LISTEN 0x0a /* as /proc/net/tcp writes it */

/* An address as those tables write it: words of 32 bits in hexadecimal digits, each in this
 * machine's order of octets. */
static bool address_of_hex(const char *hex, struct address *out)
{
	uint32_t words[4];
	const size_t count = strlen(hex) / 8;

	if (count != 1 && count != 4)
		return false;
	for (size_t i = 0; i < count; i++) {
		if (sscanf(hex + i * 8, "%8" SCNx32, &words[i]) != 1)
			return false;
	}
	*out = (struct address){ 0 };
	out->any.sa_family = count == 1 ? AF_INET : AF_INET6;
	if (count == 1)
		memcpy(&out->v4.sin_addr, words, sizeof(out->v4.sin_addr));
	else
		memcpy(&out->v6.sin6_addr, words, sizeof(out->v6.sin6_addr));
	return true;
}

/* Another socket on the port is in the way if it has the address too, or either has all. */
static bool is_in_the_way(const char *hex, const struct address *wanted)
{
	struct address holder;

	return address_of_hex(hex, &holder) && (address_is_any(&holder) || address_is_any(wanted) ||
						       address_same_host(&holder, wanted));
}

/* The inode of the first socket in the way; 0 if none. */
static uint64_t socket_inode(const char *table, const struct address *wanted, bool udp)
{
	char line[512];
	uint64_t found = 0;
	FILE *file = fopen(table, "re");
	if (!file)
		return 0;
	while (found == 0 && fgets(line, sizeof(line), file)) {
		char hex[33];
		unsigned port, state;
		uint64_t inode;
		if (sscanf(line,
			    " %*d: %32[0-9A-Fa-f]:%x %*[0-9A-Fa-f]:%*x %x %*x:%*x %*x:%*x %*x %*u "
			    "%*u "
			    "%" SCNu64,
			    hex, &port, &state, &inode) == 4 &&
			port == address_port(wanted) && (udp || state == TCP_STATE_LISTEN) &&
			is_in_the_way(hex, wanted))
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
	uint64_t inode = socket_inode(udp ? "/proc/net/udp" : "/proc/net/tcp", address, udp);

	if (inode == 0)
		inode = socket_inode(udp ? "/proc/net/udp6" : "/proc/net/tcp6", address, udp);
	snprintf(text, PORT_HOLDER_LEN, PORT_HOLDER_UNKNOWN);
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
