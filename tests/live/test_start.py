#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Starting: sockets all or none, privileges dropped, failures that say what to do."""

import os
import pwd
import socket
import unittest

import dns.rcode

from lab import client, origin, port, tap
from lab.case import LiveCase


class StartTest(LiveCase):
    def failing(self, **keys):
        """A start that must fail; returns all it said."""
        self.proxy = self.lab.proxy(origin.address("192.0.2.80"))
        one = self.lab.daemon(self.lab.upstream(self.proxy), ready=False, **keys)
        self.expect_end(one)
        self.assertEqual(1, one.await_exit(20), one.output())
        self.assertEqual([], one.matching(r"\bready\b"))
        return one.output()

    def test_port_in_use(self):
        """The commonest of all troubles with port 53 would be a riddle."""
        for kind in (socket.SOCK_DGRAM, socket.SOCK_STREAM):
            with socket.socket(socket.AF_INET, kind) as holder:
                number = port.free()
                holder.bind(("127.0.0.1", number))
                if kind == socket.SOCK_STREAM:
                    holder.listen()
                said = self.failing(listen=["127.0.0.1:%d" % number])
            self.assertRegex(said, r"127\.0\.0\.1:%d.*(taken|in use)" % number)
            self.assertRegex(said, r"\b%d\b" % os.getpid(), "who holds it")
            self.assertRegex(said, r"(?i)stop|listen|disable|other", "what to do")

    def test_all_sockets_or_none(self):
        """A daemon that serves only some of its addresses looks healthy and is not."""
        taken, free = port.free(), port.free()
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as holder:
            holder.bind(("127.0.0.1", taken))
            self.failing(listen=["127.0.0.1:%d" % free, "127.0.0.1:%d" % taken])
        with socket.create_server(("127.0.0.1", free)):
            pass  # nobody is left there

    def test_address_of_no_interface(self):
        """A mistyped address would be a number of an error."""
        number = port.free()
        self.assertRegex(self.failing(listen=["198.51.100.200:%d" % number]), r"198\.51\.100\.200:%d" % number)

    def test_missing_ca_file(self):
        """A mistyped path would show only at the first question, if at all."""
        proxy = self.lab.proxy(origin.address("192.0.2.80"))
        one = self.lab.daemon({**self.lab.upstream(proxy), "ca-file": "/nowhere/ca.pem"}, ready=False)
        self.expect_end(one)
        self.assertEqual(1, one.await_exit(20))
        self.assertIn("/nowhere/ca.pem", one.output())

    @unittest.skipUnless(os.getuid() == 0, "needs root")
    def test_privileges_are_dropped(self):
        """A hole in the daemon would be a hole in the machine."""
        proxy = self.lab.proxy(origin.address("192.0.2.80"))
        one = self.lab.daemon(self.lab.upstream(proxy), user="nobody")
        nobody = pwd.getpwnam("nobody")
        with open("/proc/%d/status" % one.pid, encoding="ascii") as status:
            fields = dict(line.rstrip().split(":\t", 1) for line in status if ":\t" in line)
        self.assertEqual({str(nobody.pw_uid)}, set(fields["Uid"].split()))
        self.assertEqual({str(nobody.pw_gid)}, set(fields["Gid"].split()))
        self.assertLessEqual(set(fields["Groups"].split()), {str(nobody.pw_gid)})
        self.assertEqual(0, int(fields["CapEff"], 16))
        self.assertEqual(["192.0.2.80"], client.addresses(client.udp(one.port, client.query("www.example"))))

    @unittest.skipUnless(os.getuid() == 0, "needs root")
    def test_unknown_user(self):
        """A daemon whose user does not exist would go on as root."""
        self.assertIn("no-such-user", self.failing(user="no-such-user"))

    def test_systemd_is_told(self):
        """Services that need names would be started before there are any (sd_notify)."""
        path = self.lab.path("notify")
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
            manager.bind(path)
            manager.settimeout(client.WAIT_S)
            proxy = self.lab.proxy(origin.address("192.0.2.80"))
            one = self.lab.daemon(self.lab.upstream(proxy), env={"NOTIFY_SOCKET": path})
            self.assertIn(b"READY=1", manager.recv(4096))
            self.expect_end(one)
            self.assertEqual("", one.finish())
            told = b""
            while b"STOPPING=1" not in told:
                told = manager.recv(4096)

    def activated(self, **keys):
        """The daemon with sockets that it was passed, and their port."""
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp, socket.create_server(("127.0.0.1", 0)) as tcp:
            number = tcp.getsockname()[1]
            udp.bind(("127.0.0.1", number))
            proxy = self.lab.proxy(origin.address("192.0.2.80"))
            held = [udp.fileno(), tcp.fileno()]
            for descriptor in held:
                os.set_inheritable(descriptor, True)
            shell = "exec 3<&%d 4<&%d; export LISTEN_PID=$$ LISTEN_FDS=2; exec \"$@\"" % tuple(held)
            return self.lab.daemon(self.lab.upstream(proxy), prefix=["sh", "-c", shell, "sh"], inherit=held,
                                   **keys), number

    def test_sockets_of_systemd(self):
        """Under socket activation the daemon would need rights that it was spared, or find its port taken."""
        one, number = self.activated()
        for ask in (client.udp, client.tcp):
            self.assertEqual(["192.0.2.80"], client.addresses(ask(number, client.query("www.example"))))
        with self.assertRaises(ConnectionRefusedError):
            client.tcp(one.port, client.query("www.example"))

    def test_strangers_at_sockets_of_systemd(self):
        """A socket unit that listens everywhere would make an open resolver."""
        _, number = self.activated(allow=["192.0.2.0/24"])
        self.assertEqual(dns.rcode.REFUSED, client.tcp(number, client.query("www.example")).rcode())

    def test_built_in_upstreams(self):
        """A configuration without upstreams, which most people will have, would not start."""
        one = self.lab.daemon(upstreams=None, strategy=None)
        self.assertEqual(["127.0.0.1"], client.addresses(client.udp(one.port, client.query("localhost"))))


if __name__ == "__main__":
    tap.main()
