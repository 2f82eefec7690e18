/* SPDX-License-Identifier: MIT */
/* Domain names as uncompressed wire octets (RFC 1035 section 3.1). A struct name is a view: the
 * octets belong to a message, an arena, a struct name_space or the program. Case is kept;
 * comparison and hashing fold ASCII letters (RFC 4343). */
#pragma once

#include "base/arena.h"
#include "base/bytes.h"
#include "base/hash.h"
#include "wire/reader.h"
#include "wire/writer.h"

#define NAME_LEN_MAX  255		 /* octets, root label included (RFC 1035 section 3.1) */
#define LABEL_LEN_MAX 63		 /* octets (RFC 1035 section 3.1) */
#define LABELS_MAX    (NAME_LEN_MAX / 2) /* of a name, without the root's */
#define NAME_TEXT_LEN 1025		 /* presentation form: every octet as \DDD, dots, the end */

/* A pointer's two octets: these bits and how far from the message's first octet it points
 * (RFC 1035 section 4.1.4). */
#define POINTER_BITS 0xc000u
#define POINTER_END  0x4000u /* the first offset that does not fit */

struct name {
	const uint8_t *octets; /* never NULL in a name that was read */
	uint8_t len;	       /* octets, 1 for the root */
};

struct name_space {
	uint8_t octets[NAME_LEN_MAX];
};

struct name name_root(void);

/* A name in a message, compression followed; each pointer must go before the one that led to it
 * and before where the name began. The result lies in space. On malformed octets r fails and the
 * root is returned.                                                  RFC 1035 section 4.1.4 */
struct name name_read(struct reader *r, struct name_space *space);

/* A name that must not be compressed; the result is a view of the message. Otherwise as above. */
struct name name_read_plain(struct reader *r);

/* As name_read(), but a name that stands whole in the message, here or where its first pointers
 * lead, is a view of the message; only any other lies in space. */
struct name name_read_view(struct reader *r, struct name_space *space);

/* Walks over a name without looking where a pointer leads. */
void name_skip(struct reader *r);

void name_write(struct writer *w, struct name name);

/* Presentation form with \X and \DDD escapes, the final dot optional; "." is the root; empty
 * labels, over-long labels and names are errors. Letters outside ASCII (UTF-8) are ERR_FORMAT:
 * convert IDNs before. The result lies in space.                     RFC 1035 section 5.1 */
MUST_USE int name_parse(const char *text, struct name_space *space, struct name *out);

/* Presentation form with the final dot, special and unprintable octets escaped. Returns text. */
const char *name_print(struct name name, char text[static NAME_TEXT_LEN]);

bool name_equal(struct name a, struct name b);

/* Canonical order: negative, 0, positive.                            RFC 4034 section 6.1 */
int name_compare(struct name a, struct name b);

/* Some total order in which names equal but for letter case are equal: cheaper than the canonical
 * one, for sorting and searching where the order itself does not matter. */
int name_order(struct name a, struct name b);

/* Is name at or below ancestor? */
bool name_is_within(struct name name, struct name ancestor);

/* Without its leftmost label; name must not be the root. A view of the same octets. */
struct name name_parent(struct name name);

bool name_is_root(struct name name);

/* Labels without the root's: 0 for the root. */
unsigned name_label_count(struct name name);

/* The last count labels of name, which must have so many. A view of the same octets. */
struct name name_last_labels(struct name name, unsigned count);

/* Where each label begins, leftmost first, without the root's. Returns how many. */
unsigned name_labels(struct name name, uint8_t at[static LABELS_MAX]);

/* Case-folded. */
uint64_t name_hash(const struct hash_key *key, struct name name);

/* Lower-case octets of name into space. */
struct name name_fold(struct name name, struct name_space *space);

/* ERR_NOMEM. */
MUST_USE int name_copy(struct arena *arena, struct name name, struct name *out);
