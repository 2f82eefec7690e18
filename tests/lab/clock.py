# SPDX-License-Identifier: MIT
"""A clock that a program is made to believe, while the machine's own goes on."""

import os
import struct
import time

from .daemon import BINARY

BUILT = os.path.join(os.path.dirname(BINARY), "tests", "support", "libfalse_clock.so")
SHIM = os.environ.get("FALSE_CLOCK_SHIM") or (BUILT if os.path.exists(BUILT) else None)


class FalseClock:
    """env is for the program."""

    def __init__(self, path):
        self._wall_s, self._boot_s = 0, 0
        self._file = open(path, "w+b", buffering=0)
        self._write()
        self.env = {"LD_PRELOAD": SHIM, "FALSE_CLOCK": path}

    def _write(self):
        os.pwrite(self._file.fileno(), struct.pack("=qq", self._wall_s, self._boot_s), 0)

    def set(self, wall_s):
        """As date(1) would."""
        self._wall_s = int(wall_s - time.time())
        self._write()

    def set_right(self):
        self._wall_s = 0
        self._write()

    def sleep(self, seconds):
        """The machine was suspended that long."""
        self._wall_s += seconds
        self._boot_s += seconds
        self._write()

    def close(self):
        self._file.close()
