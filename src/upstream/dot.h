/* SPDX-License-Identifier: MIT */
/* One connection of DNS over TLS (RFC 7858): queries pipelined, those of one loop turn sent
 * together, responses in any order and any pieces. */
#pragma once

#include "upstream/transport.h"

/* Seconds from connect to a proven identity; beyond it the next address has had its turn and
 * a client would not wait for it. */
#define DOT_OPEN_S  4
#define DOT_OPEN_MS (DOT_OPEN_S * 1000)

/* Seconds without an octet while an answer is awaited; the queries themselves have moved on
 * long before. */
#define DOT_SILENCE_S  5
#define DOT_SILENCE_MS (DOT_SILENCE_S * 1000)

/* Seconds for a message from its first octet to its last. */
#define DOT_MESSAGE_S  2
#define DOT_MESSAGE_MS (DOT_MESSAGE_S * 1000)

/* Milliseconds until queries that net/tls.h did not take are offered again. */
#define DOT_STUCK_MS 20

/* Cancelled queries whose answers never came; beyond it the connection is replaced, as each keeps
 * an ID reserved. */
#define DOT_CANCELLED_MAX 128

extern const struct transport dot_transport;
