/* SPDX-License-Identifier: MIT */
/* How much there is to read in certificates, counted before anybody reads them. */
#pragma once

#include "base/bytes.h"

enum burden_kind {
	BURDEN_CERTIFICATES_1_2, /* a Certificate message, RFC 5246 section 7.4.2 */
	BURDEN_CERTIFICATES_1_3, /* the same of TLS 1.3, with OCSP responses in it, RFC 8446
				  * section 4.4.2 */
	BURDEN_STATUS,		 /* a CertificateStatus message, RFC 6066 section 8 */
};

/* Elements of ASN.1 in such a message without its header, those in others too. What is not DER
 * counts by its octets. Nothing is allocated, and each octet looked at once a level. */
size_t burden_of(enum burden_kind kind, struct bytes message);
