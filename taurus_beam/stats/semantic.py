"""Semantic domains: what a feature's values mean beyond their type, found by counting.

TFDV looks at some batches, and for natural language at the first 100 values of each; what it
finds depends on how the rows were split. Here every value takes part, each distinct one of a batch
looked at once; with a sample rate, a value takes part where its hash is below the rate, so equal
values stand or fall together and any split of the rows gives the same result.
"""

from __future__ import annotations

import abc
import operator
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import pyarrow as pa
from tensorflow_metadata.proto.v0 import statistics_pb2

from taurus_beam.errors import TraceError
from taurus_beam.graph.term_hash import hash_terms
from taurus_beam.stats.feature_column import Array, FeatureColumn
from taurus_beam.stats.tally import FeatureTallyGenerator, Tally

__all__ = ["UNFIT", "CountedValues", "DomainStatsGenerator", "SemanticDomainStatsGenerator"]

UNFIT = "unfit"
"""The name of the fact that rules a domain out for good."""


@dataclass(frozen=True)
class CountedValues:
    """Some values of a feature and how often each occurs.

    Attributes:
        type: INT, FLOAT or STRING.
        array: Arrow array without nulls; binary or string where the type is STRING.
        counts: Shape ``(len(array),)``, int64.
    """

    type: int
    array: Any
    counts: Array

    @staticmethod
    def of(feature: FeatureColumn, sample_rate: float | None = None) -> CountedValues:
        """The values of a feature that take part.

        Args:
            feature: A feature with values.
            sample_rate: The share of distinct values to look at, or None for all.

        Example:
            >>> from taurus_beam.stats.examples import Examples
            >>> batch = pa.record_batch({"s": ["b", None, "b"]})
            >>> values = CountedValues.of(Examples(batch).features[("s",)])
            >>> values.array.to_pylist(), values.counts.tolist()
            (['b'], [2])
        """
        assert feature.type is not None
        if feature.type == statistics_pb2.FeatureNameStatistics.STRING:
            array, counts = feature.term_counts
        else:
            array = feature.present_values
            counts = np.ones(len(array), np.int64)
        if sample_rate is not None and sample_rate < 1:
            taken = _hashes(array) < np.uint64(int(sample_rate * 2.0**64))
            array, counts = array.filter(pa.array(taken)), counts[taken]
        return CountedValues(feature.type, array, counts)

    @property
    def total(self) -> int:
        """How many values there are."""
        return int(self.counts.sum())

    def count(self, mask: Any) -> int:
        """How many values are where a mask (Arrow or NumPy) is true."""
        flags = mask if isinstance(mask, np.ndarray) else mask.to_numpy(zero_copy_only=False)
        return int(self.counts[flags.astype(np.bool_, copy=False)].sum())

    def text(self) -> Any:
        """The values as UTF-8 strings; None where they are no strings, or one is no UTF-8."""
        if self.type != statistics_pb2.FeatureNameStatistics.STRING:
            return None
        try:
            return self.array.cast(pa.string())
        except pa.ArrowInvalid:
            return None


class DomainStatsGenerator(FeatureTallyGenerator):
    """Recognises one semantic domain, and tells it as the custom statistic ``domain_info``.

    Attributes:
        domain: A name of its own.
        largest: Names of facts that are not added up, but of which the largest counts.
    """

    domain: ClassVar[str]
    largest: ClassVar[frozenset[str]] = frozenset({UNFIT})

    @abc.abstractmethod
    def count_values(self, values: CountedValues) -> Mapping[str, int]:
        """Facts of a batch; `UNFIT` if its values rule the domain out."""

    def count(self, feature: FeatureColumn) -> Mapping[str, int]:
        """Facts of all values of a batch."""
        return self.count_values(CountedValues.of(feature))

    def merging(self, name: str) -> Callable[[int, int], int]:
        """The larger number, or the sum."""
        return max if name in self.largest else operator.add

    def canonical(self, tally: Tally) -> Tally:
        """No other facts of a feature for which the domain is ruled out."""
        unfit = {path for path, name in tally if name == UNFIT}
        return {f: n for f, n in tally.items() if f[0] not in unfit or f[1] == UNFIT}


@dataclass(frozen=True)
class SemanticDomainStatsGenerator(FeatureTallyGenerator):
    """Recognises several domains; the first that a feature is of is told, and no other.

    TFDV tells all of them, and then takes two ``domain_info`` of a feature for a fault and none for
    its domain: dates that are written out read as natural language too.

    Args:
        domains: Generators of one domain each, the one to prefer first.
        sample_rate: The share of distinct values to look at, or None for all.
    """

    domains: Sequence[DomainStatsGenerator]
    sample_rate: float | None = None

    def count(self, feature: FeatureColumn) -> Mapping[str, int]:
        """Facts of a batch for every domain."""
        values = CountedValues.of(feature, self.sample_rate)
        return {
            f"{one.domain}:{name}": number
            for one in self.domains
            for name, number in one.count_values(values).items()
        }

    def merging(self, name: str) -> Callable[[int, int], int]:
        """As the domain that a fact is of says."""
        domain, _, fact = name.partition(":")
        return next(one for one in self.domains if one.domain == domain).merging(fact)

    def canonical(self, tally: Tally) -> Tally:
        """Facts in the one form that each domain gives them."""
        return {
            (path, f"{one.domain}:{name}"): number
            for one in self.domains
            for (path, name), number in one.canonical(_of(one.domain, tally)).items()
        }

    def custom_stats(self, facts: Mapping[str, int]) -> Iterable[Any]:
        """What the first domain that fits has to tell."""
        for one in self.domains:
            prefix = f"{one.domain}:"
            own = Counter(
                {n.removeprefix(prefix): v for n, v in facts.items() if n.startswith(prefix)}
            )
            if told := list(one.custom_stats(own)):
                return told
        return []


def check_thresholds(name: str, ratio: float, values_threshold: int) -> None:
    """TraceError unless a domain can be asked for such a share of so many values."""
    if not 0 < ratio <= 1:
        raise TraceError(f"{name} expects a ratio in (0, 1], got {ratio!r}.")
    if values_threshold <= 0:
        raise TraceError(f"{name} expects a values_threshold > 0, got {values_threshold!r}.")


def _of(domain: str, tally: Tally) -> Tally:
    prefix = f"{domain}:"
    return {
        (path, name.removeprefix(prefix)): number
        for (path, name), number in tally.items()
        if name.startswith(prefix)
    }


def _hashes(array: Any) -> Array:
    if pa.types.is_floating(array.type):
        array = array.view(pa.int64() if array.type == pa.float64() else pa.int32())
    return hash_terms(array)
