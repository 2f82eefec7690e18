/* SPDX-License-Identifier: MIT */
/* The floor of memory: no program that checks certificates with GnuTLS can do with less. It reads a
 * CA's file and a priority string, and waits; nothing is connected yet.
 * Usage: gnutls CA-FILE; says "ready" and runs until a signal ends it. */
#include <gnutls/gnutls.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static const char priority[] = "NORMAL:-VERS-ALL:+VERS-TLS1.3:+VERS-TLS1.2";

int main(int argc, char **argv)
{
	gnutls_certificate_credentials_t trust;
	gnutls_priority_t ciphers;

	if (argc != 2) {
		fputs("usage: gnutls CA-FILE\n", stderr);
		return EXIT_FAILURE;
	}
	if (gnutls_certificate_allocate_credentials(&trust) < 0 ||
		gnutls_certificate_set_x509_trust_file(trust, argv[1], GNUTLS_X509_FMT_PEM) < 1 ||
		gnutls_priority_init(&ciphers, priority, NULL) < 0) {
		fputs("gnutls: TLS is not to be had\n", stderr);
		return EXIT_FAILURE;
	}
	fputs("ready\n", stderr);
	for (;;)
		pause();
}
