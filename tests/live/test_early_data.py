#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""S6: with early-data: true the first queries go with the handshake that resumes a session, and only then."""

import asyncio
import json
import subprocess
import threading
import time

import dns.rcode

from lab import client, daemon, port, tap
from lab.ca import CA
from lab.case import LiveCase
from lab.nginx import Nginx

DELAY_S = 0.02  # each way
APPLICATION = 23  # type of a TLS record


class Relay:
    """TCP to a port of this machine, with a delay; keeps what each client said before the server said anything."""

    def __init__(self, to):
        self.port, self._to = port.free(), to
        self.first, self._writers = [], []
        self._loop = asyncio.new_event_loop()
        threading.Thread(target=self._loop.run_forever, daemon=True).start()
        self._run(asyncio.start_server(self._serve, "127.0.0.1", self.port))

    def _run(self, coroutine):
        return asyncio.run_coroutine_threadsafe(coroutine, self._loop).result(10)

    async def _serve(self, reader, writer):
        there = await asyncio.open_connection("127.0.0.1", self._to)
        said, heard = bytearray(), []
        self.first.append(said)
        self._writers += [writer, there[1]]

        def note(data):
            if not heard:
                said.extend(data)
        await asyncio.gather(self._pump(reader, there[1], note), self._pump(there[0], writer, heard.append))

    async def _pump(self, reader, writer, note):
        while data := await reader.read(65536):
            note(data)
            self._loop.call_later(DELAY_S, writer.write, data)
        self._loop.call_later(DELAY_S, writer.close)

    def cut(self):
        """Ends all connections."""
        async def end():
            for writer in self._writers:
                writer.transport.abort()
            self._writers.clear()
        self._run(end())

    def records(self, number):
        """Types of the TLS records that the client of that connection sent first."""
        data, types = bytes(self.first[number]), []
        while len(data) >= 5:
            types.append(data[0])
            data = data[5 + int.from_bytes(data[3:5], "big"):]
        return types


class EarlyDataTest(LiveCase):
    def start(self, early, **keys):
        directory = self.lab.path("nginx-%d" % port.free())
        self.nginx = Nginx(directory, self.lab.ca.issue("good"), CA.NAME, self.lab.knot.port, early)
        self.addCleanup(self.nginx.stop)
        self.relay = Relay(self.nginx.doh_port)
        self.relay.doh_port = self.relay.port
        self.one = self.lab.daemon(self.lab.doh_upstream(self.relay, "one", **keys), log={"level": "debug"})

    def ask(self, name):
        """How long the answer took, in ms."""
        began = time.monotonic()
        reply = client.udp(self.one.port, client.query(name))
        self.assertIn(reply.rcode(), (dns.rcode.NOERROR, dns.rcode.NXDOMAIN), reply)
        return (time.monotonic() - began) * 1000

    def come_back(self, turns=1):
        """The time of the first answer on a connection that resumes a session."""
        self.ask("a.example.com")
        times = []
        for turn in range(turns):
            time.sleep(5 * DELAY_S)  # the next ticket comes a round trip after an early answer
            self.relay.cut()
            times.append(self.ask("n%d.example.com" % turn))
        return sorted(times)[len(times) // 2]

    def test_with_the_handshake(self):
        """Each connection that is opened anew would take a round trip more."""
        self.start(True)
        without = self.come_back(turns=11)
        self.assertEqual(12, len(self.relay.first))
        self.assertEqual([], [number for number in range(len(self.relay.first))
                              if APPLICATION in self.relay.records(number)], "nobody asked for it")
        self.start(True, **{"early-data": True})
        with_it = self.come_back(turns=11)
        self.assertNotIn(APPLICATION, self.relay.records(0), "there is no ticket yet")
        self.assertEqual([], [number for number in range(1, len(self.relay.first))
                              if APPLICATION not in self.relay.records(number)])
        self.one.await_line("resumed, early data, HTTP/2")
        self.assertLess(with_it, without - DELAY_S * 1000, "of a round trip's two delays at least one is saved")
        print("# round trip %d ms, first answer on a resumed connection, median of 11: %.1f ms without, %.1f ms with" % (
            2 * DELAY_S * 1000, without, with_it))

    def test_probe(self):
        """Whoever thinks of switching it on would not know where it is of use."""
        for early in (True, None):
            self.start(early)
            args = [daemon.BINARY, "probe", "--json", "--address", "127.0.0.1", "--ca-file", self.lab.ca.file]
            done = subprocess.run([*args, "https://%s:%d/dns-query" % (CA.NAME, self.nginx.doh_port)],
                                  capture_output=True, text=True, timeout=60)
            one, = json.loads(done.stdout)["upstreams"][0]["addresses"]
            self.assertEqual((True, bool(early)), (one["tls"]["resumed"], one["tls"]["early_data"]))

    def test_the_server_does_not_want_it(self):
        """The query would be lost, or asked of nobody."""
        self.start(None, **{"early-data": True})
        self.come_back(turns=3)
        self.assertNotIn(APPLICATION, self.relay.records(1), "its tickets do not allow it")
        self.assertEqual([], self.one.matching("is down"))

    def test_too_early(self):
        """RFC 8470 section 5.2: a server that fears replays would be called broken."""
        self.start(False, **{"early-data": True})
        self.come_back(turns=3)
        self.assertIn(APPLICATION, self.relay.records(1))
        self.assertEqual([], self.one.matching("is down|425"))


if __name__ == "__main__":
    tap.main()
