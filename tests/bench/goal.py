# SPDX-License-Identifier: MIT
"""What stubborn is to reach: one table, read by the report."""

import collections

import measure

MIB_KIB = 1024

# than: the subject whose figure is the measure; the limit is then a ratio. under: the limit itself is a miss.
# of: whose figure it is. usual: the median counts, not the worst repetition.
Goal = collections.namedtuple("Goal", "title metric than limit under unit of usual", defaults=["stubborn", False])

GOALS = (
    Goal("UDP hit, 20,000 a second: CPU over the floor's", "udp-paced.cpu_us", "echo", 1.4, False, "×"),
    Goal("UDP hit, 20,000 a second: CPU over unbound's", "udp-paced.cpu_us", "unbound", 1, True, "×"),
    Goal("UDP hit, 20,000 a second: CPU over dnsdist's", "udp-paced.cpu_us", "dnsdist", 1, True, "×"),
    Goal("UDP hit, flat out: CPU over the floor's", "udp-flat.cpu_us", "echo", 1.4, False, "×"),
    Goal("UDP hit, flat out: CPU over unbound's", "udp-flat.cpu_us", "unbound", 1, True, "×"),
    Goal("UDP hit, flat out: CPU over dnsdist's", "udp-flat.cpu_us", "dnsdist", 1, True, "×"),
    Goal("DoT miss, 5,000 a second: CPU over unbound's", "miss-paced.cpu_us", "unbound", 1, True, "×"),
    Goal("DoT miss, 5,000 a second: CPU over dnsdist's", "miss-paced.cpu_us", "dnsdist", 1, True, "×"),
    Goal("DoT miss, flat out: CPU over unbound's", "miss-flat.cpu_us", "unbound", 1, True, "×"),
    Goal("DoT miss, flat out: CPU over dnsdist's", "miss-flat.cpu_us", "dnsdist", 1, True, "×"),
    Goal("DoT miss: connections per 1,000, flat out", "miss-flat.connections", None, 1, False, ""),
    Goal("DoT miss: connections per 1,000, 5,000 a second", "miss-paced.connections", None, 1, False, ""),
    Goal("DoH miss, 5,000 a second: CPU over DoT's", "miss-paced.cpu_us", "stubborn", 1.3, False, "×", "stubborn-doh"),
    Goal("DoH miss, flat out: CPU over dnsdist's", "miss-flat.cpu_us", "dnsdist-doh", 1, True, "×", "stubborn-doh"),
    Goal("DoH miss: connections per 1,000, flat out", "miss-flat.connections", None, 1, False, "", "stubborn-doh"),
    Goal("DoT miss, 20 ms away: CPU over dnsdist's", "far-flat.cpu_us", "dnsdist", 1, True, "×"),
    Goal("DoH miss, 20 ms away: CPU over dnsdist's", "far-flat.cpu_us", "dnsdist-doh", 1, True, "×", "stubborn-doh"),
    Goal("DoT miss, 0 ms away: 50 % add", "near.added_p50_ms", None, 0.3, True, "ms", "stubborn", True),
    Goal("  of answers not disturbed", "near.added_calm_p50_ms", None, 0.3, True, "ms", "stubborn", True),
    Goal("DoT miss, 0 ms away: 99 % add", "near.added_p99_ms", None, 1, True, "ms", "stubborn", True),
    Goal("  of answers not disturbed", "near.added_calm_p99_ms", None, 1, True, "ms", "stubborn", True),
    Goal("DoT miss, 20 ms away: 50 % add", "far.added_p50_ms", None, 0.3, True, "ms", "stubborn", True),
    Goal("  of answers not disturbed", "far.added_calm_p50_ms", None, 0.3, True, "ms", "stubborn", True),
    Goal("DoT miss, 20 ms away: 99 % add", "far.added_p99_ms", None, 1, True, "ms", "stubborn", True),
    Goal("  of answers not disturbed", "far.added_calm_p99_ms", None, 1, True, "ms", "stubborn", True),
    Goal("DoH miss, 0 ms away: 50 % add", "near.added_p50_ms", None, 0.3, True, "ms", "stubborn-doh", True),
    Goal("  of answers not disturbed", "near.added_calm_p50_ms", None, 0.3, True, "ms", "stubborn-doh", True),
    Goal("DoH miss, 0 ms away: 99 % add", "near.added_p99_ms", None, 1, True, "ms", "stubborn-doh", True),
    Goal("  of answers not disturbed", "near.added_calm_p99_ms", None, 1, True, "ms", "stubborn-doh", True),
    Goal("DoH miss, 20 ms away: 50 % add", "far.added_p50_ms", None, 0.3, True, "ms", "stubborn-doh", True),
    Goal("  of answers not disturbed", "far.added_calm_p50_ms", None, 0.3, True, "ms", "stubborn-doh", True),
    Goal("DoH miss, 20 ms away: 99 % add", "far.added_p99_ms", None, 1, True, "ms", "stubborn-doh", True),
    Goal("  of answers not disturbed", "far.added_calm_p99_ms", None, 1, True, "ms", "stubborn-doh", True),
    Goal("DoH miss, 20 ms away: octets over DoT's", "far-flat.octets", "stubborn", 1.3, False, "×", "stubborn-doh"),
    Goal("  one at a time", "far.one_octets", "stubborn", 1.3, False, "×", "stubborn-doh"),
    Goal("Cold validated names: CPU over unbound's", "dnssec-cold.cpu_ms", "unbound", 1, False, "×"),
    Goal("Cold validated names: CPU over kresd's", "dnssec-cold.cpu_ms", "kresd", 1, False, "×"),
    Goal("First validated answer, 20 ms away: over unbound's", "first-answer.ms", "unbound", 0.5, False, "×"),
    Goal("First validated answer, 20 ms away: over kresd's", "first-answer.ms", "kresd", 0.5, False, "×"),
    Goal("KeyTrap: CPU per question", "keytrap.cpu_ms", None, 20, False, "ms"),
    Goal("NSEC3 closest encloser: CPU per question", "deep.cpu_ms", None, 20, False, "ms"),
    Goal("Idle: resident memory", "idle.resident_kib", None, 9 * MIB_KIB, True, "MiB"),
    Goal("Idle: private memory, beside others", "idle.private_kib", None, 3 * MIB_KIB, True, "MiB"),
    Goal("  where nobody else maps its files", "alone.private_kib", None, 3 * MIB_KIB, True, "MiB"),
    Goal("100,000 A names: resident memory over idle", "filled.more_kib", None, 16 * MIB_KIB, False, "MiB"),
)


def value(goal, result):
    """Its subject's figure as the goal's limit counts it; None when something was not measured. Time is judged by the
    median; what has an absolute limit, by the worst repetition, but for latency."""
    if goal.than:
        return result.ratio(goal.of, goal.than, goal.metric)
    return result.median(goal.of, goal.metric) if goal.usual else result.most(goal.of, goal.metric)


def disturbed(goal, result):
    """True when others had a hand in the latency of all answers, those of the direct client above all."""
    row, _, what = goal.metric.partition(".")
    return what in ("added_p50_ms", "added_p99_ms") and \
        (result.median(goal.of, row + ".foreign") or 0) > measure.QUIET


def reached(goal, result):
    """True, False, or None when it was not measured, or not in peace."""
    figure = value(goal, result)
    if figure is None or disturbed(goal, result):
        return None
    return figure < goal.limit if goal.under else figure <= goal.limit
