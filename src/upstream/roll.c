/* SPDX-License-Identifier: MIT */
#include "upstream/roll.h"

#include <stdio.h>
#include <string.h>

size_t roll_find(const struct roll *roll, const struct address *address)
{
	size_t i = 0;

	while (i < roll->count && !address_equal(&roll->addresses[i], address))
		i++;
	return i;
}

void roll_add(struct roll *roll, const struct address *address)
{
	if (roll->count < ENDPOINT_ADDRESSES_MAX && roll_find(roll, address) == roll->count)
		roll->addresses[roll->count++] = *address;
}

void roll_add_both(struct roll *roll, const struct address *v6, size_t v6_count,
	const struct address *v4, size_t v4_count)
{
	for (size_t i = 0; i < v6_count || i < v4_count; i++) {
		if (i < v6_count)
			roll_add(roll, &v6[i]);
		if (i < v4_count)
			roll_add(roll, &v4[i]);
	}
}

/* Room for ", " and "and 15 more". */
#define MORE_LEN 16

const char *roll_write(const struct roll *roll, char text[static ROLL_TEXT_LEN])
{
	size_t len = 0;

	text[0] = '\0';
	for (size_t i = 0; i < roll->count; i++) {
		char one[ADDRESS_TEXT_LEN];
		address_write(&roll->addresses[i], one);
		if (len + 2 + strlen(one) + MORE_LEN >= ROLL_TEXT_LEN) {
			snprintf(text + len, ROLL_TEXT_LEN - len, " and %zu more", roll->count - i);
			break;
		}
		len += (size_t)snprintf(
			text + len, ROLL_TEXT_LEN - len, "%s%s", i > 0 ? ", " : "", one);
	}
	return text;
}
