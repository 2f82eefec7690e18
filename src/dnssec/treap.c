/* SPDX-License-Identifier: MIT */
#include "dnssec/treap.h"

int treap_compare(struct bytes a, struct bytes b)
{
	const size_t len = a.len < b.len ? a.len : b.len;
	const int order = len > 0 ? memcmp(a.at, b.at, len) : 0;

	return order != 0 ? order : (a.len > b.len) - (a.len < b.len);
}

/* All before key, and the others. */
static void split(struct treap_node *tree, struct bytes key, struct treap_node **before,
	struct treap_node **others)
{
	while (tree) {
		if (treap_compare(tree->key, key) < 0) {
			*before = tree;
			before = &tree->right;
			tree = tree->right;
		} else {
			*others = tree;
			others = &tree->left;
			tree = tree->left;
		}
	}
	*before = *others = NULL;
}

/* All of a come before all of b. */
static struct treap_node *merge(struct treap_node *a, struct treap_node *b)
{
	struct treap_node *root, **at = &root;

	while (a && b) {
		if (a->priority > b->priority) {
			*at = a;
			at = &a->right;
			a = a->right;
		} else {
			*at = b;
			at = &b->left;
			b = b->left;
		}
	}
	*at = a ? a : b;
	return root;
}

void treap_insert(struct treap *treap, struct treap_node *node)
{
	struct treap_node **at = &treap->root;

	while (*at && (*at)->priority >= node->priority)
		at = treap_compare(node->key, (*at)->key) < 0 ? &(*at)->left : &(*at)->right;
	split(*at, node->key, &node->left, &node->right);
	*at = node;
}

bool treap_remove(struct treap *treap, struct treap_node *node)
{
	struct treap_node **at = &treap->root;

	while (*at && *at != node) {
		const int order = treap_compare(node->key, (*at)->key);
		if (order == 0)
			return false;
		at = order < 0 ? &(*at)->left : &(*at)->right;
	}
	if (!*at)
		return false;
	*at = merge(node->left, node->right);
	return true;
}

struct treap_node *treap_floor(const struct treap *treap, struct bytes key)
{
	struct treap_node *found = NULL;

	for (struct treap_node *node = treap->root; node;) {
		if (treap_compare(node->key, key) <= 0) {
			found = node;
			node = node->right;
		} else {
			node = node->left;
		}
	}
	return found;
}

struct treap_node *treap_last(const struct treap *treap)
{
	struct treap_node *node = treap->root;

	while (node && node->right)
		node = node->right;
	return node;
}

void treap_cut(struct treap *treap, struct bytes from, const struct bytes *to)
{
	struct treap_node *before, *middle, *behind = NULL;

	split(treap->root, from, &before, &middle);
	if (to)
		split(middle, *to, &middle, &behind);
	treap->root = merge(before, behind);
}
