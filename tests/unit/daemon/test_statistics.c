/* SPDX-License-Identifier: MIT */
/* An operator would look at numbers of one worker, or of something else. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "daemon/statistics.h"
#include "told.h"

static void summed_and_told(void **state)
{
	static struct worker_counts workers[2], sums;
	const struct cache_usage cache = { .entries = 31, .octets = 32 << 10, .evictions = 33 };
	(void)state;

	for (size_t i = 0; i < 2; i++) {
		struct worker_counts *counts = &workers[i];
		struct count *const all[] = {
			&counts->serve.udp_queries,
			&counts->serve.tcp_queries,
			&counts->serve.tcp_connections,
			&counts->serve.dropped,
			&counts->serve.refused,
			&counts->resolve.failures,
			&counts->resolve.shed,
			&counts->resolve.hits,
			&counts->resolve.misses,
			&counts->resolve.coalesced,
			&counts->resolve.stale,
			&counts->resolve.prefetches,
			&counts->upstream.queries,
			&counts->upstream.responses,
			&counts->upstream.failures,
			&counts->upstream.connections,
			&counts->upstream.bootstrap,
			&counts->upstream.clear[CLEAR_BOOTSTRAP],
		};
		assert_int_equal(sizeof(all) / sizeof(all[0]) * sizeof(struct count),
			sizeof(struct worker_counts));
		for (size_t j = 0; j < sizeof(all) / sizeof(all[0]); j++)
			count_add(all[j], i == 0 ? 1000 : j + 1);
		statistics_add(&sums, counts);
	}
	assert_true(told_begin());
	statistics_log(&sums, &cache);
	assert_told_lines_are(
		"statistics: clients: 1001 queries by UDP, 1002 by TCP on 1003 connections; 1004 "
		"dropped, 1005 refused, 1006 failed, 1007 of these as too much waited\n"
		"statistics: answers: 1008 hits, 1009 misses, 1010 of these joined to one that was "
		"being asked, 1011 told stale, 1012 asked ahead; cache: 31 answers, 32 KiB, 33 "
		"driven out\n"
		"statistics: upstreams: asked 1013, answered 1014, in vain 1015; connections 1016; "
		"looked up 1017; packets in clear: 1018 for bootstrap\n");
	told_end();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(summed_and_told),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
