/* SPDX-License-Identifier: MIT */
/* One address of an upstream is connected to as the daemon would, asked some questions, and
 * connected to again. Who is refused is looked at a second time, to tell what they show, but not
 * asked anything. */
#pragma once

#include "cli/facts.h"

/* Milliseconds for the answer to one question. */
#define VISIT_WAIT_MS 4000

/* Milliseconds for all of it. */
#define VISIT_MS 20000

struct visit;

struct visit_options {
	struct loop *loop;
	struct rand *rand;
	struct endpoint *endpoint; /* its trust is loaded; its tickets are left alone */
	size_t address;		   /* which of the endpoint's */
	struct facts *facts;	   /* all zero; filled in until done() */
	void (*done)(void *owner); /* on the loop's stack; may free the visit */
	void *owner;
};

/* Begins. NULL: out of memory. */
struct visit *visit_new(const struct visit_options *options);

/* At any time. NULL is accepted. */
void visit_free(struct visit *visit);
