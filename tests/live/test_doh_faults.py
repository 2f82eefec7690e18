#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""U5 with a server that misbehaves: whatever it does the client gets the other upstream's answer, the log says why,
once, and stubborn lives."""

import gzip

import h2.errors
import h2.settings

from lab import client, origin, tap
from lab.case import LiveCase

TRUE, FIRST = "192.0.2.80", "192.0.2.1"
TYPE = ("content-type", "application/dns-message")
HEADERS, PRIORITY, RST_STREAM, SETTINGS, PUSH_PROMISE, PING, GOAWAY, CONTINUATION = 1, 2, 3, 4, 5, 6, 7, 9
END_STREAM, END_HEADERS = 1, 4
ASKED = 4


def reset(code):
    def answer(session, stream, _):
        session.h2.reset_stream(stream, code)
        session.flush()
    return answer


def status(number, *headers, body=b""):
    return lambda session, stream, _: session.answer(stream, body, headers, str(number))


class DohFaultsTest(LiveCase):
    def pair(self, fault=None, **how):
        """The first upstream with that fault, the second as it should be."""
        self.first = self.lab.doh_server(origin.address(FIRST), **how)
        self.second = self.lab.doh_server(origin.address(TRUE))
        self.first.fault = fault
        self.one = self.lab.daemon(self.lab.doh_upstream(self.first, "first"),
                                   self.lab.doh_upstream(self.second, "second"))

    def ask(self, name="www.example"):
        return client.addresses(client.udp(self.one.port, client.query(name)))

    def complaints(self):
        return self.one.matching(r"(?i)\bwarning\b|\berror\b")

    def assert_answered(self, by, msg=None):
        for number in range(ASKED):
            self.assertEqual([by], self.ask("n%d.example" % number), msg)

    def assert_down_is_told(self, why):
        said = self.complaints()
        self.assertEqual(1, len(said), said)
        self.assertRegex(said[0], r"upstream first is down: .*" + why)

    def assert_told_once(self, why, *, dropped=False):
        """From the first question on; who never answered is down at once."""
        self.assert_answered(TRUE)
        self.assert_down_is_told(why)
        if not dropped:
            self.assertEqual(1, len(self.first.sessions), "the connection is good")

    def ask_until_told(self):
        for number in range(100000):
            self.assertEqual([TRUE], self.ask("u%d.example" % number))
            if self.complaints():
                break

    def assert_told_when_it_lasts(self, why):
        """Not for one question's sake: it may be the name that is at fault. HEALTH_OVERDUE_MS has to pass."""
        self.ask_until_told()
        self.assertGreaterEqual(len(self.first.seen), 3)
        self.assert_answered(TRUE)
        self.assert_down_is_told(why)

    # What HTTP says.

    def test_redirections_are_not_followed(self):
        """Whoever may redirect may choose whom we ask."""
        self.pair(status(301, ("location", "https://127.0.0.1/")))
        self.assert_told_once("status 301: it has moved, and redirections are never followed")

    def test_wrong_path(self):
        """A typing error in url: would be a mystery."""
        self.pair(status(404, body=b"<p>nothing here</p>"))
        self.assert_told_once("status 404: nothing is served there; check the path in url:")

    def test_refused(self):
        """The same for who may not use the server."""
        self.pair(status(403))
        self.assert_told_once("status 403: it refuses us")

    def test_a_web_page(self):
        """A portal's page would be taken for an answer, or the server for broken."""
        self.pair(lambda session, stream, _: session.answer(stream, b"<h1>Welcome</h1>",
                                                            [("content-type", "text/html")]))
        self.assert_told_once('but it sent "text/html"')

    def test_packed(self):
        """Octets that nobody asked to be packed would be taken for a message, or unpacked without an end."""
        def answer(session, stream, body):
            session.answer(stream, gzip.compress(body), [TYPE, ("content-encoding", "gzip")])
        self.pair(answer)
        self.assert_told_once("content-encoding, which was not asked for")

    def test_trouble(self):
        """A server with nothing behind it would be asked first for ever; one name's trouble would end it."""
        for number in (500, 502):
            self.pair(status(number))
            self.assert_told_when_it_lasts("status %d" % number)

    def test_asked_too_often(self):
        """Who goes on asking is blocked for good."""
        for number in (429, 503):
            self.pair(status(number, ("retry-after", "60")))
            self.assertEqual([TRUE], self.ask())
            self.assert_told_once("status %d" % number)
            self.assertEqual(1, len(self.first.seen), "left alone")

    def test_rest_is_over(self):
        """A server that was busy for a second would be lost for long."""
        self.pair(status(429, ("retry-after", "1")))
        self.assertEqual([TRUE], self.ask())
        self.first.fault = None
        for number in range(100000):
            if self.ask("n%d.example" % number) == [FIRST]:
                break
        self.one.await_line("upstream first answers")
        self.assertEqual(1, len(self.complaints()))

    # What HTTP/2 does.

    def test_refused_stream(self):
        """A server that is full would lose the question, or be asked in a circle."""
        self.pair(reset(h2.errors.ErrorCodes.REFUSED_STREAM))
        self.assert_told_when_it_lasts("REFUSED_STREAM: it has no room for it")

    def test_no_streams_at_all(self):
        """A server that is told to take none would be down for no reason that anybody could see."""
        none = {h2.settings.SettingCodes.MAX_CONCURRENT_STREAMS: 0}
        why = r"it takes no queries at all \(HTTP/2 SETTINGS_MAX_CONCURRENT_STREAMS is 0\)"
        self.pair()
        self.first.streams_max = 0
        self.assert_told_once(why, dropped=True)
        self.pair()
        self.assertEqual([FIRST], self.ask("before.example"))
        self.first.streams_max = 0
        self.first.do(lambda session: session.h2.update_settings(none))
        self.ask_until_told()
        self.assert_told_once(why, dropped=True)

    def test_reset(self):
        """The same for any other reason that it has."""
        for code in (h2.errors.ErrorCodes.INTERNAL_ERROR, h2.errors.ErrorCodes.ENHANCE_YOUR_CALM,
                     h2.errors.ErrorCodes.CANCEL):
            self.pair(reset(code))
            self.assert_answered(TRUE)
            self.assertEqual(1, len(self.first.sessions))

    def test_http_1_1_required(self):
        """Some proxies speak HTTP/2 and serve only HTTP/1.1."""
        self.pair(reset(h2.errors.ErrorCodes.HTTP_1_1_REQUIRED))
        self.assert_told_once("DNS over HTTPS needs HTTP/2")

    def test_goaway_at_once(self):
        """A server that goes before it has answered would be asked in a circle."""
        def leave(session, _stream, _answer):
            session.raw(GOAWAY, 0, 0, bytes(8))
        self.pair(leave)
        self.assert_told_once(r"it closes the connection \(GOAWAY, NO_ERROR\)", dropped=True)

    def test_length_that_lies(self):
        """Half an answer would be taken for a whole one, or two for one."""
        for length in ("1", "60000"):
            self.pair(lambda session, stream, body, length=length: self._answer_raw(
                session, stream, body, [TYPE, ("content-length", length)]))
            self.assert_told_once("its content-length is wrong")

    @staticmethod
    def _answer_raw(session, stream, body, headers):
        block = session.h2.encoder.encode([(":status", "200"), *headers])
        session.raw(HEADERS, END_HEADERS, stream, block)
        session.raw(0, END_STREAM, stream, body)

    def test_body_without_end(self):
        """Memory would be filled by whoever is asked."""
        def answer(session, stream, _):
            session.raw(HEADERS, END_HEADERS, stream, session.h2.encoder.encode([(":status", "200"), TYPE]))
            for _ in range(4):
                session.raw(0, 0, stream, bytes(16384))
        self.pair(answer)
        self.assert_told_once("sends more than any DNS message has")
        self.first.wait(lambda: self.first.sessions[0].resets, "reset by us")

    def test_header_section_without_end(self):
        """The same with headers, in frames that never end."""
        def answer(session, stream, _):
            session.raw(HEADERS, 0, stream, session.h2.encoder.encode([(":status", "200")]))
            session.raw(CONTINUATION, 0, stream, b"", 20000)
        self.pair(answer)
        self.assert_told_once("", dropped=True)

    def test_large_header_section(self):
        """Some servers send everything that they know."""
        fields = [("x-filler-%d" % number, "x" * 100) for number in range(300)]
        self.pair(lambda session, stream, body: session.answer(stream, body, [TYPE, *fields]))
        self.assert_told_once("at most 16384 octets of headers")

    def test_trailers_and_interim_responses(self):
        """Ordinary HTTP, and not ordinary servers, would be taken for broken ones."""
        def answer(session, stream, body):
            session.raw(HEADERS, END_HEADERS, stream,
                        session.h2.encoder.encode([(":status", "103"), ("link", "</style.css>")]))
            session.raw(HEADERS, END_HEADERS, stream, session.h2.encoder.encode([(":status", "200"), TYPE]))
            session.raw(0, 0, stream, body)
            session.raw(HEADERS, END_HEADERS | END_STREAM, stream,
                        session.h2.encoder.encode([("content-type", "text/html"), ("x-sum", "1")]))
        self.pair(answer)
        self.assert_answered(FIRST)
        self.assertEqual([], self.complaints())

    def test_silence(self):
        """A question would wait for a server that never answers it."""
        self.pair(lambda *_: None)
        self.assert_answered(TRUE)
        self.first.wait(lambda: self.first.sessions[0].pings, "PING by us")

    def test_silence_within_an_answer(self):
        """The same for half an answer."""
        def answer(session, stream, body):
            session.raw(HEADERS, END_HEADERS, stream, session.h2.encoder.encode([(":status", "200"), TYPE]))
            session.raw(0, 0, stream, body[:20])
        self.pair(answer)
        self.assert_answered(TRUE)
        self.assertEqual(1, len(self.first.sessions))

    def test_another_answer(self):
        """The answer to another question on this one's stream would go into the cache."""
        self.pair(lambda session, stream, body: session.answer(stream, body.replace(b"\x07example", b"\x07exbmple")))
        self.assert_told_once("it answered another question", dropped=True)

    def test_broken_protocol(self):
        """A server that breaks HTTP/2 would break us."""
        def push(session, stream, _):
            session.raw(PUSH_PROMISE, END_HEADERS, stream, b"\0\0\0\2\x82")

        def pack(session, stream, _):
            session.raw(HEADERS, END_HEADERS, stream, b"\xff" * 6)

        def settings(session, _stream, _):
            session.raw(SETTINGS, 0, 0, b"\0\2\0\0\0\7")

        def even(session, _stream, _):
            session.raw(HEADERS, END_HEADERS, 2, b"\x88")

        def nonsense(session, _stream, _):
            session.writer.write(bytes(range(256)) * 20)
        for fault in (push, pack, settings, even, nonsense):
            self.pair(fault)
            self.assert_told_once("expected HTTP/2", dropped=True)

    def test_floods(self):
        """Whoever keeps us busy would keep everybody else waiting."""
        floods = {
            "pings": (PING, bytes(8)), "settings": (SETTINGS, b""), "resets": (RST_STREAM, b"\0\0\0\x08"),
            "priorities": (PRIORITY, bytes(5)), "unknown frames": (0xbe, bytes(500))}
        for name, (kind, payload) in floods.items():
            def flood(session, stream, _, kind=kind, payload=payload):
                session.raw(kind, 0, stream if kind in (RST_STREAM, PRIORITY) else 0, payload, 20000)
            self.pair(flood)
            before = self.one.resident_kib()
            self.assert_answered(TRUE, name)
            self.first.wait(lambda: self.first.sessions[0].ended, "close by us of " + name)
            # The sanitizer keeps for a while what was freed: each record of TLS, and there are hundreds.
            self.assertLess(self.one.resident_kib() - before, 96 * 1024, name)

    def test_window_of_nothing(self):
        """A server that lets us send no body would be waited for."""
        self.pair()
        self.assertEqual([FIRST], self.ask("before.example"))
        self.first.do(lambda session: session.h2.update_settings({h2.settings.SettingCodes.INITIAL_WINDOW_SIZE: 0}))
        for number in range(ASKED):
            self.assertIn(self.ask("n%d.example" % number), ([TRUE], [FIRST]))

    # What is no HTTP/2 at all.

    def test_http_1_1_only(self):
        """A server that has not heard of HTTP/2 would be a mystery."""
        for alpn in ((), ("http/1.1",)):
            self.pair(alpn=alpn)
            self.assert_told_once(r"did not agree to the protocol .h2. \(ALPN\)|speaks another protocol", dropped=True)

    def test_http_1_1_after_all(self):
        """One that agrees to HTTP/2 and speaks HTTP/1.1 all the same."""
        self.first = self.lab.doh_server(origin.address(FIRST))
        self.second = self.lab.doh_server(origin.address(TRUE))
        self.first.speak = "http/1.1"
        self.one = self.lab.daemon(self.lab.doh_upstream(self.first, "first"),
                                   self.lab.doh_upstream(self.second, "second"))
        self.assert_told_once("but it speaks HTTP/1.1 after it had agreed to HTTP/2", dropped=True)

    def test_dot_on_the_port(self):
        """url: https:// with the port of DNS over TLS."""
        dot = self.lab.proxy(origin.address(FIRST))
        dot.doh_port = dot.port
        self.second = self.lab.doh_server(origin.address(TRUE))
        self.one = self.lab.daemon(self.lab.doh_upstream(dot, "first"), self.lab.doh_upstream(self.second, "second"))
        self.assertEqual([TRUE], self.ask())
        self.assertRegex(self.complaints()[0], "first is down: .*(ALPN|another protocol)")

    def test_wrong_certificate(self):
        """The name must be proved over HTTPS as over TLS; nothing is sent before."""
        self.second = self.lab.doh_server(origin.address(TRUE))
        wrong = self.lab.proxy(origin.address(FIRST), certificate="wrong_name")
        wrong.doh_port = wrong.port
        self.one = self.lab.daemon(self.lab.doh_upstream(wrong, "first"), self.lab.doh_upstream(self.second, "second"))
        self.assertEqual([TRUE], self.ask())
        self.assertRegex(self.complaints()[0], "first is down: .*certificate")
        self.assertEqual([], wrong.seen)


if __name__ == "__main__":
    tap.main()
