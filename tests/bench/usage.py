# SPDX-License-Identifier: MIT
"""What a process has used so far, as the kernel counts it."""

import collections
import os
import resource

TICK_S = 1 / os.sysconf("SC_CLK_TCK")


class Usage(collections.namedtuple("Usage", "cpu_ns user_s wakeups")):
    """cpu_ns is user and system time of all threads: the same count that /proc/PID/stat rounds to hundredths of a
    second. user_s is what stat says of it. wakeups: how often a thread had gone to sleep."""

    def since(self, before):
        return Usage(*(now - then for now, then in zip(self, before)))


def _threads(pid):
    return ["/proc/%d/task/%s/" % (pid, thread) for thread in os.listdir("/proc/%d/task" % pid)]


def _text(path):
    with open(path, encoding="ascii", errors="replace") as file:
        return file.read()


def of(pid):
    cpu_ns = wakeups = 0
    for thread in _threads(pid):
        cpu_ns += int(_text(thread + "schedstat").split()[0])
        wakeups += next(int(line.split()[1]) for line in _text(thread + "status").splitlines()
                        if line.startswith("voluntary_ctxt_switches"))
    return Usage(cpu_ns, _times_s(pid)[0], wakeups)


def _times_s(pid):
    """User and system time, in hundredths of a second, of threads that have ended, too."""
    # The name of the program, field 2, may hold spaces: count from its closing parenthesis.
    return [int(ticks) * TICK_S for ticks in _text("/proc/%d/stat" % pid).rpartition(")")[2].split()[11:13]]


def roughly_s(pid):
    """CPU time of one whose threads come and go."""
    return sum(_times_s(pid))


def machine_busy_s():
    """Time that all cores together spent at work, by the kernel's sampling; what a host took away counts too."""
    user, nice, system, _, _, irq, softirq, stolen = (int(part) for part in _text("/proc/stat").split()[1:9])
    return (user + nice + system + irq + softirq + stolen) * TICK_S


def children_s():
    """CPU time of the children that ended and were waited for."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def memory_kib(pid):
    """smaps_rollup as a dict: Rss, Pss, Private_Clean, Private_Dirty, Anonymous, …"""
    lines = _text("/proc/%d/smaps_rollup" % pid).splitlines()[1:]
    return {line.split(":")[0]: int(line.split()[1]) for line in lines}


def connections_accepted():
    """TCP connections that listeners of this network ever accepted."""
    names, values = [line.split() for line in _text("/proc/thread-self/net/snmp").splitlines()
                     if line.startswith("Tcp:")]
    return int(values[names.index("PassiveOpens")])
