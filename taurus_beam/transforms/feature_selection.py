"""Keeping the features that tell most: `select_k_best`, `select_percentile`, `variance_threshold`.

What is kept is decided once, on the full data, and frozen into the graph as positions; applying
it reads no scores and no labels.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
import pyarrow as pa

from taurus_beam.analyzers.anova import f_classif
from taurus_beam.analyzers.contingency import chi2, mutual_information
from taurus_beam.analyzers.correlation import correlation
from taurus_beam.analyzers.moments import var
from taurus_beam.errors import TraceError
from taurus_beam.graph.column import Column, apply
from taurus_beam.graph.operation import BatchFunction, Operation, RowFunction, operation
from taurus_beam.graph.recorder import user_location
from taurus_beam.graph.types import RAGGED, ColumnType, ValueType, is_float
from taurus_beam.graph.values import Values
from taurus_beam.transforms.elementwise import column_types
from taurus_beam.transforms.vectors import select_positions, stack

__all__ = ["Score", "select_k_best", "select_percentile", "variance_threshold"]

Score: TypeAlias = str | Callable[[Column, Column], Column]


def select_k_best(
    x: Column | Sequence[Column], y: Column, k: int, score: Score = "f_classif"
) -> Column:
    """Keep the k features that tell most about a label.

    Args:
        x: Vectors of n features, or a list of n columns, which come out as one vector.
        y: The label, one value a row.
        k: How many features to keep, 1 … n.
        score: ``"f_classif"`` (number by class), ``"chi2"`` (amount or category by class),
            ``"mutual_info"`` (category by class), ``"pearson"``, ``"spearman"`` or
            ``"kendall"`` (number by number, the sign does not matter); or a function of a
            feature and the label that gives one float for the whole data set, such as
            ``lambda x, y: tb.chi2(x, y, categorical=True)``. See the functions of these names
            for the types they take, and for missing values.

    Returns:
        Vectors of k, the kept features in their old order. Missing stays missing. As in
        scikit-learn, of features with equal scores the later ones are kept, and a score of NaN
        (a constant feature) is the lowest; so for no rows at all the last k are kept.

    Raises:
        TraceError: If k is more than there are features, or a score does not fit the types.

    Example:
        >>> import taurus_beam as tb, pyarrow as pa
        >>> table = pa.table({"noise": [1.0, 2.0, 1.0, 2.0], "signal": [5.0, 5.5, 9.0, 9.5],
        ...                   "label": ["a", "a", "b", "b"]})
        >>> def fn(inputs):
        ...     features = [inputs["noise"], inputs["signal"]]
        ...     return {"best": tb.select_k_best(features, inputs["label"], 1)}
        >>> tb.fit_transform(table, fn)[0]["best"].to_pylist()
        [[5.0], [5.5], [9.0], [9.5]]
    """
    features = _features(x)
    if isinstance(k, bool) or not isinstance(k, int) or not 1 <= k <= len(features):
        raise TraceError(
            f"k is {k!r}.",
            where=str(user_location()),
            expected=f"an integer from 1 to {len(features)}, the number of features",
        )
    scores = stack([_score_of(score, feature, y) for feature in features])
    return select_positions(_vector(x), apply(TopPositions(k), scores))


def select_percentile(
    x: Column | Sequence[Column], y: Column, percentile: float = 10, score: Score = "f_classif"
) -> Column:
    """Keep the share of the features that tell most about a label.

    Args:
        x: As for `select_k_best`.
        y: As for `select_k_best`.
        percentile: Share of the features to keep, above 0 and up to 100.
        score: As for `select_k_best`.

    Returns:
        As `select_k_best` for ``k = ceil(percentile / 100 * (n - 1))``, at least 1, and n for
        100 %: as many features as scikit-learn keeps where no two scores are equal.

    Example:
        >>> import taurus_beam as tb, pyarrow as pa
        >>> table = pa.table({"noise": [1.0, 2.0, 1.0, 2.0], "signal": [5.0, 5.5, 9.0, 9.5],
        ...                   "label": ["a", "a", "b", "b"]})
        >>> def fn(inputs):
        ...     features = [inputs["noise"], inputs["signal"]]
        ...     return {"best": tb.select_percentile(features, inputs["label"], 50)}
        >>> tb.fit_transform(table, fn)[0]["best"].to_pylist()
        [[5.0], [5.5], [9.0], [9.5]]
    """
    if isinstance(percentile, bool) or not 0 < percentile <= 100:
        raise TraceError(
            f"percentile is {percentile!r}.",
            where=str(user_location()),
            expected="a number above 0 and up to 100",
        )
    size = len(_features(x))
    kept = size if percentile == 100 else int(np.ceil(percentile * (size - 1) / 100))
    return select_k_best(x, y, max(kept, 1), score)


def variance_threshold(x: Column | Sequence[Column], threshold: float = 0.0) -> Column:
    """Keep the features that vary: those with a population variance above a threshold.

    Args:
        x: Numeric vectors of n features, or a list of n columns, which come out as one vector.
        threshold: What the variance must exceed; by default only constant features go.

    Returns:
        Ragged lists, because how many features stay is known only after analysis; all lists
        have that length, and the features keep their order. Missing stays missing. Missing
        values, NaN and ±inf take no part in the variance. Where no feature varies enough (and
        so for no rows) the lists are empty; scikit-learn raises.

    Example:
        >>> import taurus_beam as tb, pyarrow as pa
        >>> table = pa.table({"a": [1.0, 1.0], "b": [1.0, 2.0], "c": [3.0, 9.0]})
        >>> def fn(inputs):
        ...     return {"kept": tb.variance_threshold([inputs["a"], inputs["b"], inputs["c"]])}
        >>> tb.fit_transform(table, fn)[0]["kept"].to_pylist()
        [[1.0, 3.0], [2.0, 9.0]]
    """
    if not threshold >= 0:
        raise TraceError(
            f"threshold is {threshold!r}.",
            where=str(user_location()),
            expected="a variance of at least 0",
        )
    variances = [var(feature, output_dtype=pa.float64()) for feature in _features(x)]
    above = apply(PositionsAbove(float(threshold)), stack(variances))
    return select_positions(_vector(x), above)


@operation
@dataclass(frozen=True)
class TopPositions(Operation):
    """The positions of the k largest elements, ascending; of equal ones the later, NaN last."""

    name = "top_positions"
    no_onnx = "it chooses columns while the graph is frozen"
    null_in_null_out = False
    k: int

    def infer(self, *types: ValueType) -> ColumnType:
        width = _float_vector(self.name, types)
        if not 1 <= self.k <= width:
            raise TraceError(f"There are no {self.k} positions in a vector of {width}.")
        return ColumnType(pa.int64(), (self.k,))

    def batch(self, *types: ValueType) -> BatchFunction:
        result, width = self.infer(*types), _float_vector(self.name, types)

        def run(rows: int, x: Values) -> Values:
            rows = 1 if x.constant else rows
            scores = _known_scores(x, -np.inf).reshape(rows, width)
            order = np.argsort(scores, axis=1, kind="stable")
            top = np.sort(order[:, width - self.k :], axis=1)
            return Values(result, top.reshape(-1), rows, constant=x.constant)

        return run

    def row(self, *types: ValueType) -> RowFunction:
        width = _float_vector(self.name, types)

        def run(x: list[float | None] | None) -> list[int]:
            scores = [-np.inf if e is None or e != e else e for e in x or [None] * width]
            order = sorted(range(width), key=scores.__getitem__)
            return sorted(order[width - self.k :])

        return run


@operation
@dataclass(frozen=True)
class PositionsAbove(Operation):
    """The positions of the elements above a threshold, ascending."""

    name = "positions_above"
    no_onnx = "it chooses columns while the graph is frozen"
    null_in_null_out = False
    threshold: float

    def infer(self, *types: ValueType) -> ColumnType:
        _float_vector(self.name, types)
        return ColumnType(pa.int64(), RAGGED)

    def batch(self, *types: ValueType) -> BatchFunction:
        result, width = self.infer(*types), _float_vector(self.name, types)

        def run(rows: int, x: Values) -> Values:
            rows = 1 if x.constant else rows
            above = (_known_scores(x, np.nan) > self.threshold).reshape(rows, width)
            places, positions = np.nonzero(above)
            offsets = np.searchsorted(places, np.arange(rows + 1))
            return Values(result, positions, rows, None, offsets, constant=x.constant)

        return run

    def row(self, *types: ValueType) -> RowFunction:
        threshold = self.threshold
        return lambda x: [i for i, e in enumerate(x or ()) if e is not None and e > threshold]


_SCORES: dict[str, Callable[[Column, Column], Column]] = {
    "f_classif": f_classif,
    "chi2": chi2,
    "mutual_info": mutual_information,
    "pearson": lambda x, y: abs(correlation(x, y, "pearson")),
    "spearman": lambda x, y: abs(correlation(x, y, "spearman")),
    "kendall": lambda x, y: abs(correlation(x, y, "kendall")),
}


def _score_of(score: Score, feature: Column, y: Column) -> Column:
    if not callable(score) and score not in _SCORES:
        raise TraceError(
            f"The score {score!r} is not known.",
            where=str(user_location()),
            expected=f"one of {', '.join(_SCORES)}; or a function of a feature and the label",
        )
    found = score(feature, y) if callable(score) else _SCORES[score](feature, y)
    if not isinstance(found, Column) or found.node.per_row or found.shape != ():
        raise TraceError(
            f"A score gave {found!r:.80}.",
            where=str(user_location()),
            expected="one number for the whole data set, such as tb.correlation(x, y)",
        )
    return found


def _features(x: Column | Sequence[Column]) -> Sequence[Column]:
    """Each feature as a column of its own."""
    if not isinstance(x, Column):
        stack(x)
        return x
    if len(x.shape) != 1 or x.shape[0] is None:
        raise TraceError(
            f"Features are selected from vectors, not from {x.node.type}.",
            where=str(user_location()),
            expected="a vector, or a list of columns",
        )
    return [x[i] for i in range(x.shape[0])]


def _vector(x: Column | Sequence[Column]) -> Column:
    return x if isinstance(x, Column) else stack(x)


def _float_vector(name: str, types: Sequence[ValueType]) -> int:
    (column,) = column_types(name, types)
    if len(column.shape) != 1 or column.shape[0] is None or not is_float(column.dtype):
        raise TraceError(f"{name!r} takes vectors of floats, not {column}.")
    return column.shape[0]


def _known_scores(x: Values, unknown: float) -> np.ndarray[Any, np.dtype[np.float64]]:
    scores = x.array.astype(np.float64)
    flags = np.isnan(scores) if x.missing is None else np.isnan(scores) | x.missing
    scores[flags] = unknown
    return scores
