/* SPDX-License-Identifier: MIT */
/* net/tls.h and net/trust.h without a network: the test sees what was sent, and is the peer. Link
 * fake_tls.c before net, whose tls.c and trust.c are then left out. */
#pragma once

#include "net/tls.h"

/* Connections that can be opened between two resets. */
#define FAKE_TLS_MAX 256

/* Forgets all connections; every one must be closed. */
void fake_tls_reset(void);

/* Connections opened since the reset, closed ones too, in order. */
size_t fake_tls_count(void);
struct tls *fake_tls_at(size_t i);

/* Those that are not closed. */
size_t fake_tls_open_count(void);

/* From now on tls_connect() gives NULL. */
void fake_tls_refuse(bool refuse);

const struct address *fake_tls_address(const struct tls *tls);
const struct tls_peer *fake_tls_peer(const struct tls *tls); /* its strings live as the endpoint */
bool fake_tls_closed(const struct tls *tls);

/* What was sent, one tls_send() each, gone when the connection is closed. */
size_t fake_tls_records(const struct tls *tls);
struct bytes fake_tls_record(const struct tls *tls, size_t i);

/* The i-th message sent, without its length, wherever records begin; len 0: there is none. */
struct bytes fake_tls_message(const struct tls *tls, size_t i);
size_t fake_tls_messages(const struct tls *tls);

/* What tls_send() gives from now on; 0: it works. */
void fake_tls_send_gives(struct tls *tls, int err);

/* Before fake_tls_ready(). */
void fake_tls_set_days_left(struct tls *tls, int days);
void fake_tls_set_remark(struct tls *tls, const char *remark); /* borrowed */

/* TCP stands, and the ticket lets so many octets go; what is not accepted the owner sends again as
 * net/tls.h does, with fake_tls_ready(). */
void fake_tls_early(struct tls *tls, size_t room);

/* The peer acts; the connection must not be closed. */
void fake_tls_ready(struct tls *tls);
bool fake_tls_is_ready(const struct tls *tls);
void fake_tls_feed(struct tls *tls, struct bytes data);
void fake_tls_fail(struct tls *tls, int err, const char *why);

/* The network leads from it to its peer no more. */
void fake_tls_lead_astray(struct tls *tls);

/* Holds on all fake trusts together. */
size_t fake_trust_holds(void);
