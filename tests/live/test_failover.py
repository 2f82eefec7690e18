#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""U7 in its first form, and U8: when an upstream fails, the next one; and every question comes to an end."""

import dns.rcode

from lab import client, fault, origin, tap
from lab.case import LiveCase

TRUE, FIRST = "192.0.2.80", "192.0.2.1"
EDE, NO_REACHABLE_AUTHORITY, NETWORK_ERROR = 15, 22, 23


class FailoverTest(LiveCase):
    def pair(self, **limits):
        self.first = self.lab.proxy(origin.address(FIRST))
        self.second = self.lab.proxy(origin.address(TRUE))
        self.one = self.lab.daemon(self.lab.upstream(self.first, "first"), self.lab.upstream(self.second, "second"),
                                   limits=limits)

    def ask(self, name="www.example", **how):
        return client.udp(self.one.port, client.query(name, **how))

    def test_in_order(self):
        """Names would go to a resolver that was meant for emergencies only."""
        self.pair()
        for number in range(5):
            self.assertEqual([FIRST], client.addresses(self.ask("n%d.example" % number)))
        self.assertEqual([], self.second.seen)

    def test_an_error_is_not_the_last_word(self):
        """One resolver's SERVFAIL would hide the other's answer."""
        for code in (dns.rcode.SERVFAIL, dns.rcode.REFUSED, dns.rcode.FORMERR, dns.rcode.NOTIMP):
            self.pair()
            self.first.fault = fault.rcode(code)
            for number in range(3):
                reply = self.ask("n%d.example" % number)
                self.assertEqual([TRUE], client.addresses(reply), dns.rcode.to_text(code))

    def test_nxdomain_is_the_last_word(self):
        """A name that does not exist would be asked of every resolver there is."""
        self.pair()
        self.first.fault = fault.rcode(dns.rcode.NXDOMAIN)
        self.assertEqual(dns.rcode.NXDOMAIN, self.ask().rcode())
        self.assertEqual([], self.second.seen)

    def test_all_say_servfail(self):
        """The client would wait, or get something made up."""
        self.pair()
        self.first.fault = self.second.fault = fault.rcode(dns.rcode.SERVFAIL)
        self.assertEqual(dns.rcode.SERVFAIL, self.ask().rcode())
        self.assertEqual((1, 1), (len(self.first.seen), len(self.second.seen)))

    def test_refused_connection(self):
        """A resolver that is switched off would take the names with it."""
        self.pair()
        self.first.refuse()
        self.assertEqual([TRUE], client.addresses(self.ask()))

    def test_strange_greetings(self):
        """A resolver that hangs, at any step, would hang us."""
        for greeting in ("stall", "flight", "nonsense", "hangup"):
            self.pair()
            self.first.greeting = greeting
            self.assertEqual([TRUE], client.addresses(self.ask()), greeting)

    def test_silence(self):
        """A resolver that accepts questions and never answers would be waited for."""
        self.pair()
        self.first.fault = fault.silence
        self.assertEqual([TRUE], client.addresses(self.ask()))

    def test_several_addresses_of_one_upstream(self):
        """The second address of a resolver would be of no use."""
        dead, alive = self.lab.proxy(origin.address(FIRST)), self.lab.proxy(origin.address(TRUE))
        dead.refuse()
        one = self.lab.daemon({**self.lab.upstream(alive), "addresses": ["127.0.0.1@%d" % dead.port,
                                                                       "127.0.0.1@%d" % alive.port]})
        self.assertEqual([TRUE], client.addresses(client.udp(one.port, client.query("www.example"))))

    def test_the_first_is_used_again(self):
        """After one bad minute the second choice would stay for ever."""
        self.pair()
        self.first.refuse()
        self.assertEqual([TRUE], client.addresses(self.ask()))
        self.first.listen()
        for number in range(20000):
            if client.addresses(self.ask("n%d.example" % number)) == [FIRST]:
                return
        self.fail("never went back")

    def test_a_question_ends(self):
        """With all resolvers dead a client would never be told."""
        for trouble in ("silence", "stall", "flight", "refused"):
            self.pair(**{"query-time": "1s"})
            for proxy in (self.first, self.second):
                if trouble == "silence":
                    proxy.fault = fault.silence
                elif trouble == "refused":
                    proxy.refuse()
                else:
                    proxy.greeting = trouble
            reply = self.ask(edns=True)
            self.assertEqual(dns.rcode.SERVFAIL, reply.rcode(), trouble)
            self.assertEqual([], reply.answer)
            codes = [int.from_bytes(option.to_wire()[:2], "big") for option in reply.options if option.otype == EDE]
            self.assertTrue(set(codes) & {NO_REACHABLE_AUTHORITY, NETWORK_ERROR}, (trouble, codes))
            self.assertEqual(dns.rcode.SERVFAIL, self.ask("other.example").rcode())

    def test_a_late_answer_is_not_lost_nor_misplaced(self):
        """The answer to a question given up would be taken for the next one's."""
        self.first = self.lab.proxy(origin.address(FIRST))
        self.one = self.lab.daemon(self.lab.upstream(self.first), limits={"query-time": "1s"})
        self.first.hold()
        self.assertEqual(dns.rcode.SERVFAIL, self.ask("late.example").rcode())
        self.first.release()
        for number in range(5):
            for _ in range(1000):
                reply = self.ask("next%d.example" % number)
                if reply.rcode() == dns.rcode.NOERROR:
                    break
            self.assertEqual([FIRST], client.addresses(reply))


if __name__ == "__main__":
    tap.main()
