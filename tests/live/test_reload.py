#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""SIGHUP: the new configuration, without losing the cache, a connection or a question."""

import signal
import threading

import dns.rcode

from lab import client, daemon, origin, port, tap
from lab.case import LiveCase

RELOADED, REFUSED = r"\breloaded\b", r"stays as it was"


class Load(threading.Thread):
    """Asks new and known names in turn, several at a time, until told to stop; counts what was lost."""

    WINDOW = 20

    def __init__(self, number):
        super().__init__(daemon=True)
        self._port, self._stopping = number, False
        self.asked, self.wrong = 0, []

    def run(self):
        try:
            with client.Udp(self._port) as udp:
                while not self._stopping:
                    ids = {}
                    for _ in range(self.WINDOW):
                        self.asked += 1
                        name = "known.example" if self.asked % 2 else "n%d.example" % self.asked
                        query = client.query(name)
                        query.id = self.asked % 65536
                        ids[query.id] = name
                        udp.send(query.to_wire())
                    while ids:
                        reply = client.read(udp.receive())
                        if reply.id not in ids or not client.addresses(reply):
                            self.wrong.append(reply.to_text())
                        ids.pop(reply.id, None)
        except OSError as error:
            self.wrong.append("after %d questions: %r" % (self.asked, error))

    def stop(self):
        self._stopping = True
        self.join(client.WAIT_S * 2)
        return self.wrong


class ReloadTest(LiveCase):
    def setUp(self):
        super().setUp()
        self.proxy = self.lab.proxy(origin.address("192.0.2.80"))
        self.one = self.lab.daemon(self.lab.upstream(self.proxy))

    def reload(self, times=1):
        self.one.send(signal.SIGHUP)
        self.one.await_line(RELOADED, times)

    def ask(self, name="www.example"):
        return client.udp(self.one.port, client.query(name))

    def test_cache_and_connection_stay(self):
        """Each change of the configuration would be a restart: a cold cache and new handshakes."""
        self.ask()
        for times in (1, 2, 3):
            self.reload(times)
            self.ask()
            self.ask("n%d.example" % times)
        self.assertEqual(1, self.proxy.names().count("www.example."))
        self.assertEqual(1, len(self.proxy.sessions))

    def test_no_question_is_lost(self):
        """Somebody's page would fail at each reload."""
        load = Load(self.one.port)
        load.start()
        for times in range(1, 11):
            self.proxy.wait_seen(times * 100)
            self.reload(times)
        self.assertEqual([], load.stop())
        self.assertGreater(load.asked, 1000)
        self.assertEqual(1, len(self.proxy.sessions))

    def test_questions_in_flight_and_connections_of_clients(self):
        """A question asked just before the reload, or a client's connection, would be dropped."""
        self.proxy.hold()
        with client.Udp(self.one.port) as udp, client.Tcp(self.one.port) as tcp:
            udp.send(client.query("udp.example").to_wire())
            tcp.send(client.query("tcp.example").to_wire())
            self.proxy.wait_seen(2)
            self.reload()
            self.proxy.release()
            for connection in (udp, tcp):
                self.assertEqual(["192.0.2.80"], client.addresses(client.read(connection.receive())))
            self.assertEqual(["192.0.2.80"], client.addresses(tcp.ask(client.query("after.example"))))

    def test_new_upstreams_are_used(self):
        """A changed configuration would need a restart after all."""
        self.ask()
        other = self.lab.proxy(origin.address("192.0.2.81"))
        self.one.reconfigure(upstreams=[self.lab.upstream(other, "other")])
        self.reload()
        self.assertEqual(["192.0.2.81"], client.addresses(self.ask("new.example")))
        self.proxy.wait(lambda: self.proxy.sessions[0].ended_by == "client", "end of the old connection")

    def test_new_routes_and_limits_are_used(self):
        """The same for routes."""
        inside = self.lab.proxy(origin.address("10.0.0.1"))
        self.one.reconfigure(upstreams=[self.lab.upstream(self.proxy), self.lab.upstream(inside, "inside")],
                             routes=[{"domains": ["corp.example"], "upstreams": ["inside"]}],
                             allow=["127.0.0.0/8"])
        self.reload()
        self.assertEqual(["10.0.0.1"], client.addresses(self.ask("www.corp.example")))
        self.assertEqual(["192.0.2.80"], client.addresses(self.ask()))

    def test_what_a_reload_cannot_change_is_said(self):
        """A new address in the configuration would stay deaf, and nobody know why."""
        self.one.reconfigure(listen=["127.0.0.1:%d" % port.free()], workers=2)
        self.reload()
        for key in ("listen", "workers"):
            self.one.await_line(r"\b%s\b.*next start" % key)
        self.assertEqual(["192.0.2.80"], client.addresses(self.ask()))

    def test_a_broken_file_changes_nothing(self):
        """A typing error would take the names away from the whole house."""
        self.ask()
        daemon.write_config(self.one.path, "upstreams: [\nlisen: 53\n")
        self.one.send(signal.SIGHUP)
        self.one.await_line(r"stubborn\.yaml:\d+: ")
        self.one.await_line(REFUSED)
        self.assertEqual(["192.0.2.80"], client.addresses(self.ask("new.example")))
        self.assertEqual(1, len(self.proxy.sessions))
        self.one.reconfigure()
        self.reload()
        self.assertEqual(["192.0.2.80"], client.addresses(self.ask("newer.example")))

    def test_many_at_once(self):
        """An impatient operator, or a script, would crash it."""
        for _ in range(50):
            self.one.send(signal.SIGHUP)
        self.assertEqual(["192.0.2.80"], client.addresses(self.ask()))
        self.one.await_line(RELOADED)
        self.assertEqual(dns.rcode.NXDOMAIN, self.ask("x.invalid").rcode())


if __name__ == "__main__":
    tap.main()
