/* SPDX-License-Identifier: MIT */
/* kill -9, or a power cut, at a chosen moment: system calls that change files, of everything linked
 * statically, are counted, and in the chosen one the process ends without another word. */
#pragma once

#include <stddef.h>

/* How a process ends that was killed so. */
#define KILLER_EXIT 137

/* In the call after n more; if it is one that writes, half of it is written. */
void killer_arm(size_t n);
void killer_disarm(void);

/* What was called since it was armed, a letter a call: (o)pened, (w)ritten, (s)ynced and (c)losed
 * files, (S)ynced directories, (r)enamed and (u)nlinked names; the first KILLER_CALLS_MAX - 1. */
#define KILLER_CALLS_MAX 4096
const char *killer_calls(void);
