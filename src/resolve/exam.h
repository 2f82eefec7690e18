/* SPDX-License-Identifier: MIT */
/* What an upstream must be able to tell if answers are to be validated: a zone's keys with their
 * signatures, and of a DS what the parent says. By the form of its answers alone; whether the
 * signatures fit is the validator's to say.                          RFC 4035 section 3 */
#pragma once

#include "wire/message.h"

enum exam_grade {
	EXAM_SILENT, /* no answer, or a failure: says nothing */
	EXAM_PASSED,
	EXAM_KEYS_MISSING,
	EXAM_KEYS_UNSIGNED,
	EXAM_DS_UNSIGNED, /* neither a DS nor a denial of it that is signed */
	EXAM_DS_OF_CHILD, /* the answer of the zone below the cut */
};

/* Questions there are at most. */
#define EXAM_QUESTIONS_MAX 2

/* How many there are where anchor is the zone that trust begins at. */
unsigned exam_questions(struct name anchor);

/* That one, from 0; to be asked with DO=1 and CD=1. Its name views anchor or is static. */
struct question exam_question(struct name anchor, unsigned number);

/* response is the answer to it; NULL: none came. */
enum exam_grade exam_grade(const struct question *question, const struct message *response);

/* What is wrong, as the rest of a sentence about an upstream. "" for SILENT and PASSED. */
const char *exam_text(enum exam_grade grade);
