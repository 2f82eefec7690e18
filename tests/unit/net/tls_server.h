/* SPDX-License-Identifier: MIT */
/* A real TLS server for one connection, in a thread, with certificates made on the spot. */
#pragma once

#include <gnutls/gnutls.h>
#include <gnutls/x509.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/address.h"

#define CHAIN_LEN 3

/* A certificate and its key. */
struct pass {
	gnutls_x509_crt_t certificate;
	gnutls_x509_privkey_t key;
};

/* What a certificate is to say; zero is an ordinary P-256 one for servers, valid now. */
struct pass_wish {
	const char *common_name;
	const char *dns, *dns2, *ip; /* of subjectAltName */
	const char *odd[3];	     /* instead of them: DNS names of any octets, NULL at the end */
	unsigned names;		     /* instead of them: so many DNS names of one letter */
	const char *purpose;	     /* OID; NULL: none said */
	unsigned rsa_bits;	     /* 0: ECDSA P-256 */
	gnutls_digest_algorithm_t hash; /* of the issuer's signature; 0: SHA-256 */
	bool ca;
	int from_days, until_days; /* from now; both 0: -1 and 90 */
	int until_s;		   /* besides until_days */
	const struct pass *issuer; /* NULL: self-signed */
	const char *permitted;	   /* DNS name constraint of a CA */
};

void pass_make(struct pass *pass, const struct pass_wish *wish);
void pass_done(struct pass *pass);

/* Writes the certificates as PEM to a new file; path is filled in. */
void pass_write(const struct pass *const *passes, unsigned count, char path[static 64]);

/* The same for a private key, mode 0600. */
void pass_write_key(const struct pass *pass, char path[static 64]);

struct tls_server {
	/* Set before the start. */
	const char *priority;			 /* NULL: NORMAL */
	const struct pass *chain[CHAIN_LEN + 1]; /* leaf first, NULL at the end; none: no TLS */
	const char *alpn;			 /* required of the client; NULL: ignored */
	bool octet_by_octet;			 /* each octet in a segment of its own */
	const gnutls_datum_t *ticket_key;	 /* NULL: it gives no tickets */
	gnutls_anti_replay_t early;		 /* it takes early data, each once; NULL: none */
	size_t early_max;			 /* so much of it, as its tickets say */
	const struct pass *wants; /* a client certificate of that authority; or NULL */
	/* After the handshake, or at once without TLS (session NULL). NULL: until the client
	 * closes, sends back what comes. */
	void (*talk)(struct tls_server *server, gnutls_session_t session, int fd);

	/* Told after the stop. */
	int handshake;	    /* what gnutls_handshake() said */
	size_t application; /* octets of application data that came */
	size_t early_len;   /* of them, those before the handshake was done */
	char sni[64];
	bool resumed;
	bool bye;			  /* the client said that it closes (close_notify) */
	size_t shown;			  /* octets of the client's certificate */
	gnutls_alert_description_t alert; /* the client's, if it sent one */

	struct address address; /* where it listens */
	int listening;
	pthread_t thread;
};

void tls_server_start(struct tls_server *server);
void tls_server_stop(struct tls_server *server);
