/* SPDX-License-Identifier: MIT */
/* Tickets over a restart: the file "tickets" in the state directory, mode 0600. It is written when
 * the daemon stops and gone once it has been read, so that no ticket is ever used twice. */
#pragma once

#include "net/tickets.h"

/* What cannot be used is told once and set aside; that is never fatal. dir "": there is none. */
void ticket_file_load(struct tickets *tickets, const char *dir);

/* What is there from before tickets were switched off is a secret without use. */
void ticket_file_forget(const char *dir);

void ticket_file_save(struct tickets *tickets, const char *dir);
