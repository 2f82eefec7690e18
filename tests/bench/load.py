# SPDX-License-Identifier: MIT
"""The load: dnsperf and its files of names."""

import collections
import random
import re
import struct
import subprocess

ZONE = "bench.example"
CLIENTS = 16       # sockets, or TCP connections
OUTSTANDING = 100  # questions under way at most, over all of them; dnsperf's own default
TIMEOUT_S = 2

TYPES = {"A": 1, "AAAA": 28}
AD = 0x20

Load = collections.namedtuple("Load", "sent answered good run_s latency_s")


def name(group, number):
    return "host%06d.%s.%s" % (number, group, ZONE)


def question(asked, kind="A", number=1):
    """A question as a datagram, with RD and AD set: it wants to know whether the answer was validated."""
    labels = asked.rstrip(".").split(".")
    return b"".join([struct.pack("!HHHHHH", number, 0x0120, 1, 0, 0, 0),
                     *(bytes([len(label)]) + label.encode() for label in labels),
                     struct.pack("!BHH", 0, TYPES[kind], 1)])


def validated(reply):
    """True when it says that it was."""
    return bool(reply[3] & AD)


def write_names(path, group, count, sample=None):
    """A file of count unique names, or of a sample of them, in an order that repeats from run to run."""
    numbers = random.Random(count).sample(range(count), sample or count)
    with open(path, "w", encoding="ascii") as out:
        out.writelines("%s A\n" % name(group, number) for number in numbers)
    return path


def write_questions(path, questions):
    """A file of (name, type), in that order."""
    with open(path, "w", encoding="ascii") as out:
        out.writelines("%s %s\n" % question for question in questions)
    return path


def _number(pattern, text, kind=float):
    found = re.search(pattern, text)
    if not found:
        raise RuntimeError("dnsperf said nothing like %r:\n%s" % (pattern, text))
    return kind(found.group(1))


def run(port, transport, names, seconds=None, rate=None, outstanding=OUTSTANDING):
    """Questions from a file: over and over for some seconds, or once through it; flat out, or at a rate a second."""
    command = ["dnsperf", "-s", "127.0.0.1", "-p", str(port), "-m", transport, "-d", names, "-T", "1",
               "-c", str(CLIENTS), "-q", str(outstanding), "-t", str(TIMEOUT_S), "-W"]
    command += ["-l", str(seconds)] if seconds else ["-n", "1"]
    command += ["-Q", str(rate)] if rate else []
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    good = re.search(r"NOERROR (\d+)", done.stdout)
    return Load(sent=_number(r"Queries sent:\s+(\d+)", done.stdout, int),
                answered=_number(r"Queries completed:\s+(\d+)", done.stdout, int),
                good=int(good.group(1)) if good else 0,
                run_s=_number(r"Run time \(s\):\s+([\d.]+)", done.stdout),
                latency_s=_number(r"Average Latency \(s\):\s+([\d.]+)", done.stdout))
