/* SPDX-License-Identifier: MIT */
/* What a stapled OCSP response says about the certificate that it came with. RFC 6960
 * Whether it is signed by whom it should be is GnuTLS's to find out, as it verifies the chain; but
 * of a response about several certificates GnuTLS reads the first, which may be of another. */
#pragma once

#include <stdint.h>

#include "base/bytes.h"

struct gnutls_x509_crt_int;

/* Seconds by which the issuer's clock may be ahead of ours. */
#define OCSP_SKEW_S 300

enum ocsp_state {
	OCSP_NONE,    /* no response came */
	OCSP_GOOD,    /* at_s: until when, 0 if that is not said */
	OCSP_REVOKED, /* at_s: since when */
	OCSP_UNKNOWN, /* the issuer does not know it */
	OCSP_OVER,    /* at_s: when the response ended */
	OCSP_EARLY,   /* at_s: when the response begins */
	OCSP_UNFIT,   /* not readable, an error, or about others */
};

struct ocsp {
	enum ocsp_state state;
	int64_t at_s;
};

/* A response (DER), and what it says about a certificate. Never OCSP_NONE. */
void ocsp_parse(
	struct bytes response, struct gnutls_x509_crt_int *of, int64_t now_s, struct ocsp *out);

/* Of session (a gnutls_session_t): what came with its certificate number index, which is of. */
void ocsp_read(void *session, unsigned index, struct gnutls_x509_crt_int *of, int64_t now_s,
	struct ocsp *out);

/* "good", for a report. */
const char *ocsp_text(enum ocsp_state state);
