/* SPDX-License-Identifier: MIT */
/* A TLS client connection to an upstream: TCP connect, handshake, proof of identity, records.
 * RFC 8310 strict profile: nothing is sent before the peer has proved who it is. */
#pragma once

#include "base/address.h"
#include "base/bytes.h"
#include "net/loop.h"
#include "net/trust.h"

#define TLS_FAILURE_LEN 384

enum tls_version { TLS_VERSION_1_2, TLS_VERSION_1_3 };

/* What is expected of the peer. The strings and trust must outlive the connection. */
struct tls_peer {
	const char *host; /* DNS name or literal IP address that subjectAltName must have */
	const char *alpn; /* offered, e.g. "dot"; NULL: none. A server that ignores ALPN is fine */
	bool alpn_required; /* it is not: it must choose what was offered */
	enum tls_version min_version;
	const struct trust *trust;
};

/* Events come on the loop's stack, never from within a call of ours. */
struct tls_events {
	/* The handshake is done and the peer is who it should be. */
	void (*ready)(void *owner);
	/* Decrypted octets, borrowed for the call; may call tls_close(). */
	void (*received)(void *owner, struct bytes data);
	/* It is over: ERR_CLOSED by the peer (with close_notify or without: a message cut short is
	 * found by whoever frames messages), ERR_UNREACHABLE, ERR_TLS, ERR_SYSTEM, ERR_NOMEM.
	 * Nothing is called after it; the owner calls tls_close(). */
	void (*failed)(void *owner, int err);
};

struct tls;

/* Starts a non-blocking connect (TCP_NODELAY, TCP_USER_TIMEOUT). NULL: out of memory or
 * descriptors. */
struct tls *tls_connect(struct loop *loop, const struct tls_peer *peer,
	const struct address *address, const struct tls_events *events, void *owner);

/* data as one record (data.len <= 16384); the records of one turn of the loop go out together at
 * its end. Only when ready. ERR_LIMIT when 64 KiB wait already, ERR_NOMEM, ERR_CLOSED. Never calls
 * an event; when the connection breaks with it, failed() is posted. */
MUST_USE int tls_send(struct tls *tls, struct bytes data);

/* Closes and frees; sends close_notify if the socket takes it. No event after it. NULL is
 * accepted. */
void tls_close(struct tls *tls);

/* Why it failed, one sentence or two for a person: what was expected, what came, the likely cause
 * and the remedy. "" while nothing failed. */
const char *tls_failure(const struct tls *tls);

/* "TLS1.3 X25519 AES-256-GCM"; "" before the handshake is done. */
const char *tls_description(const struct tls *tls);

/* Days until the peer's certificate expires, INT_MAX before the handshake is done. */
int tls_days_left(const struct tls *tls);

/* For the version command. */
const char *tls_library_version(void);
