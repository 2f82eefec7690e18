# SPDX-License-Identifier: MIT
"""The measurements of subjects that validate. Each starts a subject of its own, and returns a dict like those of
measure.py."""

import select
import socket
import statistics
import struct
import tempfile
import time

import load
import measure
import usage

CHECK_COUNT = struct.Struct("=Q")
OUTSTANDING = 20  # cold questions under way
ANSWER_S = 5
FAR_AGAIN_S = 0.5
HITS_A_SECOND = 1000
TRAPS_A_SECOND = 10
WATCH_S = 2  # for so long hits are asked for
BURST_AT_S = 0.5  # after the start of that all traps come at once
SERVFAIL = 2


class _Counted:
    """A subject that validates, while its signature checks and its questions to the upstream are counted."""

    def __init__(self, bench, name):
        self._bench = bench
        with tempfile.NamedTemporaryFile(dir=bench.directory, delete=False) as file:
            file.write(CHECK_COUNT.pack(0))
        self._path = file.name
        self.subject = bench.start(name, bench.near(), ("env", "LD_PRELOAD=" + bench.checks, "BENCH_CHECKS=" + file.name))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._bench.stop(self.subject)

    def __call__(self):
        """(signature checks, questions) so far."""
        with open(self._path, "rb") as file:
            return CHECK_COUNT.unpack(file.read())[0], self._bench.authority.questions()


def first_answer(bench, name):
    """From the start of a program to its first validated answer, which takes a chain from the root and an upstream that
    is far away."""
    begun = time.monotonic()
    subject = bench.start(name, bench.far())
    try:
        measure.await_answer(subject, bench.signed.questions[0][0], load.validated, FAR_AGAIN_S)
        return {"first-answer.ms": (time.monotonic() - begun) * 1e3}
    finally:
        bench.stop(subject)


def _validated(subject, questions):
    """How many it answers as validated, asked one by one."""
    count = 0
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
        client.settimeout(ANSWER_S)
        client.connect(("127.0.0.1", subject.port))
        for name, kind in questions:
            client.send(load.question(name, kind))
            count += load.validated(client.recv(4096))
    return count


def cold(bench, name):
    """Each signed zone is asked for one name, by a subject that knows nothing but the root's DS."""
    with _Counted(bench, name) as counted:
        subject = counted.subject
        measure.await_ready(subject)
        time.sleep(measure.SETTLE_S)
        checks, asked = counted()
        foreign, before = bench.foreign(), usage.of(subject.pid)
        done = load.run(subject.port, "udp", bench.names["signed"], outstanding=OUTSTANDING)
        measure.check(subject, done.answered, "dnssec-cold")
        used = usage.of(subject.pid).since(before)
        share = foreign()
        checks, asked = (now - then for now, then in zip(counted(), (checks, asked)))
        return {"dnssec-cold.cpu_ms": used.cpu_ns * 1000 / 1e6 / done.answered,
                "dnssec-cold.user_ms": used.user_s * 1000 * 1000 / done.answered,
                "dnssec-cold.wakeups": used.wakeups / done.answered,
                "dnssec-cold.checks": checks / done.answered,
                "dnssec-cold.upstream": asked / done.answered,
                "dnssec-cold.rate": done.answered / done.run_s,
                "dnssec-cold.foreign": share,
                "dnssec-cold.unanswered": done.sent - done.answered,
                "dnssec-cold.unvalidated": len(bench.signed.questions) - _validated(subject, bench.signed.questions)}


class _Clients:
    """One that asks for what is in the cache, at even times, and one that asks for traps."""

    def __init__(self, port):
        self.hits, self.traps = (socket.socket(socket.AF_INET, socket.SOCK_DGRAM) for _ in range(2))
        for client in (self.hits, self.traps):
            client.connect(("127.0.0.1", port))
            client.setblocking(False)
        self.due_s, self.latencies_ms, self.trap_replies = {}, [], []

    def close(self):
        self.hits.close()
        self.traps.close()

    def receive(self, until_s):
        """What comes until then, and what is there at that time."""
        while True:
            ready, _, _ = select.select([self.hits, self.traps], [], [], max(0, until_s - time.monotonic()))
            now_s = time.monotonic()
            if self.hits in ready:
                due_s = self.due_s.pop(struct.unpack("!H", self.hits.recv(4096)[:2])[0])
                self.latencies_ms.append((now_s - due_s) * 1e3)
            if self.traps in ready:
                self.trap_replies.append(self.traps.recv(65536))
            if not ready:
                return

    def finish(self, traps):
        deadline_s = time.monotonic() + ANSWER_S + 1
        while (self.due_s or len(self.trap_replies) < traps) and time.monotonic() < deadline_s:
            self.receive(time.monotonic() + 0.01)


def _spend(subject, traps):
    """The traps alone, at an even rate; returns the replies."""
    clients, begun_s = _Clients(subject.port), time.monotonic()
    try:
        for number, trap in enumerate(traps):
            clients.receive(begun_s + number / TRAPS_A_SECOND)
            clients.traps.send(load.question(trap))
        clients.finish(len(traps))
        return clients.trap_replies
    finally:
        clients.close()


def _watch(subject, hit, traps):
    """Latencies of hits, and how many were lost, while the traps are asked for all at once; of a hit that could not be
    sent in time, from that time on."""
    clients, begun_s, question = _Clients(subject.port), time.monotonic(), load.question(hit)
    try:
        for number in range(HITS_A_SECOND * WATCH_S):
            due_s = begun_s + number / HITS_A_SECOND
            clients.receive(due_s)
            clients.due_s[number] = due_s
            clients.hits.send(struct.pack("!H", number) + question[2:])
            if number == int(HITS_A_SECOND * BURST_AT_S):
                for trap in traps:
                    clients.traps.send(load.question(trap))
        clients.finish(len(traps))
        return clients.latencies_ms, len(clients.due_s)
    finally:
        clients.close()


def _p99(values):
    return statistics.quantiles(values, n=100)[98]


def trap(bench, name, kind):
    """What a question for a zone made to be dear costs, by one half of the zones, and what others see of it, by the
    other half."""
    half = len(bench.traps.names[kind]) // 2
    alone, watched = bench.traps.names[kind][:half], bench.traps.names[kind][half:]
    with _Counted(bench, name) as counted:
        subject, hit = counted.subject, bench.signed.questions[0][0]
        measure.await_answer(subject, hit, load.validated)
        start, counts = usage.of(subject.pid), counted()
        replies = _spend(subject, alone)
        used = usage.of(subject.pid).since(start)
        checks, asked = (now - then for now, then in zip(counted(), counts))
        before, _ = _watch(subject, hit, ())
        during, lost = _watch(subject, hit, watched)
        measure.check(subject, before and during, kind)
        values = {"cpu_ms": used.cpu_ns / 1e6 / half, "checks": checks / half, "upstream": asked / half,
                  "unanswered": half - len(replies), "servfail": sum(reply[3] & 0x0F == SERVFAIL for reply in replies),
                  "p99_before_ms": _p99(before), "p99_ms": _p99(during), "most_ms": max(during), "lost": lost}
        return {"%s.%s" % (kind, what): value for what, value in values.items()}
