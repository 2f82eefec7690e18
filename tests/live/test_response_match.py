#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""U3: an answer counts only if it is the answer to our question."""

import dns.flags
import dns.rcode

from lab import client, fault, origin, tap
from lab.case import LiveCase

TRUE, OTHER = "192.0.2.80", "203.0.113.66"
MISMATCHES = ["wrong_id", "wrong_qr", "wrong_opcode", "wrong_question", "wrong_type", "wrong_class", "no_question",
              "header_only", "short", "garbage", "empty_frame"]


class ResponseMatchTest(LiveCase):
    def pair(self, **limits):
        """A first upstream that misbehaves and would say OTHER, and a second that says the truth."""
        self.bad = self.lab.proxy(origin.address(OTHER))
        self.good = self.lab.proxy(origin.address(TRUE))
        self.one = self.lab.daemon(self.lab.upstream(self.bad, "bad"), self.lab.upstream(self.good, "good"),
                                   limits=limits)

    def assert_goes_elsewhere(self, edit):
        self.pair()
        self.bad.fault = edit
        reply = client.udp(self.one.port, client.query("www.example", edns=True))
        self.assertEqual([TRUE], client.addresses(reply))
        self.assertEqual("www.example.", reply.question[0].name.to_text())
        self.bad.wait(lambda: self.bad.sessions and self.bad.sessions[0].ended_by == "client",
                      "end of the bad connection")
        self.assertNotIn(OTHER, client.udp(self.one.port, client.query("www.example")).to_text())

    def test_control_the_first_upstream_is_used(self):
        """The tests below would pass with a daemon that never asks the first upstream."""
        self.pair()
        self.assertEqual([OTHER], client.addresses(client.udp(self.one.port, client.query("www.example"))))

    def test_half_an_answer_and_then_silence(self):
        """A server that dies in the middle of an answer would take the question with it."""
        self.assert_goes_elsewhere(fault.truncated_frame)

    def test_malformed_record_costs_only_its_question(self):
        """A link to a name with a malformed record would fail everybody's questions, and all upstreams."""
        self.pair()
        client.udp(self.one.port, client.query("first.example"))
        self.bad.fault = fault.truncated_record
        reply = client.udp(self.one.port, client.query("www.example", edns=True))
        self.assertEqual([TRUE], client.addresses(reply))
        self.bad.fault = fault.none
        self.assertEqual([OTHER], client.addresses(client.udp(self.one.port, client.query("other.example"))))
        self.assertEqual(1, len(self.bad.sessions), "the connection stays")
        self.assertNotIn("down", self.one.output())

    def test_question_in_other_letters_is_ours(self):
        """Servers that answer in lower case would be taken for forgers."""
        def lower(query):
            reply = origin.address(TRUE)(query)
            wire = reply.to_wire()
            return wire[:12] + wire[12:].swapcase()
        proxy = self.lab.proxy(lower)
        one = self.lab.daemon(self.lab.upstream(proxy))
        reply = client.udp(one.port, client.query("wWw.Example"))
        self.assertEqual(dns.rcode.NOERROR, reply.rcode())
        self.assertEqual(1, len(proxy.sessions))

    def test_truncated_over_tls_is_no_answer(self):
        """A server that says TC even over a stream would leave the client without addresses."""
        def truncated(query):
            reply = origin.reply(query)
            reply.flags |= dns.flags.TC
            return reply
        proxy, good = self.lab.proxy(truncated), self.lab.proxy(origin.address(TRUE))
        one = self.lab.daemon(self.lab.upstream(proxy, "cut"), self.lab.upstream(good, "good"))
        self.assertEqual([TRUE], client.addresses(client.udp(one.port, client.query("www.example"))))


def _for(name):
    def test(self):
        self.assert_goes_elsewhere(getattr(fault, name))
    test.__doc__ = "A forged or broken answer (%s) would be believed, or leave the client waiting." % name
    return test


for _name in MISMATCHES:
    setattr(ResponseMatchTest, "test_" + _name, _for(_name))


if __name__ == "__main__":
    tap.main()
