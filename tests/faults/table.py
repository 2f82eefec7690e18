# SPDX-License-Identifier: MIT
"""The table that a run prints, and the same as JSON."""

import json

NOT_HERE = 77  # the exit code of a run that cannot be had on this machine
LATENESS_MAX_MS = 30  # beyond, the machine was busy with other things, and latency says nothing

COLUMNS = (("fault", "%s", lambda one: one.row), ("server", "%s", lambda one: one.subject),
           ("sent", "%d", lambda one: one.sent), ("right", "%d", lambda one: one.right),
           ("stale", "%d", lambda one: one.stale), ("failed", "%d", lambda one: one.failed),
           ("cached", "%d", lambda one: one.cached_failed), ("silent", "%d", lambda one: one.silent),
           ("wrong", "%d", lambda one: one.wrong), ("worst ms", "%.0f", lambda one: one.worst_ms),
           ("p99 ms", "%.0f", lambda one: one.p99_ms), ("conns", "%d", lambda one: one.connections),
           ("extra %", "%.0f", lambda one: one.extra_percent), ("normal s", "%.2f", lambda one: one.normal_s),
           ("fds", "%d", lambda one: one.descriptors), ("MiB", "%.0f", lambda one: one.most_mib))


def text(results):
    rows = [[title for title, *_ in COLUMNS]]
    for one in results:
        rows.append(["-" if take(one) is None else form % take(one) for _, form, take in COLUMNS])
    widths = [max(len(row[number]) for row in rows) for number in range(len(COLUMNS))]
    return "\n".join(line(row, widths) for row in rows)


def line(row, widths):
    return "  ".join(cell.ljust(width) if number < 2 else cell.rjust(width)
                     for number, (cell, width) in enumerate(zip(row, widths)))


def write_json(path, results, about):
    with open(path, "w", encoding="utf-8") as out:
        json.dump({**about, "rows": [one._asdict() for one in results]}, out, indent=1)
        out.write("\n")
