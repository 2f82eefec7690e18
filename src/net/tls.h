/* SPDX-License-Identifier: MIT */
/* A TLS client connection to an upstream: TCP connect, handshake, proof of identity, records.
 * Nothing is sent before the peer has proved who it is, unless the profile asks for less, or early
 * data are allowed: then to whoever proved it when the session that is resumed began. */
#pragma once

#include "base/address.h"
#include "base/bytes.h"
#include "net/credential.h"
#include "net/loop.h"
#include "net/pin.h"
#include "net/tickets.h"
#include "net/tls_report.h"
#include "net/trust.h"

#define TLS_FAILURE_LEN 384
#define TLS_REMARK_LEN	(TLS_FAILURE_LEN + 128)

enum tls_version { TLS_VERSION_1_2, TLS_VERSION_1_3 };

/* RFC 8310 section 5 */
enum tls_profile {
	TLS_STRICT,	   /* who has not proved who they are gets nothing */
	TLS_OPPORTUNISTIC, /* encrypted in any case, with whomever it may be */
};

/* What is expected of the peer, and what we are to it. What it points at must outlive the
 * connection. */
struct tls_peer {
	const char *host; /* DNS name or literal IP address that subjectAltName must have */
	const char *alpn; /* offered, e.g. "dot"; NULL: none. A server that ignores ALPN is fine */
	bool alpn_required; /* it is not: it must choose what was offered */
	enum tls_version min_version;
	enum tls_profile profile;
	const struct trust *trust;
	struct pins pins;
	const struct credential *credential; /* shown when the peer asks; NULL: none */
	struct tickets *tickets;	     /* NULL: sessions are not resumed */
	const uint8_t *ticket_key;	     /* of the peer and all that is expected of it */
	bool early_data;		     /* early() may come */
};

/* Events come on the loop's stack, never from within a call of ours. */
struct tls_events {
	/* Before ready(), at most once: so many octets may go with the handshake already by
	 * tls_send() within the call, each record's once, though others may replay them; what the
	 * peer does not take then is sent again after the handshake. May be NULL.
	 * RFC 8446 sections 2.3 and 8 */
	void (*early)(void *owner, size_t room);
	/* The handshake is done and the peer is who it should be, or the profile does not ask. */
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
 * its end. Only when ready, or within early(). ERR_LIMIT when 64 KiB wait already, ERR_NOMEM,
 * ERR_CLOSED. Never calls an event; when the connection breaks with it, failed() is posted. */
MUST_USE int tls_send(struct tls *tls, struct bytes data);

/* Closes and frees; sends close_notify if the socket takes it. No event after it. NULL is
 * accepted. */
void tls_close(struct tls *tls);

/* Why it failed, one sentence or two for a person: what was expected, what came, the likely cause
 * and the remedy. "" while nothing failed. */
const char *tls_failure(const struct tls *tls);

/* What a person should know of a peer that was let in all the same, or "": it has not proved who it
 * is, or shows another key than it did. The same as long as that does not change. */
const char *tls_remark(const struct tls *tls);

/* As tls_report_describe() has it; "" before the handshake is done. */
const char *tls_description(const struct tls *tls);

/* Days until the peer's certificate expires, INT_MAX before the handshake is done, and where the
 * certificate's end is of no matter. */
int tls_days_left(const struct tls *tls);

/* Does the network still lead from where it is to its peer, as dial_way_stands() has it? */
bool tls_way_stands(const struct tls *tls);

/* All that there is to tell of it. False before the handshake is done. */
bool tls_report(const struct tls *tls, struct tls_report *out);

/* What the peer of a session (a gnutls_session_t) of ours may be shown, or NULL; for
 * net/credential.c alone. */
const struct credential *tls_credential(void *session);

/* For the version command. */
const char *tls_library_version(void);
