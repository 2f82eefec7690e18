/* SPDX-License-Identifier: MIT */
#include "replay/judge.h"

#include "dnssec/validator.h"

const struct validator_result *__real_validator_result(const struct validator *validator);
const struct validator_result *__wrap_validator_result(const struct validator *validator);

static char last[REASON_TEXT_LEN];

const struct validator_result *__wrap_validator_result(const struct validator *validator)
{
	const struct validator_result *result = __real_validator_result(validator);

	(void)reason_print(&result->reason, last);
	return result;
}

const char *judge_last(void)
{
	return last;
}

void judge_reset(void)
{
	last[0] = '\0';
}
