/* SPDX-License-Identifier: MIT */
/* Tickets over a restart: the file "tickets" in the state directory, mode 0600. It is written when
 * the daemon stops and gone once it has been read, so that no ticket is ever used twice. */
#pragma once

#include "daemon/state_file.h"
#include "net/tickets.h"

/* What cannot be used is told once and set aside; that is never fatal. */
void ticket_file_load(struct tickets *tickets, struct state_dir *dir);

/* What is there from before tickets were switched off is a secret without use. */
void ticket_file_forget(struct state_dir *dir);

void ticket_file_save(struct tickets *tickets, struct state_dir *dir);
