#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""U9: changes of the network are noticed. Links, addresses and routes of a namespace of our own come and go."""

import signal
import subprocess
import unittest

import dns.rcode

from lab import client, netns, origin, sandbox, tap
from lab.case import LiveCase

ALONE = netns.enter()
CHANGED = r"the network has changed: %s$"


def ip(*commands):
    """One after the other, by one process."""
    subprocess.run(["ip", "-batch", "-"], input="\n".join(commands), text=True, check=True, capture_output=True)


@unittest.skipUnless(ALONE, "needs a network namespace")
class NetworkTest(LiveCase):
    def setUp(self):
        super().setUp()
        self.proxy = self.lab.proxy(origin.address("192.0.2.80"))

    def daemon(self):
        one = self.lab.daemon(self.lab.upstream(self.proxy))
        one.await_line("are watched$")  # what happened before is no change to it
        return one

    def assert_answers(self, one, name):
        self.assertEqual(["192.0.2.80"], client.addresses(client.udp(one.port, client.query(name))))

    def do(self, one, command, what):
        """The daemon says so."""
        before = len(one.matching(CHANGED % what))
        ip(command)
        one.await_line(CHANGED % what, before + 1)

    def test_what_comes_and_goes(self):
        """Connections by a way that is gone would be waited for until they time out."""
        one = self.daemon()
        self.do(one, "addr add 192.0.2.99/24 dev road", r"address 192\.0\.2\.99 is new")
        self.do(one, "addr del 192.0.2.99/24 dev road", r"address 192\.0\.2\.99 is gone")
        self.do(one, "addr add 2001:db8::99/64 dev road nodad", "address 2001:db8::99 is new")
        self.do(one, "addr del 2001:db8::99/64 dev road", "address 2001:db8::99 is gone")
        self.do(one, "route add 198.51.100.0/24 via 192.0.2.2", r"a route to 198\.51\.100\.0/24 is new")
        self.do(one, "route del 198.51.100.0/24 via 192.0.2.2", r"a route to 198\.51\.100\.0/24 is gone")
        self.do(one, "route add 198.51.100.0/24 dev road table 99", r"a route to 198\.51\.100\.0/24 is new")
        self.do(one, "route del 198.51.100.0/24 table 99", r"a route to 198\.51\.100\.0/24 is gone")
        self.do(one, "rule add to 203.0.113.0/24 table 99", "a rule of routing is new")
        self.do(one, "rule del to 203.0.113.0/24 table 99", "a rule of routing is gone")
        self.do(one, "link set road down", "link road is down")
        one.await_line("there is no network: ")
        self.do(one, "link set road up", "link road is up")
        one.await_line("there is a network again")
        ip("route replace default dev road", "route replace ::/0 dev road")
        self.assert_answers(one, "www.example")

    def test_a_connection_by_an_address_that_went(self):
        """Questions would be sent into it until it times out."""
        ip("addr add 192.0.2.60/32 dev lo")
        self.addCleanup(ip, "addr del 192.0.2.60/32 dev lo")
        proxy = self.lab.proxy(origin.address("192.0.2.80"), address="192.0.2.60")
        one = self.lab.daemon({**self.lab.upstream(proxy), "addresses": ["192.0.2.60@%d" % proxy.port]},
                              limits={"query-time": "500ms"})
        one.await_line("are watched$")
        self.assert_answers(one, "first.example")
        self.assert_answers(one, "second.example")
        self.assertEqual(1, len(proxy.sessions))
        self.do(one, "addr del 192.0.2.60/32 dev lo", r"address 192\.0\.2\.60 is gone")
        self.assertEqual(dns.rcode.SERVFAIL, client.udp(one.port, client.query("away.example")).rcode())
        self.do(one, "addr add 192.0.2.60/32 dev lo", r"address 192\.0\.2\.60 is new")
        self.assert_answers(one, "third.example")
        self.assertEqual(2, len(proxy.sessions))

    def test_what_failed_without_a_network(self):
        """It would go on failing for a while after the cable is in again."""
        one = self.daemon()
        self.proxy.refuse()
        self.assertEqual(dns.rcode.SERVFAIL, client.udp(one.port, client.query("www.example")).rcode())
        self.proxy.listen()
        self.do(one, "addr add 192.0.2.98/24 dev road", r"address 192\.0\.2\.98 is new")
        self.assert_answers(one, "www.example")
        ip("addr del 192.0.2.98/24 dev road")

    def test_the_cable(self):
        """It is out and in again without anybody having said so."""
        ip("link add name cable type veth peer name socket", "link set socket up", "link set cable up",
           "addr add 198.51.100.1/24 dev cable")
        self.addCleanup(ip, "link del cable")
        one = self.daemon()
        self.do(one, "link set socket down", "link cable is down")
        self.do(one, "link set socket up", "link cable is up")

    def test_what_is_none_of_our_business(self):
        """A host whose containers come and go would look at its connections all the time."""
        ip("link add name bridge0 type bridge", "link set bridge0 up")
        self.addCleanup(ip, "link del bridge0")
        one = self.daemon()
        ip("link add name inside type veth peer name outside", "link set outside master bridge0", "link set outside up",
           "link set inside up", "addr add 169.254.7.7/16 dev inside scope link",
           "addr change 192.0.2.1/24 dev road valid_lft 7200 preferred_lft 3600", "link set road alias again")
        ip("addr change 192.0.2.1/24 dev road valid_lft forever preferred_lft forever")
        self.do(one, "addr add 192.0.2.98/24 dev road", r"address 192\.0\.2\.98 is new")
        said = "\n".join(one.matching(CHANGED % ".*"))
        for word in ("outside", "169.254", "192.0.2.1 ", "road"):
            self.assertNotIn(word, said)
        ip("link del inside", "addr del 192.0.2.98/24 dev road")

    def test_more_than_can_be_read(self):
        """What was lost would be the one change that counted."""
        one = self.daemon()
        one.send(signal.SIGSTOP)
        try:
            ip(*["addr %s 10.%d.%d.1/32 dev road" % (what, i // 250, i % 250) for i in range(1500)
                 for what in ("add", "del")])
            ip("addr add 192.0.2.97/24 dev road")
        finally:
            one.send(signal.SIGCONT)
        one.await_line(CHANGED % "more than .*")
        one.await_line(CHANGED % "all is known again")
        # What it missed it knows from asking again, and hears the rest.
        self.do(one, "addr del 192.0.2.97/24 dev road", r"address 192\.0\.2\.97 is gone")
        self.assert_answers(one, "www.example")

    @unittest.skipUnless(sandbox.supported(), "no filter for this machine")
    def test_no_netlink(self):
        """A sandbox would be the end of the service."""
        one = self.lab.daemon(self.lab.upstream(self.proxy), prefix=sandbox.prefix())
        one.await_line("changes of the network are not noticed.*allow AF_NETLINK")
        self.assertEqual(1, len(one.matching("AF_NETLINK")))
        self.assert_answers(one, "www.example")

    def test_no_network_at_the_start(self):
        """Whoever boots without a cable would look for the fault elsewhere."""
        ip("link set road down")
        try:
            one = self.daemon()
            one.await_line("there is no network: ")
        finally:
            ip("link set road up", "route replace default dev road", "route replace ::/0 dev road")
        one.await_line("there is a network again")
        self.assertEqual(1, len(one.matching("there is no network")))


if __name__ == "__main__":
    tap.main()
