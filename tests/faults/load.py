#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""A steady load on one server: so many questions a second over UDP, half of them for popular names and half for names
that nobody has asked for yet. Each is asked once, without a retry, and given up after 5 s, as dig does. The answer is
compared with what it must be.

It first asks for each popular name until it has been answered ("primed"), then begins ("begun"). At SIGTERM it sends no
more, waits for what is under way, and ends. Of each question there is one line in the file: when it was sent (s since
1970), ms until the answer or -, popular or fresh, the verdict, codes of Extended DNS Errors or -, the name."""

import argparse
import collections
import itertools
import os
import random
import selectors
import signal
import socket
import struct
import sys
import time

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE]

import dns.exception  # noqa: E402  (the path had to come first)
import dns.flags  # noqa: E402
import dns.message  # noqa: E402
import dns.rcode  # noqa: E402

import names  # noqa: E402

SOCKETS = 16
POPULAR = 40  # of each zone
PATIENCE_S = 5
GRACE_S = 0.25  # an answer that has the bound for its time is not late because the machine was
PRIME_S = 10
EDE, STALE = 15, {3, 19}
SO_TIMESTAMPNS = 35  # as the option and as the type of its message
STEP_S = 0.02

Asked = collections.namedtuple("Asked", "sent_s kind question wire")
Line = collections.namedtuple("Line", "sent_s latency_ms kind verdict codes name")


def wire_of(question, number):
    """RD and AD set, EDNS: it wants to know whether the answer was validated, and reasons."""
    labels = b"".join(bytes([len(label)]) + label.encode() for label in question.name.rstrip(".").split("."))
    return struct.pack("!HHHHHH", number, 0x0120, 1, 0, 0, 1) + labels + struct.pack("!BHH", 0, question.kind, 1) \
        + struct.pack("!BHHIH", 0, 41, 1232, 0, 0)


def verdict(asked, wire, validates):
    """(verdict, Extended DNS Errors). right, stale, servfail, or wrong and how."""
    try:
        reply = dns.message.from_wire(wire)
    except dns.exception.DNSException as error:
        return "wrong:%s" % type(error).__name__, []
    codes = [struct.unpack("!H", option.to_wire()[:2])[0] for option in reply.options if option.otype == EDE]
    if reply.rcode() == dns.rcode.SERVFAIL:
        return "servfail", codes
    if reply.rcode() != dns.rcode.NOERROR:
        return "wrong:" + dns.rcode.to_text(reply.rcode()), codes
    data = [record.to_wire() for rrset in reply.answer if rrset.rdtype == asked.question.kind
            and rrset.name.to_text().lower() == asked.question.name for record in rrset]
    if data != [asked.question.expected]:
        return "wrong:data", codes
    if STALE & set(codes):
        return "stale", codes
    if validates and asked.question.signed != bool(reply.flags & dns.flags.AD):
        return "wrong:AD", codes
    return "right", codes


class Load:
    def __init__(self, options, out):
        self._validates, self._out = options.validates, out
        self._random = random.Random(options.seed)
        self._zones = options.zones.split(",")
        self._fresh = options.seed % 1000 << 20
        self._interval_s = 1 / options.rate
        self._selector = selectors.DefaultSelector()
        self._sockets, self._under_way, self._number = [], {}, 0
        for _ in range(SOCKETS):
            one = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            one.setsockopt(socket.SOL_SOCKET, SO_TIMESTAMPNS, 1)
            one.setblocking(False)
            one.connect(("127.0.0.1", options.port))
            self._sockets.append(one)
            self._selector.register(one, selectors.EVENT_READ, len(self._sockets) - 1)
        self.ending = False

    def _send(self, kind, question):
        self._number = (self._number + 1) % (SOCKETS << 16)
        socket_number, number = self._number % SOCKETS, self._number // SOCKETS
        wire = wire_of(question, number)
        self._under_way[socket_number, number] = Asked(time.time(), kind, question, wire)
        try:
            self._sockets[socket_number].send(wire)
        except ConnectionRefusedError:
            pass  # the word on one sent before: nobody listens; this one is not answered either

    def _receive(self, socket_number):
        while True:
            try:
                wire, extra, _, _ = self._sockets[socket_number].recvmsg(65535, 64)
            except BlockingIOError:
                return
            except ConnectionRefusedError:
                continue
            # The kernel's time of arrival: what this process does meanwhile is not the server's slowness.
            seconds, nanoseconds = struct.unpack("qq", extra[0][2])
            asked = self._under_way.pop((socket_number, struct.unpack("!H", wire[:2])[0]), None)
            if asked:
                self._judge(asked, wire, seconds + nanoseconds / 1e9)

    def _judge(self, asked, wire, arrival_s):
        what, codes = verdict(asked, wire, self._validates)
        late = arrival_s - asked.sent_s > PATIENCE_S + GRACE_S
        self._write(asked, "-" if late else "%.2f" % ((arrival_s - asked.sent_s) * 1000), "late" if late else what,
                    codes)

    def _write(self, asked, latency, what, codes):
        self._out.write("%.4f\t%s\t%s\t%s\t%s\t%s\n" % (asked.sent_s, latency, asked.kind, what, ",".join(
            map(str, codes)) or "-", asked.question.name))
        if what == "right":
            self._answered.add(asked.question.name)

    def _overdue(self):
        """Those that are not waited for any more."""
        end_s = time.time() - PATIENCE_S - 2 * GRACE_S
        # They are in the order of their sending.
        return list(itertools.takewhile(lambda item: item[1].sent_s < end_s, self._under_way.items()))

    def _give_up(self):
        if not self._overdue():
            return
        # Their answers may be there all the same, if it was this process that stood still.
        for number in range(SOCKETS):
            self._receive(number)
        for key, asked in self._overdue():
            del self._under_way[key]
            self._write(asked, "-", "none", [])

    def _wait(self, until_s):
        """Take in what comes until then."""
        while True:
            left = until_s - time.time()
            for key, _ in self._selector.select(max(0, left)):
                self._receive(key.data)
            self._give_up()
            if left <= 0:
                return

    def prime(self):
        """Each popular name once, again those that fail."""
        out, self._out = self._out, open(os.devnull, "w", encoding="ascii")
        self._answered = set()
        popular = [names.popular(number, zone) for zone in self._zones for number in range(POPULAR)]
        end_s = time.time() + PRIME_S
        while time.time() < end_s:
            missing = [question for question in popular if question.name not in self._answered]
            if not missing:
                break
            for question in missing:
                self._send("popular", question)
            self._wait(time.time() + 0.2)
        self._out, self._under_way = out, {}

    def run(self):
        self._answered = set()
        due_s = time.time()
        while not self.ending:
            zone = self._random.choice(self._zones)
            if self._random.random() < 0.5:
                self._send("popular", names.popular(self._random.randrange(POPULAR), zone))
            else:
                self._fresh += 1
                self._send("fresh", names.fresh(self._fresh, zone))
            self._answered.clear()
            due_s = max(due_s + self._interval_s, time.time() - 1)  # a stall of ours is not made up for by a burst
            self._wait(due_s)
        while self._under_way:
            self._wait(time.time() + STEP_S)


def read(path):
    """The lines of its file, in the order of sending."""
    lines = []
    with open(path, encoding="ascii") as file:
        for text in file:
            sent, latency, kind, what, codes, name = text.rstrip("\n").split("\t")
            lines.append(Line(float(sent), None if latency == "-" else float(latency), kind, what,
                              set() if codes == "-" else {int(code) for code in codes.split(",")}, name))
    return sorted(lines, key=lambda line: line.sent_s)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--rate", type=float, default=200)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--zones", default=",".join(names.LASTING))
    parser.add_argument("--validates", action="store_true", help="AD must say what is signed and what not")
    parser.add_argument("--cold", action="store_true", help="do not prime")
    parser.add_argument("--out", required=True)
    options = parser.parse_args()
    with open(options.out, "w", encoding="ascii") as out:
        load = Load(options, out)
        signal.signal(signal.SIGTERM, lambda *_: setattr(load, "ending", True))
        if not options.cold:
            load.prime()
            print("primed", flush=True)
        print("begun", flush=True)
        load.run()


if __name__ == "__main__":
    main()
