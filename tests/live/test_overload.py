#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""L16: more work than can be done."""

import time

import dns.rcode

from lab import client, origin, tap
from lab.case import LiveCase

IN_FLIGHT, ASKED = 20, 100
BURSTS, BURST = 100, 50  # of questions; what a socket's buffer takes at once
EXPIRED_S = 2


class OverloadTest(LiveCase):
    def test_the_newest_work_is_shed_and_the_cache_answers(self):
        """Under a flood of new names nobody would be served, not even from the cache."""
        proxy = self.lab.proxy(origin.address("192.0.2.80"))
        one = self.lab.daemon(self.lab.upstream(proxy), limits={"in-flight": IN_FLIGHT, "query-time": "15s"})
        self.assertEqual(["192.0.2.80"], client.addresses(client.udp(one.port, client.query("warm.example"))))
        proxy.hold()
        with client.Udp(one.port) as flood:
            for number in range(ASKED):
                flood.send(client.query("cold%d.example" % number).to_wire())
            shed = [client.read(flood.receive()) for _ in range(ASKED - IN_FLIGHT)]
            self.assertEqual({dns.rcode.SERVFAIL}, {reply.rcode() for reply in shed})
            self.assertEqual({"cold%d.example." % number for number in range(IN_FLIGHT, ASKED)},
                             {reply.question[0].name.to_text() for reply in shed}, "the newest are the ones shed")
            for ask in (client.udp, client.tcp):
                self.assertEqual(["192.0.2.80"], client.addresses(ask(one.port, client.query("warm.example"))))
            proxy.wait_seen(1 + IN_FLIGHT)
            proxy.release()
            served = [client.read(flood.receive()) for _ in range(IN_FLIGHT)]
            self.assertEqual({dns.rcode.NOERROR}, {reply.rcode() for reply in served})
        self.assertEqual(1 + IN_FLIGHT, len(proxy.seen))
        self.assertEqual(["192.0.2.80"], client.addresses(client.udp(one.port, client.query("later.example"))))

    def test_the_cache_goes_on_under_a_flood(self):
        """With the upstreams silent and new names pouring in, names that are known would be lost."""
        proxy = self.lab.proxy(lambda query: origin.address(
            "192.0.2.80", ttl=1 if query.question[0].name.to_text().startswith("old") else 300)(query))
        one = self.lab.daemon(self.lab.upstream(proxy), limits={"in-flight": IN_FLIGHT, "query-time": "60s"})
        for name in ("warm.example", "old.example"):
            client.udp(one.port, client.query(name))
        time.sleep(EXPIRED_S)
        proxy.hold()
        shed = set()
        with client.Udp(one.port) as flood:
            for burst in range(BURSTS):
                for number in range(BURST):
                    flood.send(client.query("cold%d.example" % (burst * BURST + number)).to_wire())
                self.assertEqual(["192.0.2.80"], client.addresses(client.udp(one.port, client.query("warm.example"))))
                reply = client.udp(one.port, client.query("old.example", edns=True))
                self.assertEqual(["192.0.2.80"], client.addresses(reply))
                for _ in range(BURST - (IN_FLIGHT if burst == 0 else 0)):
                    reply = client.read(flood.receive())
                    self.assertEqual(dns.rcode.SERVFAIL, reply.rcode())
                    shed.add(reply.question[0].name.to_text())
            self.assertEqual({"cold%d.example." % number for number in range(IN_FLIGHT, BURSTS * BURST)}, shed)
            proxy.release()
            served = [client.read(flood.receive()) for _ in range(IN_FLIGHT)]
            self.assertEqual({dns.rcode.NOERROR}, {reply.rcode() for reply in served})

    def test_a_shed_answer_says_why(self):
        """An operator could not tell an overload from a broken upstream."""
        proxy = self.lab.proxy(origin.address("192.0.2.80"))
        one = self.lab.daemon(self.lab.upstream(proxy), limits={"in-flight": 1, "query-time": "15s"})
        proxy.hold()
        with client.Udp(one.port) as first:
            first.send(client.query("first.example").to_wire())
            proxy.wait_seen(1)
            reply = client.udp(one.port, client.query("second.example", edns=True))
            self.assertEqual(dns.rcode.SERVFAIL, reply.rcode())
            self.assertIn(15, [option.otype for option in reply.options])
            proxy.release()
            first.receive()


if __name__ == "__main__":
    tap.main()
