/* SPDX-License-Identifier: MIT */
/* Is an upstream fit for signed names? Each that a validation had an answer of is examined once,
 * and again when it came back, when its data were doubted, and, as long as it is unfit, now and
 * then: with questions of our own, that no client waits for. The pools remember the outcome, and
 * the unfit are passed over while others can be asked. */
#pragma once

#include "base/hash.h"
#include "dnssec/anchor.h"
#include "net/loop.h"
#include "upstream/group.h"

struct fitness {
	struct loop *loop;
	struct hash_key key;	 /* of the jitter */
	struct anchors *anchors; /* held; NULL: nothing is validated */
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

/* From now on by these anchors, held on its own; NULL: none. All are judged anew. */
void fitness_configure(struct fitness *fitness, struct anchors *anchors);

/* An answer about name came of that upstream of group, and is to be validated. */
void fitness_heard(
	struct fitness *fitness, struct group *group, struct endpoint *upstream, struct name name);

/* It came back from being down, or its data did not hold where another's did. */
void fitness_doubt(struct fitness *fitness, const struct endpoint *upstream);
