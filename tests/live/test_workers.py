#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Several workers share nothing but the cache, and nobody notices that there are several."""

import signal
import threading

from lab import client, origin, tap
from lab.case import LiveCase

THREADS, EACH = 8, 400


class WorkersTest(LiveCase):
    def load(self, one, wrong):
        """Each thread asks from sockets of its own, known and new names."""
        def ask(thread):
            try:
                for number in range(EACH // 20):
                    with client.Udp(one.port) as udp, client.Tcp(one.port) as tcp:
                        for step in range(10):
                            for connection in (udp, tcp):
                                name = "n%d.example" % (number * 10 + step if thread % 2 else step)
                                reply = connection.ask(client.query(name))
                                if client.addresses(reply) != ["192.0.2.80"]:
                                    wrong.append(reply.to_text())
            except (OSError, EOFError) as error:
                wrong.append(repr(error))
        threads = [threading.Thread(target=ask, args=(thread,)) for thread in range(THREADS)]
        for thread in threads:
            thread.start()
        return threads

    def start(self):
        self.proxy = self.lab.proxy(origin.address("192.0.2.80", ttl=1))
        return self.lab.daemon(self.lab.upstream(self.proxy), workers=4)

    def test_all_are_served(self):
        """With more workers some questions would be lost or answered wrong."""
        one, wrong = self.start(), []
        for thread in self.load(one, wrong):
            thread.join()
        self.assertEqual([], wrong)
        self.assertLessEqual(len(self.proxy.sessions), 8)

    def test_reloads_under_load(self):
        """A reload with several workers would race."""
        one, wrong = self.start(), []
        threads = self.load(one, wrong)
        for times in range(1, 6):
            one.send(signal.SIGHUP)
            one.await_line(r"(?i)\breloaded\b", times)
        for thread in threads:
            thread.join()
        self.assertEqual([], wrong)

    def test_the_cache_is_shared(self):
        """Each worker would ask for every name again."""
        self.proxy = self.lab.proxy(origin.address("192.0.2.80"))
        one = self.lab.daemon(self.lab.upstream(self.proxy), workers=4)
        for _ in range(40):  # each from a port of its own: the kernel spreads them over the workers
            self.assertEqual(["192.0.2.80"], client.addresses(client.udp(one.port, client.query("www.example"))))
        self.assertEqual(1, len(self.proxy.seen))


if __name__ == "__main__":
    tap.main()
