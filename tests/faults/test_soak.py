#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""One fault after another, as chance has it: the soak for a while. STUBBORN_SOAK_MINUTES says for how long, and
STUBBORN_SOAK_SEED which faults: always the same ones where nothing is said, so that a change and not chance fails it."""

import os
import subprocess
import sys
import unittest

sys.dont_write_bytecode = True

from lab import tap  # noqa: E402  (no bytecode is to be left of it)

import table  # noqa: E402

SOAK = os.path.join(os.path.dirname(os.path.abspath(__file__)), "soak")
MINUTES = os.environ.get("STUBBORN_SOAK_MINUTES", "5")
SEED = os.environ.get("STUBBORN_SOAK_SEED", "102")


class SoakTest(unittest.TestCase):
    def soak(self, *options):
        done = subprocess.run([SOAK, "--minutes", MINUTES, "--seed", SEED, *options],
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
        if done.returncode == table.NOT_HERE:
            self.skipTest(done.stdout.strip())
        for line in done.stdout.splitlines():
            print("# " + line)
        self.assertEqual(0, done.returncode, "see above")

    def test_faults_at_random(self):
        """Faults that are survived alone would not be, one after another."""
        self.soak()


if __name__ == "__main__":
    tap.main()
