"""`ptransform_analyzer`: a value of the whole data set that any Beam transform finds.

Here is what the graph knows of it: a name, a type, and how its result becomes a constant. The
transform itself stays with the trace and is applied by `pipeline`; nothing here knows Beam.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pyarrow as pa

from taurus_beam.errors import DataError, TraceError
from taurus_beam.graph.analyzer import ExternalAnalyzer
from taurus_beam.graph.column import Column, apply
from taurus_beam.graph.constant import Constant
from taurus_beam.graph.operation import operation
from taurus_beam.graph.recorder import claim_name, user_location
from taurus_beam.graph.types import ColumnType, ValueType, is_float, is_numeric, numpy_dtype

__all__ = ["PTransformResult", "ptransform_analyzer"]


def ptransform_analyzer(
    inputs: Sequence[Column],
    ptransform: Any,
    output_dtypes: Sequence[Any],
    output_shapes: Sequence[Sequence[int | None]],
    name: str | None = None,
) -> list[Column]:
    """Values of the whole data set that a Beam ``PTransform`` of your own finds.

    The transform is applied while the pipeline is made and runs in it, on its workers; its
    results are frozen as constants, and the artifact holds them alone. It gets the columns in
    batches of any size and order, so its results must not depend on these: sort what has an
    order, break ties, and sum floats exactly, or the artifact differs from run to run. Prefer
    an analyzer of your own (``tb.extend``) where an accumulator can do it: that runs in the
    shared pass, with `fit` too.

    Args:
        inputs: Columns. Each element of the ``PCollection`` that the transform gets is a tuple
            with a NumPy array for each of them, all of one batch of rows: of shape ``(rows,)``,
            for vectors ``(rows, n)``, for ragged lists an object array of arrays. Numbers,
            booleans and times (``datetime64``) are a ``np.ma.MaskedArray`` where the batch has
            missing values; text is an object array of ``str`` or ``bytes``, missing values and
            missing ragged lists are None. Do not change them in place.
        ptransform: Gives one ``PCollection``, or a tuple of as many as there are outputs, each
            of exactly one element: an array, a list, or for shape ``()`` a number or string. No
            rows at all must give one, too.
        output_dtypes: The Arrow type of each result's elements: numbers, bool, string or binary.
            Integers are taken for floats; float64 is rounded to a smaller float; anything else
            must be of the type.
        output_shapes: The shape of each: ``()``, ``(n,)``, ``(n, m)``, or ``(None,)`` for a
            length that only the data tell.
        name: What it is called in messages and among the pipeline's steps; by default the class
            of the transform.

    Returns:
        One value for each output, for use beside columns; NaN is a value, a missing element is
        not allowed.

    Raises:
        TraceError: If an argument is wrong.
        DataError: In the pipeline, if a result is not one element of its type and shape.
        EngineError: From `fit`, which has no pipeline; if the transform cannot be applied or
            gives another number of results.

    Example:
        >>> import apache_beam as beam, math, pyarrow as pa, tempfile, taurus_beam as tb
        >>> class CommonDivisor(beam.PTransform):
        ...     def expand(self, batches):
        ...         numbers = batches | beam.FlatMap(lambda arrays: arrays[0].tolist())
        ...         return numbers | beam.CombineGlobally(lambda some: math.gcd(*some))
        >>> def preprocess(inputs):
        ...     x = inputs["x"]
        ...     (unit,) = tb.ptransform_analyzer([x], CommonDivisor(), [pa.int64()], [()])
        ...     return {"units": x // unit}
        >>> path = tempfile.mkdtemp() + "/transform_fn"
        >>> with beam.Pipeline(runner="FnApiRunner") as p:
        ...     _ = (p | beam.Create([{"x": 20}, {"x": 50}])
        ...          | tb.AnalyzeDataset(preprocess, schema=pa.schema({"x": pa.int64()}))
        ...          | tb.WriteTransformFn(path))
        >>> tb.load(path).row({"x": 40})
        {'units': 4}
    """
    columns = _columns(inputs)
    types = _result_types(output_dtypes, output_shapes)
    if isinstance(ptransform, type) or not hasattr(ptransform, "expand"):
        raise TraceError(
            f"{ptransform!r:.80} is no PTransform.",
            where=str(user_location()),
            expected="an instance of a class with expand(pcollection)",
        )
    identity = (id(ptransform), *(id(c.node) for c in columns), tuple(types))
    wanted = name or type(ptransform).__name__
    label = claim_name("ptransform_analyzer", wanted, identity, exact=name is not None)
    return [
        apply(PTransformResult(label, position, len(types), result, ptransform), *columns)
        for position, result in enumerate(types)
    ]


@operation
@dataclass(frozen=True)
class PTransformResult(ExternalAnalyzer):
    """One of the values that a Beam transform finds.

    Attributes:
        outputs: How many it finds.
        result: The type of this one.
        ptransform: The transform; only in the graph that was traced, never written.
    """

    name = "ptransform_analyzer"
    label: str
    position: int
    outputs: int
    result: ColumnType
    ptransform: Any = field(default=None, compare=False, repr=False)

    @property
    def called(self) -> str:
        return self.label

    def key(self) -> Hashable:
        return (self.name, self.version, *self.attributes().values())

    def attributes(self) -> dict[str, Any]:
        return {n: getattr(self, n) for n in ("label", "position", "outputs", "result")}

    def infer(self, *types: ValueType) -> ColumnType:
        return self.result

    def value(self, state: Any, *types: ValueType) -> Constant:
        """The constant of what was found: `state` is all elements of one ``PCollection``."""
        if len(state) != 1:
            raise DataError(
                f"output {self.position} is {len(state)} elements.",
                expected="a PCollection of exactly one element, without any rows too",
                fix="End it with a global combine: beam.CombineGlobally, beam.combiners.ToList.",
            )
        return Constant.from_arrow(_elements(self.position, state[0], self.result), self.result)


def _columns(inputs: Any) -> list[Column]:
    if not isinstance(inputs, list | tuple) or not all(isinstance(c, Column) for c in inputs):
        raise TraceError(
            "The inputs of ptransform_analyzer are no list of columns.",
            where=str(user_location()),
            expected='such as [inputs["x"], inputs["y"]]',
        )
    for position, column in enumerate(inputs):
        if not column.node.per_row:
            raise TraceError(
                f"Input {position} of ptransform_analyzer is a value of the whole data set.",
                where=str(user_location()),
                expected="columns with a value for each row",
                fix="Use it in a column that is an input, such as x - tb.mean(x).",
            )
    if not inputs:
        raise TraceError(
            "ptransform_analyzer needs at least one column.", where=str(user_location())
        )
    return list(inputs)


def _result_types(dtypes: Any, shapes: Any) -> list[ColumnType]:
    given = all(isinstance(each, list | tuple) for each in (dtypes, shapes))
    if not given or not dtypes or len(dtypes) != len(shapes):
        raise TraceError(
            f"output_dtypes is {dtypes!r:.60}, output_shapes is {shapes!r:.60}.",
            where=str(user_location()),
            expected="two lists of one length, such as [pa.float64()] and [()]",
        )
    return [_result_type(dtype, shape) for dtype, shape in zip(dtypes, shapes, strict=True)]


def _result_type(dtype: Any, shape: Any) -> ColumnType:
    simple = isinstance(dtype, pa.DataType) and (
        is_numeric(dtype) or dtype in (pa.bool_(), pa.string(), pa.binary())
    )
    if not simple:
        raise TraceError(
            f"An output of ptransform_analyzer cannot be of type {dtype!r:.60}.",
            where=str(user_location()),
            expected="an Arrow type: numbers, pa.bool_(), pa.string() or pa.binary()",
            fix="Give times as integers and cast them: tb.cast(value, pa.timestamp(...)).",
        )
    sizes = tuple(shape) if isinstance(shape, list | tuple) else None
    fixed = sizes is not None and len(sizes) <= 2 and all(type(n) is int and n > 0 for n in sizes)
    if not fixed and sizes != (None,):
        raise TraceError(
            f"An output of ptransform_analyzer cannot have shape {shape!r:.60}.",
            where=str(user_location()),
            expected="(), (n,), (n, m) or (None,)",
        )
    assert sizes is not None
    return ColumnType(dtype, sizes)


def _elements(position: int, found: Any, result: ColumnType) -> Any:
    """The flat Arrow array of a result; DataError where it is of another type or shape."""
    array = _as_array(found, result)
    wanted = result.shape
    fits = array is not None and len(wanted) == array.ndim
    if (
        array is None
        or not fits
        or any(n not in (None, size) for n, size in zip(wanted, array.shape, strict=True))
    ):
        shown = "" if array is None else f" of shape {array.shape}"
        raise DataError(
            f"output {position} is {found!r:.80}{shown}.",
            expected=f"shape {wanted}, as output_shapes says",
            fix="Correct output_shapes, or what the transform gives.",
        )
    flat = _of_type(array.reshape(-1), result.dtype)
    if flat is None:
        raise DataError(
            f"output {position} is {found!r:.80} of {array.dtype}.",
            expected=f"{result.dtype}, as output_dtypes says, none missing",
            fix="Correct output_dtypes, or what the transform gives.",
        )
    return flat


def _as_array(found: Any, result: ColumnType) -> np.ndarray[Any, Any] | None:
    """An array of a result, None for nested lists of unequal lengths and what is no list."""
    if isinstance(found, pa.Array | pa.ChunkedArray):
        found = found.to_pylist()
    is_text = not (is_numeric(result.dtype) or pa.types.is_boolean(result.dtype))
    try:
        # Not by its own type: NumPy would make strings of a list of numbers and strings.
        as_it_is = isinstance(found, np.ndarray) or not is_text
        data = np.asanyarray(found) if as_it_is else np.array(found, dtype=object)
    except ValueError:
        return None
    if isinstance(data, np.ma.MaskedArray):
        data = np.array(data.tolist(), dtype=object)
    if data.dtype.kind == "O" and not is_text:
        data = np.array(data.tolist())
    return data


def _of_type(flat: np.ndarray[Any, Any], dtype: Any) -> Any:
    """The Arrow array of some elements, None where one of them is not of the type."""
    if flat.size == 0:
        return pa.array([], dtype)
    if pa.types.is_boolean(dtype):
        return pa.array(flat) if flat.dtype.kind == "b" else None
    if not is_numeric(dtype):
        wanted = str if pa.types.is_string(dtype) else bytes
        elements = flat.tolist()
        return pa.array(elements, dtype) if all(isinstance(e, wanted) for e in elements) else None
    carrier = numpy_dtype(dtype)
    if flat.dtype.kind not in ("iuf" if is_float(dtype) else "iu"):
        return None
    with np.errstate(over="ignore"):
        data = flat.astype(carrier)
    same = np.isfinite(data) == np.isfinite(flat) if is_float(dtype) else data == flat
    return pa.array(data) if same.all() else None
