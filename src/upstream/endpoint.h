/* SPDX-License-Identifier: MIT */
/* One upstream resolver as its user named it: transport, host, addresses, whom to trust.
 * Immutable and counted: connections outlive the configuration that named them. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/address.h"
#include "net/tls.h"
#include "upstream/url.h"

#define ENDPOINT_ADDRESSES_MAX 16 /* more addresses of one upstream are a configuration error */
#define ENDPOINT_WHY_LEN       256

/* How DNS over HTTPS asks (RFC 8484 section 4.1). */
enum doh_method { DOH_METHOD_POST, DOH_METHOD_GET };

/* As written in the configuration; strings are borrowed for the call. */
struct endpoint_options {
	const char *url;	      /* as url.h has it */
	const char *name;	      /* how logs call it; NULL: the URL's host */
	const char *const *addresses; /* texts, each with an optional @port */
	size_t address_count;
	const char *ca_file; /* "" or NULL: the system's store; TRUST_NONE */
	enum tls_version min_version;
	enum doh_method method; /* of https:// alone */
	enum tls_profile profile;
	struct pins pins;
	const char *client_cert, *client_key; /* both or neither; "" or NULL: none */
	bool early_data; /* queries may go with a handshake that resumes a session */
};

struct endpoint {
	enum transport_kind kind;
	char *url, *name, *ca_file;	/* ca_file is never NULL, "" is the system's store */
	char *client_cert, *client_key; /* never NULL, "" is none */
	char *host; /* what subjectAltName must have: a DNS name, or an address without brackets */
	uint16_t port;
	char *path; /* of https://, else "" */
	enum doh_method method;
	enum tls_version min_version;
	enum tls_profile profile;
	bool early_data;
	struct pin *pin_items; /* of pins */
	struct pins pins;
	struct address *addresses; /* in the order they were written */
	size_t address_count;	   /* 0: the host is to be looked up */
	/* Set by endpoint_trust(); NULL before. The first two are held. */
	struct trust *trust;
	struct credential *credential; /* NULL: none */
	struct tickets *tickets;       /* NULL: sessions are not resumed */
	uint8_t ticket_key[TICKETS_KEY_LEN];
};

/* What makes an endpoint ready to be connected to. tickets must outlive it. */
struct endpoint_trusts {
	struct trust *trust;
	struct credential *credential; /* NULL: none */
	struct tickets *tickets;       /* NULL: sessions are not resumed */
};

/* ERR_FORMAT with why saying what was expected, what came and what to do; ERR_NOMEM. */
MUST_USE int endpoint_new(const struct endpoint_options *options, struct endpoint **out,
	char why[static ENDPOINT_WHY_LEN]);

/* The same server at addresses that were looked up, 1 to ENDPOINT_ADDRESSES_MAX of them, each with
 * its port. Holds the endpoint, whose trust is not to change any more. NULL: out of memory. */
struct endpoint *endpoint_located(
	struct endpoint *endpoint, const struct address *addresses, size_t count);

/* Which of its addresses that is; address_count: none. */
size_t endpoint_find(const struct endpoint *endpoint, const struct address *address);

/* Before the endpoint is shared: whom it trusts. Takes its own holds. ERR_NOMEM: nothing is
 * changed. */
MUST_USE int endpoint_trust(struct endpoint *endpoint, const struct endpoint_trusts *trusts);

/* What is expected of it, as net/tls.h wants it; borrowed from the endpoint. */
struct tls_peer endpoint_peer(const struct endpoint *endpoint, const char *alpn);

/* Counted, from any thread; NULL is accepted. */
struct endpoint *endpoint_hold(struct endpoint *endpoint);
void endpoint_release(struct endpoint *endpoint);

/* Same server reached and known in the same way, so that open connections may stay. The name and
 * the objects that files were read into (not the files' names) do not count. */
bool endpoint_equal(const struct endpoint *a, const struct endpoint *b);
