# SPDX-License-Identifier: MIT
"""Upstreams that are some milliseconds away: delay.c in front of those that are not. The kernel's own means, netem, is
missing from many kernels."""

import collections
import os
import signal

from lab import port
from lab.process import Process

# What has passed one way so far; up is to the upstream. Handshakes are all of TLS, the resumed ones among them.
Passed = collections.namedtuple("Passed", "connections up down handshakes resumed")


class Relay(Process):
    """ports: by the way's name; all ways are as long."""

    def __init__(self, program, directory, targets, one_way_ms):
        """targets: the port at the end of each way, by its name."""
        os.makedirs(directory)
        self.ports = {}
        for name in targets:
            self.ports[name] = self._unused()
        self._asked = 0
        super().__init__("relay", [program, str(one_way_ms), *("%d=%d" % (self.ports[name], target)
                                                               for name, target in targets.items())], directory)
        self.await_line(r"^ready$")

    def _unused(self):
        while True:
            found = port.free()
            if found not in self.ports.values():
                return found

    def passed(self, name):
        self._asked += 1
        self.send(signal.SIGUSR1)
        counts = [int(word) for word in self.await_line(r"^counted ", self._asked).split()[1:]]
        at = list(self.ports).index(name) * len(Passed._fields)
        return Passed(*counts[at:at + len(Passed._fields)])
