#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""What the log says, and what it does not."""

import time

from lab import client, fault, origin, tap
from lab.case import LiveCase


class LogTest(LiveCase):
    def start(self, **log):
        self.proxy = self.lab.proxy(origin.address("192.0.2.80"))
        self.one = self.lab.daemon(self.lab.upstream(self.proxy), log=log)

    def ask(self, name):
        return client.udp(self.one.port, client.query(name))

    def ended(self):
        """All it has ever said."""
        self.expect_end(self.one)
        self.assertEqual("", self.one.finish())
        return self.one.output()

    def test_names_are_not_logged(self):
        """The log would be a diary of everything looked up in the house."""
        self.start(level="debug")
        self.ask("private-matter.example")
        self.proxy.fault = fault.rcode(2)
        self.ask("private-failure.example")
        self.assertNotIn("private", self.ended())

    def test_failed_ones_on_request(self):
        """Who looks for a fault would see nothing, or everything."""
        self.start(level="info", queries="failed")
        self.ask("fine.example")
        self.proxy.fault = fault.rcode(2)
        self.ask("broken.example")
        self.assertIn("broken.example", self.one.await_line(r"broken\.example"))
        self.assertNotIn("fine.example", self.ended())

    def test_all_on_request(self):
        """The same for all."""
        self.start(level="info", queries="all")
        for _ in ("miss", "hit"):
            self.ask("fine.example")
        self.one.await_line(r"fine\.example", 2)

    def test_level(self):
        """Who wants quiet would not get it."""
        self.start(level="debug")
        self.ask("www.example")
        loud = len(self.ended().splitlines())
        self.proxy = self.lab.proxy(origin.address("192.0.2.80"))
        self.one = self.lab.daemon(self.lab.upstream(self.proxy), ready=False, log={"level": "error"})
        while True:
            try:
                client.tcp(self.one.port, client.query("www.example"))
                break
            except ConnectionRefusedError:
                continue  # it may not say when it is ready
        self.assertEqual("", self.ended())
        self.assertGreater(loud, 1)

    def test_an_upstream_that_comes_and_goes(self):
        """It would fill the log, two lines each time."""
        self.start(level="info")
        with client.Udp(self.one.port) as impatient:
            for number in range(3):
                self.proxy.refuse()
                self.proxy.cut_all()
                impatient.send(client.query("down%d.example" % number).to_wire())
                if number == 2:
                    self.ask("so-long-that-it-must-be-down.example")
                else:
                    self.one.await_line("upstream one is down", number + 1)
                self.proxy.listen()
                while not client.addresses(self.ask("up%d.example" % time.monotonic_ns())):
                    time.sleep(.05)
        self.assertEqual(4, len(self.one.matching("upstream one (is down|answers)")))

    def test_odd_names_do_no_harm(self):
        """A name with line breaks or escape codes would forge lines of the log, or play with the reader's terminal."""
        self.start(level="info", queries="all")
        self.ask(r"evil\010fake\027[31m.example")
        self.one.await_line(r"evil")
        output = self.ended()
        self.assertNotIn("\x1b", output)
        self.assertNotIn("\nfake", output)


if __name__ == "__main__":
    tap.main()
