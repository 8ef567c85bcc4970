"""Lift series from counts of x, of y and of pairs: what `lift` gathers, as protos.

Reads counts only; nothing here sees data.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from tensorflow_metadata.proto.v0 import statistics_pb2

from taurus_beam.stats.custom import custom_stat, rank_histogram
from taurus_beam.stats.distinct_terms import Distinct
from taurus_beam.stats.feature_column import FeaturePath
from taurus_beam.stats.term_table import TermState
from taurus_beam.stats.terms import BYTES_VALUE

__all__ = ["EXAMPLES", "PAIR", "LiftSettings", "X", "Y", "lift_statistics"]

EXAMPLES, X, Y, PAIR = "n", "x", "y", "xy"
"""First steps of the paths that counts stand under; of X and PAIR the feature's path follows.

The term of a pair is the length of x as text, a colon, x and y.
"""

_Type = statistics_pb2.FeatureNameStatistics

Value: TypeAlias = int | bytes


@dataclass(frozen=True)
class LiftSettings:
    """How lifts are told; see `lift.LiftStatsGenerator`."""

    label: FeaturePath
    boundaries: tuple[float, ...]
    min_x_count: float
    top: int | None
    bottom: int | None
    weighted: bool
    custom: bool


@dataclass(frozen=True)
class _Counts:
    """Counts, or sums of weights, by value."""

    kind: int
    by_value: Mapping[Value, float]


@dataclass(frozen=True)
class _Lift:
    """The lift of an x for some y."""

    x: Value
    lift: float
    together: float


def lift_statistics(
    state: TermState, settings: LiftSettings
) -> statistics_pb2.DatasetFeatureStatistics:
    """A cross feature for each x feature, sorted by path; with weights, two.

    Args:
        state: Counts under paths that begin with `EXAMPLES`, `Y`, `X` and `PAIR`.
        settings: How to tell them.
    """
    dataset = statistics_pb2.DatasetFeatureStatistics()
    told = Distinct.of(state, settings.weighted)
    custom: dict[FeaturePath, list[Any]] = {}
    for weighted in (False, True) if settings.weighted else (False,):
        counts = _counts_of(state, told, weighted)
        total, y = counts.get((EXAMPLES,)), counts.get((Y,))
        if total is None or y is None:
            continue
        for path, x in sorted(counts.items()):
            if path[0] != X:
                continue
            pairs = counts.get((PAIR, *path[1:]))
            lifts = _Lifts(settings, weighted, x, y, pairs, total.by_value[b""])
            cross = dataset.cross_features.add()
            cross.path_x.step.extend(path[1:])
            cross.path_y.step.extend(settings.label)
            custom.setdefault(path[1:], []).extend(lifts.write(cross))
    for path, stats in custom.items():
        if settings.custom and stats:
            dataset.features.add(custom_stats=stats).path.step.extend(path)
    return dataset


@dataclass(frozen=True)
class _Lifts:
    """The lifts of the values of one feature."""

    settings: LiftSettings
    weighted: bool
    x: _Counts
    y: _Counts
    pairs: _Counts | None
    total: float

    def write(self, cross: Any) -> list[Any]:
        """Fills a cross feature with a series for each y, and gives the same as custom stats."""
        together = self._together()
        custom = []
        for y, y_count in sorted(self.y.by_value.items()):
            if not (y_count and self.total):
                continue
            series = cross.categorical_cross_stats.lift.lift_series.add()
            label = self._write_y(series, y, y_count)
            buckets = [
                (self._write_value(series.lift_values.add(), one), one.lift)
                for one in self._chosen(list(self._lifts(together.get(y, {}), y_count)))
            ]
            name = "Weighted lift" if self.weighted else "Lift"
            custom.append(custom_stat(f"{name} (Y={label})", rank_histogram(buckets, ranked=False)))
        return custom

    def _lifts(self, together: Mapping[Value, float], y_count: float) -> Iterator[_Lift]:
        # Weights can be so small that their share is less than any float but 0.
        share = y_count / self.total or math.ulp(0.0)
        for x, x_count in self.x.by_value.items():
            if x_count and x_count >= self.settings.min_x_count:
                both = together.get(x, 0)
                yield _Lift(x, (both / x_count) / share, both)

    def _chosen(self, lifts: Sequence[_Lift]) -> list[_Lift]:
        """Those to tell, the highest first."""
        top, bottom = self.settings.top, self.settings.bottom
        if top or bottom:
            rising = sorted(lifts, key=_by_lift)
            first = len(rising) - (top or 0)
            lifts = [one for i, one in enumerate(rising) if i < (bottom or 0) or i >= first]
        return sorted(sorted(lifts, key=lambda one: one.x), key=lambda one: -one.lift)

    def _together(self) -> dict[Value, dict[Value, float]]:
        """Counts of pairs by y and x."""
        result: dict[Value, dict[Value, float]] = {}
        for term, count in self.pairs.by_value.items() if self.pairs else ():
            assert isinstance(term, bytes)
            length, _, both = term.partition(b":")
            x, y = both[: int(length)], both[int(length) :]
            result.setdefault(_value(self.y.kind, y), {})[_value(self.x.kind, x)] = count
        return result

    def _write_y(self, series: Any, y: Value, count: float) -> str:
        """Fills in y and its count; gives the text that stands for y."""
        if self.weighted:
            series.weighted_y_count = count
        else:
            series.y_count = int(count)
        edges = (float("-inf"), *self.settings.boundaries, float("inf"))
        if self.settings.boundaries:
            assert isinstance(y, int)
            low, high = edges[y], edges[y + 1]
            series.y_bucket.low_value, series.y_bucket.high_value = low, high
            return f"[{low},{high}{']' if high == edges[-1] else ')'}"
        if isinstance(y, int):
            series.y_int = y
            return str(y)
        series.y_string = _text(y)
        return _text(y)

    def _write_value(self, value: Any, lift: _Lift) -> str:
        """Fills in x, its counts and its lift; gives the text that stands for x."""
        value.lift = lift.lift
        if self.weighted:
            value.weighted_x_count = self.x.by_value[lift.x]
            value.weighted_x_and_y_count = lift.together
        else:
            value.x_count = int(self.x.by_value[lift.x])
            value.x_and_y_count = int(lift.together)
        if isinstance(lift.x, int):
            value.x_int = lift.x
            return str(lift.x)
        value.x_string = _text(lift.x)
        return _text(lift.x)


def _counts_of(state: TermState, told: Distinct, weighted: bool) -> dict[tuple[str, ...], _Counts]:
    result = {}
    for path, facts in state.features.items():
        positions = told.positions(facts.code)
        amounts = told.weights if weighted else told.counts
        assert amounts is not None
        terms = told.terms.take(positions).to_pylist()
        values = (_value(facts.type, term) for term in terms)
        by_value = dict(zip(values, amounts[positions].tolist(), strict=True))
        result[path] = _Counts(facts.type, by_value)
    return result


def _value(kind: int, term: bytes) -> Value:
    return int(term) if kind == _Type.INT else term


def _text(value: bytes) -> str:
    try:
        return value.decode()
    except UnicodeDecodeError:
        return BYTES_VALUE


def _by_lift(one: _Lift) -> tuple[float, Value]:
    return one.lift, one.x
