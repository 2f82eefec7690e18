# SPDX-License-Identifier: MIT
"""The client's side: questions by UDP and TCP, decent or not."""

import socket
import struct

import dns.flags
import dns.message
import dns.rdatatype

WAIT_S = 20


def query(name, kind="A", edns=False, flags=dns.flags.RD, payload=1232, do=False, options=None, rdclass="IN"):
    """A message; name as text or dns.name.Name."""
    message = dns.message.make_query(name, kind, rdclass, use_edns=False)
    if edns or do or options:
        message.use_edns(0, dns.flags.DO if do else 0, payload, options=options or [])
    message.flags = (message.flags & 0x7800) | flags
    return message


def _socket(kind, address, port):
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    one = socket.socket(family, kind)
    one.settimeout(WAIT_S)
    one.connect((address, port))
    return one


def pending(one):
    """The datagram that waits in that socket, or None; never waits itself."""
    one.setblocking(False)
    try:
        return one.recv(65535)
    except BlockingIOError:
        return None
    finally:
        one.settimeout(WAIT_S)


class Udp:
    """A connected socket: hears only what comes from the address it asked."""

    def __init__(self, port, address="127.0.0.1"):
        self.socket = _socket(socket.SOCK_DGRAM, address, port)

    def send(self, wire):
        self.socket.send(wire)

    def receive(self):
        return self.socket.recv(65535)

    def drain(self):
        """Throw away what has come so far, without waiting for more."""
        while pending(self.socket):
            pass

    def ask(self, message):
        self.send(message.to_wire())
        return read(self.receive())

    def close(self):
        self.socket.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


class Tcp:
    """A connection with DNS framing."""

    def __init__(self, port, address="127.0.0.1"):
        self.socket = _socket(socket.SOCK_STREAM, address, port)

    def send(self, wire):
        self.socket.sendall(struct.pack("!H", len(wire)) + wire)

    def send_raw(self, octets):
        self.socket.sendall(octets)

    def _exactly(self, count):
        data = b""
        while len(data) < count:
            more = self.socket.recv(count - len(data))
            if not more:
                raise EOFError("the server closed after %d of %d octets" % (len(data), count))
            data += more
        return data

    def receive(self):
        """One message; EOFError when the server has closed."""
        return self._exactly(struct.unpack("!H", self._exactly(2))[0])

    def ask(self, message):
        self.send(message.to_wire())
        return read(self.receive())

    def half_close(self):
        self.socket.shutdown(socket.SHUT_WR)

    def close(self):
        self.socket.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


def read(wire):
    return dns.message.from_wire(wire, one_rr_per_rrset=False)


def udp(port, message, address="127.0.0.1"):
    """Ask once; the reply must carry the same ID and question."""
    with Udp(port, address) as one:
        return one.ask(message)


def tcp(port, message, address="127.0.0.1"):
    with Tcp(port, address) as one:
        return one.ask(message)


def addresses(message):
    """Every A and AAAA address in the answer section."""
    return sorted(data.to_text() for rrset in message.answer
                  if rrset.rdtype in (dns.rdatatype.A, dns.rdatatype.AAAA) for data in rrset)


def sections(message):
    """The answer as a comparable value: status, and each RRset without TTL."""
    return message.rcode(), sorted((rrset.name.to_text().lower(), int(rrset.rdtype),
                                    tuple(sorted(data.to_digestable() for data in rrset)))
                                   for rrset in message.answer)
