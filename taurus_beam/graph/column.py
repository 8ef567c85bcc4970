"""The symbolic column that a preprocessing function computes with.

Every operator and NumPy ufunc on a `Column` records a node in the current trace. Python
control flow on a column is refused, with the line and what to use instead.
"""

from __future__ import annotations

from typing import Any, NoReturn

import numpy as np

from taurus_beam.errors import TraceError
from taurus_beam.graph.analyzer import Analyzer
from taurus_beam.graph.extensions import check_attributes, is_foreign
from taurus_beam.graph.literal import constant_of
from taurus_beam.graph.node import Node, describe
from taurus_beam.graph.operation import Operation, operation_named
from taurus_beam.graph.recorder import current_recorder, user_location
from taurus_beam.graph.types import ColumnType

__all__ = ["Column", "apply", "as_column"]


def apply(op: Operation, *arguments: Any) -> Column:
    """Record an operation on columns and constants; its type rule runs now.

    Raises:
        TraceError: If the types do not fit, naming the user's line and the columns.
    """
    recorder = current_recorder()
    nodes = tuple(as_column(argument, arguments).node for argument in arguments)
    if is_foreign(op.name):
        check_attributes(op)
    try:
        result = op.infer(*(node.type for node in nodes))
    except TraceError as problem:
        if problem.where:
            raise
        given = ", ".join(f"{describe(node)}: {node.type}" for node in nodes)
        raise TraceError(
            f"{problem.what} It was given {given}.",
            where=str(user_location()),
            expected=problem.expected,
            fix=problem.fix,
        ) from None
    per_row = any(node.per_row for node in nodes)
    if isinstance(op, Analyzer):
        if not nodes[0].per_row:
            raise TraceError(
                f"{op.name!r} got a value of the whole data set, not a column.",
                where=str(user_location()),
                expected="a column with a value for each row",
            )
        per_row = False
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
    return Column(current_recorder().node(constant, (), constant.value_type, False))


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
