#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""C6, C7: names go on being answered while no upstream does, and are asked for again before they expire."""

import signal
import time

import dns.flags
import dns.rcode

from lab import client, fault, origin, tap
from lab.case import LiveCase
from lab.process import Process
from lab.unbound import Unbound

EDE, STALE, STALE_NXDOMAIN, NO_REACHABLE_AUTHORITY, NETWORK_ERROR = 15, 3, 19, 22, 23
WWW, GONE = "www.lab.example", "gone.lab.example"
STALE_TTL = 30
EXPIRED_S = 3  # after which nothing is fresh of what lives for 2 s
PATIENCE_S = 60


def explained(message):
    """The code and the text of its first Extended DNS Error; (None, "") without one."""
    for option in message.options:
        if option.otype == EDE:
            return option.code, option.text or ""
    return None, ""


class StaleTest(LiveCase):
    def start(self, **keys):
        """An unbound of our own, and everything expires within 2 s."""
        directory = self.lab.path("mortal-%s" % self._testMethodName)
        self.unbound = Unbound(directory, self.lab.ca.issue("good"), self.lab.knot.port)
        self.addCleanup(lambda: self.unbound.stop())
        self.restart = lambda: Process("unbound", ["/usr/sbin/unbound", "-d", "-p", "-c", directory + "/unbound.conf"],
                                       directory)
        cache = {"max-ttl": "2s", "max-negative-ttl": "2s", **keys.pop("cache", {})}
        self.one = self.lab.daemon(self.lab.upstream(self.unbound), cache=cache, **keys)

    def ask(self, name=WWW, ask=client.udp, **how):
        return ask(self.one.port, client.query(name, edns=True, **how))

    def until(self, condition):
        """Ask until the reply is such a one."""
        deadline = time.monotonic() + PATIENCE_S
        while time.monotonic() < deadline:
            reply = self.ask()
            if condition(reply):
                return reply
            time.sleep(0.05)
        return self.fail("it never came to that")

    def assert_stale(self, reply, why):
        self.assertEqual((dns.rcode.NOERROR, ["192.0.2.80"]), (reply.rcode(), client.addresses(reply)))
        self.assertEqual([STALE_TTL], [rrset.ttl for rrset in reply.answer])
        code, text = explained(reply)
        self.assertEqual(STALE, code, text)
        self.assertRegex(text, why)

    def assert_failed(self, reply):
        self.assertEqual(dns.rcode.SERVFAIL, reply.rcode())
        self.assertIn(explained(reply)[0], (NO_REACHABLE_AUTHORITY, NETWORK_ERROR))

    def test_an_upstream_that_is_gone(self):
        """The resolver's server is switched off, and every page that was open a moment ago is unreachable."""
        self.start()
        self.assertEqual((None, ""), explained(self.ask()))
        self.assertEqual(dns.rcode.NXDOMAIN, self.ask(GONE).rcode())
        self.unbound.stop()
        time.sleep(EXPIRED_S)
        for ask in (client.udp, client.tcp):
            self.assert_stale(self.ask(ask=ask), "asking anew failed|no upstream")
        self.one.await_line(r"upstream one is down")
        self.assert_stale(self.ask(), "no upstream can be reached|asking anew failed a moment ago")
        reply = self.ask(GONE)
        self.assertEqual((dns.rcode.NXDOMAIN, STALE_NXDOMAIN), (reply.rcode(), explained(reply)[0]))
        reply = self.ask("other.lab.example")
        self.assert_failed(reply)
        # Back: nobody stays with what is old.
        self.unbound = self.restart()
        reply = self.until(lambda reply: explained(reply)[0] is None)
        self.assertEqual(["192.0.2.80"], client.addresses(reply))

    def test_an_upstream_that_hangs(self):
        """The resolver's server accepts questions and never answers: each page waits for the end of the question."""
        self.start()
        self.ask()
        self.unbound.send(signal.SIGSTOP)
        try:
            time.sleep(EXPIRED_S)
            with client.Tcp(self.one.port) as tcp, client.Udp(self.one.port) as udp:
                query = client.query(WWW, edns=True).to_wire()
                tcp.send(query)
                udp.send(query)
                for told in (tcp, udp):
                    self.assert_stale(client.read(told.receive()), r"within 1\.8 s|no upstream can be reached")
        finally:
            self.unbound.send(signal.SIGCONT)
        self.until(lambda reply: explained(reply)[0] is None)

    def test_an_upstream_that_fails(self):
        """A zone's servers are broken for a moment, and the zone is gone."""
        proxy = self.lab.proxy(origin.address("192.0.2.80", ttl=1))
        self.one = self.lab.daemon(self.lab.upstream(proxy))
        self.ask()
        proxy.fault = fault.rcode(dns.rcode.SERVFAIL)
        time.sleep(EXPIRED_S)
        self.assert_stale(self.ask(), "asking anew failed")
        seen = len(proxy.seen)
        for _ in range(20):
            self.assert_stale(self.ask(), "asking anew failed a moment ago")
        self.assertEqual(seen, len(proxy.seen), "it is left alone")

    def test_not_wanted(self):
        """Who wants no old answers gets some."""
        self.start(cache={"serve-stale": "0s"})
        self.ask()
        self.unbound.stop()
        time.sleep(EXPIRED_S)
        reply = self.ask()
        self.assert_failed(reply)

    def test_unchecked(self):
        """A validating program behind us (CD=1) would be the one that is cut off."""
        self.start()
        flags = dns.flags.RD | dns.flags.CD
        self.ask(flags=flags)
        self.unbound.stop()
        time.sleep(EXPIRED_S)
        reply = self.ask(flags=flags)
        self.assert_stale(reply, ".")
        self.assertTrue(reply.flags & dns.flags.CD)


class PrefetchTest(LiveCase):
    TTL = 10

    def start(self, **keys):
        self.proxy = self.lab.proxy(origin.address("192.0.2.80", ttl=self.TTL))
        self.one = self.lab.daemon(self.lab.upstream(self.proxy), **keys)

    def ttl(self):
        return client.udp(self.one.port, client.query("www.example")).answer[0].ttl

    def live_through(self):
        """Ask all the time until nothing is left of the first answer; the TTLs told."""
        told = [self.ttl()]
        deadline = time.monotonic() + PATIENCE_S
        while time.monotonic() < deadline and not (len(told) > 1 and told[-1] > told[-2]):
            told.append(self.ttl())
            time.sleep(0.02)
        return told

    def assert_once(self):
        told = self.live_through()
        self.assertEqual(self.TTL, told[0])
        self.proxy.wait_seen(2)
        self.assertEqual(2, len(self.proxy.seen), "one refresh")
        return told

    def test_once_before_it_expires(self):
        """Each ten seconds somebody would wait for a round trip; or the upstream would be asked all the time."""
        self.start()
        self.assert_once()

    def test_once_for_all_workers(self):
        """The same with four threads that serve from one cache."""
        self.start(workers=4)
        self.assert_once()

    def test_not_wanted(self):
        """Who wants no refreshing gets it: a reply must not be newer before the old one has ended."""
        self.start(cache={"prefetch": False})
        while self.ttl() > 1:
            time.sleep(0.02)
        client.udp(self.one.port, client.query("other.example"))  # would come after it
        self.assertEqual(2, len(self.proxy.seen))

    def test_the_hit_does_not_wait(self):
        """The one who asks at the wrong moment would wait for the upstream."""
        self.start()
        self.ttl()
        self.proxy.hold()
        try:
            while self.ttl() > 1:
                time.sleep(0.02)
            self.proxy.wait_seen(2)
        finally:
            self.proxy.release()


if __name__ == "__main__":
    tap.main()
