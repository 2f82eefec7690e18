/* SPDX-License-Identifier: MIT */
#include "dnssec/nsec.h"

#include "dnssec/bitmap.h"
#include "wire/reader.h"

int nsec_read(struct name owner, struct bytes rdata, struct nsec *out)
{
	struct reader r = reader_over(rdata);
	struct nsec nsec = { .owner = owner };

	nsec.next = name_read_plain(&r);
	nsec.types = reader_rest(&r);
	if (!reader_finished(&r) || !bitmap_valid(nsec.types))
		return ERR_FORMAT;
	*out = nsec;
	return 0;
}

bool nsec_covers(const struct nsec *nsec, struct name name, struct name zone)
{
	const bool after_owner = name_compare(nsec->owner, name) < 0;

	if (!name_is_within(name, zone) || !name_is_within(nsec->next, zone))
		return false;
	if (name_compare(nsec->owner, nsec->next) < 0)
		return after_owner && name_compare(name, nsec->next) < 0;
	return after_owner && name_equal(nsec->next, zone);
}

static struct name common_ancestor(struct name a, struct name b)
{
	while (!name_is_within(b, a))
		a = name_parent(a);
	return a;
}

struct name nsec_encloser(const struct nsec *nsec, struct name name)
{
	struct name by_owner = common_ancestor(name, nsec->owner);
	struct name by_next = common_ancestor(name, nsec->next);
	return by_owner.len > by_next.len ? by_owner : by_next;
}
