# SPDX-License-Identifier: MIT
"""The result as tables and as JSON."""

import json

import distance
import goal
import measure
from subject import ALL

# dnsdist gives up a few to a lock that is taken.
ENOUGH_NAMES = 99900
LABEL, CELL, RATIO = 33, 15, 10
US, COUNT, MIB, MS = "us", "count", "mib", "ms"

WRITE = {
    US: lambda value: "%.2f" % value if value < 100 else "%.0f" % value,
    COUNT: lambda value: "{:,.0f}".format(value) if value >= 100 or value == round(value) else "%.2f" % value,
    MIB: lambda value: "%.2f" % (value / 1024),
    MS: lambda value: "%.1f" % value,
}

OVER_LOAD = (("CPU per answer, µs", "cpu_us", US), ("  of it in user space", "user_us", US),
             ("wake-ups per answer", "wakeups", US))
FLAT = (("answers per second", "rate", COUNT), *OVER_LOAD)
MISS = (("connections per 1,000", "connections", US),)
COLD = (("CPU per 1,000 names, ms", "cpu_ms", MS), ("  of it in user space", "user_ms", MS),
        ("signature checks for a name", "checks", US), ("questions sent for a name", "upstream", US),
        ("wake-ups per answer", "wakeups", US),
        ("answers per second", "rate", COUNT))
TRAP = (("CPU per question, ms", "cpu_ms", US), ("signature checks for one", "checks", US),
        ("questions sent for one", "upstream", US), ("answered with SERVFAIL", "servfail", COUNT),
        ("hits: 99 % within, ms", "p99_ms", US), ("  without such questions", "p99_before_ms", US),
        ("  the slowest", "most_ms", US))
ADDED = (("50 % within, ms", "p50_ms", US), ("  over the upstream's own", "added_p50_ms", US),
         ("99 % within, ms", "p99_ms", US), ("  over the upstream's own", "added_p99_ms", US),
         ("not disturbed, of 1", "calm", US),
         ("  50 % of these within, ms", "calm_p50_ms", US), ("    over the upstream's own", "added_calm_p50_ms", US),
         ("  99 % of these within, ms", "calm_p99_ms", US), ("    over the upstream's own", "added_calm_p99_ms", US))
HANDSHAKE = (("CPU per connection, µs", "cpu_us", US), ("round trips to the answer", "trips", US),
             ("octets both ways", "octets", COUNT), ("resumed, of 1", "resumed", US))
HELD = (("resident", "resident_kib", MIB), ("private", "private_kib", MIB), ("  of it written to", "private_dirty_kib", MIB))

# (title, the metrics' prefix, rows), by what is measured at once.
SECTIONS = {
    "hits": (("UDP hit, 20,000 a second", "udp-paced", OVER_LOAD),
             ("UDP hit, flat out", "udp-flat", FLAT),
             ("TCP hit, 20,000 a second", "tcp-paced", OVER_LOAD),
             ("TCP hit, flat out", "tcp-flat", FLAT)),
    "start": (("Start to first answer", "start", (("ms, handshake included", "first_answer_ms", MS),)),),
    "miss": (("Miss, 5,000 a second", "miss-paced", OVER_LOAD + MISS),
             ("Miss, flat out", "miss-flat", FLAT + MISS)),
    "latency": (("Miss, one at a time, upstream on this machine", "near", ADDED),
                ("Miss, one at a time, upstream 20 ms away", "far", (*ADDED, ("octets to the upstream", "one_up", US),
                                                                     ("octets from it", "one_down", US)))),
    "far": (("Miss, flat out, upstream 20 ms away", "far-flat", (
        ("answers per second", "rate", COUNT), ("CPU per answer, µs", "cpu_us", US),
        ("wake-ups per answer", "wakeups", US), *MISS, ("handshakes per 1,000", "handshakes", US),
        ("octets to the upstream", "up", US), ("octets from it", "down", US))),),
    "handshakes": (("A connection for two questions, upstream without tickets", "handshake-full", HANDSHAKE),
                   ("A connection for two questions, upstream with tickets", "handshake-resumed", HANDSHAKE)),
    "memory": (("Idle, asked nothing yet, beside the others, MiB", "idle", HELD),
               ("Idle, where nobody else maps its files, MiB", "alone", HELD),
               ("One answer later, beside the others, MiB", "answered", HELD),
               ("100,000 A names cached, beside the others, MiB", "filled", (
                   *HELD, ("resident over idle", "more_kib", MIB), ("  over one answer later", "over_answered_kib", MIB),
                   ("names that are there", "names", COUNT)))),
    "first-answer": (("Start to first validated answer, upstream 20 ms away", "first-answer", (("ms", "ms", MS),)),),
    "cold": (("Cold validated names, one from each of 1,000 zones", "dnssec-cold", COLD),),
    "traps": (("KeyTrap, 30 keys × 30 signatures of P-384, 20 zones", "keytrap", TRAP),
              ("NSEC3 closest encloser, 117 labels × 51 hashes, 20 zones", "deep", TRAP)),
}
# Rows of the same subjects.
TABLES = (("hits",), ("start", "miss", "latency", "far", "handshakes"), ("memory",), ("first-answer", "cold", "traps"))

DIRECT = tuple(distance.DIRECT)  # the upstream itself
DOUBTS = (("foreign", measure.QUIET, 100, "shared the machine: other work took up to %.0f %% of a core"),
          ("unanswered", 0, 1, "left %d questions unanswered"), ("bad", 0, 1, "gave %d answers other than NOERROR"),
          ("unvalidated", 0, 1, "did not validate %d answers"), ("lost", 0, 1, "left %d hits unanswered"))
# Where a ratio says something.
COMPARED = {"cpu_us", "rate", "resident_kib", "private_kib", "more_kib", "over_answered_kib",
            "first_answer_ms", "cpu_ms", "ms"}


def _cell(result, subject, metric, kind):
    middle = result.median(subject, metric)
    if middle is None:
        return "–"
    text = WRITE[kind](middle)
    if len(result.of(subject, metric)) > 1 and metric.split(".")[1] in COMPARED:
        text += " ±%2.0f%%" % (result.spread(subject, metric) * 100)
    return text


def _pairs(subjects):
    """(one of ours, another that does the same)"""
    ours = [subject for subject in ("stubborn", "stubborn-doh") if subject in subjects]
    return [(one, other) for other in subjects for one in ours
            if other not in DIRECT and not other.startswith("stubborn") and ALL[one].doh == ALL[other].doh]


def _row(result, subjects, label, metric, kind):
    cells = "".join(_cell(result, subject, metric, kind).rjust(CELL) for subject in subjects)
    ratios = ""
    if metric.split(".")[1] in COMPARED:
        for one, other in _pairs(subjects):
            ratio = result.ratio(one, other, metric)
            ratios += ("–" if ratio is None else "%.2f" % ratio).rjust(RATIO)
    return ("  " + label).ljust(LABEL) + cells + ratios


def _head(subject):
    return "/" + (subject if len(subject) < RATIO - 1 else subject.replace("dnsdist", "dnsd"))


def table(result, subjects, keys):
    if "latency" in keys:
        subjects = [*DIRECT, *subjects]
    lines = [" " * LABEL + "".join(subject.rjust(CELL) for subject in subjects)
             + "".join(_head(other).rjust(RATIO) for _, other in _pairs(subjects))]
    for title, prefix, rows in (section for key in keys for section in SECTIONS[key]):
        lines.append(title)
        for label, what, kind in rows:
            metric = "%s.%s" % (prefix, what)
            if any(result.of(subject, metric) for subject in subjects):
                lines.append(_row(result, subjects, label, metric, kind))
    return "\n".join(lines)


def _figure(value, unit):
    if value is None:
        return "–"
    return {"MiB": lambda: "%.2f MiB" % (value / 1024), "×": lambda: "%.2f ×" % value,
            "ms": lambda: "%.2f ms" % value, "": lambda: "%.2f" % value}[unit]()


def goals(result, keys):
    """Those of the rows that were chosen."""
    prefixes = {prefix for key in keys for _, prefix, _ in SECTIONS[key]}
    lines = ["Goals".ljust(54) + "limit".rjust(14) + "measured".rjust(14)]
    for one in (one for one in goal.GOALS if one.metric.split(".")[0] in prefixes):
        unknown = "disturbed" if goal.disturbed(one, result) else "not measured"
        said = {True: "reached", False: "MISSED", None: unknown}[goal.reached(one, result)]
        limit = ("< " if one.under else "≤ ") + _figure(one.limit, one.unit)
        lines.append(("  " + one.title).ljust(54) + limit.rjust(14)
                     + _figure(goal.value(one, result), one.unit).rjust(14) + "  " + said)
    return "\n".join(lines)


def warnings(result, about):
    """What makes a figure doubtful."""
    lines = sorted(set(result.trouble))
    for phase in sorted({prefix for sections in SECTIONS.values() for _, prefix, _ in sections}):
        for what, limit, factor, text in DOUBTS:
            most, subject = result.worst("%s.%s" % (phase, what))
            if most is not None and most > limit and not (what == "foreign" and about["real_time"]):
                lines.append("%s: %s %s" % (phase, subject, text % (most * factor)))
    for subject in result.samples:
        names = result.median(subject, "filled.names")
        if names is not None and names < ENOUGH_NAMES:
            lines.append("%s kept %d of 100,000 names" % (subject, names))
    if not about["isolated"]:
        lines.append("no network of our own: connections per 1,000 count everybody's on this machine")
    return lines


def write_json(path, result, about):
    judged = [{**one._asdict(), "measured": goal.value(one, result), "reached": goal.reached(one, result)}
              for one in goal.GOALS]
    with open(path, "w", encoding="utf-8") as out:
        json.dump({"about": about, "trouble": result.trouble, "goals": judged, "subjects": result.as_json()}, out,
                  indent=1)
        out.write("\n")
