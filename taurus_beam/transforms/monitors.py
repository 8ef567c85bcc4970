"""Monitors: conditions that rows are expected to meet, frozen with the graph that they guard.

A monitor changes no value. It says of each row whether it violates the condition, wherever the
artifact runs; who runs it counts and reports that (`TransformFn.monitor_counts`, Beam metrics).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa

from taurus_beam.analyzers.moments import mean, std
from taurus_beam.errors import TraceError
from taurus_beam.graph.column import Column, apply
from taurus_beam.graph.lowered import Lowered, present
from taurus_beam.graph.node import InputColumn, Node
from taurus_beam.graph.operation import BatchFunction, Operation, RowFunction, operation
from taurus_beam.graph.recorder import record_monitor
from taurus_beam.graph.types import ColumnType, ValueType, VocabularyType, is_numeric
from taurus_beam.graph.values import Values
from taurus_beam.transforms.elementwise import column_types
from taurus_beam.transforms.is_in import is_in
from taurus_beam.transforms.lists import lists_of
from taurus_beam.transforms.padded_lists import counted
from taurus_beam.transforms.selection import fill_null, is_null
from taurus_beam.transforms.vocabulary import apply_vocabulary

__all__ = ["monitor", "monitor_in_set", "monitor_not_null", "monitor_range", "monitor_zscore"]


def monitor(x: Column, violates: Column, name: str | None = None) -> Column:
    """Watch a condition of your own.

    Args:
        x: What is watched; it is given back, so that a monitor can stand in an expression.
        violates: Boolean column, true where the condition is not met; of lists, a row violates
            it where any element does. Missing counts as met.
        name: What the monitor is called in counts and reports; made of ``x``'s name by default.

    Returns:
        ``x`` itself.

    Raises:
        TraceError: If ``violates`` is no boolean column, or two monitors have one name.

    Example:
        >>> import taurus_beam as tb, pyarrow as pa
        >>> def fn(inputs):
        ...     fare = tb.monitor(inputs["fare"], inputs["fare"] < inputs["tip"], "tip_over_fare")
        ...     return {"fare": tb.scale_to_0_1(fare)}
        >>> table = pa.table({"fare": [7.0, 12.0], "tip": [1.0, 20.0]})
        >>> tb.fit(table, fn).transform_and_monitor(table)[1]["tip_over_fare"].to_pylist()
        [False, True]
    """
    return _watched(x, violates, name, "monitor")


def monitor_range(x: Column, min: Any = None, max: Any = None, name: str | None = None) -> Column:
    """Watch that values lie within ``min … max``, both included.

    Args:
        x: Numeric or temporal column: scalars, vectors or ragged lists.
        min: The least value: a constant, or a column such as ``tb.min(x)``, which is frozen with
            the artifact; None for no limit.
        max: The greatest value likewise.
        name: As for `monitor`.

    Returns:
        ``x`` itself. A missing value violates nothing (see `monitor_not_null`); NaN, which lies
        in no range, violates.

    Raises:
        TraceError: If there is no limit, or it cannot be compared with ``x``.

    Example:
        >>> import taurus_beam as tb, pyarrow as pa
        >>> def fn(inputs):
        ...     x = tb.monitor_range(inputs["x"], tb.min(inputs["x"]), tb.max(inputs["x"]))
        ...     return {"x": tb.scale_to_0_1(x)}
        >>> fn = tb.fit(pa.table({"x": [1.0, 3.0]}), fn)
        >>> fn.row({"x": 2.0}), fn.row({"x": 9.0})
        ({'x': 0.5}, {'x': 4.0})
        >>> fn.monitor_counts
        {'x_range': MonitorCount(rows=2, violations=1)}
    """
    if min is None and max is None:
        raise TraceError("monitor_range has no limit.", expected="min, max or both")
    within = [*([] if min is None else [x >= min]), *([] if max is None else [x <= max])]
    met = within[0] if len(within) == 1 else within[0] & within[1]
    return _watched(x, ~met, name, "range")


def monitor_in_set(x: Column, values: Any, name: str | None = None) -> Column:
    """Watch that values are among those that are known.

    Args:
        x: Column of scalars, vectors or ragged lists.
        values: A list of constants (see `is_in`), or a vocabulary (`tb.vocabulary`), which is
            learnt from the data and frozen with the artifact.
        name: As for `monitor`.

    Returns:
        ``x`` itself. A missing value violates nothing. As the empty string is in no vocabulary,
        it violates one.

    Raises:
        TraceError: If ``values`` is neither, or of another type.

    Example:
        >>> import taurus_beam as tb, pyarrow as pa
        >>> def fn(inputs):
        ...     zone = tb.monitor_in_set(inputs["zone"], tb.vocabulary(inputs["zone"]))
        ...     return {"id": tb.compute_and_apply_vocabulary(zone)}
        >>> fn = tb.fit(pa.table({"zone": ["n", "s"]}), fn)
        >>> fn.row_and_monitor({"zone": "x"})
        ({'id': -1}, {'zone_in_set': True})
    """
    if isinstance(values, Column):
        if not isinstance(values.node.type, VocabularyType):
            raise TraceError(
                f"The values of monitor_in_set are a {values.node.type}.",
                expected="a list of constants, or what tb.vocabulary gives",
            )
        return _watched(x, apply_vocabulary(x, values, default_value=-1) == -1, name, "in_set")
    return _watched(x, ~is_in(x, _constants(values)), name, "in_set")


def monitor_not_null(x: Column, name: str | None = None) -> Column:
    """Watch that nothing is missing.

    Args:
        x: Any column. A list violates where it is missing or one of its elements is.
        name: As for `monitor`.

    Returns:
        ``x`` itself. NaN is a value, and does not violate.

    Example:
        >>> import taurus_beam as tb, pyarrow as pa
        >>> table = pa.table({"x": [1.0, None]})
        >>> fn = tb.fit(table, lambda i: {"x": tb.monitor_not_null(i["x"])})
        >>> fn.transform_and_monitor(table)[1]["x_not_null"].to_pylist()
        [False, True]
    """
    missing = is_null(x)
    if x.shape:
        missing = fill_null(apply(AnyElement(), missing), True)
    return _watched(x, missing, name, "not_null")


def monitor_zscore(x: Column, threshold: float = 3.0, name: str | None = None) -> Column:
    """Watch that values lie within some standard deviations of the mean of the analyzed data.

    Args:
        x: Numeric column: scalars, vectors or ragged lists, all elements together.
        threshold: How many standard deviations (population) are expected, above 0.
        name: As for `monitor`.

    Returns:
        ``x`` itself. A missing value violates nothing; NaN and ±inf violate. Where all analyzed
        values were equal, every other value violates.

    Raises:
        TraceError: If ``threshold`` is not above 0, or ``x`` not numeric.

    Example:
        >>> import taurus_beam as tb, pyarrow as pa
        >>> table = pa.table({"x": [-1.0, 1.0, -1.0, 1.0]})
        >>> fn = tb.fit(table, lambda i: {"x": tb.monitor_zscore(i["x"], 2)})
        >>> fn.row_and_monitor({"x": 2.5})[1]
        {'x_zscore': True}
    """
    if isinstance(threshold, Column) or not threshold > 0:
        raise TraceError(f"The threshold is {threshold!r}.", expected="a number above 0")
    if not is_numeric(x.dtype):
        raise TraceError(f"monitor_zscore takes numbers, not {x.dtype}.")
    distance = abs(x - mean(x))
    return _watched(x, ~(distance <= std(x) * float(threshold)), name, "zscore")


@operation
@dataclass(frozen=True)
class AnyElement(Operation):
    """Whether any element of a row's list is true; missing elements are not."""

    name = "any_element"

    def infer(self, *types: ValueType) -> ColumnType:
        (column,) = column_types(self.name, types)
        if not pa.types.is_boolean(column.dtype) or len(column.shape) != 1:
            raise TraceError(f"{self.name!r} takes lists of booleans, not a {column}.")
        return ColumnType(pa.bool_())

    def batch(self, *types: ValueType) -> BatchFunction:
        result = self.infer(*types)

        def run(rows: int, x: Values) -> Values:
            lists = lists_of(x)
            before = np.concatenate([[0], np.cumsum(lists.array)])
            found = before[lists.offsets[1:]] > before[lists.offsets[:-1]]
            return Values(result, found, lists.rows, lists.missing_rows, constant=lists.constant)

        return run

    def onnx(self, build: Any, *inputs: Any) -> Lowered:
        (x,) = inputs
        count = counted(build, x.data & present(build, x))
        return Lowered(self.infer(x.type), count > 0, x.missing_rows)

    def row(self, *types: ValueType) -> RowFunction:
        return any


def _watched(x: Column, violates: Column, name: str | None, kind: str) -> Column:
    if not isinstance(violates, Column) or not pa.types.is_boolean(violates.dtype):
        raise TraceError("What a monitor watches is no boolean column.", expected="such as x < 0")
    flag = apply(AnyElement(), violates) if violates.shape else violates
    flag = fill_null(flag, False)
    if not flag.node.per_row:
        raise TraceError(
            "A monitor watches a value that is the same for all rows.",
            fix="Compare a column with it.",
        )
    if name is not None and (not isinstance(name, str) or not name):
        raise TraceError(f"A monitor's name is {name!r}.", expected="a string")
    record_monitor(name or f"{_short(x.node)}_{kind}", flag.node, exact=name is not None)
    return x


def _short(node: Node) -> str:
    """What a monitor of a node is called after: its column, or else the last operation."""
    operation = node.operation
    return operation.column if isinstance(operation, InputColumn) else operation.called


def _constants(values: Any) -> Any:
    if isinstance(values, str | bytes) or not isinstance(values, Iterable):
        raise TraceError(
            f"The values of monitor_in_set are {values!r:.60}.",
            expected="a list of constants, or what tb.vocabulary gives",
        )
    return values
