/* SPDX-License-Identifier: MIT */
/* Intrusive ordered tree with octets for keys, in the order of memcmp(), a beginning before what it
 * begins. Each node brings a random priority, which keeps the tree flat whatever the keys are:
 * O(log n) as long as whoever chooses the keys cannot foresee the priorities. */
#pragma once

#include "base/bytes.h"

struct treap_node {
	struct treap_node *left, *right;
	uint64_t priority;
	struct bytes key; /* must stay as it is while the node is in a tree */
};

/* An empty one; nodes belong to their owners. */
struct treap {
	struct treap_node *root;
};

int treap_compare(struct bytes a, struct bytes b);

/* key and priority must be set, and no node of that key be there. */
void treap_insert(struct treap *treap, struct treap_node *node);

/* False if it is not in there; what its links are then, does not matter. */
bool treap_remove(struct treap *treap, struct treap_node *node);

/* The node with the greatest key that is not greater. NULL: none. */
struct treap_node *treap_floor(const struct treap *treap, struct bytes key);

/* The greatest. NULL: the tree is empty. */
struct treap_node *treap_last(const struct treap *treap);

/* Takes out all from from on and before to, NULL: to the end, without touching each. They are in no
 * tree then. */
void treap_cut(struct treap *treap, struct bytes from, const struct bytes *to);
