/* SPDX-License-Identifier: MIT */
/* An inspection as a tree of text, from the first anchor down. */
#pragma once

#include "cli/inspection.h"
#include "cli/twig.h"

/* "www.example. A: secure", why not, status and extended errors. NULL: out of memory. */
struct twig *tree_head(struct twigs *twigs, const struct inspection *inspection);

/* Below parent: what was checked and proven about owner, but for its DS, which stand with the keys.
 */
void tree_evidence(struct twigs *twigs, struct twig *parent, const struct trace_evidence *evidence,
	struct name owner, int64_t wall_s);

/* Below parent: the signatures of one RRset. */
void tree_signatures(
	struct twigs *twigs, struct twig *parent, const struct trace_check *check, int64_t wall_s);

/* Below parent: a hop with its records, how it was judged, and by what. number from 1; 0: the path
 * has no other. Returns its line. */
struct twig *tree_hop(struct twigs *twigs, struct twig *parent, const struct inspection *inspection,
	const struct trace_hop *hop, unsigned number);

/* Was zone come to from above? above NULL: does the way down begin with it? */
bool tree_is_below(
	const struct trace *trace, const struct trace_zone *zone, const struct trace_zone *above);

/* Was zone to prove the hop? zone NULL: was it none that the trace knows? */
bool tree_is_proven_by(
	const struct trace *trace, const struct trace_hop *hop, const struct trace_zone *zone);

/* Of a hop: from 1; 0 for an only one. */
unsigned tree_hop_number(const struct trace *trace, const struct trace_hop *hop);

/* All of it. ERR_NOMEM. */
MUST_USE int tree_print(const struct inspection *inspection, bool utf8, FILE *out);
