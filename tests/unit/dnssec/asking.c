/* SPDX-License-Identifier: MIT */
#include "asking.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

struct world_trial ask(const char *name, uint16_t type)
{
	struct world_trial trial;
	world_validate(&world, name, type, &trial);
	assert_int_equal(trial.err, 0);
	return trial;
}

void expect(const char *name, uint16_t type, enum verdict verdict)
{
	struct world_trial trial = ask(name, type);
	if (trial.result.verdict != verdict)
		print_error("%s: %s\n", name, trial.text);
	assert_int_equal(trial.result.verdict, verdict);
}

void cold(void)
{
	keycache_forget(world.keycache, name_root());
}
