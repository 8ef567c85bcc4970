"""Encoding a category by the mean of a target: `target_encode`.

The frozen graph is the same for training and serving, so what a row of the training data must
not see, its own fold, is decided by a column of the row.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa

from taurus_beam.analyzers.exact_sum import UNIT_BITS
from taurus_beam.analyzers.key_groups import check_varying, keyed_reduction
from taurus_beam.analyzers.keyed_moments import KeyedSums, sums_of
from taurus_beam.analyzers.keyed_sums import DIGIT_BITS, quotients, totals
from taurus_beam.analyzers.keyed_table import Array
from taurus_beam.analyzers.per_key_value import PerKey
from taurus_beam.errors import TraceError
from taurus_beam.graph.column import Column, apply
from taurus_beam.graph.operation import operation
from taurus_beam.graph.types import ColumnType, ValueType, is_integer, is_numeric, is_text
from taurus_beam.transforms.cast import cast
from taurus_beam.transforms.hashing import hash_strings
from taurus_beam.transforms.lookup import take
from taurus_beam.transforms.per_key import key_index
from taurus_beam.transforms.selection import fill_null

__all__ = ["target_encode"]


def target_encode(
    x: Column,
    y: Column,
    smoothing: float = 10.0,
    fold: Column | None = None,
    folds: int = 5,
    key_vocabulary_filename: str | None = None,
) -> Column:
    """Replace each category by the smoothed mean of a target over the rows of that category.

    ``(n * mean + smoothing * prior) / (n + smoothing)``, where n and mean are of the category's
    target values and prior is the mean of all (the m-estimate of Micci-Barreca, "A preprocessing
    scheme for high-cardinality categorical attributes", 2001; scikit-learn's ``TargetEncoder``
    with a number for ``smooth``).

    A row's own target is part of its category's mean, so a model trained on such an encoding
    sees what it is to predict. With ``fold``, a row is encoded by the rows of the *other* folds
    only, prior included. The fold is decided by the row alone, so any pass over the training
    data encodes it alike. **At serving give the fold column as missing**: then all rows of the
    fitted data count. (New rows with a fold would leave out that fold, which costs accuracy but
    leaks nothing.)

    Args:
        x: String, binary, integer or boolean column, one category a row.
        y: The target: numbers or booleans, one a row. It is not read when the function is
            applied, so serving does not need it.
        smoothing: Weight of the prior, in rows; 0 or more. 0 gives plain means.
        fold: What decides the fold: strings or binary (such as an id) are hashed into
            ``folds``, integers are taken modulo ``folds``. Rows with equal values are in one fold,
            so give a group's id to keep groups together. It must not depend on the target.
        folds: How many folds, at least 2.
        key_vocabulary_filename: Name of the asset of the categories; see `count_per_key`.

    Returns:
        float64 where ``y`` is float64, else float32. Missing where the category is: use
        ``tb.fill_null(x, "")`` first to make missing a category. A category that was not seen,
        or not in other folds, gives the prior. Rows whose target is missing, NaN or ±inf take
        no part but are encoded like others, and those without a fold by all rows. 0 where no
        row has a target.

    Raises:
        TraceError: If a type does not fit, or smoothing or folds are out of range.

    Example:
        >>> import taurus_beam as tb, pyarrow as pa
        >>> table = pa.table({"s": ["a", "a", "b", "b"], "y": [1.0, 0.0, 1.0, 1.0],
        ...                   "id": [0, 1, 2, 3]})
        >>> def fn(inputs):
        ...     s, y = inputs["s"], inputs["y"]
        ...     return {"all": tb.target_encode(s, y, 0),
        ...             "other": tb.target_encode(s, y, 0, fold=inputs["id"], folds=2)}
        >>> frozen = tb.fit(table, fn)
        >>> out = frozen.transform(table)
        >>> out["all"].to_pylist(), out["other"].to_pylist()
        ([0.5, 0.5, 1.0, 1.0], [0.0, 1.0, 1.0, 1.0])
        >>> frozen.row({"s": "a", "id": None})
        {'all': 0.5, 'other': 0.5}
    """
    if isinstance(smoothing, bool) or not 0 <= smoothing < math.inf:
        raise TraceError(f"smoothing is {smoothing!r}.", expected="a number of rows, 0 or more")
    check_varying("target_encode", x, y)
    index = key_index(x, key_vocabulary_filename)
    if fold is None:
        return take(apply(TargetMeans(float(smoothing), 0), x, y), index + 1)
    if isinstance(folds, bool) or not isinstance(folds, int) or folds < 2:
        raise TraceError(f"folds is {folds!r}.", expected="an integer of at least 2")
    number = _fold_number(fold, folds)
    table = apply(TargetMeans(float(smoothing), folds), x, y, number)
    return take(table, (index + 1) * (folds + 1) + fill_null(number, folds))


def _fold_number(fold: Column, folds: int) -> Column:
    check_varying("target_encode", fold)
    fold_type = fold.node.column_type()
    if fold_type.is_scalar and is_text(fold_type.dtype):
        return hash_strings(fold, folds)
    if fold_type.is_scalar and is_integer(fold_type.dtype):
        return cast(fold % folds, pa.int64())
    raise TraceError(
        f"The fold is decided by strings, binary or integers, not by {fold_type}.",
        fix="Give it an id, cast to pa.string() if need be.",
    )


@operation
@dataclass(frozen=True)
class TargetMeans(PerKey):
    """Smoothed means of the target, as one flat table of rows of ``folds + 1``.

    First the priors, then a row for each category: what rows of each fold get, then what rows
    without a fold get.
    """

    name = "target_means"
    needs_whole = True
    smoothing: float
    folds: int

    def infer(self, *types: ValueType) -> ColumnType:
        y = self.accumulator(*types).reduction.column
        if not y.is_scalar or not (is_numeric(y.dtype) or pa.types.is_boolean(y.dtype)):
            raise TraceError(
                f"'target_encode' takes one number or boolean a row as target, not {y}.",
                fix="Cast it first: tb.cast(y, pa.float64()).",
            )
        return ColumnType(pa.float64() if y.dtype == pa.float64() else pa.float32(), (None,))

    def accumulator(self, *types: ValueType) -> KeyedSums:
        key, reduction = keyed_reduction("target_encode", types[:2], False)
        return KeyedSums(key.dtype, reduction, squares=False, folds=self.folds)

    def whole(self, states: Iterable[Any], *types: ValueType) -> Array:
        """The priors."""
        accumulator = self.accumulator(*types)
        counted = np.zeros(accumulator.width, np.int64)
        summed = np.full(accumulator.width, 0, dtype=object)
        for state in states:
            count, total, lowest = self._sums(accumulator, state)
            counted += count.sum(axis=0)
            summed += total.sum(axis=0) * (1 << DIGIT_BITS * lowest)
        return _means(counted, summed, 0)

    def first(self, whole: Array, *types: ValueType) -> Any:
        return self._rounded(whole, *types)

    def elements(self, state: Any, whole: Array, *types: ValueType) -> Any:
        count, total, lowest = self._sums(self.accumulator(*types), state)
        weight = count + self.smoothing
        share = np.divide(count, weight, out=np.zeros(count.shape), where=weight > 0)
        encoded = share * _means(count, total, lowest) + (1.0 - share) * whole
        return self._rounded(encoded.reshape(-1), *types)

    def _sums(self, accumulator: KeyedSums, state: Any) -> tuple[Array, Array, int]:
        """Counts and totals of each key and fold, and the place of the totals' units."""
        table = accumulator.table(state)
        count, sums = table.fact("count"), sums_of(table)
        lowest = min(sums, default=0)
        total = totals(sums, count.size, lowest).reshape(-1, accumulator.width)
        return _left_in(count.reshape(-1, accumulator.width)), _left_in(total), lowest

    def _rounded(self, numbers: Array, *types: ValueType) -> Any:
        with np.errstate(over="ignore"):
            return pa.array(numbers).cast(self.infer(*types).dtype)


def _left_in(parts: Array) -> Array:
    """From sums of each fold and of rows without one: sums without each fold, and of all rows."""
    whole = parts.sum(axis=1, keepdims=True)
    return np.concatenate([whole - parts[:, :-1], whole], axis=1)


def _means(count: Array, total: Array, lowest: int) -> Array:
    exponent = DIGIT_BITS * lowest - UNIT_BITS
    return quotients(total.reshape(-1), count.reshape(-1), exponent).reshape(count.shape)
