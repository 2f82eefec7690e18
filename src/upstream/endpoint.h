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
	const char *ca_file; /* "" or NULL: the system's store */
	enum tls_version min_version;
	enum doh_method method; /* of https:// alone */
};

struct endpoint {
	enum transport_kind kind;
	char *url, *name, *ca_file; /* ca_file is never NULL, "" is the system's store */
	char *host; /* what subjectAltName must have: a DNS name, or an address without brackets */
	uint16_t port;
	char *path; /* of https://, else "" */
	enum doh_method method;
	enum tls_version min_version;
	struct address *addresses; /* at least one, in the order they were written */
	size_t address_count;
	struct trust *trust; /* held; NULL until endpoint_trust() */
};

/* ERR_FORMAT with why saying what was expected, what came and what to do; ERR_NOMEM. A host name
 * without addresses is ERR_FORMAT: looking it up needs bootstrap, which is not built. */
MUST_USE int endpoint_new(const struct endpoint_options *options, struct endpoint **out,
	char why[static ENDPOINT_WHY_LEN]);

/* Before the endpoint is shared: whom it trusts. Takes its own hold. */
void endpoint_trust(struct endpoint *endpoint, struct trust *trust);

/* Counted, from any thread; NULL is accepted. */
struct endpoint *endpoint_hold(struct endpoint *endpoint);
void endpoint_release(struct endpoint *endpoint);

/* Same server reached and known in the same way, so that open connections may stay. The name and
 * the trust object (not the ca_file that it came from) do not count. */
bool endpoint_equal(const struct endpoint *a, const struct endpoint *b);
