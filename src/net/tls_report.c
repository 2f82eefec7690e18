/* SPDX-License-Identifier: MIT */
#include "net/tls_report.h"

#include <gnutls/gnutls.h>
#include <gnutls/x509.h>
#include <stdarg.h>
#include <stdio.h>

#include "base/clock.h"
#include "net/ocsp.h"
#include "net/sentence.h"
#include "net/tls_early.h"

PRINTF(3, 4) static void say(char *text, size_t len, const char *format, ...)
{
	va_list list;

	va_start(list, format);
	sentence_write(text, len, format, list);
	va_end(list);
}

static void say_word(char text[static TLS_REPORT_WORD_LEN], const char *word)
{
	say(text, TLS_REPORT_WORD_LEN, "%s", word ? word : "");
}

static void read_certificate(void *session, gnutls_x509_crt_t of, struct tls_report *out)
{
	char dn[CHAIN_DN_LEN];
	struct certpath_names names;
	struct ocsp ocsp;
	struct pin pin;

	say(out->subject, sizeof(out->subject), "%s", certpath_dn_write(of, false, dn));
	say(out->issuer, sizeof(out->issuer), "%s", certpath_dn_write(of, true, dn));
	certpath_names_read(of, &names);
	say(out->names, sizeof(out->names), "%s", names.text);
	out->from_s = gnutls_x509_crt_get_activation_time(of);
	out->expires_s = gnutls_x509_crt_get_expiration_time(of);
	int kind = gnutls_x509_crt_get_pk_algorithm(of, &out->key_bits);
	if (kind >= 0)
		say_word(out->key, gnutls_pk_get_name((gnutls_pk_algorithm_t)kind));
	if (certpath_pin(of, &pin) == 0)
		pin_write(&pin, out->pin);
	ocsp_read(session, 0, of, clock_wall_s(), &ocsp);
	say_word(out->ocsp, ocsp_text(ocsp.state));
}

void tls_report_describe(void *session, bool early, char text[static TLS_DESCRIPTION_LEN])
{
	const char *version = gnutls_protocol_get_name(gnutls_protocol_get_version(session));
	const char *group = gnutls_group_get_name(gnutls_group_get(session));
	const char *cipher = gnutls_cipher_get_name(gnutls_cipher_get(session));
	const char *taken = tls_early_accepted(session) ? ", early data" : ", early data refused";

	snprintf(text, TLS_DESCRIPTION_LEN, "%s %s %s%s%s", version ? version : "?",
		group ? group : "?", cipher ? cipher : "?",
		gnutls_session_is_resumed(session) ? " resumed" : "", early ? taken : "");
}

void tls_report_read(void *session, struct tls_report *out)
{
	struct certpath chain = { .count = 0 };
	struct tls_early early;
	gnutls_datum_t alpn;

	*out = (struct tls_report){ .resumed = gnutls_session_is_resumed(session) };
	tls_early_init(&early, session);
	out->early = out->resumed && early.room > 0;
	say_word(out->version, gnutls_protocol_get_name(gnutls_protocol_get_version(session)));
	say_word(out->suite, gnutls_cipher_get_name(gnutls_cipher_get(session)));
	say_word(out->group, gnutls_group_get_name(gnutls_group_get(session)));
	if (gnutls_alpn_get_selected_protocol(session, &alpn) == 0)
		say(out->alpn, sizeof(out->alpn), "%.*s", (int)alpn.size, (const char *)alpn.data);
	/* What cannot be read stays unsaid. */
	if (certpath_read(session, &chain) == 0)
		read_certificate(session, chain.sent[0], out);
	certpath_done(&chain);
}
