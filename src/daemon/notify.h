/* SPDX-License-Identifier: MIT */
/* Tells the service manager how far we are, by the protocol of sd_notify(3). Without one (no
 * NOTIFY_SOCKET) nothing happens. */
#pragma once

void notify_ready(void);
void notify_reloading(void);
void notify_stopping(void);
