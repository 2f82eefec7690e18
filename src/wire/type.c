/* SPDX-License-Identifier: MIT */
#include "wire/type.h"

#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

struct mnemonic {
	uint16_t value;
	const char *text;
};

/* All that IANA lists, so that what a person types and what other tools print is understood, also
 * where the rdata is opaque to us. */
static const struct mnemonic types[] = {
	{ TYPE_A, "A" },
	{ TYPE_NS, "NS" },
	{ TYPE_MD, "MD" },
	{ TYPE_MF, "MF" },
	{ TYPE_CNAME, "CNAME" },
	{ TYPE_SOA, "SOA" },
	{ TYPE_MB, "MB" },
	{ TYPE_MG, "MG" },
	{ TYPE_MR, "MR" },
	{ TYPE_NULL, "NULL" },
	{ 11, "WKS" },
	{ TYPE_PTR, "PTR" },
	{ TYPE_HINFO, "HINFO" },
	{ TYPE_MINFO, "MINFO" },
	{ TYPE_MX, "MX" },
	{ TYPE_TXT, "TXT" },
	{ TYPE_RP, "RP" },
	{ TYPE_AFSDB, "AFSDB" },
	{ 19, "X25" },
	{ 20, "ISDN" },
	{ TYPE_RT, "RT" },
	{ 22, "NSAP" },
	{ 23, "NSAP-PTR" },
	{ TYPE_SIG, "SIG" },
	{ TYPE_KEY, "KEY" },
	{ TYPE_PX, "PX" },
	{ 27, "GPOS" },
	{ TYPE_AAAA, "AAAA" },
	{ TYPE_LOC, "LOC" },
	{ TYPE_NXT, "NXT" },
	{ 31, "EID" },
	{ 32, "NIMLOC" },
	{ TYPE_SRV, "SRV" },
	{ 34, "ATMA" },
	{ TYPE_NAPTR, "NAPTR" },
	{ TYPE_KX, "KX" },
	{ TYPE_CERT, "CERT" },
	{ 38, "A6" },
	{ TYPE_DNAME, "DNAME" },
	{ 40, "SINK" },
	{ TYPE_OPT, "OPT" },
	{ 42, "APL" },
	{ TYPE_DS, "DS" },
	{ TYPE_SSHFP, "SSHFP" },
	{ 45, "IPSECKEY" },
	{ TYPE_RRSIG, "RRSIG" },
	{ TYPE_NSEC, "NSEC" },
	{ TYPE_DNSKEY, "DNSKEY" },
	{ 49, "DHCID" },
	{ TYPE_NSEC3, "NSEC3" },
	{ TYPE_NSEC3PARAM, "NSEC3PARAM" },
	{ TYPE_TLSA, "TLSA" },
	{ TYPE_SMIMEA, "SMIMEA" },
	{ 55, "HIP" },
	{ 56, "NINFO" },
	{ 57, "RKEY" },
	{ 58, "TALINK" },
	{ TYPE_CDS, "CDS" },
	{ TYPE_CDNSKEY, "CDNSKEY" },
	{ TYPE_OPENPGPKEY, "OPENPGPKEY" },
	{ TYPE_CSYNC, "CSYNC" },
	{ TYPE_ZONEMD, "ZONEMD" },
	{ TYPE_SVCB, "SVCB" },
	{ TYPE_HTTPS, "HTTPS" },
	{ 66, "DSYNC" },
	{ TYPE_SPF, "SPF" },
	{ 104, "NID" },
	{ 105, "L32" },
	{ 106, "L64" },
	{ 107, "LP" },
	{ 108, "EUI48" },
	{ 109, "EUI64" },
	{ TYPE_NXNAME, "NXNAME" },
	{ TYPE_TKEY, "TKEY" },
	{ TYPE_TSIG, "TSIG" },
	{ TYPE_IXFR, "IXFR" },
	{ TYPE_AXFR, "AXFR" },
	{ TYPE_MAILB, "MAILB" },
	{ TYPE_MAILA, "MAILA" },
	{ TYPE_ANY, "ANY" },
	{ TYPE_URI, "URI" },
	{ TYPE_CAA, "CAA" },
	{ 258, "AVC" },
	{ 259, "DOA" },
	{ 260, "AMTRELAY" },
	{ 261, "RESINFO" },
	{ 262, "WALLET" },
	{ 32768, "TA" },
	{ 32769, "DLV" },
};

static const struct mnemonic classes[] = {
	{ CLASS_IN, "IN" },
	{ CLASS_CH, "CH" },
	{ CLASS_HS, "HS" },
	{ CLASS_NONE, "NONE" },
	{ CLASS_ANY, "ANY" },
};

static const struct mnemonic rcodes[] = {
	{ RCODE_NOERROR, "NOERROR" },
	{ RCODE_FORMERR, "FORMERR" },
	{ RCODE_SERVFAIL, "SERVFAIL" },
	{ RCODE_NXDOMAIN, "NXDOMAIN" },
	{ RCODE_NOTIMP, "NOTIMP" },
	{ RCODE_REFUSED, "REFUSED" },
	{ 6, "YXDOMAIN" },
	{ 7, "YXRRSET" },
	{ 8, "NXRRSET" },
	{ 9, "NOTAUTH" },
	{ 10, "NOTZONE" },
	{ 11, "DSOTYPENI" },
	{ RCODE_BADVERS, "BADVERS" },
	{ 17, "BADKEY" },
	{ 18, "BADTIME" },
	{ 19, "BADMODE" },
	{ 20, "BADNAME" },
	{ 21, "BADALG" },
	{ 22, "BADTRUNC" },
	{ 23, "BADCOOKIE" },
};

#define COUNT_OF(table) (sizeof(table) / sizeof((table)[0]))

static const char *mnemonic_print(const struct mnemonic *table, size_t count, const char *prefix,
	uint16_t value, char text[static TYPE_TEXT_LEN])
{
	for (size_t i = 0; i < count; i++) {
		if (table[i].value == value) {
			snprintf(text, TYPE_TEXT_LEN, "%s", table[i].text);
			return text;
		}
	}
	snprintf(text, TYPE_TEXT_LEN, "%s%u", prefix, value);
	return text;
}

const char *type_print(uint16_t type, char text[static TYPE_TEXT_LEN])
{
	return mnemonic_print(types, COUNT_OF(types), "TYPE", type, text);
}

int type_parse(const char *text, uint16_t *out)
{
	for (size_t i = 0; i < COUNT_OF(types); i++) {
		if (strcasecmp(types[i].text, text) == 0) {
			*out = types[i].value;
			return 0;
		}
	}
	if (strncasecmp(text, "TYPE", 4) != 0)
		return ERR_FORMAT;
	const char *digits = text + 4;
	size_t len = strlen(digits);
	if (len == 0 || len > 5 || strspn(digits, "0123456789") != len)
		return ERR_FORMAT;
	uint32_t value = 0;
	for (; *digits; digits++)
		value = value * 10 + (uint32_t)(*digits - '0');
	if (value > UINT16_MAX)
		return ERR_FORMAT;
	*out = (uint16_t)value;
	return 0;
}

const char *class_print(uint16_t class, char text[static TYPE_TEXT_LEN])
{
	return mnemonic_print(classes, COUNT_OF(classes), "CLASS", class, text);
}

const char *rcode_print(uint16_t rcode, char text[static TYPE_TEXT_LEN])
{
	return mnemonic_print(rcodes, COUNT_OF(rcodes), "RCODE", rcode, text);
}

bool rcode_is_answer(uint16_t rcode)
{
	return rcode == RCODE_NOERROR || rcode == RCODE_NXDOMAIN || rcode == RCODE_YXDOMAIN;
}

bool type_is_dnssec(uint16_t type)
{
	return type == TYPE_RRSIG || type == TYPE_NSEC || type == TYPE_NSEC3;
}
