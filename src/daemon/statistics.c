/* SPDX-License-Identifier: MIT */
#include "daemon/statistics.h"

#include <assert.h>
#include <inttypes.h>

#include "base/log.h"

#define COUNTS (sizeof(struct worker_counts) / sizeof(struct count))

static_assert(
	COUNTS * sizeof(struct count) == sizeof(struct worker_counts), "nothing but counters");

void statistics_add(struct worker_counts *sums, const struct worker_counts *counts)
{
	struct count *sum = (struct count *)sums;
	const struct count *count = (const struct count *)counts;

	for (size_t i = 0; i < COUNTS; i++)
		count_add(&sum[i], count_read(&count[i]));
}

static void log_clients(const struct serve_counts *serve, const struct resolve_counts *resolve)
{
	log_info("statistics: clients: %" PRIu64 " queries by UDP, %" PRIu64 " by TCP on %" PRIu64
		 " connections; %" PRIu64 " dropped, %" PRIu64 " refused, %" PRIu64
		 " failed, %" PRIu64 " of these as too much waited",
		count_read(&serve->udp_queries), count_read(&serve->tcp_queries),
		count_read(&serve->tcp_connections), count_read(&serve->dropped),
		count_read(&serve->refused), count_read(&resolve->failures),
		count_read(&resolve->shed));
}

static void log_answers(const struct resolve_counts *resolve, const struct cache_usage *cache)
{
	log_info("statistics: answers: %" PRIu64 " hits, %" PRIu64 " misses, %" PRIu64
		 " of these joined to one that was being asked, %" PRIu64 " told stale, %" PRIu64
		 " asked ahead; cache: %zu answers, %zu KiB, %" PRIu64 " driven out",
		count_read(&resolve->hits), count_read(&resolve->misses),
		count_read(&resolve->coalesced), count_read(&resolve->stale),
		count_read(&resolve->prefetches), cache->entries, cache->octets >> 10,
		cache->evictions);
}

static void log_upstreams(const struct upstream_counts *upstream)
{
	log_info("statistics: upstreams: asked %" PRIu64 ", answered %" PRIu64 ", in vain %" PRIu64
		 "; connections %" PRIu64 "; looked up %" PRIu64 "; packets in clear: %" PRIu64
		 " for bootstrap",
		count_read(&upstream->queries), count_read(&upstream->responses),
		count_read(&upstream->failures), count_read(&upstream->connections),
		count_read(&upstream->bootstrap), count_read(&upstream->clear[CLEAR_BOOTSTRAP]));
}

void statistics_log(const struct worker_counts *sums, const struct cache_usage *cache)
{
	log_clients(&sums->serve, &sums->resolve);
	log_answers(&sums->resolve, cache);
	log_upstreams(&sums->upstream);
}
