/* SPDX-License-Identifier: MIT */
/* What is offered to a peer, and asked of it, in our first words. The inside of net/tls.h. */
#pragma once

#include "net/tls.h"

/* Of a session (a gnutls_session_t) that has just been made: versions and ciphers, whom we trust,
 * the name, the protocol. 0, or an error of GnuTLS's. */
MUST_USE int tls_hello_fill(void *session, const struct tls_peer *peer);
