/* SPDX-License-Identifier: MIT */
#include "dnssec/rrsig.h"
#include "dnssec/validator.h"

/* DS asked for ahead of their need: more labels than that are hardly ever zones of their own. */
#define DS_AHEAD 4

/* The name itself is most often a host. It is taken for a zone where it stands next to what is
 * known, unless that is so deep down that most names below it are hosts: there a DS would be asked
 * for with each of them. */
#define HOST_LABELS 2

/* The deepest name at or above name, not above anchor, that something is known of. False: none. */
static bool known_find(const struct validator_context *context, struct name name,
	struct name anchor, struct name *known)
{
	for (;; name = name_parent(name)) {
		const enum zone_state state =
			keycache_state(context->keycache, name, context->now_s);
		if (state != ZONE_UNKNOWN) {
			*known = name;
			return state == ZONE_SECURE || state == ZONE_INSIDE;
		}
		if (name_equal(name, anchor)) {
			*known = name;
			return true;
		}
	}
}

size_t validator_foresee(const struct validator_context *context, const struct question *question,
	struct validator_want *wants, size_t wants_max)
{
	const struct anchor *anchor;
	struct name name = question->name, known;
	size_t count = 0;

	if (question->type == TYPE_DS && !name_is_root(name))
		name = name_parent(name);
	anchor = anchors_closest(context->anchors, name);
	if (!anchor || anchors_negative(context->anchors, name, context->wall_s, NULL) ||
		!known_find(context, name, anchor->name, &known))
		return 0;
	if (name_equal(known, anchor->name) && count < wants_max &&
		keycache_state(context->keycache, known, context->now_s) == ZONE_UNKNOWN)
		wants[count++] = (struct validator_want){ anchor->name, TYPE_DNSKEY };
	unsigned from = name_label_count(known) + 1, to = name_label_count(name);
	if (question->type != TYPE_DS && (to > from || from > HOST_LABELS))
		to--;
	for (unsigned i = from; i <= to && i < from + DS_AHEAD && count < wants_max; i++)
		wants[count++] = (struct validator_want){ name_last_labels(name, i), TYPE_DS };
	/* Nearly all top-level domains are signed; what is not signed below one is then proven to
	 * be so in the same round trip. */
	if (from == 1 && to >= 1 && count < wants_max)
		wants[count++] = (struct validator_want){ name_last_labels(name, 1), TYPE_DNSKEY };
	return count;
}
