/* SPDX-License-Identifier: MIT */
/* stubborn run: the start order, signals, reload and stop. */
#pragma once

/* argv[0] is "stubborn run", with which getopt's messages begin. Returns the exit code. */
int daemon_main(int argc, char **argv);
