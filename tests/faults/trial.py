# SPDX-License-Identifier: MIT
"""One row of the table: a fresh server under load while something happens to it, and what came of it."""

import collections
import os
import sys
import time

from lab.process import Process

import load
import subject
from home import LINKS
from watch import Watch

SLOW_MS = 100
WARM_S, TAIL_S = 1.5, 3
LOAD = os.path.join(os.path.dirname(os.path.abspath(__file__)), "load.py")

# cached_failed: of the popular names. silent: without any answer within 5 s. mute: failures without an Extended DNS
# Error. extra_percent: questions to upstreams beyond one for each fresh name; None where popular ones expire. normal_s:
# None where the fault does not end.
Result = collections.namedtuple("Result", [
    "row", "subject", "sent", "right", "stale", "failed", "cached_failed", "silent", "mute", "wrong", "worst_ms", "p99_ms",
    "connections", "extra_percent", "normal_s", "trouble", "samples"])


class Trial:
    """What a row may do is to be found in world, and here."""

    def __init__(self, world, row, kind, seconds=4, log="debug"):
        self.world, self.row, self.kind, self.seconds, self._log = world, row, kind, seconds, log
        self.directory = world.path("%s-%s" % (row.name, kind))
        self.subject = self.watch = self._load = None

    # What rows use.

    def wait(self, share=1.0):
        """For as long as the fault is to last, or a share of it."""
        time.sleep(self.seconds * share)

    def favourite(self):
        """The upstream that gets most of the questions, whose loss is felt most."""
        counts = self.watch.questions
        return max(self.world.upstreams, key=lambda one: counts[one.address] + counts[one.other_address])

    def forget_connections(self):
        self.world.router.forget(self.world.home.ports_to(853, 443))

    # What runs them.

    def run(self):
        self.watch = Watch(LINKS, self.world.addresses())
        try:
            self._run()
            wrong = self.subject.finish()
            return self._result(wrong)
        finally:
            self.watch.stop()
            for process in (self._load, self.subject):
                if process:
                    process.stop()
            self.world.restore()

    def _run(self):
        self.row.prepare(self)
        how = {"log": self._log} if self.kind == "stubborn" else {}
        self.subject = subject.ALL[self.kind](self.directory, self.world, **how, **self.row.how)
        self._out = os.path.join(self.directory, "load")
        self._load = Process("load", [
            sys.executable, LOAD, "--port", str(self.subject.port), "--out", self._out,
            "--zones", ",".join(self.row.zones), *(["--validates"] if self.subject.validates else []),
            *(["--cold"] if self.row.cold else [])], self.directory)
        self._load.await_line(r"^begun$")
        before = self.watch.questions.total(), self.watch.connections.total()
        if not self.row.cold:
            time.sleep(WARM_S)
        self.begun_s = time.time()
        self.row.play(self)
        self.ended_s = time.time()
        time.sleep(TAIL_S)
        self._load.stop(2 * load.PATIENCE_S)
        self._questions = self.watch.questions.total() - before[0]
        self._connections = self.watch.connections.total() - before[1]

    def _result(self, wrong):
        lines = load.read(self._out)
        counts = collections.Counter(line.verdict for line in lines)
        failed = [line for line in lines if line.verdict not in ("right", "stale")]
        latencies = sorted(line.latency_ms for line in lines if line.latency_ms is not None) or [0.0]
        fresh = sum(line.kind == "fresh" for line in lines)
        return Result(
            self.row.name, self.kind, len(lines), counts["right"], counts["stale"], len(failed),
            sum(line.kind == "popular" for line in failed), counts["none"] + counts["late"],
            sum(line.verdict == "servfail" and not line.codes for line in failed),
            sum(count for what, count in counts.items() if what.startswith("wrong")),
            latencies[-1], latencies[int(len(latencies) * 0.99)], self._connections,
            100 * (self._questions - fresh) / fresh if self.row.lasting and fresh else None,
            self._normal(lines), wrong, [self._sample(line) for line in failed[:20]])

    def _normal(self, lines):
        """Seconds from the end of the fault to the last question that failed or was slow."""
        if not self.row.ends:
            return None
        bad = [line.sent_s for line in lines if line.sent_s >= self.ended_s and (
            line.verdict not in ("right", "stale") or line.latency_ms > SLOW_MS)]
        return max(bad) - self.ended_s if bad else 0.0

    def _sample(self, line):
        return "%+.3f s %s %s %s %s %s" % (line.sent_s - self.begun_s, line.kind, line.name, line.verdict,
                                           line.latency_ms, sorted(line.codes))

    def evidence(self):
        """What the server said."""
        return self.subject.output() if self.subject else ""
