# SPDX-License-Identifier: MIT
"""Reads every packet of the network namespace it was made in."""

import collections
import socket
import struct
import threading

ETH_P_ALL = 3
Packet = collections.namedtuple("Packet", "interface protocol source destination sport dport payload outgoing")
UDP, TCP = socket.IPPROTO_UDP, socket.IPPROTO_TCP


def _parse(interface, ethertype, outgoing, data):
    """A packet of IPv4 or IPv6 with UDP or TCP; None for the rest (ARP, ICMP)."""
    if ethertype == 0x0800:
        protocol, start = data[9], (data[0] & 15) * 4
        source, destination = (socket.inet_ntop(socket.AF_INET, data[at:at + 4]) for at in (12, 16))
    elif ethertype == 0x86dd:
        protocol, start = data[6], 40
        source, destination = (socket.inet_ntop(socket.AF_INET6, data[at:at + 16]) for at in (8, 24))
    else:
        return None
    if protocol not in (UDP, TCP):
        return None
    sport, dport = struct.unpack("!HH", data[start:start + 4])
    header = 8 if protocol == UDP else (data[start + 12] >> 4) * 4
    return Packet(interface, protocol, source, destination, sport, dport, data[start + header:], outgoing)


class Sniffer:
    def __init__(self):
        self._socket = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, socket.htons(ETH_P_ALL))
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 23)
        self._socket.settimeout(0.2)
        self._packets, self._ending = [], False
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()

    def _read(self):
        while True:
            try:
                data, (interface, ethertype, kind, *_) = self._socket.recvfrom(65535)
            except TimeoutError:
                if self._ending:
                    return
                continue
            packet = _parse(interface, ethertype, kind == socket.PACKET_OUTGOING, data)
            if packet:
                self._packets.append(packet)

    def stop(self):
        """Every packet since the beginning."""
        self._ending = True
        self._thread.join()
        self._socket.close()
        return self._packets
