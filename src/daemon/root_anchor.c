/* SPDX-License-Identifier: MIT */
#include "daemon/root_anchor.h"

#include <errno.h>
#include <string.h>

#include "dnssec/key.h"
#include "wire/type.h"

/* Do both stand for the same key of the root? */
static bool same_key(const struct anchor_record *a, const struct anchor_record *b)
{
	struct dnskey key;
	struct ds ds;

	if (a->type == b->type)
		return bytes_equal(a->rdata, b->rdata);
	const struct anchor_record *digest = a->type == TYPE_DS ? a : b;
	const struct anchor_record *whole = a->type == TYPE_DS ? b : a;
	return ds_read(digest->rdata, &ds) == 0 && dnskey_read(whole->rdata, &key) == 0 &&
	       ds_matches(&ds, name_root(), &key);
}

/* NULL: the set is empty. A set of the distribution's may have other names; they are not asked
 * for. */
static const struct anchor *root_of(const struct anchors *anchors)
{
	return anchors_closest(anchors, name_root());
}

static int add_records(struct anchors *to, const struct anchor *from)
{
	int err = 0;

	for (const struct anchor_record *r = from->records; !err && r; r = r->next)
		err = anchors_add(to, name_root(), r->type, r->rdata);
	return err;
}

/* Was the file made after this program, or along with it? */
static int is_current(const struct anchor *file, bool *out)
{
	struct anchors *built_in = anchors_new();
	int err = built_in ? anchors_add_root(built_in) : ERR_NOMEM;

	*out = false;
	if (!err) {
		/* The one added last comes first. */
		const struct anchor_record *newest = root_of(built_in)->records;
		for (const struct anchor_record *r = file->records; r; r = r->next)
			*out = *out || same_key(r, newest);
	}
	anchors_free(built_in);
	return err;
}

static void explain(const char *path, int err, const struct anchor_fault *fault,
	char note[static CONFIG_NOTE_LEN])
{
	const char *ours = "the keys that are built in are used; install the package that it "
			   "belongs to again (dns-root-data)";

	if (err == ERR_SYSTEM)
		snprintf(note, CONFIG_NOTE_LEN, "%s cannot be read: %s; %s", path, strerror(errno),
			ours);
	else if (fault->line > 0)
		snprintf(note, CONFIG_NOTE_LEN, "%s:%u: %s; %s", path, fault->line, fault->what,
			ours);
	else
		snprintf(note, CONFIG_NOTE_LEN, "%s: %s; %s", path, fault->what, ours);
}

/* Into file, which stays empty when there is none, or none that is good. ERR_NOMEM. */
static int load(struct anchors **file, const char *directory, char note[static CONFIG_NOTE_LEN])
{
	static const char *const names[] = { "root.key", "root.ds" };
	struct anchor_fault fault;
	char path[256];

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		struct anchors *loaded = anchors_new();
		if (!loaded)
			return ERR_NOMEM;
		snprintf(path, sizeof(path), "%s/%s", directory, names[i]);
		int err = anchors_load(loaded, path, &fault);
		if (!err) {
			*file = loaded;
			return 0;
		}
		anchors_free(loaded);
		if (err == ERR_NOMEM)
			return err;
		if (err != ERR_SYSTEM || errno != ENOENT) {
			explain(path, err, &fault, note);
			return 0;
		}
	}
	return 0;
}

int root_anchors_add(
	struct anchors *anchors, const char *directory, char note[static CONFIG_NOTE_LEN])
{
	struct anchors *file = NULL;
	bool current = false;

	note[0] = '\0';
	int err = load(&file, directory, note);
	const struct anchor *root = file ? root_of(file) : NULL;
	if (!err && root)
		err = is_current(root, &current);
	if (!err && !current)
		err = anchors_add_root(anchors);
	if (!err && root)
		err = add_records(anchors, root);
	anchors_free(file);
	return err;
}
