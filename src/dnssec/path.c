/* SPDX-License-Identifier: MIT */
#include "dnssec/path.h"

/* The one name that a CNAME or DNAME holds. More than one record is no alias. */
static int target_read(const struct rrset *rrset, struct name *out)
{
	struct reader r = reader_over(rrset->rdata[0]);
	struct name target = name_read_plain(&r);

	if (!reader_finished(&r) || rrset->count != 1)
		return ERR_FORMAT;
	*out = target;
	return 0;
}

/* name with the DNAME's owner at its end replaced by target. ERR_LIMIT: too long a name.
 * RFC 6672 section 2.2 */
static int substitute(struct name name, struct name owner, struct name target, struct arena *arena,
	struct name *out)
{
	const size_t front = (size_t)(name.len - owner.len), len = front + target.len;

	if (len > NAME_LEN_MAX)
		return ERR_LIMIT;
	uint8_t *octets = arena_alloc(arena, len);
	if (!octets)
		return ERR_NOMEM;
	memcpy(octets, name.octets, front);
	memcpy(octets + front, target.octets, target.len);
	*out = (struct name){ .octets = octets, .len = (uint8_t)len };
	return 0;
}

/* cname is what the response says that the DNAME makes of the name; NULL: it does not say. */
static int subtree_hop(
	struct hop *hop, const struct rrset *dname, const struct rrset *cname, struct arena *arena)
{
	struct name target, told;
	int err = target_read(dname, &target);

	if (err)
		return err;
	hop->rrset = dname;
	hop->kind = HOP_SUBTREE;
	err = substitute(hop->name, dname->owner, target, arena, &hop->target);
	if (err == ERR_LIMIT) {
		hop->kind = HOP_OVERLONG;
		return 0;
	}
	if (err)
		return err;
	/* Without the CNAME (RFC 6672 section 3.1) whoever asked would be told that nothing is
	 * there. */
	if (!cname || target_read(cname, &told) != 0 || !name_equal(told, hop->target))
		hop->kind = HOP_FALSE;
	return 0;
}

int path_next(const struct reply *reply, struct name name, uint16_t type, struct arena *arena,
	struct hop *out)
{
	const struct rrset *cname = reply_find(reply, SECTION_ANSWER, name, TYPE_CNAME);
	const struct rrset *records = reply_find(reply, SECTION_ANSWER, name, type);
	const struct rrset *dname = NULL;
	struct hop hop = { .kind = HOP_NOTHING, .name = name };
	int err = 0;

	/* A CNAME made from a DNAME is not signed; one that is signed stands for itself. */
	if ((!records || records == cname) && (!cname || !reply_signatures(reply, cname)))
		dname = reply_dname_above(reply, name);
	if (dname) {
		err = subtree_hop(&hop, dname, cname, arena);
	} else if (records) {
		hop.kind = HOP_RECORDS;
		hop.rrset = records;
	} else if (cname) {
		hop.kind = HOP_ALIAS;
		hop.rrset = cname;
		err = target_read(cname, &hop.target);
	}
	if (!err)
		*out = hop;
	return err;
}
