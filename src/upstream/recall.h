/* SPDX-License-Identifier: MIT */
/* Between a pool and the memory: what a pool begins with, and what is kept of it. */
#pragma once

struct pool;

/* Of a new pool: how fast its upstream was, and where. Nothing if it is not known. */
void recall_pool(struct pool *pool);

/* How fast it is, and where, for the next start: of addresses that were looked up those at which a
 * handshake has shown who is there, and what was known before if there are none. */
void recall_keep(const struct pool *pool);
