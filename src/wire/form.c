/* SPDX-License-Identifier: MIT */
#include "wire/form.h"

#include <assert.h>

#include "wire/type.h"

/* Octets of a window's bitmap at most (RFC 4034 section 4.1.2). */
#define WINDOW_LEN_MAX 32

/* Octets of a NXT bitmap at most: 128 types. Longer forms were never defined. */
#define NXT_BITMAP_LEN_MAX 16

/* Octets of a LOC rdata of version 0, the only one (RFC 1876 section 2). */
#define LOC_LEN 16

/* DNAME's target could be compressed before RFC 6672, and reading it so does no harm; KX's and
 * those of all types after RFC 3597 must be plain. */
static const uint8_t forms[][FIELDS_MAX + 1] = {
	[TYPE_A] = { FIELD_IPV4 },
	[TYPE_NS] = { FIELD_NAME_1035 },
	[TYPE_MD] = { FIELD_NAME_1035 },
	[TYPE_MF] = { FIELD_NAME_1035 },
	[TYPE_CNAME] = { FIELD_NAME_1035 },
	[TYPE_SOA] = { FIELD_NAME_1035, FIELD_NAME_1035, FIELD_U32, FIELD_U32, FIELD_U32, FIELD_U32,
		FIELD_U32 },
	[TYPE_MB] = { FIELD_NAME_1035 },
	[TYPE_MG] = { FIELD_NAME_1035 },
	[TYPE_MR] = { FIELD_NAME_1035 },
	[TYPE_PTR] = { FIELD_NAME_1035 },
	[TYPE_HINFO] = { FIELD_STRING, FIELD_STRING },
	[TYPE_MINFO] = { FIELD_NAME_1035, FIELD_NAME_1035 },
	[TYPE_MX] = { FIELD_U16, FIELD_NAME_1035 },
	[TYPE_TXT] = { FIELD_STRINGS },
	[TYPE_RP] = { FIELD_NAME_RECEIVED, FIELD_NAME_RECEIVED },
	[TYPE_AFSDB] = { FIELD_U16, FIELD_NAME_RECEIVED },
	[TYPE_RT] = { FIELD_U16, FIELD_NAME_RECEIVED },
	[TYPE_SIG] = { FIELD_TYPE, FIELD_U8, FIELD_U8, FIELD_U32, FIELD_TIME, FIELD_TIME, FIELD_U16,
		FIELD_NAME_RECEIVED, FIELD_BASE64 },
	[TYPE_KEY] = { FIELD_U16, FIELD_U8, FIELD_U8, FIELD_BASE64_ANY },
	[TYPE_PX] = { FIELD_U16, FIELD_NAME_RECEIVED, FIELD_NAME_RECEIVED },
	[TYPE_AAAA] = { FIELD_IPV6 },
	[TYPE_LOC] = { FIELD_LOC },
	[TYPE_NXT] = { FIELD_NAME_RECEIVED, FIELD_BITMAP_NXT },
	[TYPE_SRV] = { FIELD_U16, FIELD_U16, FIELD_U16, FIELD_NAME_RECEIVED },
	[TYPE_NAPTR] = { FIELD_U16, FIELD_U16, FIELD_STRING, FIELD_STRING, FIELD_STRING,
		FIELD_NAME_RECEIVED },
	[TYPE_KX] = { FIELD_U16, FIELD_NAME_PLAIN },
	[TYPE_CERT] = { FIELD_U16, FIELD_U16, FIELD_U8, FIELD_BASE64_ANY },
	[TYPE_DNAME] = { FIELD_NAME_RECEIVED },
	[TYPE_DS] = { FIELD_U16, FIELD_U8, FIELD_U8, FIELD_HEX },
	[TYPE_SSHFP] = { FIELD_U8, FIELD_U8, FIELD_HEX },
	[TYPE_RRSIG] = { FIELD_TYPE, FIELD_U8, FIELD_U8, FIELD_U32, FIELD_TIME, FIELD_TIME,
		FIELD_U16, FIELD_NAME_PLAIN, FIELD_BASE64 },
	[TYPE_NSEC] = { FIELD_NAME_PLAIN, FIELD_BITMAP },
	[TYPE_DNSKEY] = { FIELD_U16, FIELD_U8, FIELD_U8, FIELD_BASE64_ANY },
	[TYPE_NSEC3] = { FIELD_U8, FIELD_U8, FIELD_U16, FIELD_SALT, FIELD_HASH, FIELD_BITMAP },
	[TYPE_NSEC3PARAM] = { FIELD_U8, FIELD_U8, FIELD_U16, FIELD_SALT },
	[TYPE_TLSA] = { FIELD_U8, FIELD_U8, FIELD_U8, FIELD_HEX },
	[TYPE_SMIMEA] = { FIELD_U8, FIELD_U8, FIELD_U8, FIELD_HEX },
	[TYPE_CDS] = { FIELD_U16, FIELD_U8, FIELD_U8, FIELD_HEX },
	[TYPE_CDNSKEY] = { FIELD_U16, FIELD_U8, FIELD_U8, FIELD_BASE64_ANY },
	[TYPE_OPENPGPKEY] = { FIELD_BASE64 },
	[TYPE_CSYNC] = { FIELD_U32, FIELD_U16, FIELD_BITMAP },
	[TYPE_ZONEMD] = { FIELD_U32, FIELD_U8, FIELD_U8, FIELD_HEX },
	[TYPE_SVCB] = { FIELD_U16, FIELD_NAME_PLAIN, FIELD_SVCPARAMS },
	[TYPE_HTTPS] = { FIELD_U16, FIELD_NAME_PLAIN, FIELD_SVCPARAMS },
	[TYPE_SPF] = { FIELD_STRINGS },
	[TYPE_URI] = { FIELD_U16, FIELD_U16, FIELD_TEXT },
	[TYPE_CAA] = { FIELD_U8, FIELD_TAG, FIELD_TEXT },
};

/* FIELD_END alone, or NULL, for an opaque type. */
static const uint8_t *form_of(uint16_t type)
{
	return type < sizeof(forms) / sizeof(forms[0]) ? forms[type] : NULL;
}

bool form_known(uint16_t type)
{
	const uint8_t *form = form_of(type);
	return form && form[0] != FIELD_END;
}

bool form_has_1035_name(uint16_t type)
{
	const uint8_t *form = form_of(type);
	return form && memchr(form, FIELD_NAME_1035, FIELDS_MAX);
}

/* A length, least octets or more, and so many octets. */
static void string_skip(struct reader *r, uint8_t least)
{
	uint8_t len = reader_u8(r);
	if (len < least)
		reader_fail(r);
	else
		reader_skip(r, len);
}

static void strings_skip(struct reader *r)
{
	do
		string_skip(r, 0);
	while (reader_left(r) > 0);
}

/* Windows in ascending order, each with some bits, none longer than it may be. */
static void bitmap_skip(struct reader *r)
{
	int last = -1;
	while (reader_left(r) > 0) {
		uint8_t window = reader_u8(r);
		uint8_t len = reader_u8(r);
		if (window <= last || len == 0 || len > WINDOW_LEN_MAX)
			reader_fail(r);
		reader_skip(r, len);
		last = window;
	}
}

/* Only that they are whole: order and values are a matter between the zone and the client. */
static void svcparams_skip(struct reader *r)
{
	while (reader_left(r) > 0) {
		reader_skip(r, 2);
		reader_skip(r, reader_u16(r));
	}
}

/* A version that nobody has defined is opaque. */
static void loc_skip(struct reader *r)
{
	if (reader_u8(r) == 0)
		reader_skip(r, LOC_LEN - 1);
	else
		reader_skip(r, reader_left(r));
}

static void rest_skip(struct reader *r, size_t least, size_t most)
{
	size_t left = reader_left(r);
	if (left < least || left > most)
		reader_fail(r);
	else
		reader_skip(r, left);
}

static void field_skip(struct reader *r, enum field_kind kind)
{
	switch (kind) {
	case FIELD_U8: reader_skip(r, 1); break;
	case FIELD_U16:
	case FIELD_TYPE: reader_skip(r, 2); break;
	case FIELD_U32:
	case FIELD_TIME:
	case FIELD_IPV4: reader_skip(r, 4); break;
	case FIELD_IPV6: reader_skip(r, 16); break;
	case FIELD_STRING:
	case FIELD_SALT: string_skip(r, 0); break;
	case FIELD_HASH:
	case FIELD_TAG: string_skip(r, 1); break;
	case FIELD_STRINGS: strings_skip(r); break;
	case FIELD_BITMAP: bitmap_skip(r); break;
	case FIELD_BITMAP_NXT: rest_skip(r, 0, NXT_BITMAP_LEN_MAX); break;
	case FIELD_SVCPARAMS: svcparams_skip(r); break;
	case FIELD_LOC: loc_skip(r); break;
	case FIELD_HEX:
	case FIELD_BASE64: rest_skip(r, 1, SIZE_MAX); break;
	case FIELD_TEXT:
	case FIELD_BASE64_ANY: rest_skip(r, 0, SIZE_MAX); break;
	case FIELD_NAME_1035:
	case FIELD_NAME_RECEIVED:
	case FIELD_NAME_PLAIN: name_skip(r); break;
	case FIELD_END: break;
	}
}

bool field_is_name(enum field_kind kind)
{
	return kind == FIELD_NAME_1035 || kind == FIELD_NAME_RECEIVED || kind == FIELD_NAME_PLAIN;
}

void fields_read(struct reader *r, uint16_t type, struct fields *fields)
{
	const uint8_t *form = form_of(type);
	unsigned names = 0, count = 0;

	assert(form);
	fields->compressed = false;
	for (; count < FIELDS_MAX && form[count] != FIELD_END; count++) {
		struct field *field = &fields->field[count];
		struct reader from = *r;
		field->kind = (enum field_kind)form[count];
		if (!field_is_name(field->kind)) {
			field_skip(r, field->kind);
			field->octets = reader_bytes(&from, r->at - from.at);
			continue;
		}
		assert(names < FIELD_NAMES_MAX);
		struct name name = field->kind == FIELD_NAME_PLAIN
					   ? name_read_plain(r)
					   : name_read(r, &fields->names[names++]);
		/* A pointer's two octets stand for one, the root, or three and more: the length
		 * always tells. */
		if (r->at - from.at != name.len)
			fields->compressed = true;
		field->octets = bytes_of(name.octets, name.len);
	}
	if (!reader_finished(r))
		reader_fail(r);
	fields->count = r->failed ? 0 : count;
}
