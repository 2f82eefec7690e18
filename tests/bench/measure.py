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

MISSES = (Phase("miss-flat", "udp", "miss-flat", None), Phase("miss-paced", "udp", "miss-paced", PACED_MISSES))
HITS = (Phase("udp-paced", "udp", "hit", PACED_HITS), Phase("udp-flat", "udp", "hit", None),
        Phase("tcp-paced", "tcp", "hit", PACED_HITS), Phase("tcp-flat", "tcp", "hit", None))


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
    connections, foreign, before = usage.connections_accepted(), bench.foreign(), usage.of(subject.pid)
    done = load.run(subject.port, phase.transport, bench.names[phase.names], rate=phase.rate,
                    seconds=seconds if phase.names == "hit" else None)
    check(subject, done.answered, phase.key)
    used = usage.of(subject.pid).since(before)
    values = {
        "rate": done.answered / done.run_s,
        "cpu_us": used.cpu_ns / 1e3 / done.answered,
        "user_us": used.user_s * 1e6 / done.answered,
        "wakeups": used.wakeups / done.answered,
        "latency_us": done.latency_s * 1e6,
        "unanswered": done.sent - done.answered,
        "bad": done.answered - done.good,
        "foreign": foreign(),
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


def fill(bench, subject):
    """Its cache has all names."""
    load.run(subject.port, "udp", bench.names["all"])
