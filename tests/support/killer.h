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
