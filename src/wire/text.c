/* SPDX-License-Identifier: MIT */
#include "wire/text.h"

#include "wire/rdata.h"

void record_print(FILE *out, const struct record *record)
{
	char owner[NAME_TEXT_LEN], class[TYPE_TEXT_LEN], type[TYPE_TEXT_LEN];

	fprintf(out, "%s %u %s %s ", name_print(record->owner, owner), record->ttl_s,
		class_print(record->class, class), type_print(record->type, type));
	rdata_print(out, record->type, record->rdata);
	putc('\n', out);
}
