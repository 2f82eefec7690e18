# SPDX-License-Identifier: MIT
"""The measurements. Each returns a dict from a metric's name to one number."""

import collections
import socket
import time

import load
import usage

PACED_HITS = 20000  # questions a second
PACED_MISSES = 5000
SETTLE_S = 1
TRIES = 3
QUIET = 0.1  # of one core, used by processes that are no part of the bench
START_LIMIT_S = 20
ASK_AGAIN_S = 0.02
NOT_BOUND_S = 0.0005

Phase = collections.namedtuple("Phase", "key transport names rate")

# The order matters: hits are hits since the first one filled the cache.
FILL = Phase("miss-flat", "udp", "all", None)
PHASES = (
    FILL,
    Phase("miss-paced", "udp", "miss", PACED_MISSES),
    Phase("udp-paced", "udp", "hit", PACED_HITS),
    Phase("udp-flat", "udp", "hit", None),
    Phase("tcp-paced", "tcp", "hit", PACED_HITS),
    Phase("tcp-flat", "tcp", "hit", None),
)


def suits(phase, subject):
    return phase.transport in subject.transports and (subject.hits if phase.names == "hit" else subject.forwards)


class Failure(Exception):
    """A subject could not be measured; the others still are."""


def check(subject, sane, what):
    if subject.returncode is not None:
        raise Failure("%s ended with %d (%s):\n%s" % (subject.name, subject.returncode, what, subject.output(20)))
    if not sane:
        raise Failure("%s answered nothing (%s):\n%s" % (subject.name, what, subject.output(20)))


def await_ready(subject):
    try:
        subject.await_line(subject.ready)
    except AssertionError as silence:
        raise Failure(str(silence)) from None


def _window(bench, subject, phase, seconds):
    connections, busy_s, helpers_s = usage.connections_accepted(), usage.machine_busy_s(), usage.children_s()
    before, upstream = usage.of(subject.pid), usage.of(bench.upstream.pid)
    done = load.run(subject.port, phase.transport, bench.names[phase.names], rate=phase.rate,
                    seconds=seconds if phase.names == "hit" else None)
    check(subject, done.answered, phase.key)
    used, upstream = usage.of(subject.pid).since(before), usage.of(bench.upstream.pid).since(upstream)
    ours_s = (used.cpu_ns + upstream.cpu_ns) / 1e9 + usage.children_s() - helpers_s
    values = {
        "rate": done.answered / done.run_s,
        "cpu_us": used.cpu_ns / 1e3 / done.answered,
        "user_us": used.user_s * 1e6 / done.answered,
        "wakeups": used.wakeups / done.answered,
        "latency_us": done.latency_s * 1e6,
        "unanswered": done.sent - done.answered,
        "bad": done.answered - done.good,
        "foreign": max(0, usage.machine_busy_s() - busy_s - ours_s) / done.run_s,
    }
    if phase.names != "hit":
        values["connections"] = (usage.connections_accepted() - connections) * 1000 / done.answered
    return {"%s.%s" % (phase.key, what): value for what, value in values.items()}


def window(bench, subject, phase, seconds):
    """One load on one subject: what it answered, and what that cost it. While others use the machine, a load of hits is
    repeated a few times, and the one that they disturbed least counts; a miss is a miss only once."""
    tries = []
    while len(tries) < (TRIES if phase.names == "hit" else 1):
        tries.append(_window(bench, subject, phase, seconds))
        if tries[-1][phase.key + ".foreign"] < QUIET:
            break
    return min(tries, key=lambda one: one[phase.key + ".foreign"])


def _succeeded(reply):
    return reply[3] & 0x0F == 0


def _ask(client, question, suffices):
    """True once there is an answer that suffices, be it to an earlier asking."""
    try:
        client.send(question)
        reply = client.recv(4096)
    except ConnectionRefusedError:
        time.sleep(NOT_BOUND_S)
        return False
    except socket.timeout:
        return False
    if suffices(reply):
        return True
    time.sleep(ASK_AGAIN_S)
    return False


def await_answer(subject, name=load.name("start", 0), suffices=_succeeded, again_s=ASK_AGAIN_S):
    """Ask for a name that only the upstream knows until it is answered."""
    question = load.question(name)
    begun = time.monotonic()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
        client.connect(("127.0.0.1", subject.port))
        client.settimeout(again_s)
        while not _ask(client, question, suffices):
            if subject.returncode is not None or time.monotonic() - begun > START_LIMIT_S:
                raise Failure("%s gave no first answer:\n%s" % (subject.name, subject.output(20)))


def start(bench, name):
    """From the start of a program to its first good answer, which it must fetch first."""
    begun = time.monotonic()
    subject = bench.start(name)
    try:
        await_answer(subject)
        return {"start.first_answer_ms": (time.monotonic() - begun) * 1e3}
    finally:
        bench.stop(subject)


def idle(subject):
    """Memory of one that started and was asked nothing (call it SETTLE_S after the start), and then one question."""
    memory = usage.memory_kib(subject.pid)
    await_answer(subject)
    return {"idle.resident_kib": memory["Rss"],
            "idle.private_kib": memory["Private_Clean"] + memory["Private_Dirty"],
            "idle.private_dirty_kib": memory["Private_Dirty"], "idle.proportional_kib": memory["Pss"],
            "idle.answered_kib": usage.memory_kib(subject.pid)["Rss"]}


def filled(bench, subject, before):
    """Memory after FILL, over what idle() found before, and how many names are answered while the upstream is not."""
    resident_kib = usage.memory_kib(subject.pid)["Rss"]
    bench.upstream.freeze()
    try:
        done = load.run(subject.port, "udp", bench.names["all"])
    finally:
        bench.upstream.thaw()
    return {"filled.resident_kib": resident_kib, "filled.more_kib": resident_kib - before["idle.resident_kib"],
            "filled.over_answered_kib": resident_kib - before["idle.answered_kib"], "filled.names": done.good}
