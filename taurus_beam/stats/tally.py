"""Whole numbers by feature and name: the state of every generator that only counts.

A subclass says what a batch counts and how two numbers of one name become one; zero, merging and
the wire form are here. Numbers may be of any size, so exact sums (`analyzers.exact_sum`) fit too.
"""

from __future__ import annotations

import abc
import operator
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, TypeAlias

import pyarrow as pa
from tensorflow_metadata.proto.v0 import statistics_pb2

from taurus_beam.analyzers.exact_sum import from_bytes, to_bytes
from taurus_beam.stats.examples import Examples
from taurus_beam.stats.feature_column import FeatureColumn, FeaturePath
from taurus_beam.stats.generator import StatsGenerator

__all__ = ["Fact", "FeatureTallyGenerator", "Tally", "TallyGenerator", "by_path"]

Fact: TypeAlias = tuple[FeaturePath, str]
Tally: TypeAlias = dict[Fact, int]

_Type = statistics_pb2.FeatureNameStatistics


class TallyGenerator(StatsGenerator[Tally]):
    """A generator whose facts are whole numbers, each of a feature and under a name."""

    @abc.abstractmethod
    def facts(self, examples: Examples) -> Iterable[tuple[FeaturePath, str, int]]:
        """The numbers of a batch. A name whose numbers are not added up needs a row to be told."""

    def merging(self, name: str) -> Callable[[int, int], int]:
        """How two numbers of a name become one: added up, or by ``min`` or ``max``."""
        return operator.add

    def canonical(self, tally: Tally) -> Tally:
        """The facts in the one form that they have, however the rows were split."""
        return tally

    def zero(self) -> Tally:
        """No facts."""
        return {}

    def add(self, state: Tally, examples: Examples) -> Tally:
        """The facts with those of one more batch."""
        for path, name, number in self.facts(examples):
            self._fold(state, (path, name), number)
        return state

    def merge(self, states: Sequence[Tally]) -> Tally:
        """The facts of all the rows of some states."""
        merged: Tally = {}
        for state in states:
            for fact, number in state.items():
                self._fold(merged, fact, number)
        return merged

    def to_wire(self, state: Tally) -> Any:
        """Columns ``path``, ``name`` and ``value`` (two's complement, big endian), sorted."""
        facts = sorted(self.told(state).items())
        return pa.record_batch(
            {
                "path": pa.array([list(path) for (path, _), _ in facts], pa.list_(pa.string())),
                "name": pa.array([name for (_, name), _ in facts], pa.string()),
                "value": pa.array([to_bytes(number) for _, number in facts], pa.binary()),
            }
        )

    def from_wire(self, batch: Any) -> Tally:
        """The facts that `to_wire` wrote."""
        paths, names, values = (batch.column(i).to_pylist() for i in range(3))
        return {
            (tuple(path), name): from_bytes(value)
            for path, name, value in zip(paths, names, values, strict=True)
        }

    def told(self, state: Tally) -> Tally:
        """The facts in canonical form, without sums of 0: a batch of no rows may have counted some.

        What a result is made of, so that it is the same before and after the wire.
        """
        return {
            (path, name): number
            for (path, name), number in self.canonical(state).items()
            if number or self.merging(name) is not operator.add
        }

    def _fold(self, state: Tally, fact: Fact, number: int) -> None:
        known = state.get(fact)
        state[fact] = number if known is None else self.merging(fact[1])(known, number)


class FeatureTallyGenerator(TallyGenerator):
    """A generator that counts something in each feature for itself, and tells custom statistics.

    The base of generators of one's own that need not know of any other feature.
    """

    @abc.abstractmethod
    def count(self, feature: FeatureColumn) -> Mapping[str, int]:
        """The numbers of a batch of a feature that has values (no struct)."""

    @abc.abstractmethod
    def custom_stats(self, facts: Mapping[str, int]) -> Iterable[Any]:
        """The ``CustomStatistic`` of a feature, from its numbers over all rows.

        A name that was never counted, or added up to 0, is 0; a feature of which no number is
        left is not asked for.
        """

    def facts(self, examples: Examples) -> Iterator[tuple[FeaturePath, str, int]]:
        """What `count` counts in each feature of a batch."""
        for path, feature in examples.features.items():
            if feature.type not in (None, _Type.STRUCT):
                for name, number in self.count(feature).items():
                    yield path, name, number

    def result(self, state: Tally) -> statistics_pb2.DatasetFeatureStatistics:
        """The features about which there is something to tell, in the order of their paths."""
        dataset = statistics_pb2.DatasetFeatureStatistics()
        for path, facts in by_path(self.told(state)).items():
            told = list(self.custom_stats(facts))
            if told:
                feature = dataset.features.add(custom_stats=told)
                feature.path.step.extend(path)
        return dataset


def by_path(tally: Tally) -> dict[FeaturePath, Counter[str]]:
    """The numbers of each feature by name, features and names sorted; 0 for any other name.

    Example:
        >>> grouped = by_path({(("b",), "n"): 1, (("a",), "n"): 2, (("a",), "m"): 3})
        >>> list(grouped), dict(grouped["a",]), grouped["b",]["m"]
        ([('a',), ('b',)], {'m': 3, 'n': 2}, 0)
    """
    grouped: dict[FeaturePath, Counter[str]] = {}
    for (path, name), number in sorted(tally.items()):
        grouped.setdefault(path, Counter())[name] = number
    return grouped
