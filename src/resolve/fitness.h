/* SPDX-License-Identifier: MIT */
/* Is an upstream fit for signed names? Each that a validation had an answer of is examined once,
 * and again when it came back, when its data were doubted, and, as long as it is unfit, now and
 * then: with questions of our own, that no client waits for. The pools remember the outcome, and
 * the unfit are passed over while others can be asked. */
#pragma once

#include "base/hash.h"
#include "net/loop.h"
#include "resolve/resolver.h"

struct fitness {
	struct loop *loop;
	struct hash_key key;		   /* of the jitter */
	struct anchors *anchors;	   /* held; NULL: nothing is validated */
	const struct group *default_group; /* borrowed */
	struct list candidates;
	/* It became unfit, and why, as exam.h has it; or fit again (NULL). NULL: nobody listens,
	 * and nobody is examined. */
	void (*judged)(void *owner, const struct endpoint *upstream, const char *why);
	void *owner;
};

/* key, judged and owner are the caller's to set. */
void fitness_init(struct fitness *fitness, struct loop *loop);

/* Forgets all candidates; their pools are not unfit any more. */
void fitness_done(struct fitness *fitness);

/* From now on by that routing's anchors, held on their own, and in its groups; its default group
 * must stay until the next call. By other anchors all are judged anew. */
void fitness_configure(struct fitness *fitness, const struct routing *routing);

/* An answer about name came of that upstream of group, and is to be validated. */
void fitness_heard(
	struct fitness *fitness, struct group *group, struct endpoint *upstream, struct name name);

/* It came back from being down, or its data did not hold where another's did. */
void fitness_doubt(struct fitness *fitness, const struct endpoint *upstream);

/* What it told of that top-level domain's own data, some hash of it, was bogus where another's was
 * secure. Who does so of several is unfit until an exam later on, however good its answers to the
 * last one were. */
void fitness_overruled(struct fitness *fitness, const struct endpoint *upstream, uint64_t domain);
