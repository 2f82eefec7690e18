# SPDX-License-Identifier: MIT
"""What a question that must be fetched costs its asker, over having asked the upstream itself; and what passes between a
subject and an upstream that is far away. Each measurement returns dicts like those of measure.py."""

import bisect
import collections
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
WAITED_NS = 200000  # for a core, until an answer counts as disturbed
ENOUGH = 100        # answers, for a 99 %
SLACK_NS = 500000   # of handling that is not late
HANDSHAKE_TURNS = 40
HANDSHAKE_SLOT_MS = 13.0
HANDSHAKE_TRIPS = 3
PAUSE_S = 0.1

DIRECT = {"direct": "tls", "direct-doh": "https"}


# disturbed: while it was under way, threads that it depends on waited for a core.
Answer = collections.namedtuple("Answer", "latency_ms disturbed")


class Turns:
    """Runs turns.c, each time with names that were not asked for yet."""

    def __init__(self, bench, program):
        self._bench, self._program, self._runs = bench, program, 0

    def __call__(self, targets, slot_ms, far_ms, period_ms, seconds, warm=WARM):
        """targets: what turns.c is to ask, by name; far_ms: a round trip; period_ms: from one turn of a target to the next.
        Answers, by name; None for one that was lost."""
        self._runs += 1
        slots = max(len(targets), math.ceil(period_ms / slot_ms))
        common = ",".join(str(process.pid) for process in (self._bench.upstream, self._bench.relay))
        done = subprocess.run([self._program, self._bench.ca.file, CA.NAME, "turns%d.%s" % (self._runs, load.ZONE),
                               str(warm), str(round(seconds * 1000 / slots / slot_ms)), str(round(slot_ms * 1000)),
                               str(slots), common, *targets.values()], capture_output=True, text=True, check=False)
        if done.returncode:
            raise measure.Failure(done.stderr.strip() or "turns ended with %d" % done.returncode)
        return _read(done.stdout, list(targets), round(far_ms * 1e6))


def _read(said, names, far_ns):
    lines = [(words[0], [int(word) for word in words[1:]]) for words in map(str.split, said.splitlines())]
    crowded = [(begin_ns, end_ns) for what, numbers in lines if what == "span"
               for begin_ns, end_ns, waited_ns in [numbers] if waited_ns > WAITED_NS]
    taken = {name: [] for name in names}
    for number, asked_ns, ns, waited_ns in (numbers for what, numbers in lines if what == "answer"):
        disturbed = waited_ns > WAITED_NS or any(_overlaps(crowded, *span) for span in _handled(asked_ns, ns, far_ns))
        taken[names[number]].append(None if ns == LOST else Answer(ns / 1e6, disturbed))
    return taken


def _handled(asked_ns, ns, far_ns):
    """When this side of the way, the other side, and this side again can have had it in hand: it was no later anywhere than
    it was in the end."""
    late_ns = max(0, ns - far_ns) + SLACK_NS if far_ns else ns
    return [(asked_ns + way_ns, min(asked_ns + ns, asked_ns + way_ns + late_ns))
            for way_ns in sorted({0, far_ns // 2, far_ns})]


def _overlaps(spans, begin, end):
    """spans: in order of time."""
    at = bisect.bisect_left(spans, begin, key=lambda span: span[1])
    return at < len(spans) and spans[at][0] < end


def _percentiles(values):
    hundredths = statistics.quantiles(values, n=100)
    return hundredths[49], hundredths[98]


def _direct(name):
    """The client that asks the same as that subject does, itself."""
    return "direct-doh" if name.endswith("-doh") else "direct"


def _figures(answers):
    """Percentiles of all answers, and of those that were not disturbed."""
    calm = [answer.latency_ms for answer in answers if not answer.disturbed]
    values = dict(zip(("p50_ms", "p99_ms"), _percentiles([answer.latency_ms for answer in answers])))
    if len(calm) >= ENOUGH:
        values.update(zip(("calm_p50_ms", "calm_p99_ms"), _percentiles(calm)))
    return {**values, "calm": len(calm) / len(answers), "answers": len(answers)}


def _compare(taken, where):
    """Latency, and how much more of it there is than the direct client's."""
    found = {name: _figures(answers) for name, answers in taken.items()}
    for name in found.keys() - DIRECT.keys():
        straight = found.get(_direct(name), {})
        found[name].update({"added_" + what: found[name][what] - straight[what]
                            for what in ("p50_ms", "p99_ms", "calm_p50_ms", "calm_p99_ms")
                            if what in found[name] and what in straight})
    return {name: {"%s.%s" % (where, what): value for what, value in values.items()} for name, values in found.items()}


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
    slot_ms, far_ms, period_ms = (FAR_SLOT_MS, ROUND_TRIP_MS, ROUND_TRIP_MS + MARGIN_MS) if far else (NEAR_SLOT_MS, 0, 0)
    taken = bench.turns(targets, slot_ms, far_ms, period_ms, seconds)
    share = foreign()
    compared = _compare({name: values for name, values in taken.items() if None not in values}, where)
    for name, values in compared.items():
        values[where + ".foreign"] = share
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
    measure.check(subject, done.answered, "far-flat")
    used, now = usage.of(subject.pid).since(before), bench.relay.passed(subject.name)
    return {"far-flat.rate": done.answered / done.run_s,
            "far-flat.cpu_us": used.cpu_ns / 1e3 / done.answered,
            "far-flat.wakeups": used.wakeups / done.answered,
            "far-flat.connections": (now.connections - passed.connections) * 1000 / done.answered,
            "far-flat.handshakes": (now.handshakes - passed.handshakes) * 1000 / done.answered,
            "far-flat.up": (now.up - passed.up) / done.answered,
            "far-flat.down": (now.down - passed.down) / done.answered,
            "far-flat.octets": (now.up - passed.up + now.down - passed.down) / done.answered,
            "far-flat.unanswered": done.sent - done.answered, "far-flat.bad": done.answered - done.good,
            "far-flat.foreign": foreign()}


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
    taken = bench.turns({one.name: "udp:%d" % one.port for one in subjects}, HANDSHAKE_SLOT_MS, ROUND_TRIP_MS,
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
              "trips": statistics.median(sorted(answer.latency_ms for answer in taken)[-opened:]) / ROUND_TRIP_MS,
              "questions": len(taken) / opened,
              "octets": (now.up + now.down - then.up - then.down) / opened,
              "resumed": (now.resumed - then.resumed) / max(1, now.handshakes - then.handshakes),
              "foreign": foreign}
    return {"%s.%s" % (row, what): value for what, value in values.items()}
