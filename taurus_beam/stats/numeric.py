"""Facts of the numbers of one feature, and the numeric statistics they make.

Sums are exact (`exact_sum`) and ranks kept in canonical bins (`octave_bins`), so order and split of
the data leave no trace. Integers are ranked as float64, which is what the protos hold.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
import pyarrow as pa
from tensorflow_metadata.proto.v0 import statistics_pb2

from taurus_beam.analyzers import exact_sum
from taurus_beam.analyzers.binned import BinnedWeights
from taurus_beam.analyzers.moments import Moments
from taurus_beam.analyzers.quantiles import Ranks
from taurus_beam.analyzers.rank_histogram import capacity_for
from taurus_beam.analyzers.weighted_moments import weighted_power_sums
from taurus_beam.graph.analyzer import Accumulator, Reduction
from taurus_beam.graph.types import ColumnType
from taurus_beam.graph.values import Values
from taurus_beam.stats.feature_column import FeatureColumn
from taurus_beam.stats.histograms import quantiles_histogram, standard_histogram
from taurus_beam.stats.options import StatsOptions
from taurus_beam.stats.ranked import Ranked
from taurus_beam.stats.whole_tally import WholeTally

__all__ = ["NumberGatherer", "Numbers"]

Array: TypeAlias = np.ndarray[Any, np.dtype[Any]]

_FLOAT = ColumnType(pa.float64())
_ALL = Reduction(_FLOAT, elementwise=False)


@dataclass
class Numbers:
    """Facts of the numbers of one feature.

    Attributes:
        zeros: Values equal to 0.
        moments: State of `Moments`.
        ranks: State of `Ranks`.
        tally: The numbers that are in none of those yet, as they are whole and close together.
        weight_sums: ``Σw``, ``Σwx`` and ``Σwx²`` of finite values, exact (`weighted_power_sums`).
        weight_bins: State of `BinnedWeights`.
    """

    zeros: int
    moments: Any
    ranks: Any
    weight_sums: list[int]
    weight_bins: Any
    tally: WholeTally | None = None


@dataclass(frozen=True)
class NumberGatherer:
    """Gathers `Numbers` of batches and makes numeric statistics of them.

    Args:
        epsilon: Rank error to aim at. Half of it is, so that a thousand distinct values in each
            power-of-two range and more are told apart exactly.
    """

    epsilon: float

    def zero(self) -> Numbers:
        """The facts before any batch."""
        return Numbers(0, _MOMENTS.zero(), self._ranks.zero(), [0, 0, 0], self._weight_bins.zero())

    def add(self, state: Numbers, feature: FeatureColumn) -> Numbers:
        """The facts after one more batch of an INT or FLOAT feature."""
        numbers = feature.numbers
        values = Values(_FLOAT, numbers, len(numbers))
        present = values.numbers
        if not len(present):
            return state
        weights = feature.value_weights
        tally = WholeTally.of(present) if weights is None else None
        if tally is not None:
            self._tally(state, tally)
            return state
        state.zeros += int(np.count_nonzero(present == 0))  # of flags, which is faster
        state.moments = _MOMENTS.add(state.moments, values)
        as_floats = _values(present)
        state.ranks = self._ranks.add(state.ranks, as_floats)
        if weights is not None:
            if len(present) < len(numbers):
                weights = weights[~np.isnan(numbers)]
            sums = weighted_power_sums(present, weights)
            state.weight_sums = [a + b for a, b in zip(state.weight_sums, sums, strict=True)]
            state.weight_bins = self._weight_bins.add(
                state.weight_bins, as_floats, _values(weights)
            )
        return state

    def merge(self, first: Numbers, second: Numbers) -> Numbers:
        """The facts of all the batches of both; these are not used again."""
        result = Numbers(
            first.zeros + second.zeros,
            _MOMENTS.merge([first.moments, second.moments]),
            self._ranks.merge([first.ranks, second.ranks]),
            [a + b for a, b in zip(first.weight_sums, second.weight_sums, strict=True)],
            self._weight_bins.merge([first.weight_bins, second.weight_bins]),
            first.tally,
        )
        if second.tally is not None:
            self._tally(result, second.tally)
        return result

    def to_wire(self, state: Numbers) -> Any:
        """The facts as an Arrow record batch of one row."""
        self._settle(state)
        content = [exact_sum.to_bytes(total) for total in state.weight_sums]
        columns = {
            "zeros": pa.array([state.zeros], pa.int64()),
            "weight_sums": pa.array([content], pa.list_(pa.binary())),
        }
        for name, gathered, part in self._parts(state):
            columns[name] = gathered.to_wire(part).to_struct_array()
        return pa.record_batch(columns)

    def from_wire(self, batch: Any) -> Numbers:
        """The facts that `to_wire` wrote."""
        state = self.zero()
        state.zeros = batch["zeros"][0].as_py()
        state.weight_sums = list(map(exact_sum.from_bytes, batch["weight_sums"][0].as_py()))
        for name, gathered, _ in self._parts(state):
            part = pa.RecordBatch.from_struct_array(batch[name])
            setattr(state, name, gathered.from_wire(part))
        return state

    def result(
        self,
        state: Numbers,
        values: int,
        options: StatsOptions,
        weighted: bool,
        histograms: bool,
    ) -> statistics_pb2.NumericStatistics:
        """The numeric statistics, without the common ones, of at least one value.

        Mean and standard deviation are of the values that are not NaN, the latter that of the
        population. With an infinity among them the mean is NaN and the deviation 0, as in TFDV.
        Null values inside lists count as NaN.

        Args:
            state: The facts of all batches.
            values: How many values there are, NaN and null ones counted.
            options: Says how many buckets histograms have.
            weighted: Whether values have weights.
            histograms: Whether to tell histograms and medians.
        """
        self._settle(state)
        result = statistics_pb2.NumericStatistics(num_zeros=state.zeros)
        ranked = Ranked.of_counts(state.ranks[0].build())
        (totals,) = state.moments.totals
        if totals.plus_inf or totals.minus_inf:
            result.mean = math.nan
        elif totals.count:
            result.mean = exact_sum.mean(totals.count, totals.total)
            variance = exact_sum.variance(totals.count, totals.total, totals.squares)
            result.std_dev = math.sqrt(variance)
        if ranked:
            result.min, result.max = ranked.low, ranked.high
        num_nan = values - totals.count - totals.plus_inf - totals.minus_inf
        if histograms:
            _describe(result, ranked, options, num_nan, ranked.finite_span)
        if weighted and ranked:
            told = self._weighted(state, math.isnan(result.mean))
            if histograms:
                bins = self._weight_bins.table(state.weight_bins[0])
                # Edges are those of the histogram without weights, whatever weighs nothing.
                _describe(told, Ranked.of_weights(bins), options, num_nan, ranked.finite_span)
            result.weighted_numeric_stats.CopyFrom(told)
        return result

    def _tally(self, state: Numbers, more: WholeTally) -> None:
        """Count further numbers."""
        if state.tally is not None and state.tally.takes(more):
            return
        self._settle(state)
        state.tally = more

    def _settle(self, state: Numbers) -> None:
        """Derive zeros, moments and ranks of what is counted in the tally alone."""
        tally, state.tally = state.tally, None
        if tally is None:
            return
        state.zeros += tally.zeros
        state.moments = _MOMENTS.add_sums(state.moments, tally.rows, *tally.sums)
        state.ranks[0].add_histogram(tally.ranks(self._ranks.capacity))

    def _weighted(self, state: Numbers, infinite: bool) -> statistics_pb2.WeightedNumericStatistics:
        weight, linear, quadratic = state.weight_sums
        if infinite:
            return statistics_pb2.WeightedNumericStatistics(mean=math.nan)
        if not weight:
            return statistics_pb2.WeightedNumericStatistics()
        variance = exact_sum.ratio(weight * quadratic - linear * linear, weight * weight)
        return statistics_pb2.WeightedNumericStatistics(
            mean=exact_sum.ratio(linear, weight),
            std_dev=math.sqrt(max(variance, 0.0)),  # below 0 for negative weights only
        )

    def _parts(self, state: Numbers) -> list[tuple[str, Accumulator[Any], Any]]:
        return [
            ("moments", _MOMENTS, state.moments),
            ("ranks", self._ranks, state.ranks),
            ("weight_bins", self._weight_bins, state.weight_bins),
        ]

    @property
    def _ranks(self) -> Ranks:
        return Ranks(_ALL, capacity_for(self.epsilon / 2))

    @property
    def _weight_bins(self) -> BinnedWeights:
        return BinnedWeights(_ALL, capacity_for(self.epsilon / 2), _FLOAT)


_MOMENTS = Moments(_ALL)


def _values(numbers: Array) -> Values:
    return Values(_FLOAT, numbers.astype(np.float64, copy=False), len(numbers))


def _describe(
    told: Any,
    ranked: Ranked,
    options: StatsOptions,
    num_nan: int,
    span: tuple[float, float] | None,
) -> None:
    """Add the median and both histograms to numeric or weighted numeric statistics."""
    if ranked:
        told.median = ranked.median
    told.histograms.extend(
        [
            standard_histogram(ranked, options.num_histogram_buckets, num_nan, span),
            quantiles_histogram(ranked, options.num_quantiles_histogram_buckets, num_nan),
        ]
    )
