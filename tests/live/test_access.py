#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""L14: who may ask."""

import os
import socket
import subprocess
import unittest

import dns.rcode

from lab import client, daemon, netns, origin, port, tap
from lab.case import LiveCase

ALONE = netns.enter()


def ask_from(source, number, address="127.0.0.1"):
    """Send one query by UDP; returns the socket, for the reply that may or may not come."""
    one = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    one.bind((source, 0))
    one.settimeout(client.WAIT_S)
    one.sendto(client.query("www.example").to_wire(), (address, number))
    return one


def ask_tcp_from(source, number, address="127.0.0.1"):
    with socket.create_connection((address, number), client.WAIT_S, (source, 0)) as one:
        wire = client.query("www.example").to_wire()
        one.sendall(len(wire).to_bytes(2, "big") + wire)
        data = one.recv(65535)
        while len(data) < 2 or len(data) < 2 + int.from_bytes(data[:2], "big"):
            data += one.recv(65535)
        return client.read(data[2:])


class AccessTest(LiveCase):
    def setUp(self):
        super().setUp()
        self.proxy = self.lab.proxy(origin.address("192.0.2.80"))

    def start(self, **keys):
        return self.lab.daemon(self.lab.upstream(self.proxy), **keys)

    def assert_refused(self, number, stranger, friend, address="127.0.0.1"):
        """A stranger hears nothing by UDP, though a friend who asks later has long been answered."""
        with ask_from(stranger, number, address) as refused, ask_from(friend, number, address) as served:
            self.assertEqual(["192.0.2.80"], client.addresses(client.read(served.recv(65535))))
            self.assertIsNone(client.pending(refused))
        reply = ask_tcp_from(stranger, number, address)
        self.assertEqual(dns.rcode.REFUSED, reply.rcode())
        self.assertEqual([], reply.answer)
        self.assertEqual(["192.0.2.80"], client.addresses(ask_tcp_from(friend, number, address)))

    def test_only_those_allowed(self):
        """Anybody could use this resolver, to attack others or to see what is cached."""
        one = self.start(allow=["127.0.0.2/32"])
        self.assert_refused(one.port, stranger="127.0.0.1", friend="127.0.0.2")

    def test_networks_by_prefix(self):
        """The prefix length would be misread at an odd bit."""
        one = self.start(allow=["127.64.0.0/11", "::1"])
        self.assert_refused(one.port, stranger="127.96.0.1", friend="127.95.255.254")
        self.assert_refused(one.port, stranger="127.63.255.254", friend="127.64.0.1")

    @unittest.skipUnless(ALONE, "needs a network namespace")
    def test_an_address_of_the_network(self):
        """A listener on the machine's own address would be an open resolver, whatever its owner wrote."""
        number = port.free()
        self.start(listen=["%s:%d" % (netns.OUTSIDE, number)], allow=["127.0.0.0/8"])
        with ask_from(netns.OUTSIDE, number, netns.OUTSIDE) as stranger:
            with ask_from("127.0.0.1", number, netns.OUTSIDE) as friend:
                self.assertEqual(["192.0.2.80"], client.addresses(client.read(friend.recv(65535))))
            self.assertIsNone(client.pending(stranger))
        self.assertEqual(dns.rcode.REFUSED, ask_tcp_from(netns.OUTSIDE, number, netns.OUTSIDE).rcode())

    def test_beyond_loopback_without_allow_is_an_error(self):
        """A resolver on all addresses would refuse everybody, or serve everybody, and its owner not know why."""
        for listen in ("0.0.0.0:5300", "[::]:5300", netns.OUTSIDE + ":5300"):
            path = self.lab.path("wildcard.yaml")
            daemon.write_config(path, {"listen": listen, "upstreams": [self.lab.upstream(self.proxy)], "user": ""})
            for command in ("check", "run"):
                done = subprocess.run([daemon.BINARY, command, "-c", path], capture_output=True, text=True, timeout=20,
                                      env={**os.environ, **daemon.sanitizer_environment(self.lab.directory)})
                self.assertEqual(1, done.returncode, command)
                self.assertRegex(done.stdout + done.stderr, r"wildcard\.yaml:\d+: .*allow", command)


if __name__ == "__main__":
    tap.main()
