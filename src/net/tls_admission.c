/* SPDX-License-Identifier: MIT */
#include "net/tls_admission.h"

#include <assert.h>
#include <gnutls/gnutls.h>
#include <limits.h>
#include <stdio.h>

#include "base/clock.h"
#include "net/identity.h"

#define DAY_S 86400

static_assert(TLS_FAILURE_LEN == IDENTITY_WHY_LEN, "a sentence of identity's is passed on");

static int certificate_error(int err)
{
	if (err == 0)
		return 0;
	return err == ERR_NOMEM ? GNUTLS_E_MEMORY_ERROR : GNUTLS_E_CERTIFICATE_ERROR;
}

static struct identity identity_of(
	const struct tls_admission *admission, char where[static ADDRESS_TEXT_LEN])
{
	return (struct identity){
		.host = admission->peer->host,
		.where = address_write(admission->address, where),
		.trust = admission->peer->trust,
		.pins = admission->peer->pins,
	};
}

void tls_admission_begin(struct tls_admission *admission, void *session)
{
	const struct tls_peer *peer = admission->peer;

	resumption_begin(&admission->resumption, session, peer->tickets, peer->ticket_key);
}

int tls_admission_examine(struct tls_admission *admission, void *session, unsigned type,
	struct bytes message, char why[static TLS_FAILURE_LEN])
{
	char where[ADDRESS_TEXT_LEN];
	const struct identity peer = identity_of(admission, where);

	/* At it GnuTLS (3.7) fails while early data are under way: no tickets, no early data. */
	if (type == GNUTLS_HANDSHAKE_HELLO_RETRY_REQUEST && admission->peer->early_data) {
		resumption_drop(&admission->resumption);
		resumption_forget(&admission->resumption);
	}
	/* With TLS 1.2 it comes before the handshake is done; tls_admission_complete() keeps it. */
	if (type == GNUTLS_HANDSHAKE_NEW_SESSION_TICKET &&
		gnutls_protocol_get_version(session) == GNUTLS_TLS1_3)
		resumption_keep(&admission->resumption, session);
	return certificate_error(identity_examine(&peer, session, type, message, why));
}

int tls_admission_verify(
	struct tls_admission *admission, void *session, char why[static TLS_FAILURE_LEN])
{
	char where[ADDRESS_TEXT_LEN];
	const struct identity peer = identity_of(admission, where);
	struct identity_proof proof;

	int err = identity_verify(&peer, session, &proof, why);
	if (err == ERR_TLS && admission->peer->profile == TLS_OPPORTUNISTIC) {
		snprintf(admission->remark, sizeof(admission->remark),
			"profile: opportunistic lets pass who has not proved who they are: %s",
			why);
		why[0] = '\0';
		admission->expires_s = INT64_MAX;
		resumption_forget(&admission->resumption);
		return 0;
	}
	if (err != 0)
		return certificate_error(err);
	snprintf(admission->remark, sizeof(admission->remark), "%s", proof.remark);
	admission->expires_s = proof.expires_s;
	/* What is let pass for now is not to be let pass by a ticket later. */
	if (proof.bypassed)
		resumption_forget(&admission->resumption);
	resumption_prove(&admission->resumption, proof.until_s, proof.expires_s);
	return 0;
}

void tls_admission_complete(struct tls_admission *admission, void *session)
{
	if (gnutls_session_is_resumed(session))
		admission->expires_s = admission->resumption.expires_s;
	if (gnutls_protocol_get_version(session) != GNUTLS_TLS1_3)
		resumption_keep(&admission->resumption, session);
}

int tls_admission_days_left(const struct tls_admission *admission)
{
	if (admission->expires_s == INT64_MAX)
		return INT_MAX;
	const int64_t days = (admission->expires_s - clock_wall_s()) / DAY_S;
	return days < INT_MAX ? (int)days : INT_MAX;
}
