# SPDX-License-Identifier: MIT
"""What subjects keep in memory: beside others, who share libraries with them, and with nobody who does."""

import os
import re
import shutil
import time

import load
import measure
import subject as subjects
import usage

# Everybody maps these; whatever else a subject maps is its own when it is alone.
EVERYBODYS = re.compile(r"/(libc|ld-linux[^/]*)\.so\.\d+$")


def _figures(subject, when):
    memory = usage.memory_kib(subject.pid)
    return {"%s.resident_kib" % when: memory["Rss"],
            "%s.private_kib" % when: memory["Private_Clean"] + memory["Private_Dirty"],
            "%s.private_dirty_kib" % when: memory["Private_Dirty"], "%s.proportional_kib" % when: memory["Pss"]}


def idle(subject):
    """Asked nothing yet, whatever else runs; call it SETTLE_S after the start."""
    return _figures(subject, "idle")


def answered(subject):
    """After one answer, which it had to fetch."""
    measure.await_answer(subject)
    return _figures(subject, "answered")


def filled(bench, subject, before):
    """With all names cached, over what idle() and answered() found before; and how many names are answered while the
    upstream is not."""
    measure.fill(bench, subject)
    values = _figures(subject, "filled")
    bench.upstream.freeze()
    try:
        done = load.run(subject.port, "udp", bench.names["all"])
    finally:
        bench.upstream.thaw()
    values.update({"filled.more_kib": values["filled.resident_kib"] - before["idle.resident_kib"],
                   "filled.over_answered_kib": values["filled.resident_kib"] - before["answered.resident_kib"],
                   "filled.names": done.good})
    return values


def _files(pid):
    """What it maps of files."""
    with open("/proc/%d/maps" % pid, encoding="utf-8", errors="replace") as maps:
        paths = {line.split(None, 5)[5].rstrip("\n") for line in maps if len(line.split(None, 5)) == 6}
    return sorted(path for path in paths if os.path.isfile(path) and not EVERYBODYS.search(path))


def _settle(path):
    """To the disk with it: a page that is still to be written would count as written to."""
    file = os.open(path, os.O_RDONLY)
    try:
        os.fsync(file)
    finally:
        os.close(file)


def alone(bench, name):
    """Asked nothing yet, and of the files that it maps each is a copy that only it maps, but for the C library."""
    model = bench.start(name)
    try:
        measure.await_ready(model)
        time.sleep(measure.SETTLE_S)
        files = _files(model.pid)
    finally:
        bench.stop(model)
    directory = os.path.join(bench.directory, "alone-%d" % next(bench.numbers))
    os.makedirs(directory)
    script = os.path.join(directory, "enter")
    with open(script, "w", encoding="utf-8") as out:
        for number, path in enumerate(files):
            copy = shutil.copy2(path, os.path.join(directory, str(number)))
            _settle(copy)
            out.write("mount --bind '%s' '%s' || exit\n" % (copy, path))
        out.write('exec "$@"\n')
    apart = bench.start(name, prefix=("unshare", "--mount", "sh", script))
    try:
        measure.await_ready(apart)
        time.sleep(measure.SETTLE_S)
        return _figures(apart, "alone")
    finally:
        bench.stop(apart)


def groups(names):
    """(who runs at once, who of them is measured): none beside one in whose place it is, with whom it shares too much."""
    first = [name for name in names if not subjects.ALL[name].instead_of]
    yield first, first
    for name in names:
        other = subjects.ALL[name].instead_of
        if other:
            yield [one for one in first if one != other] + [name], [name]
