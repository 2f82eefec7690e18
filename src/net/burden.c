/* SPDX-License-Identifier: MIT */
#include "net/burden.h"

#define TAG_OCTET_STRING    0x04
#define TAG_SEQUENCE	    0x30
#define TAG_CONSTRUCTED	    0x20 /* bit: elements are in it */
#define TAG_NUMBER_LONG	    0x1f /* bits: octets follow with the tag's number, as nowhere in X.509 */
#define LENGTH_LONG	    0x80 /* bit: of so many octets */
#define LENGTH_OCTETS_MAX   3	 /* a handshake message has no longer ones */
#define EXTENSION_TYPE_OCSP 5	 /* status_request */
#define STATUS_TYPE_LEN	    1

/* Elements in elements; certificates have a dozen. */
#define DEPTH_MAX 32

/* What stands behind a length of that many octets; *from goes on after it. */
static bool vector_take(struct bytes *from, size_t width, struct bytes *out)
{
	size_t len = 0;

	if (from->len < width)
		return false;
	for (size_t i = 0; i < width; i++)
		len = len << 8 | from->at[i];
	if (len > from->len - width)
		return false;
	*out = bytes_of(from->at + width, len);
	*from = bytes_of(out->at + len, from->len - width - len);
	return true;
}

static void skip(struct bytes *from, size_t len)
{
	if (len > from->len)
		len = from->len;
	*from = bytes_of(from->at + len, from->len - len);
}

/* False: it is no DER, and *from is left alone. */
static bool element_take(struct bytes *from, uint8_t *tag, struct bytes *content)
{
	struct bytes rest = *from;
	size_t width = 1;

	if (rest.len < 2 || (rest.at[0] & TAG_NUMBER_LONG) == TAG_NUMBER_LONG)
		return false;
	*tag = rest.at[0];
	skip(&rest, 1);
	if (rest.at[0] & LENGTH_LONG) {
		width = (size_t)rest.at[0] - LENGTH_LONG;
		skip(&rest, 1);
	}
	if (width == 0 || width > LENGTH_OCTETS_MAX || !vector_take(&rest, width, content))
		return false;
	*from = rest;
	return true;
}

/* The value of an extension is DER in an octet string. */
static bool has_elements(uint8_t tag, struct bytes content)
{
	return (tag & TAG_CONSTRUCTED) ||
	       (tag == TAG_OCTET_STRING && content.len > 0 && content.at[0] == TAG_SEQUENCE);
}

static size_t count(struct bytes der, unsigned depth)
{
	struct bytes content;
	size_t elements = 0;
	uint8_t tag;

	if (depth == DEPTH_MAX)
		return der.len;
	while (element_take(&der, &tag, &content)) {
		elements++;
		if (has_elements(tag, content))
			elements += count(content, depth + 1);
	}
	return elements + der.len;
}

static size_t count_status(struct bytes status)
{
	struct bytes response;

	skip(&status, STATUS_TYPE_LEN);
	return vector_take(&status, 3, &response) ? count(response, 0) : status.len;
}

static size_t count_extensions(struct bytes extensions)
{
	struct bytes value;
	size_t elements = 0;

	while (extensions.len > 2) {
		const uint16_t type = u16_load(extensions.at);
		skip(&extensions, 2);
		if (!vector_take(&extensions, 2, &value))
			break;
		if (type == EXTENSION_TYPE_OCSP)
			elements += count_status(value);
	}
	return elements;
}

size_t burden_of(enum burden_kind kind, struct bytes message)
{
	struct bytes list = { 0 }, one;
	size_t elements = 0;

	if (kind == BURDEN_STATUS)
		return count_status(message);
	/* The request that it belongs to, which servers have none of. */
	if (kind == BURDEN_CERTIFICATES_1_3 && !vector_take(&message, 1, &one))
		return message.len;
	if (!vector_take(&message, 3, &list))
		return message.len;
	while (vector_take(&list, 3, &one)) {
		elements += count(one, 0);
		if (kind == BURDEN_CERTIFICATES_1_3 && vector_take(&list, 2, &one))
			elements += count_extensions(one);
	}
	return elements;
}
