/* SPDX-License-Identifier: MIT */
/* Configurations as texts: what they come to, or what is wrong with them. */
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "daemon/config.h"

/* One configuration and what was said about it. */
struct parsed {
	struct config *config;
	char *errors;
	size_t errors_len;
};

struct parsed parse_len(const char *text, size_t len);
void parsed_free(struct parsed *parsed);

/* It must be accepted. */
struct parsed good(const char *text);

/* Exactly these errors, all of them, in this order. */
void wrong(const char *text, const char *errors);

/* Each of these pieces is in the one error line. */
#define WRONG_WITH(text, ...) wrong_with(text, (const char *[]){ __VA_ARGS__, NULL })
void wrong_with(const char *text, const char *const *pieces);

void assert_address(const struct address *address, const char *text);
