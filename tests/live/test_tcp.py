#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""L10: TCP as RFC 7766 wants it."""

import random
import subprocess

import dns.edns
import dns.rcode

from lab import client, origin, tap
from lab.case import LiveCase

KEEPALIVE = 11


class TcpTest(LiveCase):
    def setUp(self):
        super().setUp()
        self.proxy = self.lab.proxy(origin.address("192.0.2.80"))

    def daemon(self, **limits):
        return self.lab.daemon(self.lab.upstream(self.proxy), limits=limits)

    def test_many_queries_at_once(self):
        """A client that pipelines would lose answers, or get another question's."""
        daemon = self.daemon()
        queries = {query.id: query for query in (client.query("n%d.example" % i) for i in range(200))}
        with client.Tcp(daemon.port) as tcp:
            frames = [query.to_wire() for query in queries.values()]
            tcp.send_raw(b"".join(len(frame).to_bytes(2, "big") + frame for frame in frames))
            for _ in list(queries):
                reply = client.read(tcp.receive())
                self.assertEqual(queries.pop(reply.id).question, reply.question)
                self.assertEqual(["192.0.2.80"], client.addresses(reply))

    def test_replies_as_they_become_ready(self):
        """One slow name would hold up all that was asked after it."""
        daemon = self.daemon()
        self.proxy.hold()
        with client.Tcp(daemon.port) as tcp:
            slow = client.query("slow.example")
            tcp.send(slow.to_wire())
            self.proxy.wait_seen(1)
            self.assertEqual(["127.0.0.1"], client.addresses(tcp.ask(client.query("localhost"))))
            self.proxy.release()
            self.assertEqual(slow.id, client.read(tcp.receive()).id)

    def test_octet_by_octet(self):
        """A client behind a slow or strange network would not be understood."""
        daemon = self.daemon()
        wire = client.query("www.example").to_wire()
        with client.Tcp(daemon.port) as tcp:
            for octet in len(wire).to_bytes(2, "big") + wire:
                tcp.send_raw(bytes([octet]))
            self.assertEqual(["192.0.2.80"], client.addresses(client.read(tcp.receive())))

    def test_half_close_still_gets_its_answers(self):
        """Clients that shut down their side after the question (RFC 7766 section 6.2.4) would get nothing."""
        daemon = self.daemon()
        self.proxy.hold()
        with client.Tcp(daemon.port) as tcp:
            numbers = set()
            for i in range(3):
                query = client.query("half%d.example" % i)
                numbers.add(query.id)
                tcp.send(query.to_wire())
            tcp.half_close()
            self.proxy.wait_seen(3)
            self.proxy.release()
            self.assertEqual(numbers, {client.read(tcp.receive()).id for _ in numbers})
            with self.assertRaises(EOFError):
                tcp.receive()

    def test_keepalive_is_answered_when_asked(self):
        """A client could not know how long it may keep the connection (RFC 7828)."""
        daemon = self.daemon()
        asking = client.query("www.example", options=[dns.edns.GenericOption(KEEPALIVE, b"")])
        with client.Tcp(daemon.port) as tcp:
            told = [option for option in tcp.ask(asking).options if option.otype == KEEPALIVE]
            self.assertEqual(1, len(told))
            self.assertGreater(int.from_bytes(told[0].data, "big"), 0)
            self.assertEqual(2, len(told[0].data))
            self.assertEqual([], list(tcp.ask(client.query("www.example", edns=True)).options))
        self.assertNotIn(KEEPALIVE, [option.otype for option in client.udp(daemon.port, asking).options])

    def test_kdig_keeps_its_connection(self):
        """What a person sees: kdig +tcp +keepopen with several names."""
        daemon = self.daemon()
        done = subprocess.run(["kdig", "@127.0.0.1", "-p", str(daemon.port), "+tcp", "+keepopen", "+short",
                               "a.example", "b.example", "c.example"], capture_output=True, text=True)
        self.assertEqual(["192.0.2.80"] * 3, done.stdout.split(), done.stderr)

    def test_one_who_does_not_read_is_closed(self):
        """One client could fill our memory with answers that it never fetches."""
        daemon = self.lab.daemon(self.lab.upstream(self.lab.unbound))
        big = client.query("txt-20000.lab.example", "TXT")
        client.tcp(daemon.port, big)
        with client.Tcp(daemon.port) as tcp, self.assertRaises((ConnectionError, BrokenPipeError)):
            while True:
                tcp.send(big.to_wire())
        self.assertEqual(1, len(client.tcp(daemon.port, big).answer))

    def test_idle_connection_is_closed(self):
        """Forgotten connections would use up the places of others."""
        daemon = self.daemon(**{"tcp-idle": "1s"})
        with client.Tcp(daemon.port) as tcp, self.assertRaises(EOFError):
            tcp.ask(client.query("www.example"))
            tcp.receive()

    def test_half_a_question_is_closed_too(self):
        """A client that never ends its question would hold its place for ever."""
        daemon = self.daemon(**{"tcp-idle": "1s"})
        for part in (b"\x00", b"\x00\x20", b"\x00\x20" + bytes(10)):
            with client.Tcp(daemon.port) as tcp, self.assertRaises(EOFError):
                tcp.send_raw(part)
                tcp.receive()

    def test_waiting_for_an_answer_is_not_idle(self):
        """A slow answer would find its connection closed."""
        daemon = self.daemon(**{"tcp-idle": "1s", "query-time": "15s"})
        self.proxy.hold()
        with client.Tcp(daemon.port) as waiting, client.Tcp(daemon.port) as idle:
            waiting.send(client.query("slow.example").to_wire())
            self.proxy.wait_seen(1)
            idle.ask(client.query("localhost"))
            with self.assertRaises(EOFError):
                idle.receive()  # the idle time has passed
            self.proxy.release()
            self.assertEqual(["192.0.2.80"], client.addresses(client.read(waiting.receive())))

    def test_the_limit_closes_the_oldest_idle_one(self):
        """Whoever holds all connections would shut everyone else out."""
        daemon = self.daemon(**{"tcp-clients": 8, "tcp-idle": "60s"})
        self.proxy.hold()
        connections = [client.Tcp(daemon.port) for _ in range(8)]
        for number, tcp in enumerate(connections):
            tcp.ask(client.query("localhost"))
            if number == 0:
                tcp.send(client.query("slow.example").to_wire())  # the oldest, but not idle
                self.proxy.wait_seen(1)
        with client.Tcp(daemon.port) as late:
            self.assertEqual(["127.0.0.1"], client.addresses(late.ask(client.query("localhost"))))
            with self.assertRaises((EOFError, ConnectionError)):
                connections[1].receive()
            self.assertEqual(["127.0.0.1"], client.addresses(connections[7].ask(client.query("localhost"))))
        self.proxy.release()
        self.assertEqual(["192.0.2.80"], client.addresses(client.read(connections[0].receive())))
        for tcp in connections:
            tcp.close()

    def test_client_gone_before_its_answer(self):
        """A client that leaves early would take the daemon or the answers of others with it."""
        daemon = self.daemon()
        self.proxy.hold()
        with client.Tcp(daemon.port) as gone, client.Tcp(daemon.port) as other:
            for tcp in (gone, other):
                tcp.send(client.query("shared.example").to_wire())
            gone.send(client.query("own.example").to_wire())
            self.proxy.wait_seen(2)
            gone.close()
            self.proxy.release()
            self.assertEqual(["192.0.2.80"], client.addresses(client.read(other.receive())))
        self.assertEqual(["192.0.2.80"], client.addresses(client.udp(daemon.port, client.query("own.example"))))

    def test_ids_may_repeat(self):
        """Two questions with one ID on one connection: each would have to get its own answer."""
        daemon = self.daemon()
        number = random.randrange(65536)
        with client.Tcp(daemon.port) as tcp:
            asked = set()
            for name in ("x.example.", "y.example."):
                query = client.query(name)
                query.id = number
                asked.add(name)
                tcp.send(query.to_wire())
            replies = [client.read(tcp.receive()) for _ in asked]
        self.assertEqual(asked, {reply.question[0].name.to_text() for reply in replies})
        self.assertEqual({dns.rcode.NOERROR}, {reply.rcode() for reply in replies})


if __name__ == "__main__":
    tap.main()
