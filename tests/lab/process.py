# SPDX-License-Identifier: MIT
"""A program that runs until we end it, by its own pid, with its output kept."""

import os
import re
import signal
import subprocess
import threading
import time

READY_S = 30
STOP_S = 5


class Process:
    def __init__(self, name, argv, directory, env=None, inherit=()):
        self.name = name
        self.lines = []
        self._change = threading.Condition()
        self._eof = False
        # The kernel ends the child when we die, however we die. setpriv execs, so the pid stays the program's.
        self._child = subprocess.Popen(["setpriv", "--pdeathsig", "TERM", *argv], cwd=directory,
                                       env={**os.environ, **(env or {})}, stdin=subprocess.DEVNULL, pass_fds=inherit,
                                       stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    @property
    def pid(self):
        return self._child.pid

    @property
    def returncode(self):
        return self._child.poll()

    def _read(self):
        for raw in self._child.stdout:
            with self._change:
                self.lines.append(raw.decode("utf-8", "backslashreplace").rstrip("\n"))
                self._change.notify_all()
        with self._change:
            self._eof = True
            self._change.notify_all()

    def output(self, last=None):
        with self._change:
            return "\n".join(self.lines[-last:] if last else self.lines)

    def matching(self, pattern):
        """The lines so far that match."""
        with self._change:
            return [line for line in self.lines if re.search(pattern, line)]

    def await_line(self, pattern, count=1, timeout_s=READY_S):
        """Return the count-th line that matches, as soon as it is there."""
        deadline = time.monotonic() + timeout_s
        with self._change:
            while True:
                found = [line for line in self.lines if re.search(pattern, line)]
                if len(found) >= count:
                    return found[count - 1]
                left = deadline - time.monotonic()
                if self._eof or left <= 0:
                    why = "ended" if self._eof else "said in %d s" % timeout_s
                    raise AssertionError("%s %s without %r (%d of %d):\n%s" % (
                        self.name, why, pattern, len(found), count, "\n".join(self.lines[-60:])))
                self._change.wait(left)

    def send(self, number):
        self._child.send_signal(number)

    def await_exit(self, timeout_s=STOP_S):
        code = self._child.wait(timeout_s)
        self._reader.join(STOP_S)
        return code

    def stop(self, timeout_s=STOP_S):
        """End it; returns its exit code. One that does not end in time is killed."""
        if self._child.poll() is None:
            self._child.send_signal(signal.SIGTERM)
        try:
            return self.await_exit(timeout_s)
        except subprocess.TimeoutExpired:
            self._child.kill()
            return self.await_exit()
