/* SPDX-License-Identifier: MIT */
#include "net/tls_hello.h"

#include <gnutls/gnutls.h>
#include <string.h>

static bool is_ip(const char *host)
{
	struct address address;
	return address_parse(host, 0, &address) == 0;
}

int tls_hello_fill(void *session, const struct tls_peer *peer)
{
	void *priority = trust_priority(peer->trust, peer->min_version == TLS_VERSION_1_3);
	int failed = gnutls_priority_set(session, priority);

	if (!failed)
		failed = gnutls_credentials_set(
			session, GNUTLS_CRD_CERTIFICATE, trust_credentials(peer->trust));
	/* No address in SNI, RFC 6066 section 3. */
	if (!failed && !is_ip(peer->host))
		failed = gnutls_server_name_set(
			session, GNUTLS_NAME_DNS, peer->host, strlen(peer->host));
	if (!failed && peer->alpn) {
		gnutls_datum_t alpn = { unconst(peer->alpn), (unsigned)strlen(peer->alpn) };
		failed = gnutls_alpn_set_protocols(session, &alpn, 1, 0);
	}
	return failed;
}
