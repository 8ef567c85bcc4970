"""The symbolic column that a preprocessing function computes with.

Every operator and NumPy ufunc on a `Column` records a node in the current trace. Python
control flow on a column is refused, with the line and what to use instead.
"""

from __future__ import annotations

import contextvars
import datetime
import linecache
import os
import sys
from collections.abc import Hashable, Iterator
from contextlib import contextmanager
from typing import Any, NoReturn

import numpy as np
import pyarrow as pa

from taurus_beam.errors import TraceError
from taurus_beam.graph.constant import Constant
from taurus_beam.graph.node import Location, Node
from taurus_beam.graph.operation import Operation, operation_named
from taurus_beam.graph.types import ColumnType, is_float, is_numeric

__all__ = ["Column", "Recorder", "apply", "as_column", "claim_name", "recording", "user_location"]

_PACKAGE = os.path.dirname(os.path.dirname(os.path.abspath(__file__))) + os.sep
_RECORDER: contextvars.ContextVar[Recorder | None] = contextvars.ContextVar(
    "recorder", default=None
)


def user_location() -> Location:
    """The innermost line outside this package on the call stack."""
    frame = sys._getframe(1)
    while frame.f_back is not None and frame.f_code.co_filename.startswith(_PACKAGE):
        frame = frame.f_back
    path, line = frame.f_code.co_filename, frame.f_lineno
    name = "<notebook>" if path.startswith("<") or "ipykernel" in path else os.path.basename(path)
    return Location(name, line, linecache.getline(path, line).strip())


class Recorder:
    """The nodes of one trace, each distinct expression once."""

    def __init__(self) -> None:
        self._nodes: dict[Hashable, Node] = {}
        self._names: dict[tuple[str, str], Hashable] = {}

    def node(self, op: Operation, inputs: tuple[Node, ...], node_type: Any, per_row: bool) -> Node:
        """The node for an operation on inputs: the earlier one where it was recorded before."""
        key = (op.key(), tuple(id(node) for node in inputs))
        if key not in self._nodes:
            self._nodes[key] = Node(op, inputs, node_type, per_row, user_location())
        return self._nodes[key]

    def claim(self, kind: str, name: str, identity: Hashable, exact: bool) -> str:
        """A name that no other identity has: the one asked for, or with a number behind it."""
        candidate, number = name, 1
        while self._names.setdefault((kind, candidate), identity) != identity:
            if exact:
                raise TraceError(
                    f"The name {name!r} is used for two different results ({kind}).",
                    where=str(user_location()),
                    fix="Give each its own name.",
                )
            number += 1
            candidate = f"{name}_{number}"
        return candidate


@contextmanager
def recording() -> Iterator[Recorder]:
    """A new trace, current inside the ``with`` block."""
    recorder = Recorder()
    token = _RECORDER.set(recorder)
    try:
        yield recorder
    finally:
        _RECORDER.reset(token)


def _recorder() -> Recorder:
    recorder = _RECORDER.get()
    if recorder is None:
        raise TraceError(
            "A column was used outside its preprocessing function.",
            where=str(user_location()),
            fix="Use columns only inside the function; they stand for data, they do not hold it.",
        )
    return recorder


def claim_name(kind: str, name: str, identity: Hashable, *, exact: bool) -> str:
    """A name for something of the current trace; see `Recorder.claim`."""
    return _recorder().claim(kind, name, identity, exact)


def apply(op: Operation, *arguments: Any) -> Column:
    """Record an operation on columns and constants; its type rule runs now.

    Raises:
        TraceError: If the types do not fit, naming the user's line and the columns.
    """
    recorder = _recorder()
    nodes = tuple(as_column(argument, arguments).node for argument in arguments)
    try:
        result = op.infer(*(node.type for node in nodes))
    except TraceError as problem:
        if problem.where:
            raise
        raise TraceError(
            problem.what, where=str(user_location()), expected=problem.expected, fix=problem.fix
        ) from None
    per_row = any(node.per_row for node in nodes)
    return Column(recorder.node(op, nodes, result, per_row))


def as_column(value: Any, beside: tuple[Any, ...] = ()) -> Column:
    """A column as it is, anything else as a constant.

    Python numbers take the type of the numeric columns `beside` them, as in NumPy.
    """
    if isinstance(value, Column):
        return value
    types = [
        c.node.type for c in beside if isinstance(c, Column) and isinstance(c.node.type, ColumnType)
    ]
    constant = constant_of(value, [t.dtype for t in types])
    return Column(_recorder().node(constant, (), constant.value_type, False))


def constant_of(value: Any, dtypes: list[Any]) -> Constant:
    """The constant of a Python or NumPy value; TraceError for anything else."""
    numeric = [t for t in dtypes if is_numeric(t)]
    if isinstance(value, bool | np.bool_):
        array = pa.array([bool(value)])
    elif isinstance(value, int) and numeric:
        array = _weak_number(value, numeric[0])
    elif isinstance(value, float) and not isinstance(value, np.floating) and numeric:
        floats = [t for t in numeric if is_float(t)]
        array = pa.array([value], floats[0] if floats else pa.float64())
    elif isinstance(value, np.ndarray | list | tuple):
        return _vector(value)
    elif isinstance(value, str | bytes | int | float | np.number | np.str_):
        array = pa.array([value.item() if isinstance(value, np.generic) else value])
        if isinstance(value, np.number):
            array = pa.array(np.asarray([value]))
    elif isinstance(value, datetime.date | datetime.timedelta | np.datetime64 | np.timedelta64):
        array = pa.array([value])
        if dtypes and array.type != dtypes[0] and pa.types.is_timestamp(dtypes[0]):
            array = array.cast(dtypes[0])
    elif value is None:
        raise TraceError(
            "None is not a value to compute with.",
            where=str(user_location()),
            fix="Use tb.is_null(x) to test for missing values, tb.fill_null(x, v) to replace them.",
        )
    else:
        raise TraceError(
            f"A {type(value).__name__} is not a column or a constant: {value!r:.80}",
            where=str(user_location()),
            expected="a column, a number, a string, a date, or a list or array of numbers",
        )
    return Constant.from_arrow(array, ColumnType.from_arrow(array.type))


def _weak_number(value: int, dtype: Any) -> Any:
    try:
        return pa.array([float(value) if is_float(dtype) else value], dtype)
    except (pa.ArrowInvalid, OverflowError):
        raise TraceError(
            f"{value} does not fit into {dtype}.",
            where=str(user_location()),
            fix="Cast the column to a wider type first: tb.cast(x, pa.int64()).",
        ) from None


def _vector(value: Any) -> Constant:
    try:
        array = pa.array(np.asarray(value))
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError, ValueError):
        array = None
    if array is None or len(np.shape(value)) != 1 or len(array) == 0:
        raise TraceError(
            f"This is no vector of numbers or strings: {value!r:.80}",
            where=str(user_location()),
            expected="one dimension, at least one element, all of one type",
        )
    column_type = ColumnType(ColumnType.from_arrow(array.type).dtype, (len(array),))
    return Constant.from_arrow(array, column_type)


class Column:
    """A column of the data, or a value computed from columns, inside a preprocessing function.

    Supports ``+ - * / // % **``, comparisons, ``& | ^ ~``, ``abs``, indexing of vectors
    (``x[0]``) and NumPy ufuncs (``np.log1p(x)``). A missing input gives a missing result;
    NaN follows IEEE 754.
    """

    __slots__ = ("node",)
    __hash__ = None  # type: ignore[assignment]  # == builds a column, so columns cannot be keys

    def __init__(self, node: Node) -> None:
        self.node = node

    @property
    def dtype(self) -> Any:
        """Arrow type of one element."""
        return self.node.type.dtype

    @property
    def shape(self) -> tuple[int | None, ...]:
        """``()`` for one element a row, ``(n,)`` for vectors, ``(None,)`` for ragged lists."""
        return self.node.column_type().shape

    def __repr__(self) -> str:
        return f"<Column {describe(self.node)}: {self.node.type}>"

    def __add__(self, other: Any) -> Column:
        return _binary("add", self, other)

    def __radd__(self, other: Any) -> Column:
        return _binary("add", other, self)

    def __sub__(self, other: Any) -> Column:
        return _binary("subtract", self, other)

    def __rsub__(self, other: Any) -> Column:
        return _binary("subtract", other, self)

    def __mul__(self, other: Any) -> Column:
        return _binary("multiply", self, other)

    def __rmul__(self, other: Any) -> Column:
        return _binary("multiply", other, self)

    def __truediv__(self, other: Any) -> Column:
        return _binary("divide", self, other)

    def __rtruediv__(self, other: Any) -> Column:
        return _binary("divide", other, self)

    def __floordiv__(self, other: Any) -> Column:
        return _binary("floor_divide", self, other)

    def __rfloordiv__(self, other: Any) -> Column:
        return _binary("floor_divide", other, self)

    def __mod__(self, other: Any) -> Column:
        return _binary("remainder", self, other)

    def __rmod__(self, other: Any) -> Column:
        return _binary("remainder", other, self)

    def __pow__(self, other: Any) -> Column:
        return _binary("power", self, other)

    def __rpow__(self, other: Any) -> Column:
        return _binary("power", other, self)

    def __lt__(self, other: Any) -> Column:
        return _binary("less", self, other)

    def __le__(self, other: Any) -> Column:
        return _binary("less_equal", self, other)

    def __gt__(self, other: Any) -> Column:
        return _binary("greater", self, other)

    def __ge__(self, other: Any) -> Column:
        return _binary("greater_equal", self, other)

    def __eq__(self, other: object) -> Column:  # type: ignore[override]  # symbolic, not bool
        return _binary("equal", self, other)

    def __ne__(self, other: object) -> Column:  # type: ignore[override]  # symbolic, not bool
        return _binary("not_equal", self, other)

    def __and__(self, other: Any) -> Column:
        return _binary("and", self, other)

    def __rand__(self, other: Any) -> Column:
        return _binary("and", other, self)

    def __or__(self, other: Any) -> Column:
        return _binary("or", self, other)

    def __ror__(self, other: Any) -> Column:
        return _binary("or", other, self)

    def __xor__(self, other: Any) -> Column:
        return _binary("xor", self, other)

    def __rxor__(self, other: Any) -> Column:
        return _binary("xor", other, self)

    def __invert__(self) -> Column:
        return apply(operation_named("not")(), self)

    def __neg__(self) -> Column:
        return apply(operation_named("negative")(), self)

    def __pos__(self) -> Column:
        return self

    def __abs__(self) -> Column:
        return apply(operation_named("absolute")(), self)

    def __getitem__(self, position: Any) -> Column:
        if isinstance(position, int) and not isinstance(position, bool):
            return apply(operation_named("element")(position), self)  # type: ignore[call-arg]  # its field
        raise TraceError(
            f"A column cannot be indexed with {position!r:.60}.",
            where=str(user_location()),
            expected="the position of an element of a vector, such as x[0]",
        )

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *inputs: Any, **options: Any) -> Column:
        if method != "__call__" or options:
            asked = f"np.{ufunc.__name__}.{method}" if method != "__call__" else ", ".join(options)
            raise TraceError(
                f"NumPy's {asked} cannot be used on a column.",
                where=str(user_location()),
                expected="a plain call such as np.log1p(x)",
            )
        name = _UFUNC_NAMES.get(ufunc.__name__, ufunc.__name__)
        try:
            op = operation_named(name)
        except Exception:
            raise TraceError(
                f"np.{ufunc.__name__} is not known on columns.",
                where=str(user_location()),
                fix="Write it with the operations in the reference, or ask for it.",
            ) from None
        return apply(op(), *inputs)

    def __array_function__(self, function: Any, *_: Any) -> NoReturn:
        name = function.__name__
        alternative = _FUNCTION_ALTERNATIVES.get(name)
        raise TraceError(
            f"np.{name} needs data; a column only stands for them.",
            where=str(user_location()),
            fix=f"Use {alternative}." if alternative else "Use NumPy ufuncs or taurus_beam's own.",
        )

    def __array__(self, *_: Any, **__: Any) -> NoReturn:
        _refuse("be turned into an array", "Compute with the column itself.")

    def __bool__(self) -> NoReturn:
        _refuse(
            "decide an `if`, `and`, `or`, `not` or `while`: its values are not known yet",
            "Use tb.where(condition, a, b), and & | ~ between conditions.",
        )

    def __iter__(self) -> NoReturn:
        _refuse("be looped over", "Index its elements: x[0], x[1], ...")

    def __len__(self) -> NoReturn:
        _refuse("tell its length", "Use tb.size(x) for the number of values in the data set.")

    def __contains__(self, _: object) -> NoReturn:
        _refuse("be searched with `in`", "Compare: (x == a) | (x == b).")

    def __float__(self) -> NoReturn:
        _refuse("become a Python number", "Use NumPy ufuncs (np.log, not math.log).")

    def __int__(self) -> NoReturn:
        _refuse("become a Python number", "Use tb.cast(x, pa.int64()).")

    def __index__(self) -> NoReturn:
        _refuse("serve as an index", "Use tb.where or a lookup instead.")

    def __str__(self) -> str:
        return repr(self)


_UFUNC_NAMES = {
    "logical_and": "and",
    "logical_or": "or",
    "logical_xor": "xor",
    "logical_not": "not",
    "bitwise_and": "and",
    "bitwise_or": "or",
    "bitwise_xor": "xor",
    "invert": "not",
    "true_divide": "divide",
    "fabs": "absolute",
    "mod": "remainder",
    "deg2rad": "radians",
    "rad2deg": "degrees",
}

_FUNCTION_ALTERNATIVES = {
    "where": "tb.where(condition, a, b)",
    "clip": "tb.clip(x, low, high)",
    "mean": "tb.mean(x)",
    "average": "tb.mean(x)",
    "var": "tb.var(x)",
    "std": "tb.std(x)",
    "min": "tb.min(x)",
    "max": "tb.max(x)",
    "amin": "tb.min(x)",
    "amax": "tb.max(x)",
    "sum": "tb.sum(x)",
    "quantile": "tb.quantiles(x, num_buckets)",
    "percentile": "tb.quantiles(x, num_buckets)",
    "digitize": "tb.apply_buckets(x, boundaries)",
    "searchsorted": "tb.apply_buckets(x, boundaries)",
    "nan_to_num": "tb.where(np.isnan(x), value, x)",
}


def _binary(name: str, left: Any, right: Any) -> Column:
    return apply(operation_named(name)(), left, right)


def _refuse(what: str, fix: str) -> NoReturn:
    raise TraceError(f"A column cannot {what}.", where=str(user_location()), fix=fix)


def describe(node: Node) -> str:
    """A node in one short phrase, for messages: the column, or the operation on columns."""
    if not node.inputs:
        return f"'{node.operation}'" if node.per_row else str(node.operation)
    inner = ", ".join(
        describe(i) if not i.inputs else f"{i.operation.name}(...)" for i in node.inputs
    )
    return f"{node.operation.name}({inner})"
