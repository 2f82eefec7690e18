/* SPDX-License-Identifier: MIT */
/* What an rdata of a type is made of, field by field: the one table that reading, composing and
 * printing of rdata go by. */
#pragma once

#include "wire/name.h"

enum field_kind {
	FIELD_END, /* of the list of fields; a form with no field before it is opaque */
	FIELD_U8,
	FIELD_U16,
	FIELD_U32,
	FIELD_TYPE,	     /* a type's number (RRSIG) */
	FIELD_TIME,	     /* seconds since 1970 (RFC 4034 section 3.1.5) */
	FIELD_IPV4,	     /* 4 octets */
	FIELD_IPV6,	     /* 16 octets */
	FIELD_NAME_1035,     /* of RFC 1035's own types: may be compressed, both ways */
	FIELD_NAME_RECEIVED, /* may come compressed, never goes so (RFC 3597 section 4) */
	FIELD_NAME_PLAIN,    /* never compressed */
	FIELD_STRING,	     /* length and octets (RFC 1035 section 3.3) */
	FIELD_STRINGS,	     /* one or more to the end */
	FIELD_SALT,	     /* length and octets, in hex (RFC 5155 section 3.3) */
	FIELD_HASH,	     /* length and one octet or more, in base32hex (RFC 5155 section 3.3) */
	FIELD_TAG,	     /* length and one octet or more, a word (RFC 8659 section 4.1.1) */
	/* From here on: all the rest. */
	FIELD_TEXT,	  /* one text without a length (RFC 7553, RFC 8659) */
	FIELD_HEX,	  /* one octet or more */
	FIELD_BASE64,	  /* one octet or more */
	FIELD_BASE64_ANY, /* may be empty */
	FIELD_BITMAP,	  /* types (RFC 4034 section 4.1.2) */
	FIELD_BITMAP_NXT, /* types below 128 (RFC 2535 section 5.2) */
	FIELD_SVCPARAMS,  /* RFC 9460 section 2.2 */
	FIELD_LOC,	  /* RFC 1876 section 2 */
};

/* Fields of the type that has most of them, RRSIG. */
#define FIELDS_MAX 9

/* Names in an rdata at most (SOA, MINFO, RP, PX). */
#define FIELD_NAMES_MAX 2

struct field {
	enum field_kind kind;
	struct bytes octets; /* as on the wire, a length in front included; names uncompressed */
};

struct fields {
	unsigned count;	 /* 0: opaque, or an rdata that is not of its type's form */
	bool compressed; /* a name did not stand in the rdata as it is in fields */
	struct field field[FIELDS_MAX];
	struct name_space names[FIELD_NAMES_MAX]; /* what compressed names lie in */
};

/* Is there a form that rdata of the type must have? */
bool form_known(uint16_t type);

/* Can rdata of the type hold names that we would compress? */
bool form_has_1035_name(uint16_t type);

/* Is it a domain name, however it may be compressed? */
bool field_is_name(enum field_kind kind);

/* Takes the whole of r apart; r fails if it does not have the type's form. fields points into
 * itself, so it must stay where it is. The type's form must be known. */
void fields_read(struct reader *r, uint16_t type, struct fields *fields);
