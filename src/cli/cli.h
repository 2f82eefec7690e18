/* SPDX-License-Identifier: MIT */
/* What a person types. Each returns the exit code; argv[0] is "stubborn COMMAND",
 * with which getopt's messages begin.
 *
 * Commands use the rooms below as the daemon does, and of the daemon's own room config.h alone:
 * check must read a file exactly as run will, query must find where run listens, and probe whom run
 * asks. */
#pragma once

/* Exit codes: 0 done, 1 the thing asked about is not good (errors in a file, SERVFAIL, an upstream
 * that is not fit), 2 wrong usage, 3 no answer, 4 an answer that its own signatures contradict. */
enum { EXIT_GOOD = 0, EXIT_BAD = 1, EXIT_USAGE = 2, EXIT_NO_ANSWER = 3, EXIT_BOGUS = 4 };

int cli_check(int argc, char **argv);
int cli_probe(int argc, char **argv);
int cli_query(int argc, char **argv);
int cli_version(int argc, char **argv);
