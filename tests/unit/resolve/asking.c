/* SPDX-License-Identifier: MIT */
#include "unit/resolve/asking.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

struct resolving r;
struct asker a, b;

int setup(void **state)
{
	(void)state;
	return resolving_init(&r) ? 0 : -1;
}

int teardown(void **state)
{
	(void)state;
	resolving_done(&r);
	return 0;
}

void ask(struct asker *asker, uint16_t id, const char *name, const char *type)
{
	asker_init(asker, &r, id, name, type);
	assert_int_equal(asker_ask(asker), ASKER_WAITS);
}

void ask_cached(struct asker *asker, uint16_t id, const char *name, const char *type)
{
	asker_init(asker, &r, id, name, type);
	assert_int_equal(asker_ask(asker), ASKER_ANSWERED);
}

void resolve(const char *name, const char *type, const char *rcode, const char *records)
{
	ask(&a, 1, name, type);
	resolving_answer(&r, rcode, records);
}

void upstream_fails(int err)
{
	fake_group_fail(r.group, err, "because");
}
