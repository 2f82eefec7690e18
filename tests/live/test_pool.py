#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""U6: few connections, and their deaths unseen by the client."""

import os

import dns.rcode

from lab import client, fault, origin, tap
from lab.case import LiveCase

BURST = 200


class PoolTest(LiveCase):
    def start(self, **limits):
        self.proxy = self.lab.proxy(origin.address("192.0.2.80"))
        self.one = self.lab.daemon(self.lab.upstream(self.proxy), limits=limits)

    def ask(self, name):
        return client.udp(self.one.port, client.query(name, edns=True))

    def test_one_connection_for_all(self):
        """Each question would cost a handshake, and the upstream would turn us away."""
        self.start()
        with client.Udp(self.one.port) as udp:
            for start in range(0, 1000, 50):
                for number in range(start, start + 50):
                    udp.send(client.query("n%d.example" % number).to_wire())
                for _ in range(50):
                    self.assertEqual(["192.0.2.80"], client.addresses(client.read(udp.receive())))
        self.assertEqual(1, len(self.proxy.sessions))

    def test_a_burst_at_the_start_opens_few(self):
        """The first second after start would open a connection per question."""
        self.start()
        with client.Udp(self.one.port) as udp:
            for number in range(BURST):
                udp.send(client.query("n%d.example" % number).to_wire())
            for _ in range(BURST):
                self.assertEqual(["192.0.2.80"], client.addresses(client.read(udp.receive())))
        self.assertLessEqual(len(self.proxy.sessions), 2)

    def test_nothing_is_opened_without_need(self):
        """A machine that asks nothing would keep connections to its resolvers open."""
        self.start()
        self.ask("localhost")
        self.assertEqual([], self.proxy.sessions)

    def test_connected_before_the_first_question(self):
        """The first page after a start would wait for the handshake with whom every page before it was asked."""
        keys = {"state-dir": self.lab.path("warm"), "workers": 1}
        os.makedirs(keys["state-dir"])
        self.proxy = self.lab.proxy(origin.address("192.0.2.80"))
        self.one = self.lab.daemon(self.lab.upstream(self.proxy), **keys)
        self.ask("www.example")
        self.lab.daemons.remove(self.one)
        self.assertEqual("", self.one.finish())
        self.one = self.lab.daemon(self.lab.upstream(self.proxy), **keys)
        self.proxy.wait(lambda: len(self.proxy.sessions) == 2 and self.proxy.sessions[1].version, "second connection")
        self.assertEqual(["www.example."], self.proxy.names())
        self.ask("other.example")
        self.assertEqual(2, len(self.proxy.sessions))
        self.assertEqual(1, self.proxy.sessions[1].queries)

    def test_questions_of_a_dying_connection_are_asked_again(self):
        """Whenever the upstream restarts, everyone's page would fail to load."""
        for how in ("rst", "fin", "notify"):
            self.start()
            self.ask("first.example")
            self.proxy.hold()
            with client.Udp(self.one.port) as udp:
                for number in range(10):
                    udp.send(client.query("n%d.example" % number).to_wire())
                self.proxy.wait_held(10)
                self.proxy.forget_held()
                self.proxy.cut_all(how)
                for _ in range(10):
                    self.assertEqual(["192.0.2.80"], client.addresses(client.read(udp.receive())), how)
            self.assertEqual(2, len(self.proxy.sessions), how)
            self.assertEqual(21, len(self.proxy.seen), "each asked again once")

    def test_cut_in_the_middle_of_an_answer(self):
        """The rest of an answer would be awaited from a connection that is no more."""
        self.start()
        cut = []

        def half_then_cut(query, answer):
            if cut:
                return [answer]
            cut.append(query)
            return [*fault.truncated_frame(query, answer), fault.Cut("rst")]
        self.proxy.fault = half_then_cut
        self.assertEqual(["192.0.2.80"], client.addresses(self.ask("www.example")))
        self.assertEqual(2, len(self.proxy.sessions))

    def test_asked_again_only_once(self):
        """A question that kills its server would be sent for ever, to all servers, by all clients."""
        self.start()
        self.proxy.cut_after = (1, "rst")
        self.assertEqual(dns.rcode.SERVFAIL, self.ask("killer.example").rcode())
        self.assertLessEqual(self.proxy.names().count("killer.example."), 2)
        self.proxy.cut_after = None
        for number in range(1000):
            if self.ask("n%d.example" % number).rcode() == dns.rcode.NOERROR:
                return
        self.fail("the upstream was never used again")

    def test_reconnects_back_off(self):
        """A server that is down would be hammered with connections by all its clients."""
        self.start(**{"query-time": "1s"})
        self.proxy.greeting = "hangup"
        for start in range(0, 300, 50):
            with client.Udp(self.one.port) as udp:
                for number in range(start, start + 50):
                    udp.send(client.query("n%d.example" % number).to_wire())
                for _ in range(50):
                    self.assertEqual(dns.rcode.SERVFAIL, client.read(udp.receive()).rcode())
        self.assertLess(len(self.proxy.sessions), 60)

    def test_recovers_by_itself(self):
        """After an outage somebody would have to restart the daemon."""
        self.start(**{"query-time": "1s"})
        self.proxy.refuse()
        self.assertEqual(dns.rcode.SERVFAIL, self.ask("www.example").rcode())
        self.proxy.listen()
        for number in range(2000):
            if self.ask("n%d.example" % number).rcode() == dns.rcode.NOERROR:
                return
        self.fail("never recovered")


if __name__ == "__main__":
    tap.main()
