/* SPDX-License-Identifier: MIT */
/* Every key that can be written, in tables: its name, kind, bounds and default. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

enum schema_kind {
	SCHEMA_TEXT,	 /* struct text of config_draft.h, as all below */
	SCHEMA_TEXTS,	 /* struct texts; one text alone is a list of one */
	SCHEMA_NUMBER,	 /* struct number */
	SCHEMA_DURATION, /* struct number, ms */
	SCHEMA_SECONDS,	 /* struct number, whole seconds; min and max in ms */
	SCHEMA_SIZE,	 /* struct number, octets */
	SCHEMA_CHOICE,	 /* struct number, of the choice */
	SCHEMA_SECTION,	 /* keys of its own, in the same struct */
	SCHEMA_SECTIONS, /* struct sections; one map alone is a list of one */
	SCHEMA_LATER,	 /* not built yet */
};

struct schema_choice {
	const char *name; /* NULL ends a table */
	uint64_t value;
};

struct schema;

struct schema_key {
	const char *name;
	enum schema_kind kind;
	bool required;
	size_t at;	      /* where the value goes in the section's struct */
	uint64_t min, max;    /* of numbers and quantities, both included; of lists, items */
	const char *fallback; /* the default as YAML; NULL: the value stays absent */
	const char *absent;   /* the default for a person, where YAML would not say it well */
	const struct schema_choice *choices; /* of a choice; of a number, words besides */
	const struct schema *section;
};

struct schema {
	const char *path; /* "cache.", what stands before its keys */
	const struct schema_key *keys;
	size_t key_count;
	size_t len;	     /* of one item, octets; 0: not a list's */
	const char *text_is; /* the key that a text in place of a map is short for; NULL: none */
};

extern const struct schema root_schema;

/* One key a line: its path, its kind and its default, with a tab between them. */
void schema_print(FILE *out);
