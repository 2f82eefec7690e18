# SPDX-License-Identifier: MIT
"""What can be measured, a row each: of whom, and how. A row's function measures all its subjects once; the failure to
measure one is that one's."""

import collections
import sys
import time

import distance
import measure
import memory
import trap
import validation
from subject import ALL

# once: a figure that does not change from repetition to repetition is measured in the first two only.
Row = collections.namedtuple("Row", "key subjects fits run once", defaults=[False])

FORWARDING = ("stubborn", "stubborn-doh", "unbound", "dnsdist", "dnsdist-doh")
VALIDATING = ("stubborn", "unbound", "kresd")
FIRST_ANSWERS = 3  # of each subject in one repetition: short, and so disturbed easily
NEAR_LONGER, FAR_LONGER = 2, 6  # one question at a time is few, and its 99 % are of interest


def progress(text):
    print(text, file=sys.stderr, flush=True)


class _Attempt:
    """Takes a failure to measure one thing for what it is: that thing's."""

    def __init__(self, result):
        self.result = result

    def __enter__(self):
        return self

    def __exit__(self, kind, failure, trace):
        if kind and issubclass(kind, measure.Failure):
            self.result.trouble.append(str(failure))
            progress("! %s" % failure)
            return True
        return False


def _started(bench, result, names, setting):
    """setting: by a subject's name."""
    running = []
    for name in names:
        with _Attempt(result):
            one = bench.start(name, setting(name))
            measure.await_ready(one)
            running.append(one)
    time.sleep(measure.SETTLE_S)
    return running


def _add_all(result, subjects, found, row):
    for name, values in found.items():
        result.add(name, values)
    for one in subjects:
        if one.name not in found:
            result.trouble.append("%s: %s left a question unanswered" % (row, one.name))


def start(bench, result, names, seconds):
    for name in names:
        with _Attempt(result):
            result.add(name, measure.start(bench, name))


def _loads(bench, result, running, phases, seconds):
    """Each load on one subject right after the other."""
    for phase in phases:
        for one in running:
            if phase.transport in one.transports:
                with _Attempt(result):
                    result.add(one.name, measure.window(bench, one, phase, seconds))


def hits(bench, result, names, seconds):
    running = _started(bench, result, names, bench.unsigned)
    for one in running:
        if one.forwards:
            measure.fill(bench, one)
    _loads(bench, result, running, measure.HITS, seconds)


def misses(bench, result, names, seconds):
    running = _started(bench, result, names, bench.unsigned)
    for one in running:
        with _Attempt(result):
            measure.await_answer(one)
    _loads(bench, result, running, measure.MISSES, seconds)


def latency(bench, result, names, seconds):
    for where, setting, ports, longer in (("near", bench.unsigned, bench.near_ports(), NEAR_LONGER),
                                          ("far", bench.unsigned_far, bench.relay.ports, FAR_LONGER)):
        with _Attempt(result):
            running = _started(bench, result, names, setting)
            _add_all(result, running, distance.latency(bench, running, ports, where, longer * seconds), where)
        bench.stop_all()


def far(bench, result, names, seconds):
    for one in _started(bench, result, names, bench.unsigned_far):
        with _Attempt(result):
            result.add(one.name, distance.flat(bench, one))


def handshakes(bench, result, names, seconds):
    for kind in ("full", "resumed"):
        with _Attempt(result):
            running = _started(bench, result, names, lambda name: bench.brief_far(kind, name))
            _add_all(result, running, distance.handshakes(bench, running, kind), "handshake-" + kind)
        bench.stop_all()


def memories(bench, result, names, seconds):
    for group, measured in memory.groups(names):
        running = [one for one in _started(bench, result, group, bench.unsigned) if one.name in measured]
        values = {one.name: memory.idle(one) for one in running}
        for one in running:
            with _Attempt(result):
                if one.forwards:
                    values[one.name].update(memory.answered(one))
                    values[one.name].update(memory.filled(bench, one, values[one.name]))
            result.add(one.name, values[one.name])
        bench.stop_all()
    for name in names:
        with _Attempt(result):
            result.add(name, memory.alone(bench, name))


def first_answers(bench, result, names, seconds):
    for _ in range(FIRST_ANSWERS):
        for name in names:
            with _Attempt(result):
                result.add(name, validation.first_answer(bench, name))


def cold(bench, result, names, seconds):
    for name in names:
        with _Attempt(result):
            result.add(name, validation.cold(bench, name))


def traps(bench, result, names, seconds):
    for kind in trap.KINDS:
        for name in names:
            with _Attempt(result):
                result.add(name, validation.trap(bench, name, kind))


ROWS = (
    Row("hits", ("echo", "stubborn", "unbound", "dnsdist"), lambda kind: kind.transports and not kind.instead_of, hits),
    Row("start", FORWARDING, lambda kind: kind.forwards, start),
    Row("miss", FORWARDING, lambda kind: kind.forwards, misses),
    Row("latency", FORWARDING, lambda kind: kind.forwards, latency),
    Row("far", FORWARDING, lambda kind: kind.forwards, far),
    Row("handshakes", FORWARDING, lambda kind: kind.forwards, handshakes),
    Row("memory", ("gnutls", "stubborn", "stubborn-dnssec", "unbound", "dnsdist", "kresd"),
        lambda kind: kind.name != "echo" and not kind.doh, memories, True),
    Row("first-answer", VALIDATING, lambda kind: kind.validates, first_answers),
    Row("cold", VALIDATING, lambda kind: kind.validates, cold),
    Row("traps", VALIDATING, lambda kind: kind.validates, traps),
)
SIGNED = {"first-answer", "cold", "traps"}
DISTANT = {"latency", "far", "handshakes", "first-answer"}


def of(row, chosen):
    """The subjects of a row: its own, or those of the chosen ones that fit it."""
    return [name for name in chosen if row.fits(ALL[name])] if chosen else list(row.subjects)
