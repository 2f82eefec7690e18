/* SPDX-License-Identifier: MIT */
#include "daemon/statistics.h"

#include <inttypes.h>
#include <stdio.h>

/* What the line tells, summed over the workers. */
struct sums {
	uint64_t udp, tcp, hits, misses, stale, failures;
	uint64_t asked, connections;
	uint64_t clear[CLEAR_REASONS];
};

static void sums_add(struct sums *sums, const struct worker_counts *counts)
{
	sums->udp += count_read(&counts->serve.udp_queries);
	sums->tcp += count_read(&counts->serve.tcp_queries);
	sums->hits += count_read(&counts->resolve.hits);
	sums->misses += count_read(&counts->resolve.misses);
	sums->stale += count_read(&counts->resolve.stale);
	sums->failures += count_read(&counts->resolve.failures);
	sums->asked += count_read(&counts->upstream.queries);
	sums->connections += count_read(&counts->upstream.connections);
	for (int i = 0; i < CLEAR_REASONS; i++)
		sums->clear[i] += count_read(&counts->upstream.clear[i]);
}

const char *statistics_write(
	struct worker *const *workers, unsigned count, char text[static STATISTICS_LEN])
{
	struct sums sums = { 0 };

	for (unsigned i = 0; i < count; i++)
		sums_add(&sums, worker_counts(workers[i]));
	snprintf(text, STATISTICS_LEN,
		"statistics: queries %" PRIu64 " by UDP, %" PRIu64 " by TCP; hits %" PRIu64
		", misses %" PRIu64 ", of these stale %" PRIu64 ", failed %" PRIu64
		"; asked upstream %" PRIu64 ", connections %" PRIu64 "; packets in clear: %" PRIu64
		" for bootstrap",
		sums.udp, sums.tcp, sums.hits, sums.misses, sums.stale, sums.failures, sums.asked,
		sums.connections, sums.clear[CLEAR_BOOTSTRAP]);
	return text;
}
