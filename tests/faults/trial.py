# SPDX-License-Identifier: MIT
"""One row of the table: a fresh server under load while something happens to it, and what came of it."""

import collections
import math
import os
import sys
import time

from lab.process import Process

import load
import subject
from home import LINKS
from meter import Meter
from stage import Stage
from watch import Watch

SLOW_MS = 100
WARM_S, TAIL_S = 1, 2
STEP_S = 0.25
RATE = 200  # questions a second
SHOWN = 20  # examples of what failed, and of what was slow
LOAD = os.path.join(os.path.dirname(os.path.abspath(__file__)), "load.py")

# cached_failed: of the popular names. silent: without any answer within 5 s. mute: failures without an Extended DNS
# Error. extra_percent: questions to upstreams beyond one for each fresh name; None where popular ones expire. normal_s:
# None where the fault does not end. first_mib: resident at the beginning. lateness_ms: for how long the machine had no
# time for us, at most.
Result = collections.namedtuple("Result", [
    "row", "subject", "sent", "right", "stale", "failed", "cached_failed", "silent", "mute", "wrong", "worst_ms",
    "p99_ms", "connections", "extra_percent", "normal_s", "descriptors", "first_mib", "most_mib", "lateness_ms",
    "trouble", "samples"])


def start_load(server, out, zones, directory, seed=1, cold=False, rate=RATE):
    """It has begun; the file is out."""
    options = [*(["--validates"] if server.validates else []), *(["--cold"] if cold else [])]
    started = Process("load", [sys.executable, LOAD, "--port", str(server.port), "--out", out, "--zones",
                               ",".join(zones), "--seed", str(seed), "--rate", str(rate), *options], directory)
    started.await_line(r"^begun$")
    return started


class Trial(Stage):
    def __init__(self, world, row, kind, seconds=4, log="debug"):
        super().__init__(world, seconds)
        self.row, self.kind, self._log = row, kind, log
        self.directory = world.path("%s-%s" % (row.name, kind))

    def run(self):
        self.watch = Watch(LINKS, self.world.addresses())
        try:
            self._run()
            wrong = self.subject.finish()
            return self._result(wrong)
        finally:
            self.watch.stop()
            for process in (self._load, self.subject, *self._programs):
                if process:
                    process.stop()
            self.world.restore()

    def _run(self):
        self.how = dict(self.row.how)
        self.row.prepare(self)
        how = {"log": self._log} if self.kind == "stubborn" else {}
        self.subject = subject.ALL[self.kind](self.directory, self.world, **how, **self.how)
        self._out = os.path.join(self.directory, "load")
        self._load = start_load(self.subject, self._out, self.row.zones, self.directory, cold=self.row.cold,
                                rate=self.row.rate or RATE)
        self._meter = Meter(lambda: self.subject.pid)
        before = self.watch.questions.total(), self.watch.connections.total()
        if not self.row.cold:
            time.sleep(WARM_S)
        self.begun_s = time.time()
        self.row.play(self)
        self.ended_s = time.time()
        time.sleep(TAIL_S)
        self._load.stop(2 * load.PATIENCE_S)
        self._meter.stop()
        self._questions = self.watch.questions.total() - before[0]
        self._connections = self.watch.connections.total() - before[1]

    def _result(self, wrong):
        lines = self.lines = load.read(self._out)
        counts = collections.Counter(line.verdict for line in lines)
        failed = [line for line in lines if line.verdict not in ("right", "stale")]
        latencies = sorted(line.latency_ms for line in lines if line.latency_ms is not None) or [0.0]
        slowest = sorted(lines, key=lambda line: line.latency_ms or 0)[-SHOWN:]
        fresh = sum(line.kind == "fresh" for line in lines)
        return Result(
            self.row.name, self.kind, len(lines), counts["right"], counts["stale"], len(failed),
            sum(line.kind == "popular" for line in failed), counts["none"] + counts["late"],
            sum(line.verdict == "servfail" and not line.codes for line in failed),
            sum(count for what, count in counts.items() if what.startswith("wrong")),
            latencies[-1], latencies[int(len(latencies) * 0.99)], self._connections,
            100 * (self._questions - fresh) / fresh if self.row.lasting and fresh else None,
            self._normal(lines), self._meter.descriptors, self._meter.first_mib, self._meter.resident_mib,
            self._meter.lateness_ms, wrong, [self._sample(line) for line in [*failed[:SHOWN], *slowest]])

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

    def course(self):
        """What became of the new names, in steps of a quarter of a second from the beginning of the fault."""
        steps = collections.defaultdict(list)
        for line in self.lines:
            if line.kind == "fresh":
                steps[math.floor((line.sent_s - self.begun_s) / STEP_S)].append(line)
        for number, step in sorted(steps.items()):
            times = sorted(line.latency_ms for line in step if line.latency_ms is not None) or [math.inf]
            yield "%+6.2f s  %3d asked  %3d failed  median %5.0f ms  worst %5.0f ms" % (
                number * STEP_S, len(step), sum(line.verdict not in ("right", "stale") for line in step),
                times[len(times) // 2], times[-1])

    def evidence(self):
        """The course of it, and what the server said."""
        return "\n".join([*self.course(), "", self.subject.output()])
