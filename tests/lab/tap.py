# SPDX-License-Identifier: MIT
"""Runs the unittest cases of a program and prints TAP: one line per test function."""

import sys
import unittest


def _comment(text):
    for line in text.splitlines():
        print("# " + line)


class _Result(unittest.TestResult):
    def __init__(self):
        super().__init__()
        self.count = self.bad = 0
        self._told = set()

    def _line(self, good, test, suffix=""):
        self.count += 1
        self.bad += not good
        name = test.id().replace("__main__.", "").replace("#", "")
        print("%s %d - %s%s" % ("ok" if good else "not ok", self.count, name, suffix), flush=True)

    def _failed(self, test, error):
        if test.id() in self._told:  # a test that fails, and whose cleaning-up fails too, is one test
            _comment(self._exc_info_to_string(error, test))
            return
        self._told.add(test.id())
        self._line(False, test)
        _comment("what a user would lose: %s" % (test.shortDescription() or "?"))
        _comment(self._exc_info_to_string(error, test))
        evidence = getattr(test, "evidence", None)
        if evidence:
            _comment(evidence())
        sys.stdout.flush()

    def addSuccess(self, test):
        self._line(True, test)

    def addFailure(self, test, err):
        self._failed(test, err)

    def addError(self, test, err):
        self._failed(test, err)

    def addSubTest(self, test, subtest, err):
        if err is not None:
            _comment("in %s" % subtest)
            self._failed(test, err)

    def addSkip(self, test, reason):
        self._line(True, test, " # SKIP " + reason)


def main():
    """Run every test case of the calling program; arguments select by name ("Class" or "Class.test_function")."""
    loader = unittest.TestLoader()
    module = sys.modules["__main__"]
    suite = loader.loadTestsFromNames(sys.argv[1:], module) if len(sys.argv) > 1 else loader.loadTestsFromModule(module)
    result = _Result()
    suite.run(result)
    print("1..%d" % result.count, flush=True)
    sys.exit(1 if result.bad else 0)
