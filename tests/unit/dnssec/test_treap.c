/* SPDX-License-Identifier: MIT */
/* The order of keys, against a plain array of them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/hash.h"
#include "dnssec/treap.h"
#include "sample.h"

#define NODES 500

struct sample {
	struct treap treap;
	struct treap_node nodes[NODES];
	uint8_t keys[NODES][2];
	bool in[NODES];
};

static uint64_t draw(void)
{
	static const struct hash_key secret = { 3, 4 };
	static uint64_t drawn;
	drawn++;
	return hash_bytes(&secret, bytes_of(&drawn, sizeof(drawn)));
}

/* Each second number is a key, the worst order there is: they come sorted. */
static void fill(struct sample *s)
{
	memset(s, 0, sizeof(*s));
	for (unsigned i = 0; i < NODES; i++) {
		u16_store(s->keys[i], (uint16_t)(2 * i));
		s->nodes[i].key = bytes_of(s->keys[i], 2);
		s->nodes[i].priority = draw();
		treap_insert(&s->treap, &s->nodes[i]);
		s->in[i] = true;
	}
}

static void assert_same(const struct sample *s)
{
	const struct treap_node *last = NULL;
	uint8_t key[2];

	for (unsigned i = 0; i < NODES; i++) {
		if (s->in[i])
			last = &s->nodes[i];
		u16_store(key, (uint16_t)(2 * i));
		assert_ptr_equal(treap_floor(&s->treap, bytes_of(key, 2)), last);
		key[1]++;
		assert_ptr_equal(treap_floor(&s->treap, bytes_of(key, 2)), last);
	}
	assert_ptr_equal(treap_last(&s->treap), last);
}

static unsigned depth(const struct treap_node *node)
{
	if (!node)
		return 0;
	unsigned left = depth(node->left), right = depth(node->right);
	return 1 + (left > right ? left : right);
}

static void test_order(void **state)
{
	(void)state;
	assert_true(treap_compare(OCTETS("a"), OCTETS("b")) < 0);
	assert_true(treap_compare(OCTETS("a"), OCTETS("a\0")) < 0);
	assert_true(treap_compare(OCTETS("\377"), OCTETS("b\0")) > 0);
	assert_int_equal(treap_compare(OCTETS("b"), OCTETS("b")), 0);
	assert_true(treap_compare(bytes_of(NULL, 0), OCTETS("\0")) < 0);
	assert_int_equal(treap_compare(bytes_of(NULL, 0), bytes_of(NULL, 0)), 0);
}

/* Sorted keys must not make a list of it. */
static void test_flat(void **state)
{
	struct sample s;
	(void)state;
	fill(&s);
	assert_same(&s);
	assert_true(depth(s.treap.root) < 40);
}

static void test_remove(void **state)
{
	struct sample s;
	(void)state;
	fill(&s);
	for (unsigned n = 0; n < NODES; n++) {
		unsigned i = (n * 211u) % NODES;
		assert_true(treap_remove(&s.treap, &s.nodes[i]));
		assert_false(treap_remove(&s.treap, &s.nodes[i]));
		s.in[i] = false;
		if (n % 50 == 0)
			assert_same(&s);
	}
	assert_null(s.treap.root);
	assert_null(treap_last(&s.treap));
	assert_null(treap_floor(&s.treap, OCTETS("a")));
}

/* What is cut out is found no more, and cannot be removed once more in another's place. */
static void test_cut(void **state)
{
	struct sample s;
	struct treap_node other = { .priority = 1 };
	const struct bytes end = bytes_of(s.keys[320], 2);
	(void)state;
	fill(&s);
	treap_cut(&s.treap, s.nodes[300].key, &end);
	for (unsigned i = 300; i < 320; i++)
		s.in[i] = false;
	assert_same(&s);
	assert_false(treap_remove(&s.treap, &s.nodes[310]));
	other.key = s.nodes[310].key;
	treap_insert(&s.treap, &other);
	assert_false(treap_remove(&s.treap, &s.nodes[310]));
	assert_true(treap_remove(&s.treap, &other));
	treap_cut(&s.treap, s.nodes[400].key, NULL);
	for (unsigned i = 400; i < NODES; i++)
		s.in[i] = false;
	assert_same(&s);
	treap_cut(&s.treap, bytes_of(NULL, 0), &end);
	memset(s.in, false, 320);
	assert_same(&s);
	treap_cut(&s.treap, bytes_of(NULL, 0), NULL);
	assert_null(s.treap.root);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_order),
		cmocka_unit_test(test_flat),
		cmocka_unit_test(test_remove),
		cmocka_unit_test(test_cut),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
