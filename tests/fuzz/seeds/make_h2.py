#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Makes the seeds of fuzz_h2: what an HTTPS server sends, after two octets (how it is cut, what is asked)."""

import pathlib
import struct

HERE = pathlib.Path(__file__).parent / "h2"
DATA, HEADERS, RST_STREAM, SETTINGS, PUSH_PROMISE, PING, GOAWAY, WINDOW_UPDATE, CONTINUATION = 0, 1, 3, 4, 5, 6, 7, 8, 9
END_STREAM = ACK = 1
END_HEADERS, PADDED = 4, 8
TYPE = ("content-type", "application/dns-message")


def frame(kind, flags, stream, payload=b""):
    return struct.pack("!I", len(payload))[1:] + bytes([kind, flags]) + struct.pack("!I", stream) + payload


def block(*fields):
    """Literals that are not indexed."""
    out = b""
    for name, value in fields:
        assert len(name) < 127 and len(value) < 127
        out += b"\0" + bytes([len(name)]) + name.encode() + bytes([len(value)]) + value.encode()
    return out


def headers(stream, *fields, flags=END_HEADERS):
    return frame(HEADERS, flags, stream, block(*fields))


GOOD = [(":status", "200"), TYPE]
PREFACE = frame(SETTINGS, 0, 0, struct.pack("!HI", 3, 100)) + frame(SETTINGS, ACK, 0)
BODY = b"\0\0\x81\x80\0\x01\0\0\0\0\0\0\x01a\0\0\x01\0\x01"

SEEDS = {
    "answers": (0, 2, PREFACE + headers(1, *GOOD, ("age", "20"), ("cache-control", "max-age=100, private")) +
                frame(DATA, END_STREAM, 1, BODY) + headers(3, *GOOD) + frame(DATA, 0, 3, BODY[:5]) +
                frame(DATA, PADDED | END_STREAM, 3, b"\3" + BODY[5:] + bytes(3))),
    "in_octets": (1, 0x83, PREFACE + headers(3, *GOOD) + frame(DATA, END_STREAM, 3, BODY)),
    "huffman_and_table": (7, 1, PREFACE + frame(HEADERS, END_HEADERS, 1, bytes.fromhex(
        "88 5f 92 49 7c a5 8a e8 19 aa fb 50 93 8e c4 15 30 5a 99 56 7b 0f 0d 02 33 33")) +
        frame(DATA, END_STREAM, 1, BODY) + frame(HEADERS, END_HEADERS | END_STREAM, 3, b"\x88\xbf\xbe")),
    "interim_and_trailers": (0, 0, PREFACE + headers(1, (":status", "103"), ("link", "x")) + headers(1, *GOOD) +
                             frame(DATA, 0, 1, BODY) + headers(1, ("x-sum", "1"), flags=END_HEADERS | END_STREAM)),
    "continuation": (0, 0, PREFACE + frame(HEADERS, 0, 1, block(*GOOD)[:9]) +
                     frame(CONTINUATION, 0, 1) + frame(CONTINUATION, END_HEADERS, 1, block(*GOOD)[9:]) +
                     frame(DATA, END_STREAM, 1, BODY)),
    "refusals": (0, 5, PREFACE + headers(1, (":status", "301"), ("location", "/"), flags=END_HEADERS | END_STREAM) +
                 headers(3, (":status", "429"), ("retry-after", "30"), flags=END_HEADERS | END_STREAM) +
                 headers(5, (":status", "503"), ("date", "Sun, 06 Nov 1994 08:49:37 GMT"),
                         ("retry-after", "Sun, 06 Nov 1994 08:50:37 GMT"), flags=END_HEADERS | END_STREAM) +
                 headers(7, (":status", "200"), ("content-type", "text/html"), flags=END_HEADERS | END_STREAM)),
    "lengths": (0, 3, PREFACE + headers(1, *GOOD, ("content-length", "3")) + frame(DATA, END_STREAM, 1, BODY) +
                headers(3, *GOOD, ("content-length", "70000")) + frame(DATA, END_STREAM, 3, BODY)),
    "packed": (0, 0, PREFACE + headers(1, *GOOD, ("content-encoding", "gzip")) + frame(DATA, END_STREAM, 1, BODY)),
    "resets": (0, 7, PREFACE + frame(RST_STREAM, 0, 1, b"\0\0\0\7") + frame(RST_STREAM, 0, 3, b"\0\0\0\x0b") +
               frame(RST_STREAM, 0, 5, b"\0\0\0\x0d") + frame(RST_STREAM, 0, 5, b"\0\0\0\0")),
    "goaway": (9, 0x44, PREFACE + frame(GOAWAY, 0, 0, struct.pack("!II", 0x7fffffff, 0)) +
               frame(GOAWAY, 0, 0, struct.pack("!II", 1, 11) + b"calm") + headers(1, *GOOD) +
               frame(DATA, END_STREAM, 1, BODY)),
    "settings": (0, 2, PREFACE + frame(SETTINGS, 0, 0, struct.pack("!HI", 4, 0)) +
                 frame(SETTINGS, 0, 0, struct.pack("!HIHI", 1, 0, 5, 20000)) + frame(PING, 0, 0, bytes(8)) +
                 frame(WINDOW_UPDATE, 0, 0, b"\0\0\1\0") + frame(WINDOW_UPDATE, 0, 1, b"\x7f\xff\xff\xff")),
    "push": (0, 0, PREFACE + frame(PUSH_PROMISE, END_HEADERS, 1, b"\0\0\0\2" + block((":method", "GET")))),
    "unknown": (0, 0, PREFACE + frame(0xbe, 0xff, 1, b"?") + frame(0x0a, 0, 0, b"\0\0altsvc") + headers(1, *GOOD)),
    "http_1_1": (0, 0, b"HTTP/1.1 400 Bad Request\r\n\r\n"),
}

for name, (cut, asked, octets) in SEEDS.items():
    (HERE / name).write_bytes(bytes([cut, asked]) + octets)
