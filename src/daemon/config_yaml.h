/* SPDX-License-Identifier: MIT */
/* YAML as a tree of nodes that know their line. What YAML has beyond text, lists and maps (anchors,
 * aliases, tags, several documents) is refused: it would let a small file be a huge one. */
#pragma once

#include "base/bytes.h"
#include "daemon/config_fault.h"

/* Limits beyond which a file is refused. */
#define NODE_DEPTH_MAX	 16  /* lists and maps in one another; the deepest key needs 4 */
#define NODE_MEMBERS_MAX 256 /* keys of one map; there are not that many */

enum node_kind { NODE_TEXT, NODE_LIST, NODE_MAP };

struct node {
	enum node_kind kind;
	bool plain;	   /* NODE_TEXT: not in quotes, so that an empty one is no value */
	unsigned line;	   /* from 1; 0: a built-in default */
	unsigned key_line; /* as a member of a map */
	const char *key;   /* as a member of a map; NULL elsewhere */
	const char *text;  /* NODE_TEXT: UTF-8 without NUL */
	struct node *first, *last, *next;
	size_t count; /* of items or members */
};

/* The tree lies in the arena. An empty text is a map without members. NULL with the reasons in
 * faults. first_line: of the text's first line; 0: every node has line 0. */
struct node *node_parse(
	struct bytes text, unsigned first_line, struct arena *arena, struct faults *faults);

/* NULL: the map has no such member. */
const struct node *node_member(const struct node *map, const char *key);

/* "key:" and nothing, or a null. */
bool node_is_empty(const struct node *node);

/* "a list" and so on, for a person. */
const char *node_kind_text(const struct node *node);
