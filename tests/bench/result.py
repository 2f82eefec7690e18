# SPDX-License-Identifier: MIT
"""Samples of every subject's metrics, one a repetition, and what is read from them."""

import collections
import statistics


class Result:
    def __init__(self):
        self.samples = collections.defaultdict(lambda: collections.defaultdict(list))
        self.trouble = []  # sentences: what could not be measured

    def add(self, subject, values):
        for metric, value in values.items():
            self.samples[subject][metric].append(value)

    def of(self, subject, metric):
        return self.samples.get(subject, {}).get(metric, [])

    def median(self, subject, metric):
        """None when it was not measured."""
        samples = self.of(subject, metric)
        return statistics.median(samples) if samples else None

    def most(self, subject, metric):
        """None when it was not measured."""
        return max(self.of(subject, metric), default=None)

    def spread(self, subject, metric):
        """Half of what lies between the least and the most, as a share of the median."""
        samples = self.of(subject, metric)
        middle = self.median(subject, metric)
        return (max(samples) - min(samples)) / 2 / middle if middle else 0

    def ratio(self, subject, other, metric):
        """The median of the ratios within each repetition, where both ran within seconds of each other."""
        pairs = list(zip(self.of(subject, metric), self.of(other, metric)))
        return statistics.median(one / two for one, two in pairs) if pairs and all(two for _, two in pairs) else None

    def worst(self, metric):
        """(the most that any subject had of it in any repetition, that subject)"""
        return max(((max(metrics[metric]), subject) for subject, metrics in self.samples.items() if metric in metrics),
                   default=(None, None))

    def as_json(self):
        return {subject: {metric: {"median": self.median(subject, metric), "least": min(samples), "most": max(samples),
                                   "samples": samples} for metric, samples in metrics.items()}
                for subject, metrics in self.samples.items()}
