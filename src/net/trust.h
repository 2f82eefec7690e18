/* SPDX-License-Identifier: MIT */
/* Whom we believe: certificate authorities, read once and shared by all sessions and threads. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"

#define TRUST_TEXT_LEN 256

/* For ca_file: nobody vouches for anybody. A file of that name is ./none. */
#define TRUST_NONE "none"

enum trust_ocsp {
	TRUST_OCSP_STAPLE,  /* a response must be good if it comes, or if the certificate demands it
			     */
	TRUST_OCSP_REQUIRE, /* one must come */
};

struct trust_options {
	const char *ca_file;  /* PEM; NULL or "": the system's store; TRUST_NONE */
	const char *crl_file; /* PEM; NULL or "": no list of what was revoked */
	enum trust_ocsp ocsp;
};

struct trust;

/* Reads the files now. On failure *out is untouched and why says what was expected, what came and
 * what to do; it begins with "crl-file: " if that is to blame. ERR_SYSTEM (no such file …),
 * ERR_FORMAT (no certificate in it), ERR_NOMEM. */
MUST_USE int trust_new(
	const struct trust_options *options, struct trust **out, char why[static TRUST_TEXT_LEN]);

/* Endpoints of two configurations may share one: counted, from any thread. NULL is accepted. */
struct trust *trust_hold(struct trust *trust);
void trust_release(struct trust *trust);

/* gnutls_certificate_credentials_t; for net/tls.c alone. */
void *trust_credentials(const struct trust *trust);

/* gnutls_priority_t: what TLS may be at all, from 1.2 on or 1.3 alone; for net/tls.c alone. */
void *trust_priority(const struct trust *trust, bool only_1_3);

/* gnutls_x509_trust_list_t, not the caller's; for net/identity.c alone. */
void *trust_authorities(const struct trust *trust);

/* Are these the system's authorities, and not those of a ca-file? */
bool trust_is_system(const struct trust *trust);

/* Is nobody trusted to vouch for others? */
bool trust_is_empty(const struct trust *trust);

bool trust_wants_staple(const struct trust *trust);

/* SHA-256 of whom it trusts and what it demands: sessions that it let pass are known by it. */
const uint8_t *trust_fingerprint(const struct trust *trust);

/* What a person should know of it though it is good, or "": a list of revoked certificates that is
 * out of date. */
const char *trust_remark(const struct trust *trust);
