/* SPDX-License-Identifier: MIT */
#include "net/tls_failure.h"

#include <gnutls/gnutls.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "net/dial.h"
#include "net/sentence.h"

/* Of another protocol's greeting, as it is shown. */
#define GREETING_LEN 32

/* "dns.example at 192.0.2.1:853" */
#define WHO_LEN (ADDRESS_TEXT_LEN + 110)

static const char *who_write(const struct tls_failure *failure, char text[static WHO_LEN])
{
	char where[ADDRESS_TEXT_LEN];
	snprintf(text, WHO_LEN, "%.100s at %s", failure->peer->host,
		address_write(failure->address, where));
	return text;
}

PRINTF(2, 3) static void explain(struct tls_failure *failure, const char *format, ...)
{
	va_list list;

	if (failure->text[0] != '\0')
		return;
	va_start(list, format);
	sentence_write(failure->text, sizeof(failure->text), format, list);
	va_end(list);
}

void tls_failure_connect(struct tls_failure *failure, int cause)
{
	char who[WHO_LEN];

	explain(failure, "no TCP connection to %s: %s: %s", who_write(failure, who),
		strerror(cause), dial_advice(cause, failure->address));
}

static const char *versions_wanted(const struct tls_failure *failure)
{
	return failure->peer->min_version == TLS_VERSION_1_3 ? "TLS 1.3" : "TLS 1.2 or 1.3";
}

static const char *alert_name(int alert)
{
	const char *name = gnutls_alert_get_name((gnutls_alert_description_t)alert);
	return name ? name : "unknown";
}

/* What to do about an alert that is about who we are; NULL: it is not. */
static const char *credential_advice(const struct tls_failure *failure, int alert)
{
	const bool ours = failure->peer->credential != NULL;

	switch (alert) {
	case GNUTLS_A_HANDSHAKE_FAILURE:
		/* The way of TLS 1.2 to say that a certificate is required. */
		if (ours || !failure->asked)
			return NULL;
		break;
	case GNUTLS_A_CERTIFICATE_REQUIRED:
	case GNUTLS_A_BAD_CERTIFICATE:
	case GNUTLS_A_ACCESS_DENIED: break;
	case GNUTLS_A_UNSUPPORTED_CERTIFICATE:
	case GNUTLS_A_CERTIFICATE_REVOKED:
	case GNUTLS_A_CERTIFICATE_EXPIRED:
	case GNUTLS_A_CERTIFICATE_UNKNOWN:
	case GNUTLS_A_UNKNOWN_CA:
	case GNUTLS_A_DECRYPT_ERROR:
		if (!ours)
			return NULL;
		break;
	default: return NULL;
	}
	return ours ? "it does not accept the client certificate in client-cert:; ask its operator "
		      "which one it wants"
		    : "it wants a client certificate; ask its operator for one, and set "
		      "client-cert: "
		      "and client-key:";
}

/* The alert by which the peer refused us. */
static void explain_alert(struct tls_failure *failure, const char *who, int alert)
{
	const char *advice = credential_advice(failure, alert);

	if (advice) {
		explain(failure, "%s refused the TLS handshake (alert \"%s\"): %s", who,
			alert_name(alert), advice);
		return;
	}
	advice = "its operator may know why";
	if (alert == GNUTLS_A_PROTOCOL_VERSION)
		advice = "it knows only older protocol versions, which are not safe";
	else if (alert == GNUTLS_A_HANDSHAKE_FAILURE || alert == GNUTLS_A_INSUFFICIENT_SECURITY)
		advice = "no protocol version or cipher suite in common; it may know only old ones";
	else if (alert == GNUTLS_A_NO_APPLICATION_PROTOCOL)
		advice = "it speaks another protocol on this port; check the port and whether it "
			 "is DNS over TLS or over HTTPS";
	else if (alert == GNUTLS_A_UNRECOGNIZED_NAME)
		advice = "it does not know that name; check the name in url: or the address";
	explain(failure,
		"%s refused the TLS handshake (alert \"%s\"); expected %s with AEAD ciphers: %s",
		who, alert_name(alert), versions_wanted(failure), advice);
}

void tls_failure_handshake(struct tls_failure *failure, int failed, int alert, int cause)
{
	char who[WHO_LEN];

	who_write(failure, who);
	switch (failed) {
	case GNUTLS_E_FATAL_ALERT_RECEIVED: explain_alert(failure, who, alert); break;
	case GNUTLS_E_PREMATURE_TERMINATION:
	case GNUTLS_E_SESSION_EOF:
	case GNUTLS_E_PULL_ERROR:
	case GNUTLS_E_PUSH_ERROR:
		explain(failure,
			"%s closed the connection during the TLS handshake%s%s: it may be "
			"overloaded, not speak TLS on this port, or something on the way cuts TLS "
			"to that name",
			who, cause ? ": " : "", cause ? strerror(cause) : "");
		break;
	case GNUTLS_E_UNSUPPORTED_VERSION_PACKET:
		explain(failure,
			"%s offers no protocol version that is safe; expected %s: its operator "
			"must upgrade it",
			who, versions_wanted(failure));
		break;
	case GNUTLS_E_NO_CIPHER_SUITES:
	case GNUTLS_E_UNKNOWN_CIPHER_SUITE:
	case GNUTLS_E_NO_COMMON_KEY_SHARE:
	case GNUTLS_E_INSUFFICIENT_SECURITY:
		explain(failure,
			"%s chose ciphers or keys that are not safe (%s); expected AEAD ciphers "
			"with ECDHE: its operator must upgrade it",
			who, gnutls_strerror(failed));
		break;
	case GNUTLS_E_SAFE_RENEGOTIATION_FAILED:
	case GNUTLS_E_UNSAFE_RENEGOTIATION_DENIED:
		explain(failure,
			"%s lacks safe renegotiation (RFC 5746), which lets others slip data in: "
			"its operator must upgrade it",
			who);
		break;
	default:
		explain(failure,
			"%s broke off or broke the TLS handshake: %s: its operator may know why",
			who, gnutls_strerror(failed));
	}
}

bool tls_failure_is_tls(struct tls_failure *failure, struct bytes octets)
{
	char who[WHO_LEN], greeting[GREETING_LEN];

	/* A record's type, alert or handshake, and the major version 3 (RFC 8446 section 5.1). */
	if ((octets.at[0] == 21 || octets.at[0] == 22) && (octets.len == 1 || octets.at[1] == 3))
		return true;
	explain(failure, "%s does not speak TLS; expected a handshake, got %s: check the port",
		who_write(failure, who), sentence_quote(greeting, sizeof(greeting), octets));
	return false;
}

void tls_failure_alpn(struct tls_failure *failure)
{
	char who[WHO_LEN];

	explain(failure,
		"%s did not agree to the protocol \"%s\" (ALPN), which is needed; it may know "
		"HTTP/1.1 only or speak something else on this port: check the port, or use "
		"another "
		"upstream",
		who_write(failure, who), failure->peer->alpn);
}

int tls_failure_broken(struct tls_failure *failure, int failed, int alert, int cause)
{
	char who[WHO_LEN];

	who_write(failure, who);
	switch (failed) {
	case 0: explain(failure, "%s closed the connection", who); return ERR_CLOSED;
	case GNUTLS_E_PREMATURE_TERMINATION:
		if (cause == 0) {
			explain(failure,
				"%s closed the connection without a word (no close_notify)", who);
			return ERR_CLOSED;
		}
		/* fallthrough */
	case GNUTLS_E_PULL_ERROR:
	case GNUTLS_E_PUSH_ERROR:
		explain(failure, "the connection to %s broke: %s", who,
			cause ? strerror(cause) : gnutls_strerror(failed));
		return ERR_SYSTEM;
	case GNUTLS_E_REHANDSHAKE:
		explain(failure,
			"%s asked for renegotiation, which is refused: its operator must "
			"switch it off",
			who);
		break;
	case GNUTLS_E_FATAL_ALERT_RECEIVED: {
		/* With TLS 1.3 a server looks at our certificate when we are ready already. */
		const char *advice = credential_advice(failure, alert);
		explain(failure, "%s ended the connection with the alert \"%s\"%s%s", who,
			alert_name(alert), advice ? ": " : "", advice ? advice : "");
		break;
	}
	default: explain(failure, "a record from %s is bad: %s", who, gnutls_strerror(failed));
	}
	return ERR_TLS;
}
