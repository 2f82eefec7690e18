# SPDX-License-Identifier: MIT
"""Where the proxy's answers come from: a real server over TLS, or a test's own words."""

import asyncio
import ssl
import struct

import dns.flags
import dns.message
import dns.rrset

from .ca import CA


class Script:
    """Answers by a function from query to reply (messages of dnspython, or octets, or None for silence)."""

    def __init__(self, function):
        self._function = function

    async def ask(self, wire):
        reply = self._function(dns.message.from_wire(wire))
        # Without a size the library would obey the payload size of UDP.
        return reply if reply is None or isinstance(reply, bytes) else reply.to_wire(max_size=65535)

    async def close(self):
        pass


class Relay:
    """Asks a real DoT server, all sessions over one connection, with IDs of its own."""

    def __init__(self, port, ca_file):
        self._port = port
        self._context = ssl.create_default_context(cafile=ca_file)
        self._waiting = {}
        self._next = 0
        self._writer = None
        self._opening = asyncio.Lock()
        self._pump = None

    async def ask(self, wire):
        async with self._opening:
            if self._writer is None or self._writer.is_closing():
                reader, self._writer = await asyncio.open_connection("127.0.0.1", self._port, ssl=self._context,
                                                                     server_hostname=CA.NAME)
                self._pump = asyncio.ensure_future(self._read(reader, self._writer))
        self._next = (self._next + 1) % 65536
        number = self._next
        self._waiting[number] = asyncio.get_running_loop().create_future()
        self._writer.write(struct.pack("!HH", len(wire), number) + wire[2:])
        try:
            return wire[:2] + (await self._waiting[number])[2:]
        finally:
            del self._waiting[number]

    async def _read(self, reader, writer):
        try:
            while True:
                length, = struct.unpack("!H", await reader.readexactly(2))
                answer = await reader.readexactly(length)
                waiting = self._waiting.get(struct.unpack("!H", answer[:2])[0])
                if waiting and not waiting.done():
                    waiting.set_result(answer)
        except (asyncio.IncompleteReadError, OSError):
            writer.close()
            for waiting in self._waiting.values():
                if not waiting.done():
                    waiting.set_exception(ConnectionError("the real upstream closed"))

    async def close(self):
        if self._pump:
            self._pump.cancel()
            self._writer.close()


def reply(query, *answer, authority=(), additional=(), rcode=0):
    """A resolver's reply; records as text, "NAME TTL TYPE DATA", with @ for the name asked."""
    message = dns.message.make_response(query, recursion_available=True)
    message.flags &= ~(dns.flags.AA | dns.flags.CD)
    message.set_rcode(rcode)
    for section, records in ((message.answer, answer), (message.authority, authority),
                             (message.additional, additional)):
        for record in records:
            owner, ttl, kind, data = record.split(" ", 3)
            owner = query.question[0].name if owner == "@" else dns.name.from_text(owner)
            one = dns.rrset.from_text(owner, int(ttl), "IN", kind, data)
            section.append(one)
    return message


def address(text, ttl=300):
    """A script that gives every A question that address, and every other question NODATA."""
    def answer(query):
        if query.question[0].rdtype == dns.rdatatype.A:
            return reply(query, "@ %d A %s" % (ttl, text))
        return reply(query, authority=["@ 300 SOA ns. host. 1 2 3 4 60"])
    return answer
