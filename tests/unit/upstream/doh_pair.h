/* SPDX-License-Identifier: MIT */
/* Two upstreams over HTTPS, of which the first does what it should not, and the second helps. */
#pragma once

#include "doh_peer.h"

#define PAIR_CLIENTS 60

extern struct world world;
extern struct client clients[PAIR_CLIENTS];

int pair_setup(void **state);
int pair_teardown(void **state);

/* Both upstreams are connected, the first at connection 0, the second at 1. Client 0 is answered.
 */
void pair_both_worked(void);

/* Client 0 asks: the request, which is the newest of the first connection, and what the first
 * upstream does with it is to be added. */
struct frames *pair_asked(int32_t *id);

/* The second one has it, and answers. */
void pair_second_answers(void);
