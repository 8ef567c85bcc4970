"""Values that Beam transforms of the user's own find, each in a branch beside a pass.

Such a transform gets the columns it asked for as NumPy arrays; what it finds is checked, frozen
and handed on as text, like the values of the pass itself.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import apache_beam as beam
import numpy as np
import pyarrow as pa
from apache_beam.pvalue import DoOutputsTuple, PCollection

from taurus_beam.analyzers.external import PTransformResult
from taurus_beam.errors import EngineError, TaurusError
from taurus_beam.graph.freeze import substitute
from taurus_beam.graph.node import Node
from taurus_beam.graph.phases import Phase, phases
from taurus_beam.graph.program import Program
from taurus_beam.graph.text import Text
from taurus_beam.graph.values import Values
from taurus_beam.io.one_window import in_one_window
from taurus_beam.pipeline.passes import together
from taurus_beam.pipeline.plan import decode_values, encode_values, graph_of

__all__ = ["as_numpy", "beside_pass"]


def beside_pass(
    batches: Any, plan: str, number: int, phase: Phase, known: list[Any], folder: str
) -> list[Any]:
    """PCollections of the values, as text, of a phase's external analyzers.

    Args:
        batches: What the pass reads.
        plan: The traced graph, as text.
        number: Which phase it is.
        phase: The phase, of the graph that was traced: it has the transforms.
        known: The values of earlier passes.
        folder: Where long values are written.
    """
    return [
        batches | f"Pass{number + 1}{nodes[0].operation.called}" >> _Found(step, nodes[0], known)
        for group, nodes in enumerate(phase.external)
        for step in [_Step(plan, number, group, folder)]
    ]


class _Step:
    """Which external analyzers are meant, for workers: they know the plan alone."""

    def __init__(self, plan: str, number: int, group: int, folder: str) -> None:
        self._plan, self._number, self._group, self._folder = plan, number, group, folder

    def inputs(self, known: Sequence[str]) -> Program:
        """What gives the analyzers' inputs for a batch, given the values of earlier passes."""
        phase = phases(graph_of(self._plan))[self._number]
        inputs = phase.external[self._group][0].inputs
        nodes = substitute(inputs, decode_values(self._plan, tuple(sorted(known))))
        return Program([nodes[node] for node in inputs])

    def values(self, found: Sequence[Any]) -> str:
        """The analyzers' values as text, from all elements of each result."""
        phase = phases(graph_of(self._plan))[self._number]
        values = phase.external_values(self._group, found)
        return encode_values(self._plan, values, self._folder)


class _Found(beam.PTransform[Any, Any]):
    """Record batches → the values that a transform finds, as text."""

    def __init__(self, step: _Step, node: Node, known: list[Any]) -> None:
        super().__init__()
        self._step, self._node, self._known = step, node, known

    def expand(self, batches: Any) -> Any:
        """Record batches → a PCollection of one text."""
        known = together(self._known, "KnownValues", batches.pipeline)
        arrays = in_one_window(batches) | "ToArrays" >> beam.ParDo(_ToArrays(self._step), known)
        found = [
            beam.pvalue.AsList(in_one_window(result, f"Result{i}"))
            for i, result in enumerate(self._results(arrays))
        ]
        return (
            batches.pipeline
            | "Once" >> beam.Create([None])
            | "Freeze" >> beam.Map(_frozen, self._step, *found).with_output_types(str)
        )

    def _results(self, arrays: Any) -> tuple[Any, ...]:
        operation = self._node.operation
        assert isinstance(operation, PTransformResult)
        place = str(self._node.location)
        try:
            given = arrays | operation.label >> operation.ptransform
        except TaurusError:
            raise
        except Exception as problem:
            raise EngineError(
                f"The transform {operation.label} of ptransform_analyzer cannot be applied: "
                f"{type(problem).__name__}: {problem}",
                where=place,
                expected="a PTransform from a PCollection of tuples of arrays",
            ) from problem
        several = isinstance(given, tuple | list | DoOutputsTuple)
        results = tuple(given) if several else (given,)
        are_pcollections = all(isinstance(result, PCollection) for result in results)
        if not are_pcollections or len(results) != operation.outputs:
            shown = f"{len(results)} PCollections" if are_pcollections else f"{given!r:.80}"
            raise EngineError(
                f"The transform {operation.label} of ptransform_analyzer gives {shown}.",
                where=place,
                expected="one PCollection for each of output_dtypes "
                f"({operation.outputs}), in a tuple where there are several",
            )
        return results


def _frozen(_: None, step: _Step, *found: Sequence[Any]) -> str:
    return step.values(found)


class _ToArrays(beam.DoFn):
    """Record batches → tuples of NumPy arrays."""

    def __init__(self, step: _Step) -> None:
        self._step = step

    def start_bundle(self) -> None:
        self._program: Program | None = None

    def process(self, batch: pa.RecordBatch, known: list[str]) -> Iterator[Any]:
        if self._program is None:
            self._program = self._step.inputs(known)
        yield tuple(as_numpy(values) for values in self._program.run(batch))


def as_numpy(values: Values) -> np.ndarray[Any, Any]:
    """A column as `ptransform_analyzer` promises it to transforms.

    Example:
        >>> from taurus_beam.graph.types import ColumnType
        >>> from taurus_beam.graph.values import from_arrow
        >>> as_numpy(from_arrow(pa.array([1, None]), ColumnType(pa.int64())))
        masked_array(data=[1, --],
                     mask=[False,  True],
               fill_value=999999)
    """
    flat = _flat(values)
    if values.type.is_scalar:
        return flat
    if not values.type.is_ragged:
        return flat.reshape(values.rows, -1)
    assert values.offsets is not None
    rows = np.empty(values.rows, object)
    missing = values.missing_rows
    for row, (start, end) in enumerate(zip(values.offsets[:-1], values.offsets[1:], strict=True)):
        rows[row] = None if missing is not None and missing[row] else flat[start:end]
    return rows


def _flat(values: Values) -> np.ndarray[Any, Any]:
    if isinstance(values.data, Text):
        texts: np.ndarray[Any, Any] = values.data.without(values.missing).plain.to_numpy(
            zero_copy_only=False
        )
        return texts
    data, dtype = values.data, values.type.dtype
    if pa.types.is_date32(dtype):
        data = data.astype("datetime64[D]")
    elif pa.types.is_timestamp(dtype):
        data = data.astype(f"datetime64[{dtype.unit}]")
    elif pa.types.is_duration(dtype):
        data = data.astype(f"timedelta64[{dtype.unit}]")
    return data if values.missing is None else np.ma.MaskedArray(data, values.missing)
