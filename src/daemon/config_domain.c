/* SPDX-License-Identifier: MIT */
#include "daemon/config_domain.h"

#include "daemon/config.h"
#include "daemon/config_value.h"

bool domain_read(const char *key, const struct text *text, struct faults *faults,
	struct name_space *space, struct name *out)
{
	char shown[SHOWN_LEN];

	if (text->at[0] == '*') {
		faults_add(faults, text->line,
			"%s: \"%s\": a domain covers all names below it; write it without the "
			"asterisk",
			key, value_shown(text->at, shown));
		return false;
	}
	int err = config_name_parse(text->at, space, out);
	if (err == ERR_NOMEM)
		faults_add_nomem(faults);
	else if (err != 0)
		faults_add(faults, text->line,
			"%s: \"%s\" is no domain name; labels of 1 to 63 octets with dots between "
			"them, as corp.example",
			key, value_shown(text->at, shown));
	return err == 0;
}
