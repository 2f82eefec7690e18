/* SPDX-License-Identifier: MIT */
/* stubborn run: the start order, signals, reload and stop. */
#pragma once

/* argv starts behind "run". Returns the exit code. */
int daemon_main(int argc, char **argv);
