/* SPDX-License-Identifier: MIT */
/* Does an upstream miss what others have? Answers that another one had, and this one had not or not
 * in time, are held against it until answers in time make up for them. Pure. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/* With so many it is down. An answer in time makes up for so many: who has one in three is of
 * use. */
#define OUTDONE_MAX  8
#define OUTDONE_LESS 2

/* One domain counts once in so many seconds: it may be broken, or its owner want the upstream to
 * look so. */
#define OUTDONE_PAUSE_S 5

struct outdone {
	unsigned count; /* less what was made up for */
	bool down;	/* for that, until all of it is made up for */
	struct {
		uint32_t domain; /* some hash of it */
		uint32_t at_s;
	} by[OUTDONE_MAX]; /* oldest first */
};

/* It missed the answer to a question about that domain. True: that counts, and is one too many. */
bool outdone_miss(struct outdone *outdone, uint32_t domain, uint64_t now_ms);

/* Something good came; answer: an answer, and in time. */
void outdone_make_up(struct outdone *outdone, bool answer);
