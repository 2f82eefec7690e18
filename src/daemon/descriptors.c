/* SPDX-License-Identifier: MIT */
#include "daemon/descriptors.h"

#include <sys/resource.h>

/* Of a process: standard streams, loops, files of a reload, what libraries open. */
#define OTHERS 64

/* Of a worker for each upstream: connections, and the addresses of one that are raced. */
#define OF_AN_UPSTREAM 8

/* Of a worker: its loop and its wake-up. */
#define OF_A_WORKER 8

uint32_t descriptors_for_clients(const struct config *config, uint64_t limit)
{
	const uint64_t workers = config->workers;
	const uint64_t of_a_worker =
		OF_A_WORKER + config->upstream_count * OF_AN_UPSTREAM + config->listen_count * 2;
	const uint64_t others = OTHERS + workers * of_a_worker;
	const uint64_t left = limit > others ? (limit - others) / workers : 0;

	if (left >= config->serve.tcp_clients)
		return config->serve.tcp_clients;
	return left > 0 ? (uint32_t)left : 1;
}

void descriptors_fit(struct config *config)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
		return;
	const struct rlimit raised = { .rlim_cur = limit.rlim_max, .rlim_max = limit.rlim_max };
	if (limit.rlim_cur < limit.rlim_max && setrlimit(RLIMIT_NOFILE, &raised) == 0)
		limit = raised;
	const uint32_t clients = descriptors_for_clients(config, limit.rlim_cur);
	if (clients < config->serve.tcp_clients) {
		log_warning(
			"limits.tcp-clients: %u for each worker instead of %u, as the process may "
			"have %llu descriptors only; raise that limit (LimitNOFILE= of the "
			"unit, ulimit -n), or lower tcp-clients or workers",
			clients, config->serve.tcp_clients, (unsigned long long)limit.rlim_cur);
		config->serve.tcp_clients = clients;
	}
}
