# SPDX-License-Identifier: MIT
"""Counts what leaves home for the upstreams: connections that were begun, and TLS records with data. A question is one
record, over TLS as over HTTPS; the few that are none (the end of a handshake, the farewell, HTTP/2's settings) are told
apart by their length as well as may be. What TCP sends again is counted once."""

import collections
import select
import socket
import struct
import threading

ETH_P_ALL, ETH_P_IP, ETH_P_IPV6 = 3, 0x0800, 0x86dd
HEADER6 = 40
OUTGOING = 4
TCP = 6
SYN, ACK = 2, 16
DATA = 23
# Finished with SHA-384 under TLS 1.3 has 69 octets; the shortest question of this laboratory has more.
LONGEST_OTHER = 69


class Flow:
    """One direction of a connection, as octets in their order."""

    def __init__(self, number):
        self._next, self._head, self._skip = number, b"", 0

    def records(self, number, data):
        """How many questions begin in this segment."""
        ahead = (self._next - number) & 0xffffffff
        if ahead < 0x80000000:
            data = data[ahead:]  # sent before
        else:
            self._head, self._skip = b"", 0  # we missed some: a segment mostly starts with a record
            self._next = number
        self._next = (self._next + len(data)) & 0xffffffff
        count = 0
        while data:
            if self._skip:
                step = min(self._skip, len(data))
                self._skip, data = self._skip - step, data[step:]
                continue
            need = 5 - len(self._head)
            self._head, data = self._head + data[:need], data[need:]
            if len(self._head) == 5:
                kind, _, length = struct.unpack("!BHH", self._head)
                count += kind == DATA and length > LONGEST_OTHER
                self._head, self._skip = b"", length
        return count


def _octets(address):
    return socket.inet_pton(socket.AF_INET6 if ":" in address else socket.AF_INET, address)


class Watch:
    def __init__(self, links, addresses):
        self._addresses, self._ending = {_octets(address): address for address in addresses}, False
        self.questions, self.connections = collections.Counter(), collections.Counter()  # by address
        self._flows, self._sockets = {}, []
        for link in links:
            one = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, socket.htons(ETH_P_ALL))
            one.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 22)
            one.bind((link, ETH_P_ALL))
            self._sockets.append(one)
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()

    def _read(self):
        while not self._ending:
            for one in select.select(self._sockets, [], [], 0.2)[0]:
                try:
                    data, address = one.recvfrom(1 << 17)
                except OSError:  # the link went down
                    continue
                if address[1] in (ETH_P_IP, ETH_P_IPV6) and address[2] == OUTGOING:
                    self._packet(data)

    def _packet(self, data):
        if data[0] >> 4 == 6:
            start, protocol, pair = HEADER6, data[6], data[8:40]
            length, = struct.unpack("!H", data[4:6])
            end = length and length + HEADER6
        else:
            start, protocol, pair = (data[0] & 15) * 4, data[9], data[12:20]
            end, = struct.unpack("!H", data[2:4])
        upstream = self._addresses.get(pair[len(pair) // 2:])
        if protocol != TCP or not upstream:
            return
        port, number = struct.unpack("!HxxI", data[start:start + 8])
        key = pair, port, data[start + 2:start + 4]
        if data[start + 13] & (SYN | ACK) == SYN:
            if key not in self._flows or self._flows[key][0] != number:
                self._flows[key] = number, Flow((number + 1) & 0xffffffff)
                self.connections[upstream] += 1
            return
        payload = data[start + (data[start + 12] >> 4) * 4:end or None]  # a length of 0: longer than it can say
        if payload and key in self._flows:
            self.questions[upstream] += self._flows[key][1].records(number, payload)

    def stop(self):
        self._ending = True
        self._thread.join()
        for one in self._sockets:
            one.close()
