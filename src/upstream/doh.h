/* SPDX-License-Identifier: MIT */
/* One connection of DNS over HTTPS (RFC 8484): a stream of HTTP/2 for each query, as many at once
 * as the server takes. */
#pragma once

#include "upstream/transport.h"

/* Streams at once, however many more the server takes: another connection serves better then. */
#define DOH_STREAMS_MAX 256

/* The same before the server has said how many it takes, and no other connection knows it: what RFC
 * 9113 section 6.5.2 calls the least that a server should take. */
#define DOH_STREAMS_FIRST 100

/* Seconds from connect to a proven identity; beyond it the next address has had its turn and
 * a client would not wait for it. */
#define DOH_OPEN_S  4
#define DOH_OPEN_MS (DOH_OPEN_S * 1000)

/* Milliseconds without an octet, while an answer is awaited or before a query, after which a PING
 * finds out whether anybody is there. A doubt brings one at once. */
#define DOH_SILENCE_MS 5000

/* Seconds for any octet to come after a PING. */
#define DOH_PING_S  2
#define DOH_PING_MS (DOH_PING_S * 1000)

/* Streams that nobody waits for any more may still bring an answer, a sign of life. They are reset
 * after so many milliseconds, and when they are more than so many, or than a quarter of those that
 * the server takes. */
#define DOH_FORSAKEN_MS	 5000
#define DOH_FORSAKEN_MAX 32

/* Milliseconds without an answer that a server may take no streams at all (RFC 9113 section 6.5.2:
 * for short durations), and queries wait for it to take some: less than STANDING_PATIENCE_FIRST_MS,
 * so that its silence is not taken for another fault. */
#define DOH_SHUT_MS 200

/* Milliseconds until what net/tls.h did not take is offered again. */
#define DOH_STUCK_MS 20

extern const struct transport doh_transport;
