# SPDX-License-Identifier: MIT
"""The machine under the bench: two cores apart, a network of its own, and what it is made of."""

import contextlib
import ctypes
import os
import platform
import subprocess

CLONE_NEWNET = 0x40000000
# Others may be busy on this machine; the bench goes first, without starving them.
NICENESS = -10


def isolate():
    """Enter a network where no other connection is counted; True when inside. Call it before any thread starts."""
    if ctypes.CDLL(None, use_errno=True).unshare(CLONE_NEWNET) != 0:
        return False
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
    return True


def go_first(real_time):
    """True when the bench and its children run ahead of ordinary work; in real time, instead of it."""
    try:
        if real_time:
            os.sched_setscheduler(0, os.SCHED_RR, os.sched_param(1))
        else:
            os.setpriority(os.PRIO_PROCESS, 0, NICENESS)
    except PermissionError:
        return False
    return True


def cores():
    """(the server's, the load's)"""
    usable = sorted(os.sched_getaffinity(0))
    if len(usable) < 2:
        raise SystemExit("bench: two cores are needed, one for the server and one for the load")
    return usable[-1], usable[0]


@contextlib.contextmanager
def on_core(core):
    """What is started inside runs there, and so do its children."""
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {core})
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


def _first_line(*command):
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    return done.stdout.strip().split("\n")[0]


def _processor():
    with open("/proc/cpuinfo", encoding="utf-8") as info:
        return next((line.split(":")[1].strip() for line in info if line.startswith("model name")), "unknown")


def describe(stubborn):
    """For the table's head and the JSON."""
    return {"kernel": platform.release(), "processor": _processor(), "cores": os.cpu_count(),
            "stubborn": _first_line(stubborn, "version") if stubborn else None,
            "unbound": _first_line("/usr/sbin/unbound", "-V"), "dnsdist": _first_line("/usr/bin/dnsdist", "--version"),
            "kresd": _first_line("/usr/sbin/kresd", "-V"), "dnsperf": _first_line("dnsperf", "-h")}
