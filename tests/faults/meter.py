# SPDX-License-Identifier: MIT
"""The most memory and descriptors that a process had, by looking every so often; and what kept us from looking, which
is a busy machine."""

import os
import threading
import time

EVERY_S = 0.02
PAGE = os.sysconf("SC_PAGE_SIZE")


def resident_mib(pid):
    with open("/proc/%d/statm" % pid, encoding="ascii") as statm:
        return int(statm.read().split()[1]) * PAGE / (1 << 20)


def descriptors(pid):
    return len(os.listdir("/proc/%d/fd" % pid))


class Meter:
    """pid: a function, as it may be another one's in time. lateness_ms: the longest that this thread had to wait for
    its turn."""

    def __init__(self, pid):
        self._pid, self._ending = pid, threading.Event()
        self.first_mib = self.resident_mib = resident_mib(pid())
        self.descriptors, self.lateness_ms = descriptors(pid()), 0.0
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()

    def _read(self):
        before_s = time.monotonic()
        while not self._ending.wait(EVERY_S):
            self.lateness_ms = max(self.lateness_ms, (time.monotonic() - before_s - EVERY_S) * 1000)
            try:
                self.resident_mib = max(self.resident_mib, resident_mib(self._pid()))
                self.descriptors = max(self.descriptors, descriptors(self._pid()))
            except OSError:
                pass  # it has ended, for good or to be started again
            before_s = time.monotonic()

    def stop(self):
        self._ending.set()
        self._thread.join()
