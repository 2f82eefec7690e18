#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""C8: equal questions in flight are one."""

import dns.flags

from lab import client, fault, origin, tap
from lab.case import LiveCase

CLIENTS = 30


class CoalesceTest(LiveCase):
    def setUp(self):
        super().setUp()
        self.proxy = self.lab.proxy(origin.address("192.0.2.80"))
        self.one = self.lab.daemon(self.lab.upstream(self.proxy))

    def assert_heard(self):
        """A question asked after all the others is answered: they have all been read."""
        client.udp(self.one.port, client.query("localhost"))

    def test_one_question_to_the_upstream(self):
        """A popular name that expires would bring a burst of equal queries, and chances to forge its answer."""
        self.proxy.hold()
        waiting = []
        for number in range(CLIENTS):
            name = "shared.example." if number % 2 else "SHARED.example."
            query = client.query(name, edns=number % 3 == 0, flags=dns.flags.RD)
            udp = client.Udp(self.one.port)
            udp.send(query.to_wire())
            waiting.append((query, udp))
        tcp = client.Tcp(self.one.port)
        stream = client.query("shared.example")
        tcp.send(stream.to_wire())
        self.proxy.wait_seen(1)
        self.assert_heard()
        self.proxy.release()
        for query, udp in waiting:
            wire = udp.receive()
            reply = client.read(wire)
            self.assertEqual(query.id, reply.id)
            self.assertEqual(query.to_wire()[12:12 + len(b"\x06shared")], wire[12:12 + len(b"\x06shared")])
            self.assertEqual(query.edns >= 0, reply.edns >= 0)
            self.assertEqual(["192.0.2.80"], client.addresses(reply))
            udp.close()
        self.assertEqual(stream.id, client.read(tcp.receive()).id)
        tcp.close()
        self.assertEqual(1, len(self.proxy.seen))

    def test_a_failure_is_shared_too(self):
        """All but one of the clients would wait for ever."""
        self.proxy.fault = fault.rcode(2)
        self.proxy.hold()
        waiting = [client.Udp(self.one.port) for _ in range(CLIENTS)]
        for udp in waiting:
            udp.send(client.query("shared.example").to_wire())
        self.proxy.wait_seen(1)
        self.assert_heard()
        self.proxy.release()
        self.assertEqual({2}, {client.read(udp.receive()).rcode() for udp in waiting})
        for udp in waiting:
            udp.close()

    def test_other_types_and_names_do_not_merge(self):
        """One would get the other's answer."""
        self.proxy.hold()
        questions = [("a.example", "A"), ("a.example", "AAAA"), ("b.example", "A"), ("a.b.example", "A")]
        with client.Udp(self.one.port) as udp:
            for name, kind in questions:
                udp.send(client.query(name, kind).to_wire())
            self.proxy.wait_held(len(questions))
            self.proxy.release(reverse=True)
            for _ in questions:
                reply = client.read(udp.receive())
                asked = reply.question[0]
                self.assertEqual(["192.0.2.80"] if asked.rdtype == 1 else [], client.addresses(reply))


if __name__ == "__main__":
    tap.main()
