# SPDX-License-Identifier: MIT
"""An upstream that is some milliseconds away: delay.py in front of one that is not. The kernel's own means, netem, is
missing from many kernels."""

import collections
import os
import signal
import sys

from lab import port
from lab.process import Process

PROGRAM = os.path.join(os.path.dirname(os.path.abspath(__file__)), "delay.py")

# What has passed so far; up is to the upstream.
Passed = collections.namedtuple("Passed", "connections up down")


class Relay(Process):
    def __init__(self, directory, target, one_way_ms):
        os.makedirs(directory)
        self.port = port.free()
        self._asked = 0
        super().__init__("relay", [sys.executable, PROGRAM, str(self.port), str(target), str(one_way_ms)], directory)
        self.await_line(r"^ready$")

    def passed(self):
        self._asked += 1
        self.send(signal.SIGUSR1)
        return Passed(*(int(word) for word in self.await_line(r"^counted ", self._asked).split()[1:]))
