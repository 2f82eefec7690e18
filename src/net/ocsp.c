/* SPDX-License-Identifier: MIT */
#include "net/ocsp.h"

#include <gnutls/gnutls.h>
#include <gnutls/ocsp.h>
#include <gnutls/x509.h>

/* Answers in one response that are looked at: nobody asks for more certificates at once. */
#define ANSWERS_MAX 16

/* The place of the answer about that certificate, or -1. */
static int find(gnutls_ocsp_resp_t response, gnutls_x509_crt_t of)
{
	for (unsigned i = 0; i < ANSWERS_MAX; i++) {
		int failed = gnutls_ocsp_resp_check_crt(response, i, of);
		if (!failed)
			return (int)i;
		if (failed == GNUTLS_E_REQUESTED_DATA_NOT_AVAILABLE)
			break;
	}
	return -1;
}

static struct ocsp judge(gnutls_ocsp_resp_t response, unsigned answer, int64_t now_s)
{
	unsigned status = GNUTLS_OCSP_CERT_UNKNOWN;
	time_t from_s = 0, until_s = 0, revoked_s = 0;

	if (gnutls_ocsp_resp_get_single(response, answer, NULL, NULL, NULL, NULL, &status, &from_s,
		    &until_s, &revoked_s, NULL) != 0)
		return (struct ocsp){ .state = OCSP_UNFIT };
	/* Revoked is revoked for ever, however old the news. */
	if (status == GNUTLS_OCSP_CERT_REVOKED)
		return (struct ocsp){ .state = OCSP_REVOKED, .at_s = revoked_s };
	if (until_s != (time_t)-1 && until_s < now_s)
		return (struct ocsp){ .state = OCSP_OVER, .at_s = until_s };
	if (from_s > now_s + OCSP_SKEW_S)
		return (struct ocsp){ .state = OCSP_EARLY, .at_s = from_s };
	if (status != GNUTLS_OCSP_CERT_GOOD)
		return (struct ocsp){ .state = OCSP_UNKNOWN };
	return (struct ocsp){ .state = OCSP_GOOD, .at_s = until_s == (time_t)-1 ? 0 : until_s };
}

void ocsp_parse(struct bytes octets, gnutls_x509_crt_t of, int64_t now_s, struct ocsp *out)
{
	const gnutls_datum_t der = { unconst(octets.at), (unsigned)octets.len };
	gnutls_ocsp_resp_t response;

	*out = (struct ocsp){ .state = OCSP_UNFIT };
	if (gnutls_ocsp_resp_init(&response) != 0)
		return;
	if (gnutls_ocsp_resp_import(response, &der) == 0) {
		int answer = find(response, of);
		if (answer >= 0)
			*out = judge(response, (unsigned)answer, now_s);
	}
	gnutls_ocsp_resp_deinit(response);
}

void ocsp_read(void *session, unsigned index, gnutls_x509_crt_t of, int64_t now_s, struct ocsp *out)
{
	gnutls_datum_t der;

	*out = (struct ocsp){ .state = OCSP_NONE };
	if (gnutls_ocsp_status_request_get2(session, index, &der) == 0 && der.size > 0)
		ocsp_parse(bytes_of(der.data, der.size), of, now_s, out);
}

const char *ocsp_text(enum ocsp_state state)
{
	switch (state) {
	case OCSP_NONE: return "none";
	case OCSP_GOOD: return "good";
	case OCSP_REVOKED: return "revoked";
	case OCSP_UNKNOWN: return "unknown";
	case OCSP_OVER: return "expired";
	case OCSP_EARLY: return "not yet valid";
	case OCSP_UNFIT: return "not readable";
	}
	return "";
}
