# SPDX-License-Identifier: MIT
"""What a question that must be fetched costs its asker, over having asked the upstream itself; and what passes between a
subject and an upstream that is far away. Each measurement returns dicts like those of measure.py."""

import itertools
import socket
import statistics
import time

import direct
import load
import measure
import usage

ROUND_TRIP_MS = 20
QUESTIONS_A_SECOND = 50  # of latency, one under way; the far upstream answers no more
HANDSHAKES = 50
PAUSE_S = 0.002  # a closed connection is seen before the next question comes


class Names:
    """Each is asked for once."""

    def __init__(self):
        self._numbers = itertools.count()

    def question(self):
        return load.question(load.name("distant", next(self._numbers)))


def _ms(client, question):
    begun = time.perf_counter()
    reply = client.ask(question)
    if reply[3] & 0x0F:
        raise measure.Failure("an answer with RCODE %d" % (reply[3] & 0x0F))
    return (time.perf_counter() - begun) * 1e3


def _percentiles(values):
    hundredths = statistics.quantiles(values, n=100)
    return hundredths[49], hundredths[98]


def latency(bench, subjects, ports, where, names, count):
    """By name. In turns, so that what disturbs the machine disturbs all: the upstream itself over TLS and HTTPS, then
    through each subject."""
    clients = {"direct": direct.Dot(ports.port, bench.ca), "direct-doh": direct.Doh(ports.doh_port, bench.ca)}
    clients.update((one.name, direct.Plain(one.port)) for one in subjects)
    taken = {name: [] for name in clients}
    failed = set()
    try:
        for _ in range(count):
            for name, client in clients.items():
                try:
                    taken[name].append(_ms(client, names.question()))
                except (socket.timeout, measure.Failure):
                    failed.add(name)
    finally:
        for client in clients.values():
            client.close()
    return {name: _added(values, taken["direct-doh" if name.endswith("-doh") else "direct"], name, where)
            for name, values in taken.items() if len(values) > 1 and name not in failed}


def _added(values, straight, name, where):
    middle, most = _percentiles(values)
    if name.startswith("direct"):
        return {where + ".p50_ms": middle, where + ".p99_ms": most}
    return {where + ".p50_ms": middle, where + ".p99_ms": most,
            where + ".added_p50_ms": middle - _percentiles(straight)[0],
            where + ".added_p99_ms": most - _percentiles(straight)[1]}


def flat(bench, subject, relay):
    """As many questions as can be under way at once: CPU, and what passes to and from the upstream."""
    passed, before = relay.passed(), usage.of(subject.pid)
    busy_s, helpers_s, relay_s = usage.machine_busy_s(), usage.children_s(), bench.relays_s()
    done = load.run(subject.port, "udp", bench.names["far"])
    measure.check(subject, done.answered, "far")
    used, now = usage.of(subject.pid).since(before), relay.passed()
    ours_s = used.cpu_ns / 1e9 + usage.children_s() - helpers_s + bench.relays_s() - relay_s
    return {"far.rate": done.answered / done.run_s,
            "far.cpu_us": used.cpu_ns / 1e3 / done.answered,
            "far.wakeups": used.wakeups / done.answered,
            "far.connections": (now.connections - passed.connections) * 1000 / done.answered,
            "far.up": (now.up - passed.up) / done.answered,
            "far.down": (now.down - passed.down) / done.answered,
            "far.octets": (now.up - passed.up + now.down - passed.down) / done.answered,
            "far.unanswered": done.sent - done.answered, "far.bad": done.answered - done.good,
            "far.foreign": max(0, usage.machine_busy_s() - busy_s - ours_s) / done.run_s}


def handshakes(bench, subject, kind, relay, names):
    """An upstream that closes a connection after two answers: what each connection costs in CPU, octets and round trips
    of the question that opens it. How many were full and how many resumed is the upstream's count."""
    client = direct.Plain(subject.port)
    try:
        for _ in range(4):  # whatever comes first, and the ticket
            client.ask(names.question())
            time.sleep(0.1)
        counts, passed, before = bench.brief.handshakes(kind), relay.passed(), usage.of(subject.pid)
        taken = []
        for _ in range(2 * HANDSHAKES):
            time.sleep(PAUSE_S)
            taken.append(_ms(client, names.question()))
        used = usage.of(subject.pid).since(before)
    except socket.timeout:
        raise measure.Failure("%s left a question unanswered (%s handshakes):\n%s" % (
            subject.name, kind, subject.output(20))) from None
    finally:
        client.close()
    full, resumed = (now - then for now, then in zip(bench.brief.handshakes(kind), counts))
    now = relay.passed()
    opened = now.connections - passed.connections
    measure.check(subject, opened, "handshake-" + kind)
    values = {"cpu_us": used.cpu_ns / 1e3 / opened,
              "trips": statistics.median(sorted(taken)[-opened:]) / ROUND_TRIP_MS,
              "octets": (now.up + now.down - passed.up - passed.down) / opened,
              "resumed": resumed / max(1, full + resumed)}
    return {"handshake-%s.%s" % (kind, what): value for what, value in values.items()}
