/* SPDX-License-Identifier: MIT */
/* The numbers of the DNS and their names, as IANA's "DNS Parameters" list them. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"

enum {
	TYPE_A = 1,
	TYPE_NS = 2,
	TYPE_MD = 3,
	TYPE_MF = 4,
	TYPE_CNAME = 5,
	TYPE_SOA = 6,
	TYPE_MB = 7,
	TYPE_MG = 8,
	TYPE_MR = 9,
	TYPE_NULL = 10,
	TYPE_PTR = 12,
	TYPE_HINFO = 13,
	TYPE_MINFO = 14,
	TYPE_MX = 15,
	TYPE_TXT = 16,
	TYPE_RP = 17,
	TYPE_AFSDB = 18,
	TYPE_RT = 21,
	TYPE_SIG = 24,
	TYPE_KEY = 25,
	TYPE_PX = 26,
	TYPE_AAAA = 28,
	TYPE_LOC = 29,
	TYPE_NXT = 30,
	TYPE_SRV = 33,
	TYPE_NAPTR = 35,
	TYPE_KX = 36,
	TYPE_CERT = 37,
	TYPE_DNAME = 39,
	TYPE_OPT = 41,
	TYPE_DS = 43,
	TYPE_SSHFP = 44,
	TYPE_RRSIG = 46,
	TYPE_NSEC = 47,
	TYPE_DNSKEY = 48,
	TYPE_NSEC3 = 50,
	TYPE_NSEC3PARAM = 51,
	TYPE_TLSA = 52,
	TYPE_SMIMEA = 53,
	TYPE_CDS = 59,
	TYPE_CDNSKEY = 60,
	TYPE_OPENPGPKEY = 61,
	TYPE_CSYNC = 62,
	TYPE_ZONEMD = 63,
	TYPE_SVCB = 64,
	TYPE_HTTPS = 65,
	TYPE_SPF = 99,
	TYPE_NXNAME = 128, /* of compact denial; nobody may ask for it (RFC 9824 section 3.5) */
	TYPE_TKEY = 249,
	TYPE_TSIG = 250,
	TYPE_IXFR = 251,
	TYPE_AXFR = 252,
	TYPE_MAILB = 253,
	TYPE_MAILA = 254,
	TYPE_ANY = 255,
	TYPE_URI = 256,
	TYPE_CAA = 257,
};

enum { CLASS_IN = 1, CLASS_CH = 3, CLASS_HS = 4, CLASS_NONE = 254, CLASS_ANY = 255 };

enum { OPCODE_QUERY = 0 };

enum {
	RCODE_NOERROR = 0,
	RCODE_FORMERR = 1,
	RCODE_SERVFAIL = 2,
	RCODE_NXDOMAIN = 3,
	RCODE_NOTIMP = 4,
	RCODE_REFUSED = 5,
	RCODE_YXDOMAIN = 6,
	RCODE_BADVERS = 16, /* its upper bits travel in OPT (RFC 6891 section 6.1.3) */
};

/* Room for the texts below. */
#define TYPE_TEXT_LEN 16

/* "AAAA", or "TYPE65280" for one without a name (RFC 3597 section 5). Returns text. */
const char *type_print(uint16_t type, char text[static TYPE_TEXT_LEN]);

/* A mnemonic or TYPEnnn in any letter case. ERR_FORMAT. */
MUST_USE int type_parse(const char *text, uint16_t *out);

/* "IN", or "CLASS32". Returns text. */
const char *class_print(uint16_t class, char text[static TYPE_TEXT_LEN]);

/* "NXDOMAIN", or "RCODE3841". Returns text. */
const char *rcode_print(uint16_t rcode, char text[static TYPE_TEXT_LEN]);

/* NOERROR, NXDOMAIN, or YXDOMAIN, which tells that a DNAME makes the name too long
 * (RFC 6672 section 2.2); everything else is a failure of who was asked. */
bool rcode_is_answer(uint16_t rcode);

/* RRSIG, NSEC, NSEC3: what a client that does not set DO is spared (RFC 4035 section 3.2.1). */
bool type_is_dnssec(uint16_t type);
