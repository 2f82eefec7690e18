# SPDX-License-Identifier: MIT
"""A test case with a laboratory: servers live as long as the class, stubborn and proxies as long as one test."""

import unittest

from .lab import Lab

KEPT_LINES = 80


class LiveCase(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.lab = Lab()
        cls.addClassCleanup(cls.lab.close)

    def setUp(self):
        self._outputs = ""
        self._may_fail = []
        self.addCleanup(self._end)

    def expect_end(self, daemon):
        """This one ends by itself, or is ended by the test, and that is no fault."""
        self.lab.daemons.remove(daemon)
        self._may_fail.append(daemon)
        self.addCleanup(daemon.stop)

    def _end(self):
        processes = self.lab.daemons + self._may_fail + self.lab.processes
        proxies = list(self.lab.proxies)
        wrong = self.lab.close_daemons()
        self.lab.close_proxies()
        self._outputs = self._account(processes, proxies)
        for daemon in self._may_fail:
            wrong += daemon.findings()
        if wrong:
            self.fail(wrong)

    @staticmethod
    def _account(processes, proxies):
        parts = ["--- %s (%d), last lines:\n%s" % (process.name, process.pid, process.output(KEPT_LINES))
                 for process in processes]
        parts += ["--- proxy on port %d:\n%s" % (proxy.port, proxy.account()) for proxy in proxies]
        return "\n".join(parts)

    def evidence(self):
        """Called when the test has failed: what everybody said."""
        return self._outputs or self._account(self.lab.daemons + self._may_fail + self.lab.processes,
                                              self.lab.proxies)
