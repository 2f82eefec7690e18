/* SPDX-License-Identifier: MIT */
#include "net/tls.h"

#include <assert.h>
#include <errno.h>
#include <gnutls/gnutls.h>
#include <limits.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "net/backlog.h"
#include "net/dial.h"
#include "net/intake.h"
#include "net/tls_admission.h"
#include "net/tls_early.h"
#include "net/tls_failure.h"
#include "net/tls_hello.h"

/* Plain octets of one record at most, RFC 8446 section 5.1. The buffer lies on the stack while
 * records are read, so that a connection that is idle holds none. */
#define RECORD_LEN 16384

/* Records read, or handshake steps taken, of one connection a turn: then it is the others' turn. */
#define STEPS_A_TURN 16

/* Records of TLS's own (tickets, key updates) between two with data; GnuTLS keeps something of
 * each, so that a server that sends nothing else is cut off. */
#define CHATTER_MAX 256

/* Octets of one message of the handshake, or of a ticket. identity_examine() is stricter with
 * certificates. */
#define HANDSHAKE_LEN_MAX 65536

/* Octets that may wait to be sent; more means that the server does not read. */
#define QUEUE_MAX 65536

/*	CONNECTING ---> EARLY ---> HANDSHAKING ---> READY
 *	     |            |             |            |
 *	     +------------+-------------+------------+---> OVER (failed() is posted)
 * EARLY lasts for a call of early(). tls_close() is legal in every state. */
enum state { STATE_CONNECTING, STATE_EARLY, STATE_HANDSHAKING, STATE_READY, STATE_OVER };

static const bool legal_moves[][5] = {
	[STATE_CONNECTING] = { [STATE_EARLY] = true, [STATE_OVER] = true },
	[STATE_EARLY] = { [STATE_HANDSHAKING] = true, [STATE_OVER] = true },
	[STATE_HANDSHAKING] = { [STATE_READY] = true, [STATE_OVER] = true },
	[STATE_READY] = { [STATE_OVER] = true },
	[STATE_OVER] = { false },
};

struct tls {
	struct loop *loop;
	struct watch *watch;
	struct task more; /* goes on where the turn's share was spent */
	struct task told; /* calls failed() */
	const struct tls_events *events;
	void *owner;
	bool busy, closed; /* its call is under way, and an event has closed it: freed later */

	enum state state;
	int err; /* for failed() */
	struct tls_failure failure;

	struct tls_peer peer;
	struct address address;
	int fd;
	gnutls_session_t session;
	bool greeted; /* the peer's first octets have been looked at */
	struct tls_admission admission;
	struct tls_early early;
	char description[TLS_DESCRIPTION_LEN];

	unsigned chatter; /* records of TLS's own since the last one with data */
	struct intake intake;
	/* Records on their way out. Those of one turn leave together. */
	struct backlog queue;
	struct task send;
};

static void move(struct tls *tls, enum state to)
{
	assert(legal_moves[tls->state][to]);
	tls->state = to;
}

static void set_watch(struct tls *tls)
{
	int events = 0;
	switch (tls->state) {
	case STATE_CONNECTING: events = WATCH_WRITE; break;
	case STATE_EARLY:
	case STATE_HANDSHAKING:
	case STATE_READY: events = WATCH_READ | (tls->queue.len > 0 ? WATCH_WRITE : 0); break;
	case STATE_OVER: break;
	}
	watch_set(tls->watch, events);
}

/* The end: failed() comes on the loop's stack, with nothing of ours below it. */
static void end(struct tls *tls, int err)
{
	move(tls, STATE_OVER);
	tls->err = err;
	set_watch(tls);
	loop_post(tls->loop, &tls->told);
}

static void tell_failure(void *owner)
{
	struct tls *tls = owner;
	tls->events->failed(tls->owner, tls->err);
}

static void connect_failed(struct tls *tls, int cause)
{
	tls_failure_connect(&tls->failure, cause);
	end(tls, ERR_UNREACHABLE);
}

static void handshake_failed(struct tls *tls, int failed, int cause)
{
	int alert = (int)gnutls_alert_get(tls->session);

	tls->failure.asked = gnutls_certificate_client_get_request_status(tls->session);
	tls_failure_handshake(&tls->failure, failed, alert, cause);
	if (tls->early.len > 0)
		resumption_drop(&tls->admission.resumption);
	/* The peer's operator shall see why, too; if the socket is full they do not. */
	(void)gnutls_alert_send_appropriate(tls->session, failed);
	end(tls, ERR_TLS);
}

/* Called by GnuTLS when a message of the handshake has come, before it is read: certificates, the
 * peer's signature (with TLS 1.2 it stands in the key exchange), a ticket. */
static int look(gnutls_session_t session, unsigned type, unsigned when, unsigned incoming,
	const gnutls_datum_t *message)
{
	struct tls *tls = gnutls_session_get_ptr(session);
	(void)when; /* after it, as it is set */

	if (!incoming)
		return 0;
	return tls_admission_examine(&tls->admission, session, type,
		bytes_of(message->data, message->size), tls->failure.text);
}

/* Called by GnuTLS before it answers the certificate: a peer that is not who it should be gets
 * nothing from us but an alert. */
static int verify(gnutls_session_t session)
{
	struct tls *tls = gnutls_session_get_ptr(session);
	return tls_admission_verify(&tls->admission, session, tls->failure.text);
}

/* How GnuTLS reads. */
static ssize_t pull(gnutls_transport_ptr_t from, void *to, size_t len)
{
	struct tls *tls = from;
	ssize_t got = intake_pull(&tls->intake, to, len);

	if (got > 0 && !tls->greeted) {
		tls->greeted = true;
		/* All that came is in front of what was pulled. */
		if (!tls_failure_is_tls(
			    &tls->failure, bytes_of(tls->intake.octets, tls->intake.len))) {
			errno = EPROTO;
			return -1;
		}
	}
	return got;
}

/* Does GnuTLS wait for octets that have been read ahead? */
static bool more_is_here(const struct tls *tls)
{
	return gnutls_record_get_direction(tls->session) == 0 && intake_waiting(&tls->intake) > 0;
}

/* Did the peer choose the protocol that it must speak? */
static bool alpn_agreed(struct tls *tls)
{
	gnutls_datum_t chosen;

	if (!tls->peer.alpn_required)
		return true;
	/* A choice that was not offered is none to GnuTLS. */
	if (gnutls_alpn_get_selected_protocol(tls->session, &chosen) == 0)
		return true;
	tls_failure_alpn(&tls->failure);
	(void)gnutls_alert_send(tls->session, GNUTLS_AL_FATAL, GNUTLS_A_NO_APPLICATION_PROTOCOL);
	return false;
}

/* What went early and was not taken goes again. False: it is over with that. */
static bool catch_up(struct tls *tls)
{
	struct bytes piece;
	int err = 0;

	while (err == 0 && !tls_early_accepted(tls->session) && tls_early_next(&tls->early, &piece))
		err = tls_send(tls, piece);
	tls_early_done(&tls->early);
	return err == 0;
}

static void handshake(struct tls *tls)
{
	for (int i = 0; i < STEPS_A_TURN; i++) {
		errno = 0;
		int failed = gnutls_handshake(tls->session);
		int cause = errno;
		if (failed == 0 && !alpn_agreed(tls)) {
			end(tls, ERR_TLS);
			return;
		}
		if (failed == 0) {
			tls_report_describe(tls->session, tls->early.len > 0, tls->description);
			move(tls, STATE_READY);
			tls_admission_complete(&tls->admission, tls->session);
			set_watch(tls);
			/* Records may have come with the end of the handshake. */
			loop_post(tls->loop, &tls->more);
			if (catch_up(tls))
				tls->events->ready(tls->owner);
			return;
		}
		if (failed == GNUTLS_E_AGAIN && !more_is_here(tls)) {
			set_watch(tls);
			return;
		}
		if (gnutls_error_is_fatal(failed)) {
			handshake_failed(tls, failed, cause);
			return;
		}
		/* Interrupted, or a warning alert: once more. */
	}
	loop_post(tls->loop, &tls->more);
}

/* Lets the owner send what the ticket allows. False: there is nothing to go on with. */
static bool begin_early(struct tls *tls)
{
	if (!tls->peer.early_data || !tls->admission.resumption.begun || !tls->events->early)
		return true;
	tls_early_init(&tls->early, tls->session);
	if (tls->early.room == 0)
		return true;
	tls->events->early(tls->owner, tls->early.room);
	if (tls->closed)
		return false;
	if (tls_early_offer(&tls->early, tls->session) == 0)
		return true;
	end(tls, ERR_NOMEM);
	return false;
}

static void connected(struct tls *tls)
{
	int cause = dial_result(tls->fd);

	if (cause) {
		connect_failed(tls, cause);
		return;
	}
	move(tls, STATE_EARLY);
	if (!begin_early(tls))
		return;
	move(tls, STATE_HANDSHAKING);
	handshake(tls);
}

/* A ready connection breaks. The end of the stream without close_notify is the usual way of
 * servers to close what is idle; a message cut short is found by whoever frames messages. */
static void broken(struct tls *tls, int failed, int cause)
{
	int alert = (int)gnutls_alert_get(tls->session);
	tls->failure.asked = gnutls_certificate_client_get_request_status(tls->session);
	int err = tls_failure_broken(&tls->failure, failed, alert, cause);

	/* The peer's operator shall see why, too. */
	if (failed == GNUTLS_E_REHANDSHAKE)
		(void)gnutls_alert_send(tls->session, GNUTLS_AL_WARNING, GNUTLS_A_NO_RENEGOTIATION);
	else if (err == ERR_TLS && failed != GNUTLS_E_FATAL_ALERT_RECEIVED)
		(void)gnutls_alert_send_appropriate(tls->session, failed);
	end(tls, err);
}

/* Until there is no more, the turn's share is spent, or the owner has closed it. */
static void read_records(struct tls *tls)
{
	uint8_t octets[RECORD_LEN];

	for (int i = 0; i < STEPS_A_TURN; i++) {
		errno = 0;
		ssize_t len = gnutls_record_recv(tls->session, octets, sizeof(octets));
		int cause = errno;
		if (len > 0) {
			tls->chatter = 0;
			tls->events->received(tls->owner, bytes_of(octets, (size_t)len));
			if (tls->closed || tls->state != STATE_READY)
				return;
		} else if (len == GNUTLS_E_AGAIN) {
			/* It says so after a record of its own, too, such as a key update. */
			if (!more_is_here(tls))
				return;
			if (++tls->chatter > CHATTER_MAX) {
				broken(tls, GNUTLS_E_UNEXPECTED_PACKET, 0);
				return;
			}
		} else if (len == 0 || len == GNUTLS_E_REHANDSHAKE ||
			   gnutls_error_is_fatal((int)len)) {
			broken(tls, (int)len, cause);
			return;
		}
		/* Else interrupted, or a warning alert: once more. */
	}
	/* What lies decrypted in GnuTLS, or was read ahead, makes no descriptor ready. */
	if (gnutls_record_check_pending(tls->session) > 0 || intake_waiting(&tls->intake) > 0)
		loop_post(tls->loop, &tls->more);
}

/* How GnuTLS writes: nothing goes out before flush(). */
static ssize_t push(gnutls_transport_ptr_t to, const void *octets, size_t len)
{
	struct tls *tls = to;
	int err = backlog_reserve(&tls->queue, len, 2 * QUEUE_MAX);

	if (err != 0) {
		/* A peer can make us say more than tls_send() does, and not read it. */
		errno = err == ERR_NOMEM ? ENOMEM : ENOBUFS;
		return -1;
	}
	backlog_append(&tls->queue, bytes_of(octets, len));
	return (ssize_t)len;
}

static void flush(struct tls *tls)
{
	if (backlog_flush(&tls->queue, tls->fd) != 0) {
		/* Nothing can go out any more; what the peer sent before may still come. */
		int cause = errno;
		backlog_done(&tls->queue);
		if (tls->state == STATE_READY)
			broken(tls, GNUTLS_E_PUSH_ERROR, cause);
	}
	set_watch(tls);
}

static void send_now(void *owner)
{
	struct tls *tls = owner;
	if (tls->state != STATE_OVER)
		flush(tls);
}

static void step(struct tls *tls, int events)
{
	tls->busy = true;
	if (tls->state == STATE_CONNECTING) {
		connected(tls);
	} else if (tls->state == STATE_HANDSHAKING) {
		handshake(tls);
	} else {
		if (tls->state == STATE_READY && (events & WATCH_WRITE))
			flush(tls);
		if (tls->state == STATE_READY && (events & WATCH_READ))
			read_records(tls);
	}
	tls->busy = false;
	if (tls->closed)
		free(tls);
	else if (tls->queue.len > 0)
		flush(tls);
}

static void ready(void *owner, int events)
{
	step(owner, events);
}

static void go_on(void *owner)
{
	step(owner, WATCH_READ);
}

static int session_fill(struct tls *tls)
{
	int failed = tls_hello_fill(tls->session, &tls->peer);

	if (failed)
		return failed;
	gnutls_session_set_ptr(tls->session, tls);
	gnutls_session_set_verify_function(tls->session, verify);
	gnutls_handshake_set_hook_function(
		tls->session, GNUTLS_HANDSHAKE_ANY, GNUTLS_HOOK_POST, look);
	gnutls_transport_set_ptr(tls->session, tls);
	gnutls_transport_set_pull_function(tls->session, pull);
	gnutls_transport_set_push_function(tls->session, push);
	intake_init(&tls->intake, tls->fd);
	/* The owner has deadlines of its own. */
	gnutls_handshake_set_timeout(tls->session, GNUTLS_INDEFINITE_TIMEOUT);
	gnutls_handshake_set_max_packet_length(tls->session, HANDSHAKE_LEN_MAX);
	tls_admission_begin(&tls->admission, tls->session);
	return 0;
}

static bool open_socket(struct tls *tls)
{
	if (dial_socket(&tls->address, &tls->fd) != 0)
		return false;
	tls->watch = watch_new(tls->loop, tls->fd, ready, tls);
	return tls->watch != NULL;
}

struct tls *tls_connect(struct loop *loop, const struct tls_peer *peer,
	const struct address *address, const struct tls_events *events, void *owner)
{
	/* Where sessions are not resumed servers need not make tickets. */
	const unsigned flags = GNUTLS_CLIENT | GNUTLS_NONBLOCK | GNUTLS_NO_SIGNAL |
			       (peer->tickets ? 0 : GNUTLS_NO_TICKETS);
	struct tls *tls = calloc(1, sizeof(*tls));
	if (!tls)
		return NULL;
	tls->loop = loop;
	tls->peer = *peer;
	tls->address = *address;
	tls->failure = (struct tls_failure){ .peer = &tls->peer, .address = &tls->address };
	tls->admission = (struct tls_admission){ .peer = &tls->peer, .address = &tls->address };
	tls->events = events;
	tls->owner = owner;
	tls->fd = -1;
	backlog_init(&tls->queue);
	task_init(&tls->more, go_on, tls);
	task_init(&tls->told, tell_failure, tls);
	task_init(&tls->send, send_now, tls);
	if (!open_socket(tls) || gnutls_init(&tls->session, flags) != 0 || session_fill(tls) != 0) {
		tls_close(tls);
		return NULL;
	}
	set_watch(tls);
	int cause = dial_begin(tls->fd, address);
	if (cause)
		connect_failed(tls, cause);
	return tls;
}

int tls_send(struct tls *tls, struct bytes data)
{
	assert(data.len <= RECORD_LEN);
	if (tls->state == STATE_EARLY)
		return tls_early_add(&tls->early, data);
	if (tls->state != STATE_READY)
		return ERR_CLOSED;
	if (tls->queue.len >= QUEUE_MAX)
		return ERR_LIMIT;
	/* More than once only to a peer that wants small records (RFC 8449). */
	while (data.len > 0) {
		errno = 0;
		ssize_t sent = gnutls_record_send(tls->session, data.at, data.len);
		if (sent < 0) {
			int cause = errno;
			broken(tls, (int)sent, cause);
			return cause == ENOMEM ? ERR_NOMEM : ERR_CLOSED;
		}
		data.at += sent;
		data.len -= (size_t)sent;
	}
	loop_post(tls->loop, &tls->send);
	return 0;
}

void tls_close(struct tls *tls)
{
	if (!tls)
		return;
	task_cancel(&tls->more);
	task_cancel(&tls->told);
	task_cancel(&tls->send);
	if (tls->state == STATE_READY)
		(void)gnutls_bye(tls->session, GNUTLS_SHUT_WR);
	/* The bye or an alert: a courtesy, not waited for. */
	if (tls->queue.len > 0 && backlog_flush(&tls->queue, tls->fd) != 0)
		backlog_done(&tls->queue);
	if (tls->session)
		gnutls_deinit(tls->session);
	watch_free(tls->watch);
	if (tls->fd >= 0)
		close(tls->fd);
	backlog_done(&tls->queue);
	tls_early_done(&tls->early);
	tls->closed = true;
	if (!tls->busy)
		free(tls);
}

const char *tls_failure(const struct tls *tls)
{
	return tls->failure.text;
}

const char *tls_description(const struct tls *tls)
{
	return tls->description;
}

const char *tls_remark(const struct tls *tls)
{
	return tls->admission.remark;
}

bool tls_report(const struct tls *tls, struct tls_report *out)
{
	if (tls->description[0] == '\0')
		return false;
	tls_report_read(tls->session, out);
	return true;
}

const struct credential *tls_credential(void *session)
{
	const struct tls *tls = gnutls_session_get_ptr(session);
	return tls->peer.credential;
}

bool tls_way_stands(const struct tls *tls)
{
	return dial_way_stands(tls->fd);
}

int tls_days_left(const struct tls *tls)
{
	return tls->description[0] == '\0' ? INT_MAX : tls_admission_days_left(&tls->admission);
}

const char *tls_library_version(void)
{
	return gnutls_check_version(NULL);
}
