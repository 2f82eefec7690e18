#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""U10: an upstream whose address is not written is looked up, at plain servers, never at ourselves."""

import os
import signal
import subprocess
import threading
import time
import unittest

import dns.rcode
import dns.rdatatype

from lab import client, origin, port, tap
from lab.ca import CA
from lab.case import LiveCase

HOST = CA.NAME + "."
TTL_MIN_S = 30


def places(v4=(), v6=(), ttl=300, alias=None):
    """A script that knows where the upstream is."""
    def answer(query):
        question = query.question[0]
        data = {dns.rdatatype.A: v4, dns.rdatatype.AAAA: v6}.get(question.rdtype, ())
        kind = dns.rdatatype.to_text(question.rdtype)
        if question.name.to_text().lower() != HOST or not data:
            return origin.reply(query, authority=["@ 60 SOA ns. host. 1 2 3 4 60"])
        if not alias:
            return origin.reply(query, *["@ %d %s %s" % (ttl, kind, one) for one in data])
        return origin.reply(query, "@ %d CNAME %s" % (ttl, alias), *["%s %d %s %s" % (alias, ttl, kind, one)
                                                                    for one in data])
    return answer


def says(code):
    return lambda query: origin.reply(query, rcode=code)


def can_hide_files():
    return subprocess.run(["unshare", "-m", "true"], capture_output=True).returncode == 0


class BootstrapTest(LiveCase):
    def setUp(self):
        super().setUp()
        self.proxy = self.lab.proxy(origin.address("192.0.2.80"))
        self.plain = self.lab.plain(places(["127.0.0.1"]))

    def named(self, name="one", **keys):
        """The upstream, of which the configuration has no address."""
        return {"url": "tls://%s:%d" % (CA.NAME, self.proxy.port), "name": name, "ca-file": self.lab.ca.file, **keys}

    def daemon(self, *servers, **keys):
        return self.lab.daemon(self.named(), bootstrap=[one if isinstance(one, str) else one.address
                                                        for one in servers], **keys)

    def assert_answers(self, one, name="www.example"):
        self.assertEqual(["192.0.2.80"], client.addresses(client.udp(one.port, client.query(name))))

    def assert_fails(self, one, name):
        self.assertEqual(dns.rcode.SERVFAIL, client.udp(one.port, client.query(name)).rcode())

    def restart(self, one, **keys):
        self.lab.daemons.remove(one)
        self.assertEqual("", one.finish())
        return self.daemon(self.plain, **keys)

    def test_not_again_after_a_restart(self):
        """Each start would tell the network which resolver is used, and fail where nobody tells its address."""
        state = self.lab.path("kept")
        os.makedirs(state)
        one = self.daemon(self.plain, state_dir=state, cache={"persist": False})
        self.assert_answers(one)
        seen = len(self.plain.seen)
        one = self.restart(one, state_dir=state, cache={"persist": False})
        self.assert_answers(one)
        self.assertEqual(seen, len(self.plain.seen))
        # Nor is what it needs there when the clear way is gone; and a spoilt file is no reason to stop.
        self.plain.script = says(dns.rcode.REFUSED)
        one = self.restart(one, state_dir=state, cache={"persist": False})
        self.assert_answers(one)
        self.plain.script = places(["127.0.0.1"])
        self.lab.daemons.remove(one)
        self.assertEqual("", one.finish())
        with open(os.path.join(state, "upstreams"), "r+b") as file:
            file.seek(40)
            file.write(b"!!")
        one = self.daemon(self.plain, state_dir=state, cache={"persist": False})
        one.await_line(r"upstreams.*damaged")
        self.assert_answers(one)
        self.assertLess(seen, len(self.plain.seen))

    def test_a_name_is_enough(self):
        """Whoever copies an upstream's URL alone would have no resolver."""
        one = self.daemon(self.plain)
        self.assertEqual([], self.plain.seen)
        self.assert_answers(one)
        self.assert_answers(one, "again.example")
        self.assertEqual([(HOST, "A"), (HOST, "AAAA")], sorted(self.plain.questions()))
        one.await_line(r"upstream one: resolver\.lab\.example is at 127\.0\.0\.1:%d \(looked up at 127\.0\.0\.1:%d\)" %
                       (self.proxy.port, self.plain.port))
        self.assertEqual(1, len(self.proxy.sessions))

    def test_ways_to_write_a_server(self):
        """A port after a colon, or a single server without brackets, would be refused or ignored."""
        for server in ("127.0.0.1:%d" % self.plain.port, ["127.0.0.1@%d" % self.plain.port]):
            one = self.lab.daemon(self.named(), bootstrap=server)
            self.assert_answers(one)
        self.assertEqual(4, len(self.plain.seen))

    def test_over_https_too(self):
        """The other way to ask would need an address after all."""
        one = self.lab.daemon(self.named(), {"url": "https://doh.lab.example/dns-query", "name": "doh"},
                              bootstrap=self.plain.address)
        self.proxy.refuse()
        self.assert_fails(one, "www.example")
        self.assertIn(("doh.lab.example.", "A"), self.plain.questions())

    def test_the_next_server(self):
        """One dead bootstrap server would be the end of all names."""
        for script in (lambda _: None, says(dns.rcode.SERVFAIL), says(dns.rcode.REFUSED)):
            first = self.lab.plain(script)
            one = self.daemon(first, self.plain)
            self.assert_answers(one)
            self.assertNotEqual([], first.seen)
        one = self.daemon("127.0.0.1@%d" % port.free(), self.plain)
        self.assert_answers(one)

    def test_over_tcp_when_truncated(self):
        """An operator with many addresses could not be found."""
        self.plain.truncate = True
        one = self.daemon(self.plain)
        self.assert_answers(one)
        self.assertEqual({"udp", "tcp"}, {transport for transport, _ in self.plain.seen})

    def test_aliases_are_followed(self):
        """Many services are known by an alias."""
        self.plain.script = places(["127.0.0.1"], alias="edge7.cdn.example.")
        self.assert_answers(self.daemon(self.plain))

    @unittest.skipUnless(port.has_ipv6(), "no IPv6 loopback here")
    def test_ipv6_first(self):
        """RFC 8305: who has IPv6 would go over the older way, or wait for it."""
        six = self.lab.proxy(origin.address("192.0.2.86"), number=self.proxy.port, address="::1")
        self.plain.script = places(["127.0.0.1"], ["::1"])
        one = self.daemon(self.plain)
        self.assertEqual(["192.0.2.86"], client.addresses(client.udp(one.port, client.query("www.example"))))
        self.assertEqual([], self.proxy.sessions)
        # A family that nobody answers for is not waited for.
        def only_v4(query):
            return places(["127.0.0.1"])(query) if query.question[0].rdtype == dns.rdatatype.A else None
        self.plain.script = only_v4
        self.assert_answers(self.daemon(self.plain), "other.example")
        self.assertEqual(1, len(six.sessions))

    def test_questions_wait_for_a_slow_server(self):
        """The first page after the start would fail."""
        self.plain.hold()
        one = self.daemon(self.plain)
        replies = []
        clients = [threading.Thread(target=lambda i=i: replies.append(
            client.udp(one.port, client.query("n%d.example" % i)))) for i in range(5)]
        for thread in clients:
            thread.start()
        self.plain.wait_seen(2)
        self.assertEqual([], self.proxy.sessions)
        self.plain.release()
        for thread in clients:
            thread.join(client.WAIT_S)
        self.assertEqual([["192.0.2.80"]] * 5, [client.addresses(reply) for reply in replies])
        # c-ares asks again when an answer is late; but there is one look-up.
        self.assertEqual({(HOST, "A"), (HOST, "AAAA")}, set(self.plain.questions()))
        self.assertEqual(1, len(self.proxy.sessions))

    def test_nobody_knows_and_then_somebody_does(self):
        """After an outage of the bootstrap server only a restart would help, or nobody know what was wrong."""
        for script, says_why in ((says(dns.rcode.NXDOMAIN), "there is no such name"),
                                 (places(), "that name has no address"),
                                 (places(["0.0.0.0"]), "block a name"),
                                 (says(dns.rcode.SERVFAIL), "SERVFAIL|was of use")):
            self.plain.script = script
            one = self.daemon(self.plain)
            self.assert_fails(one, "first.example")
            one.await_line(r"upstream one is down: resolver\.lab\.example was looked up at 127\.0\.0\.1:%d, and .*(%s)"
                           r".*write addresses:" % (self.plain.port, says_why))
            self.plain.script = places(["127.0.0.1"])
            self.await_answer(one)
            one.await_line(r"upstream one answers")
            self.assertEqual(1, one.output().count("is down"))

    def await_answer(self, one, tries=200):
        """Ask new names until one is answered: what failed is remembered for a while."""
        for i in range(tries):
            reply = client.udp(one.port, client.query("try%d.example" % i))
            if reply.rcode() == dns.rcode.NOERROR:
                return i
            time.sleep(0.1)
        raise AssertionError("no answer after %d tries" % tries)

    def test_an_upstream_that_moves(self):
        """A provider that renumbers would be lost until the TTL's end, a day later."""
        self.plain.script = places(["127.0.0.1"], ttl=86400)
        one = self.daemon(self.plain)
        self.assert_answers(one)
        moved = self.lab.proxy(origin.address("192.0.2.82"), number=self.proxy.port, address="127.0.0.2")
        self.plain.script = places(["127.0.0.2"], ttl=86400)
        self.proxy.refuse()
        self.proxy.cut_all()
        self.proxy.wait(lambda: self.proxy.sessions[0].ended_by, "end of the connection")
        reply = client.udp(one.port, client.query("new.example"))
        self.assertEqual(["192.0.2.82"], client.addresses(reply))
        one.await_line(r"resolver\.lab\.example is at 127\.0\.0\.2:")
        self.assertEqual(1, len(moved.sessions))
        self.assertNotIn("is down", one.output())

    def test_an_upstream_that_is_only_away(self):
        """Its addresses would be forgotten when the bootstrap server is away, too."""
        one = self.daemon(self.plain)
        self.assert_answers(one)
        self.plain.script = lambda query: origin.reply(query, rcode=dns.rcode.SERVFAIL)
        self.proxy.refuse()
        self.proxy.cut_all()
        self.assert_fails(one, "away.example")
        one.await_line(r"upstream one: .*was looked up at .*its old addresses are used")
        self.proxy.listen()
        self.await_answer(one)
        self.assertEqual(1, one.output().count("old addresses"))

    def test_the_end_of_the_ttl(self):
        """The old address would be used for ever; here for the 30 s that addresses are kept at least."""
        self.plain.script = places(["127.0.0.1"], ttl=1)
        one = self.daemon(self.plain)
        self.assert_answers(one)
        moved = self.lab.proxy(origin.address("192.0.2.82"), number=self.proxy.port, address="127.0.0.2")
        self.plain.script = places(["127.0.0.2"], ttl=1)
        serial = 0
        # In use all the time: looked up again ahead of the end, while the connection goes on.
        while len(self.plain.seen) < 4 and serial < 10 * (TTL_MIN_S + 10):
            serial += 1
            self.assert_answers(one, "n%d.example" % serial)
            time.sleep(0.1)
        one.await_line(r"resolver\.lab\.example is at 127\.0\.0\.2:")
        self.assertGreater(serial, TTL_MIN_S)
        self.assertEqual(1, len(self.proxy.sessions))
        self.proxy.cut_all()
        self.proxy.wait(lambda: self.proxy.sessions[0].ended_by, "end of the connection")
        reply = client.udp(one.port, client.query("after.example"))
        self.assertEqual(["192.0.2.82"], client.addresses(reply))
        self.assertEqual(1, len(moved.sessions))
        self.assertEqual(1, len(self.proxy.sessions))

    def test_somebody_elses_address(self):
        """Whoever forges the plain answer would read all names: the certificate must be right all the same."""
        forger = self.lab.proxy(origin.address("192.0.2.66"), "unknown_ca", address="127.0.0.3",
                                number=self.proxy.port)
        self.plain.script = places(["127.0.0.3"])
        one = self.daemon(self.plain)
        self.assert_fails(one, "www.example")
        one.await_line(r"upstream one is down: .*certificate")
        self.assertEqual([], forger.seen)

    def test_never_ourselves(self):
        """Each question would wait for itself."""
        number = port.free()
        own = "127.0.0.1@%d" % number
        one = self.lab.daemon(self.named(), listen=[own], bootstrap=[own, self.plain.address])
        self.assertEqual(["192.0.2.80"], client.addresses(client.udp(number, client.query("www.example"))))
        one.await_line(r"bootstrap: names 127\.0\.0\.1:%d, which is where stubborn itself listens.*remove it" % number)

        number = port.free()
        own = "127.0.0.5:%d" % number
        one = self.lab.daemon(self.named(), listen=["0.0.0.0:%d" % number], allow=["127.0.0.0/8"], bootstrap=own,
                              log={"level": "debug", "queries": "all"})
        self.assertEqual(dns.rcode.SERVFAIL, client.udp(number, client.query("www.example")).rcode())
        one.await_line(r"upstream one is down: there is nobody to look resolver\.lab\.example up at, as "
                       r"127\.0\.0\.5:%d is ourselves; write addresses:" % number)
        self.assertNotIn("query " + HOST, one.output())

    @unittest.skipUnless(can_hide_files(), "needs a mount namespace")
    def test_the_networks_own(self):
        """A machine whose resolv.conf names us, which is the normal case, would ask itself; another one, nobody."""
        resolv, hosts = self.lab.path("resolv.conf"), self.lab.path("hosts")
        hidden = ["unshare", "-m", "sh", "-c", 'mount --bind "%s" /etc/resolv.conf && mount --bind "%s" /etc/hosts '
                  '&& exec "$@"' % (resolv, hosts), "sh"]
        with open(hosts, "w", encoding="ascii") as out:
            out.write("127.0.0.99 %s\n" % CA.NAME)

        def write(*servers):
            with open(resolv, "w", encoding="ascii") as out:
                out.write("search lab.example\noptions ndots:5\n" + "".join("nameserver %s\n" % one for one in servers))

        def start(address):
            return self.lab.daemon(self.named(), listen=[address + ":53"], allow=["127.0.0.0/8"], prefix=hidden,
                                   log={"level": "debug", "queries": "all"})

        try:
            other = self.lab.plain(places(["127.0.0.1"]), number=53, address="127.0.0.77")
        except OSError as error:
            self.skipTest("port 53: %s" % error)
        write("127.0.0.88")
        one = start("127.0.0.88")
        self.assertEqual(dns.rcode.SERVFAIL, client.udp(53, client.query("www.example"), "127.0.0.88").rcode())
        one.await_line(r"/etc/resolv\.conf names 127\.0\.0\.88:53, which is where stubborn itself listens.*"
                       r"write bootstrap: \[SERVER\], or addresses:")
        # It is read again each time, as networks change.
        write("127.0.0.88", "127.0.0.77")
        for i in range(200):
            reply = client.udp(53, client.query("n%d.example" % i), "127.0.0.88")
            if reply.rcode() == dns.rcode.NOERROR:
                break
            time.sleep(0.1)
        self.assertEqual(["192.0.2.80"], client.addresses(reply))
        # Neither its search list nor its ndots change a host's name, and no file of hosts says where it is.
        self.assertEqual({HOST}, {name for name, _ in other.questions()})
        self.assertNotIn("query " + HOST, one.output())

    def test_a_server_that_asks_us(self):
        """A forwarder between us and ourselves would turn each question into many."""
        number, forwarder = port.free(), self.lab.plain(lambda _: None)

        def forward(query):
            try:
                return client.udp(number, query)
            except OSError:
                return None
        forwarder.script = lambda query: threading.Thread(target=forward, args=(query,), daemon=True).start()
        one = self.lab.daemon(self.named(), listen=["127.0.0.1:%d" % number], bootstrap=forwarder.address)
        self.assertEqual(dns.rcode.SERVFAIL, client.udp(number, client.query("www.example")).rcode())
        one.await_line(r"upstream one is down: .*no answer came in time")
        self.assertLess(len(forwarder.seen), 20)

    def test_a_reload_looks_nothing_up(self):
        """Each reload would tell the network again whom we ask, and cost the connection."""
        one = self.daemon(self.plain)
        self.assert_answers(one)
        one.send(signal.SIGHUP)
        one.await_line(r"\breloaded\b")
        self.assert_answers(one, "second.example")
        # Other bootstrap servers are for look-ups to come.
        one.reconfigure(bootstrap=["127.0.0.1@%d" % port.free()])
        one.send(signal.SIGHUP)
        one.await_line(r"\breloaded\b", 2)
        self.assert_answers(one, "third.example")
        self.assertEqual(2, len(self.plain.seen))
        self.assertEqual(1, len(self.proxy.sessions))

    def test_nonsense_from_a_server(self):
        """Whoever is in the way of a plain answer could end the daemon."""
        def broken(query):
            wire = origin.reply(query, "@ 300 A 127.0.0.1").to_wire()
            return wire[:-3]
        for script in (broken, lambda _: b"", lambda _: b"\xff" * 600, lambda query: query.to_wire(),
                       lambda query: origin.reply(query, *["@ 1 A 127.9.%d.%d" % (i // 250, i % 250 + 1)
                                                           for i in range(300)])):
            self.plain.script = script
            one = self.daemon(self.plain)
            self.assert_fails(one, "www.example")


if __name__ == "__main__":
    tap.main()
