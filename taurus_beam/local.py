"""Fitting and transforming in this process, without a pipeline: how one tries it in a notebook.

The same phases, accumulators and frozen graph as on a Beam runner, over the batches of a table
that is in memory already.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cache, partial
from typing import Any, TypeAlias, TypeVar

import pyarrow as pa

from taurus_beam import transforms as transforms  # says where operations live
from taurus_beam.analyzers.vocabulary import only_counted
from taurus_beam.artifact.provenance import provenance
from taurus_beam.errors import DataError, EngineError
from taurus_beam.graph.constant import Constant
from taurus_beam.graph.freeze import freeze, taken
from taurus_beam.graph.gathering import Gatherer
from taurus_beam.graph.node import Graph, InputColumn, Node, describe
from taurus_beam.graph.observe import Observe
from taurus_beam.graph.phases import Phase, columns_read, phases
from taurus_beam.graph.share import is_divided
from taurus_beam.graph.threads import rows_each, thread_count
from taurus_beam.graph.trace import PreprocessingFn, trace
from taurus_beam.graph.types import is_text
from taurus_beam.graph.values import Values
from taurus_beam.profiling.active import recorder
from taurus_beam.profiling.recorder import Off
from taurus_beam.profiling.step import Step
from taurus_beam.serving.frames import as_table, like
from taurus_beam.serving.gathered import gathered, ways
from taurus_beam.serving.held_text import HeldBatches
from taurus_beam.serving.held_values import HeldValues, made_again
from taurus_beam.serving.pieces import joined
from taurus_beam.serving.transform_fn import TransformFn

__all__ = [
    "fit",
    "fit_batches",
    "fit_transform",
    "get_analyze_input_columns",
    "get_transform_input_columns",
]

D = TypeVar("D")
P = TypeVar("P")
# What the threads share out, and the batch of each; to get it is measured.
_Reading: TypeAlias = tuple[Iterable[P], Callable[[P], pa.RecordBatch]]
# Nodes whose values are columns of a batch, and what these are called.
_Columns: TypeAlias = tuple[tuple[Node, str], ...]
_BATCH_ROWS = 65_536
_WIDE_ROWS = 1 << 17
"""Where threads divide the columns: as many as are sorted at a time for quantiles."""
_FEW_BATCHES = 4
"""Of a batch that is whole; a table of more and smaller ones is worth being joined."""


def fit(data: Any, preprocessing_fn: PreprocessingFn, schema: Any = None) -> TransformFn:
    """Analyze data in memory and freeze the preprocessing function.

    Args:
        data: ``pa.Table``, ``pa.RecordBatch``, Polars DataFrame, pandas DataFrame (NaN means
            missing) or dict of arrays or tensors.
        preprocessing_fn: A function from columns to a dict of columns; called once, with
            symbolic columns.
        schema: Arrow schema (or tensorflow-metadata ``Schema``) of the data, where their own
            types are not enough (columns that are all missing).

    Returns:
        The frozen function. The same function and rows give the same one, in any order.

    Raises:
        TraceError: If the function is wrong, before any data are read, naming its line.
        DataError: If the data do not fit.
        EngineError: If it needs a pipeline (`ptransform_analyzer`).

    Example:
        >>> import taurus_beam as tb, pyarrow as pa
        >>> fn = tb.fit(pa.table({"x": [1.0, 3.0]}), lambda i: {"z": tb.scale_to_z_score(i["x"])})
        >>> fn.row({"x": 2.0})
        {'z': 0.0}
    """
    return _fitted(as_table(data), preprocessing_fn, schema, applied=False)[0]


def fit_transform(
    data: D, preprocessing_fn: PreprocessingFn, schema: Any = None
) -> tuple[D, TransformFn]:
    """Fit and apply to the same data; see `fit` and `TransformFn.transform`.

    Returns:
        The transformed data, in the form they came in, and the frozen function.

    Example:
        >>> import taurus_beam as tb, pyarrow as pa
        >>> table = pa.table({"x": [1, 2, 3]})
        >>> out, fn = tb.fit_transform(table, lambda i: {"y": i["x"] * 2})
        >>> out["y"].to_pylist()
        [2, 4, 6]
    """
    table = as_table(data)
    fn, held, values = _fitted(table, preprocessing_fn, schema, applied=True)
    if isinstance(data, pa.RecordBatch) or not len(table):
        return fn.transform(data), fn
    whole = (values.added(number, batch) for number, batch in enumerate(held.batches()))
    batches = _cut(whole, rows_each(len(table), _BATCH_ROWS))
    return like(data, fn.transform_batches(batches, held=values.columns)), fn


def fit_batches(
    batches: Callable[[], Iterable[pa.RecordBatch]],
    preprocessing_fn: PreprocessingFn,
    schema: pa.Schema,
    source: Mapping[str, Any] | None = None,
) -> TransformFn:
    """Fit on a re-readable source: `batches` is called once for each pass.

    Args:
        batches: Gives the record batches anew each time.
        preprocessing_fn: As in `fit`.
        schema: Arrow schema of the batches.
        source: What is known of where they come from, for the provenance.
    """
    graph = trace(preprocessing_fn, schema)

    def read(measure: Off, name: str) -> _Reading[pa.RecordBatch]:
        return measure.reading(name, batches()), lambda batch: batch

    return _frozen(graph, preprocessing_fn, read, source)


def get_analyze_input_columns(preprocessing_fn: PreprocessingFn, schema: Any) -> list[str]:
    """The columns that analysis reads, by path, sorted.

    Args:
        preprocessing_fn: As in `fit`.
        schema: Arrow schema (or tensorflow-metadata ``Schema``) of the data.

    Example:
        >>> import taurus_beam as tb, pyarrow as pa
        >>> schema = pa.schema({"x": pa.float64(), "y": pa.float64(), "z": pa.float64()})
        >>> fn = lambda i: {"a": tb.scale_to_0_1(i["x"]), "b": i["y"] + 1}
        >>> tb.get_analyze_input_columns(fn, schema), tb.get_transform_input_columns(fn, schema)
        (['x'], ['x', 'y'])
    """
    plan = phases(trace(preprocessing_fn, _known_schema(schema)))
    return sorted({column for phase in plan for column in phase.columns})


def get_transform_input_columns(preprocessing_fn: PreprocessingFn, schema: Any) -> list[str]:
    """The columns that the frozen function reads, by path, sorted.

    Args:
        preprocessing_fn: As in `fit`.
        schema: Arrow schema (or tensorflow-metadata ``Schema``) of the data.
    """
    return columns_read(trace(preprocessing_fn, _known_schema(schema)).roots)


def arrow_schema_of(schema: Any) -> pa.Schema | None:
    """An Arrow schema from one, from a tensorflow-metadata ``Schema``, or None from None."""
    if schema is None or isinstance(schema, pa.Schema):
        return schema
    if type(schema).__name__ == "Schema" and hasattr(schema, "feature"):
        from taurus_beam.artifact.schema_proto import arrow_schema

        return arrow_schema(schema)
    raise DataError(
        f"A {type(schema).__name__} is no schema.",
        expected="a pa.Schema or a tensorflow-metadata Schema",
    )


def _known_schema(schema: Any) -> pa.Schema:
    known = arrow_schema_of(schema)
    if known is None:
        raise DataError(
            "There is no schema.", expected="a pa.Schema or a tensorflow-metadata Schema"
        )
    return known


def _fitted(
    table: pa.Table, preprocessing_fn: PreprocessingFn, schema: Any, applied: bool
) -> tuple[TransformFn, HeldBatches, HeldValues]:
    """The frozen function, and the batches as a further reading finds them best."""
    graph = trace(preprocessing_fn, arrow_schema_of(schema) or table.schema)
    plan = phases(graph)
    read_again = len(plan) + applied > 1
    text = _text_analyzed(plan) if read_again else set()
    is_wide = bool(plan) and all(map(is_divided, plan))
    rows = _WIDE_ROWS if is_wide else rows_each(len(table), _BATCH_ROWS)
    looked_at = [*graph.input_columns] if applied else [c for phase in plan for c in phase.columns]
    table = joined(table, rows // _FEW_BATCHES, looked_at)
    held = HeldBatches(table, rows, text, text & only_counted(plan))
    later = [node for phase in plan[1:] for node in phase.inputs]
    again = made_again(plan[0].inputs, [*later, *(graph.roots if applied else ())]) if plan else []
    values = HeldValues(again, table.schema)

    def read(measure: Off, name: str) -> _Reading[int]:
        def batch_of(number: int) -> pa.RecordBatch:
            with measure.step(Step(name, "read")) as weighed:
                batch = values.added(number, held.batch(number))
                weighed.rows, weighed.bytes_out = batch.num_rows, batch.nbytes
            return batch

        return range(len(held)), batch_of

    return (
        _frozen(graph, preprocessing_fn, read, keep=values.keep, found=values.found),
        held,
        values,
    )


def _cut(batches: Iterable[pa.RecordBatch], rows: int) -> list[pa.RecordBatch]:
    """The batches, those of more rows in parts."""
    return [
        batch if batch.num_rows <= rows else batch.slice(start, rows)
        for batch in batches
        for start in range(0, batch.num_rows, rows)
    ]


def _text_analyzed(plan: Iterable[Phase]) -> set[str]:
    """The columns of strings that analyzers look at as they are."""
    return {
        node.operation.column
        for phase in plan
        for node in phase.inputs
        if isinstance(node.operation, InputColumn)
        and node.operation.column_type.is_scalar
        and is_text(node.operation.column_type.dtype)
    }


def _frozen(
    graph: Graph,
    preprocessing_fn: PreprocessingFn,
    read: Callable[[Off, str], _Reading[P]],
    source: Mapping[str, Any] | None = None,
    keep: Callable[[P, Mapping[Node, Values]], None] | None = None,
    found: Callable[[P], _Columns] = lambda part: (),
) -> TransformFn:
    values: dict[Node, Constant] = {}
    plan = phases(graph)
    _refuse_external(plan)
    rows, measure = None, recorder()
    for number, phase in enumerate(plan, 1):
        name = f"pass {number}"
        with measure.working(name):
            observe = measure.observer(name)
            gatherer = _gatherer(phase, values, observe)
            kept = keep if number == 1 else None
            states, rows = _gathered(gatherer, *read(measure, name), measure, name, kept, found)
            values.update(phase.values(states, observe))
    with measure.step(Step("freeze", "freeze")):
        record = provenance(preprocessing_fn, graph, runner="local", rows=rows, source=source)
        return TransformFn(freeze(graph, values), record)


def _gatherer(
    phase: Phase, values: Mapping[Node, Constant], observe: Observe
) -> Callable[[_Columns], Gatherer]:
    """What gathers a phase of batches that have the values of some nodes in columns."""

    @cache
    def gatherer(columns: _Columns) -> Gatherer:
        return Gatherer(phase, {**values, **taken(dict(columns))}, observe)

    return gatherer


def _gathered(
    gatherer: Callable[[_Columns], Gatherer],
    parts: Iterable[P],
    batch_of: Callable[[P], pa.RecordBatch],
    measure: Off,
    name: str,
    keep: Callable[[P, Mapping[Node, Values]], None] | None,
    found: Callable[[P], _Columns],
) -> tuple[list[Any], int]:
    """The states of a phase after all rows, and how many rows these are."""

    def add(state: tuple[list[Any], int], part: P) -> tuple[list[Any], int]:
        with measure.working(name):
            batch, fitting = batch_of(part), gatherer(found(part))
            seen = (lambda values: None) if keep is None else partial(keep, part)
            return fitting.add(state[0], batch, mapped, seen), state[1] + batch.num_rows

    def merge(states: Sequence[tuple[list[Any], int]]) -> tuple[list[Any], int]:
        return usual.merge([found for found, _ in states]), sum(rows for _, rows in states)

    usual = gatherer(())
    threads, mapped = ways(usual, thread_count())
    return gathered(parts, lambda: (usual.zero(), 0), add, merge, threads)


def _refuse_external(plan: Iterable[Phase]) -> None:
    """Say before anything is read that a value cannot be found here."""
    for nodes in (group for phase in plan for group in phase.external):
        raise EngineError(
            f"{describe(nodes[0])} is found by a Beam transform, and here is no pipeline.",
            where=str(nodes[0].location),
            expected="tb.AnalyzeDataset or tb.AnalyzeAndTransformDataset in a pipeline, or "
            "`taurus-beam fit`",
            fix='Fit with beam.Pipeline(runner="FnApiRunner"), which runs in this process.',
        )
