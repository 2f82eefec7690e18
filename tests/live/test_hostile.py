#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Clients that mean harm: the daemon lives, and the others are served."""

import random
import socket
import struct

from lab import client, origin, tap
from lab.case import LiveCase

GARBAGE, HALF_OPEN, ROUND = 10000, 300, 50
SEED = 20240101  # the same octets each time, so that a finding can be found again


class HostileTest(LiveCase):
    def setUp(self):
        super().setUp()
        self.proxy = self.lab.proxy(origin.address("192.0.2.80"))
        self.one = self.lab.daemon(self.lab.upstream(self.proxy), limits={"tcp-idle": "2s", "tcp-clients": 64},
                                   log={"level": "info"})
        self.random = random.Random(SEED)

    def assert_serves(self):
        name = "n%d.example" % self.random.randrange(10 ** 9)
        for ask in (client.udp, client.tcp):
            self.assertEqual(["192.0.2.80"], client.addresses(ask(self.one.port, client.query(name))))
        self.assertIsNone(self.one.returncode)

    def throw(self, datagrams):
        """Send them all, no faster than they are read: what the kernel drops tests nothing."""
        with client.Udp(self.one.port) as udp:
            for number, datagram in enumerate(datagrams, 1):
                udp.send(datagram)
                if number % ROUND == 0:
                    client.udp(self.one.port, client.query("localhost"))
                    udp.drain()

    def test_garbage_datagrams(self):
        """Anyone on the machine could end the resolver with one datagram."""
        self.throw(self.random.randbytes(self.random.randrange(1, 600)) for _ in range(GARBAGE))
        self.assert_serves()

    def mutant(self, good):
        wire = bytearray(good)
        for _ in range(self.random.randrange(1, 4)):
            wire[self.random.randrange(len(wire))] = self.random.randrange(256)
        return bytes(wire[:self.random.randrange(12, len(wire) + 1)])

    def test_mutated_queries(self):
        """Almost-right messages reach deeper than plain garbage."""
        good = client.query("www.lab.example", edns=True, do=True).to_wire()
        self.throw(self.mutant(good) for _ in range(GARBAGE))
        self.assert_serves()

    def test_garbage_streams(self):
        """The same by TCP."""
        for _ in range(200):
            with client.Tcp(self.one.port) as tcp:
                try:
                    tcp.send_raw(self.random.randbytes(self.random.randrange(1, 3000)))
                except ConnectionError:
                    pass  # closed on us: its right
        self.assert_serves()

    def test_framed_garbage(self):
        """Frames of the right length around anything."""
        with client.Tcp(self.one.port) as tcp:
            for _ in range(500):
                try:
                    body = self.random.randbytes(self.random.randrange(0, 100))
                    tcp.send_raw(struct.pack("!H", len(body)) + body)
                except ConnectionError:
                    break
        self.assert_serves()

    def test_half_open_connections(self):
        """One machine that opens connections and says nothing would shut everyone out of TCP."""
        silent = [client.Tcp(self.one.port) for _ in range(HALF_OPEN)]
        self.assert_serves()
        for tcp in silent[::2]:
            try:
                tcp.send_raw(b"\x00")
            except ConnectionError:
                pass  # closed to make room
        self.assert_serves()
        for tcp in silent:
            tcp.close()

    def test_slow_readers(self):
        """Clients that ask for much and read nothing would fill the memory."""
        big = self.lab.daemon(self.lab.upstream(self.lab.unbound), limits={"tcp-clients": 64})
        query = client.query("txt-20000.lab.example", "TXT").to_wire()
        before = big.resident_kib()
        lazy = [client.Tcp(big.port) for _ in range(20)]
        for tcp in lazy:
            tcp.socket.setblocking(False)
            try:
                for _ in range(500):
                    tcp.send(query)
            except (BlockingIOError, ConnectionError):
                pass  # full, or closed on us: both are answers
        self.assertEqual(["192.0.2.80"], client.addresses(client.tcp(big.port, client.query("www.lab.example"))))
        # 20 readers with 500 answers of 20 KB would be 200 MB.
        self.assertLess(big.resident_kib() - before, 64 * 1024)
        for tcp in lazy:
            tcp.close()

    def test_resets(self):
        """Connections that end in the worst moments."""
        for number in range(300):
            tcp = client.Tcp(self.one.port)
            tcp.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            wire = client.query("r%d.example" % number).to_wire()
            tcp.send_raw((struct.pack("!H", len(wire)) + wire)[:self.random.randrange(1, len(wire) + 3)])
            tcp.close()
        self.assert_serves()

    def test_the_log_is_not_flooded(self):
        """Whoever sends nonsense could fill the disk."""
        lines = len(self.one.lines)
        self.throw(self.random.randbytes(30) for _ in range(2000))
        self.assert_serves()
        self.assertLess(len(self.one.lines) - lines, 50)


if __name__ == "__main__":
    tap.main()
