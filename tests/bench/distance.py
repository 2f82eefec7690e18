# SPDX-License-Identifier: MIT
"""What a question that must be fetched costs its asker, over having asked the upstream itself; and what passes between a
subject and an upstream that is far away. Each measurement returns dicts like those of measure.py."""

import math
import statistics
import subprocess
import time

import load
import measure
import usage
from lab.ca import CA

ROUND_TRIP_MS = 20
NEAR_SLOT_MS = 2.0
# Answers that were 20 ms under way, and a little, come in the middle of a slot, when no other question is being handled.
FAR_SLOT_MS = ROUND_TRIP_MS / 6.5
MARGIN_MS = 4      # beyond the round trip, until the same subject has its next turn
WARM = 3           # first questions of each, that do not count
LOST = -1
HANDSHAKE_TURNS = 40
HANDSHAKE_SLOT_MS = 13.0
HANDSHAKE_TRIPS = 3
PAUSE_S = 0.1

DIRECT = {"direct": "tls", "direct-doh": "https"}


class Turns:
    """Runs turns.c, each time with names that were not asked for yet."""

    def __init__(self, bench, program):
        self._bench, self._program, self._runs = bench, program, 0

    def __call__(self, targets, slot_ms, period_ms, seconds, warm=WARM):
        """targets: what turns.c is to ask, by name. (latency, what of it was waiting for a core), in milliseconds, of the
        answers, by name; None of one that was lost."""
        self._runs += 1
        slots = max(len(targets), math.ceil(period_ms / slot_ms))
        done = subprocess.run([self._program, self._bench.ca.file, CA.NAME, "turns%d.%s" % (self._runs, load.ZONE),
                               str(warm), str(round(seconds * 1000 / slots / slot_ms)), str(round(slot_ms * 1000)),
                               str(slots), *targets.values()], capture_output=True, text=True, check=False)
        if done.returncode:
            raise measure.Failure(done.stderr.strip() or "turns ended with %d" % done.returncode)
        taken = {name: [] for name in targets}
        for line in done.stdout.splitlines():
            number, ns, waited_ns = (int(word) for word in line.split())
            taken[list(targets)[number]].append((ns / 1e6, min(ns, max(0, waited_ns)) / 1e6) if ns != LOST else None)
        return taken


def _percentiles(values):
    hundredths = statistics.quantiles(values, n=100)
    return hundredths[49], hundredths[98]


def _direct(name):
    """The client that asks the same as that subject does, itself."""
    return "direct-doh" if name.endswith("-doh") else "direct"


def _compare(taken, where):
    """Latency, and what it is over the direct client's: all of it, and what a subject did not wait for a core."""
    compared = {}
    for name, answers in taken.items():
        middle, most = _percentiles([latency_ms for latency_ms, _ in answers])
        compared[name] = {where + ".p50_ms": middle, where + ".p99_ms": most, where + ".answers": len(answers)}
        if name not in DIRECT and _direct(name) in compared:
            straight = compared[_direct(name)]
            ran_middle, ran_most = _percentiles([latency_ms - waited_ms for latency_ms, waited_ms in answers])
            compared[name].update({where + ".added_p50_ms": middle - straight[where + ".p50_ms"],
                                   where + ".added_p99_ms": most - straight[where + ".p99_ms"],
                                   where + ".ran_p50_ms": ran_middle - straight[where + ".p50_ms"],
                                   where + ".ran_p99_ms": ran_most - straight[where + ".p99_ms"]})
    return compared


def latency(bench, subjects, ports, where, seconds):
    """By name; of those that left nothing unanswered. ports: by name, where each asks, and the direct ones shall. In turns,
    so that what disturbs the machine disturbs all."""
    far = where == "far"
    targets = {name: "%s:%d" % (scheme, ports[name]) for name, scheme in DIRECT.items()}
    targets.update((one.name, "udp:%d:%d" % (one.port, one.pid)) for one in subjects)
    for one in subjects:
        measure.await_answer(one)
    passed = {one.name: bench.relay.passed(one.name) for one in subjects} if far else {}
    foreign = bench.foreign()
    taken = bench.turns(targets, FAR_SLOT_MS if far else NEAR_SLOT_MS, ROUND_TRIP_MS + MARGIN_MS if far else 0, seconds)
    share = foreign()
    compared = _compare({name: values for name, values in taken.items() if None not in values}, where)
    for name, values in compared.items():
        values[where + ".latency_foreign"] = share
        if name in passed:
            now, asked = bench.relay.passed(name), len(taken[name]) + WARM
            values.update({where + ".one_up": (now.up - passed[name].up) / asked,
                           where + ".one_down": (now.down - passed[name].down) / asked,
                           where + ".one_octets": (now.up + now.down - passed[name].up - passed[name].down) / asked})
    return compared


def flat(bench, subject):
    """As many questions as can be under way at once: CPU, and what passes to and from the upstream."""
    measure.await_answer(subject)
    passed, before, foreign = bench.relay.passed(subject.name), usage.of(subject.pid), bench.foreign()
    done = load.run(subject.port, "udp", bench.names["far"])
    measure.check(subject, done.answered, "far")
    used, now = usage.of(subject.pid).since(before), bench.relay.passed(subject.name)
    return {"far.rate": done.answered / done.run_s,
            "far.cpu_us": used.cpu_ns / 1e3 / done.answered,
            "far.wakeups": used.wakeups / done.answered,
            "far.connections": (now.connections - passed.connections) * 1000 / done.answered,
            "far.handshakes": (now.handshakes - passed.handshakes) * 1000 / done.answered,
            "far.up": (now.up - passed.up) / done.answered,
            "far.down": (now.down - passed.down) / done.answered,
            "far.octets": (now.up - passed.up + now.down - passed.down) / done.answered,
            "far.unanswered": done.sent - done.answered, "far.bad": done.answered - done.good,
            "far.foreign": foreign()}


def handshakes(bench, subjects, kind):
    """By name. An upstream that closes a connection after two answers: what each connection costs in CPU, octets and
    round trips of the question that opens it."""
    row = "handshake-" + kind
    for one in subjects:  # whatever comes first, and the ticket
        for _ in range(4):
            measure.await_answer(one, load.name(row, next(bench.numbers)))
            time.sleep(PAUSE_S)
    ways = {one.name: brief_way(kind, one) for one in subjects}
    passed = {name: bench.relay.passed(way) for name, way in ways.items()}
    before, foreign = {one.name: usage.of(one.pid) for one in subjects}, bench.foreign()
    slots = max(len(subjects), math.ceil((HANDSHAKE_TRIPS * ROUND_TRIP_MS + MARGIN_MS) / HANDSHAKE_SLOT_MS))
    taken = bench.turns({one.name: "udp:%d" % one.port for one in subjects}, HANDSHAKE_SLOT_MS,
                        slots * HANDSHAKE_SLOT_MS, HANDSHAKE_TURNS * slots * HANDSHAKE_SLOT_MS / 1000, 0)
    share = foreign()
    used = {one.name: usage.of(one.pid).since(before[one.name]) for one in subjects}
    return {name: _connection(row, used[name], passed[name], bench.relay.passed(way), taken[name], share)
            for name, way in ways.items() if taken[name] and None not in taken[name]}


def brief_way(kind, subject):
    """The way's name to an upstream that closes after two answers."""
    return "%s:%s" % (kind, subject.name)


def _connection(row, used, then, now, taken, foreign):
    opened = now.connections - then.connections
    if not opened:
        raise measure.Failure("%s: no connection was opened" % row)
    values = {"cpu_us": used.cpu_ns / 1e3 / opened,
              "trips": statistics.median(sorted(latency_ms for latency_ms, _ in taken)[-opened:]) / ROUND_TRIP_MS,
              "questions": len(taken) / opened,
              "octets": (now.up + now.down - then.up - then.down) / opened,
              "resumed": (now.resumed - then.resumed) / max(1, now.handshakes - then.handshakes),
              "foreign": foreign}
    return {"%s.%s" % (row, what): value for what, value in values.items()}
