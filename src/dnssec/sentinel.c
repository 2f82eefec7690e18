/* SPDX-License-Identifier: MIT */
#include "dnssec/sentinel.h"

#include <strings.h>

#include "dnssec/key.h"

#define TAG_DIGITS 5 /* RFC 8509 section 2 */

/* Is label prefix and then five digits? */
static bool tag_read(struct bytes label, const char *prefix, unsigned *tag)
{
	const size_t prefix_len = strlen(prefix);
	unsigned value = 0;

	if (label.len != prefix_len + TAG_DIGITS ||
		strncasecmp((const char *)label.at, prefix, prefix_len) != 0)
		return false;
	for (size_t i = prefix_len; i < label.len; i++) {
		if (label.at[i] < '0' || label.at[i] > '9')
			return false;
		value = value * 10 + (unsigned)(label.at[i] - '0');
	}
	*tag = value;
	return true;
}

static bool root_has(const struct anchors *anchors, unsigned tag)
{
	const struct anchor *root = anchors_closest(anchors, name_root());

	for (const struct anchor_record *r = root ? root->records : NULL; r; r = r->next) {
		struct dnskey key;
		struct ds ds;
		if (r->type == TYPE_DS && ds_read(r->rdata, &ds) == 0 && ds.key_tag == tag)
			return true;
		if (r->type == TYPE_DNSKEY && dnskey_read(r->rdata, &key) == 0 &&
			key.key_tag == tag)
			return true;
	}
	return false;
}

bool sentinel_fails(const struct anchors *anchors, const struct question *question)
{
	const struct bytes label = bytes_of(question->name.octets + 1, question->name.octets[0]);
	unsigned tag;

	if (question->type != TYPE_A && question->type != TYPE_AAAA)
		return false;
	if (tag_read(label, "root-key-sentinel-is-ta-", &tag))
		return !root_has(anchors, tag);
	if (tag_read(label, "root-key-sentinel-not-ta-", &tag))
		return root_has(anchors, tag);
	return false;
}
