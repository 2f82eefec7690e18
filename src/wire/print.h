/* SPDX-License-Identifier: MIT */
/* The fields of an rdata in presentation form; what comes out is printable ASCII whatever went
 * in. */
#pragma once

#include <stdio.h>

#include "wire/form.h"

/* Can the field be written so that it could be read back? Where not, the whole rdata is written
 * in the form for unknown types. */
bool field_has_text(const struct field *field);

/* Is a blank due before it? Lists, which may be empty, bring their own. */
bool field_needs_blank(const struct field *field);
void field_print(FILE *out, const struct field *field);

/* Upper case, no blanks. */
void hex_print(FILE *out, struct bytes data);

/* RFC 4648 section 4 */
void base64_print(FILE *out, struct bytes data);

/* One octet inside quotes, escaped where need be.                    RFC 1035 section 5.1 */
void quoted_octet_print(FILE *out, uint8_t octet);

void ipv4_print(FILE *out, const uint8_t octets[static 4]);
void ipv6_print(FILE *out, const uint8_t octets[static 16]);
