# SPDX-License-Identifier: MIT
"""A DNS server without encryption, on UDP and TCP, that says what a test wants."""

import socket
import struct
import threading
import time

import dns.flags
import dns.message
import dns.rdatatype

from . import port

WAIT_S = 15


class Plain:
    """Fields that a test sets at any time:
    script     function of a query that gives a reply (see origin.py), octets, or None for silence
    truncate   over UDP nothing but the question and TC"""

    def __init__(self, script, number=None, address="127.0.0.1"):
        self.port = number or port.free()
        self.address = "%s@%d" % (address, self.port)
        self.script, self.truncate = script, False
        self.seen = []  # (transport, message)
        self._holding, self._held = False, []
        self._change = threading.Condition()
        self._udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._tcp = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        self._tcp.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        for one in (self._udp, self._tcp):
            one.bind((address, self.port))
        self._tcp.listen()
        for loop in (self._serve_udp, self._serve_tcp):
            threading.Thread(target=loop, daemon=True).start()

    def questions(self):
        """(name, type) of all that was asked, in order."""
        return [(message.question[0].name.to_text().lower(), dns.rdatatype.to_text(message.question[0].rdtype))
                for _, message in list(self.seen)]

    def wait_seen(self, count, timeout_s=WAIT_S):
        deadline = time.monotonic() + timeout_s
        with self._change:
            while len(self.seen) < count:
                left = deadline - time.monotonic()
                if left <= 0:
                    raise AssertionError("plain server: %d of %d queries in %d s" % (len(self.seen), count, timeout_s))
                self._change.wait(left)

    def hold(self):
        """Keep answers back from now on."""
        self._holding = True

    def release(self):
        self._holding = False
        held, self._held = self._held, []
        for send in held:
            send()

    def close(self):
        # A blocked accept() or recvfrom() is not woken by close() alone.
        for one in (self._udp, self._tcp):
            try:
                one.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
            one.close()

    def _note(self, transport, wire):
        query = dns.message.from_wire(wire)
        with self._change:
            self.seen.append((transport, query))
            self._change.notify_all()
        return query

    def _answer(self, query, send):
        reply = self.script(query)
        if reply is None:
            return
        wire = reply if isinstance(reply, bytes) else reply.to_wire(max_size=65535)
        if self._holding:
            self._held.append(lambda: send(wire))
        else:
            send(wire)

    def _serve_udp(self):
        while True:
            try:
                wire, client = self._udp.recvfrom(65535)
            except OSError:
                return
            if not wire:  # shut down
                return
            query = self._note("udp", wire)
            if self.truncate:
                short = dns.message.make_response(query, recursion_available=True)
                short.flags |= dns.flags.TC
                self._udp.sendto(short.to_wire(), client)
                continue
            self._answer(query, lambda data, to=client: self._udp.sendto(data, to))

    def _serve_tcp(self):
        while True:
            try:
                connection, _ = self._tcp.accept()
            except OSError:
                return
            threading.Thread(target=self._converse, args=(connection,), daemon=True).start()

    def _converse(self, connection):
        with connection, connection.makefile("rb") as stream:
            while True:
                length = stream.read(2)
                if len(length) < 2:
                    return
                query = self._note("tcp", stream.read(struct.unpack("!H", length)[0]))
                self._answer(query, lambda data: connection.sendall(struct.pack("!H", len(data)) + data))
