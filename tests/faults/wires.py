# SPDX-License-Identifier: MIT
"""The wires between the router and the upstreams, each with a length that may change; see distance.py."""

import os
import socket
import sys

from lab.process import Process

PROGRAM = os.path.join(os.path.dirname(os.path.abspath(__file__)), "distance.py")
ONE_WAY_MS = 10


class Wires(Process):
    def __init__(self, directory, near, fars):
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._path, self._count = os.path.join(directory, "control"), len(fars)
        super().__init__("wires", [sys.executable, PROGRAM, self._path, str(near.pid),
                                   *("%s=%d" % (far.pid, ONE_WAY_MS) for far in fars)], directory)
        self.await_line(r"^ready$")

    def change(self, number, **how):
        """delay (ms one way), jitter (ms), loss (percent) of that wire from now on."""
        for key, value in how.items():
            self._socket.sendto(("%d %s %s" % (number, key, value)).encode("ascii"), self._path)

    def restore(self):
        for number in range(self._count):
            self.change(number, delay=ONE_WAY_MS, jitter=0, loss=0)
