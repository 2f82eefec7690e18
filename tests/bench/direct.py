# SPDX-License-Identifier: MIT
"""Clients that ask one question at a time and wait for the answer: a subject over UDP, or the upstream itself over TLS or
HTTPS, which is what a subject's latency is held against. They do as little as they can, HTTP/2 included: no more than
the frames of one POST, and an answer is what has END_STREAM."""

import socket
import ssl
import struct

from lab.ca import CA

ANSWER_S = 5
HTTP2 = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
DATA, HEADERS, RST_STREAM, SETTINGS, PING, GOAWAY = 0, 1, 3, 4, 6, 7
ACK = END_STREAM = 0x1
END_HEADERS = 0x4


class Failure(Exception):
    """No answer."""


class Plain:
    """A subject."""

    def __init__(self, port):
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.settimeout(ANSWER_S)
        self._socket.connect(("127.0.0.1", port))

    def ask(self, question):
        self._socket.send(question)
        return self._socket.recv(65535)

    def close(self):
        self._socket.close()


class _Secure:
    alpn = None

    def __init__(self, port, ca):
        context = ssl.create_default_context(cafile=ca.file)
        if self.alpn:
            context.set_alpn_protocols([self.alpn])
        plain = socket.create_connection(("127.0.0.1", port), ANSWER_S)
        plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._socket = context.wrap_socket(plain, server_hostname=CA.NAME)
        self._read = b""

    def _take(self, size):
        while len(self._read) < size:
            more = self._socket.recv(65536)
            if not more:
                raise Failure("the upstream closed the connection")
            self._read += more
        taken, self._read = self._read[:size], self._read[size:]
        return taken

    def close(self):
        self._socket.close()


class Dot(_Secure):
    def ask(self, question):
        self._socket.sendall(struct.pack("!H", len(question)) + question)
        return self._take(struct.unpack("!H", self._take(2))[0])


def _frame(kind, flags, stream, payload=b""):
    return struct.pack("!I", len(payload))[1:] + struct.pack("!BBI", kind, flags, stream) + payload


def _literal(index, value):
    """A field without indexing, its name from HPACK's static table (RFC 7541 section 6.2.2)."""
    return (bytes([index]) if index < 15 else bytes([15, index - 15])) + bytes([len(value)]) + value


class Doh(_Secure):
    alpn = "h2"

    def __init__(self, port, ca):
        super().__init__(port, ca)
        self._stream = -1
        self._socket.sendall(HTTP2 + _frame(SETTINGS, 0, 0))

    def _request(self, size):
        return b"".join([b"\x83\x87", _literal(1, CA.NAME.encode()), _literal(4, b"/dns-query"),
                         _literal(31, b"application/dns-message"), _literal(28, b"%d" % size)])

    def ask(self, question):
        self._stream += 2
        self._socket.sendall(_frame(HEADERS, END_HEADERS, self._stream, self._request(len(question)))
                             + _frame(DATA, END_STREAM, self._stream, question))
        body = b""
        while True:
            size, kind, flags, stream = struct.unpack("!IBBI", b"\0" + self._take(9))
            payload = self._take(size)
            if kind in (SETTINGS, PING) and not flags & ACK:
                self._socket.sendall(_frame(kind, ACK, 0, payload if kind == PING else b""))
            if kind in (RST_STREAM, GOAWAY):
                raise Failure("the upstream ended the stream or the connection")
            if stream == self._stream:
                body += payload if kind == DATA else b""
                if kind in (DATA, HEADERS) and flags & END_STREAM:
                    return body
