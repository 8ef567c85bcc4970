"""The frozen transform function: what fitting gives, and what serving loads."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any, TypeVar, cast

import pyarrow as pa

from taurus_beam import transforms as transforms  # says where operations live
from taurus_beam.artifact.content import artifact_digest, artifact_files, checked_artifact
from taurus_beam.artifact.store import read_artifact, write_artifact
from taurus_beam.errors import ArtifactError
from taurus_beam.graph.constant import Constant, Vocabulary
from taurus_beam.graph.freeze import with_columns
from taurus_beam.graph.node import Graph, Node
from taurus_beam.graph.program import BatchTransform
from taurus_beam.graph.threads import in_threads, rows_each, thread_count
from taurus_beam.profiling.active import active
from taurus_beam.serving.describe import describe_graph
from taurus_beam.serving.few_rows import FewRows
from taurus_beam.serving.frames import as_table, like, no_rows
from taurus_beam.serving.monitor_counts import MonitorCount, MonitorCounter
from taurus_beam.serving.row import RowTransform

__all__ = ["TransformFn", "load"]

D = TypeVar("D")
_BATCH_ROWS = 65_536


class TransformFn:
    """A frozen transform graph: row operations and constants, no analyzers, no user code.

    Made by `taurus_beam.fit`, the Beam transforms or `load`; safe to use from several threads.
    Nothing of it changes but the counts of its monitors.

    Attributes:
        graph: The frozen graph.
        provenance: What is known of the run that made it (rows, source, versions).
    """

    def __init__(self, graph: Graph, provenance: Mapping[str, Any] | None = None) -> None:
        self.graph = graph
        self.provenance = dict(provenance or {})
        # Made here: what is cached when first asked for, two threads could make twice.
        self._monitor_counter = MonitorCounter(graph.monitors)

    def transform(self, data: D, threads: int | None = None) -> D:
        """Apply the function to a batch, in the form it comes in.

        Args:
            data: ``pa.RecordBatch``, ``pa.Table``, Polars DataFrame, pandas DataFrame (NaN in its
                float columns means missing, as pandas has it), or a dict of arrays or of tensors
                (NaN is NaN; masked arrays have missing values). Columns that are not read may be
                there or not.
            threads: How many threads may share the rows, at most 65,536 at a time; by default as
                many as ``TAURUS_BEAM_THREADS`` says, or there are cores. The result does not
                depend on it. A ``pa.RecordBatch`` is one piece, and the calling thread alone
                works on it.

        Returns:
            The output columns in the same form; a pandas DataFrame keeps its index, and has
            pyarrow types where the data have. In dicts, and in pandas without pyarrow types,
            missing numbers are NaN and vectors are rows of an array or lists.

        Raises:
            DataError: If a column is missing or of another type, naming it.
            EngineError: If ``threads`` is no number of threads.

        Example:
            >>> import taurus_beam as tb, pyarrow as pa
            >>> fn = tb.fit(pa.table({"x": [0.0, 4.0]}), lambda i: {"y": tb.scale_to_0_1(i["x"])})
            >>> fn.transform({"x": [1.0, 2.0]})
            {'y': array([0.25, 0.5 ])}
        """
        if isinstance(data, pa.RecordBatch):
            few = self._few_rows(data) if active() is None else None
            return cast(D, self._counted(data, self._compiled())[0] if few is None else few)
        return like(data, self._applied(data, threads)[0])

    def transform_and_monitor(self, data: D, threads: int | None = None) -> tuple[D, D]:
        """Apply the function to a batch, and tell which rows violate its monitors.

        Args:
            data: As for `transform`.
            threads: As for `transform`.

        Returns:
            The output columns, and a boolean column by monitor, true where a row violates it
            (never missing; none where there are no monitors). Both in the form of the data.

        Raises:
            DataError: As `transform`.
        """
        if isinstance(data, pa.RecordBatch):
            return cast(tuple[D, D], self._counted(data, self._compiled()))
        outputs, violations = self._applied(data, threads)
        return like(data, outputs), like(data, violations)

    def transform_batches(
        self,
        batches: Sequence[pa.RecordBatch],
        threads: int | None = None,
        held: Mapping[Node, str] | None = None,
    ) -> pa.Table:
        """Apply the function to one or more batches, which may differ in how strings are encoded.

        Args:
            batches: The batches.
            threads: As for `transform`, but batches are not cut further.
            held: Nodes of the graph whose values need not be made for batches that have a column
                of this name: they are in it.

        Returns:
            The output columns of all of them, in order.

        Raises:
            DataError: As `transform`.
        """
        return self._joined(batches, threads, held or {})[0]

    def row(self, row: Mapping[str, Any]) -> dict[str, Any]:
        """Apply the function to one row; equals `transform` bit for bit.

        Args:
            row: Value by column name, None for a missing one; structs as nested dicts.

        Returns:
            Python value by output name: float, int, bool, str, list, None for missing.

        Raises:
            DataError: If a column is missing or its value is of another type, naming it.

        Example:
            >>> import taurus_beam as tb, pyarrow as pa
            >>> fn = tb.fit(pa.table({"x": [0.0, 4.0]}), lambda i: {"y": tb.scale_to_0_1(i["x"])})
            >>> fn.row({"x": 1.0}), fn.row({"x": None})
            ({'y': 0.25}, {'y': None})
        """
        if not self.graph.monitors:
            return cast(dict[str, Any], self._row_transform(row))
        outputs, violated = self._row_transform(row)
        self._monitor_counter.add_row(violated)
        return cast(dict[str, Any], outputs)

    def row_and_monitor(self, row: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, bool]]:
        """Apply the function to one row, and tell which of its monitors the row violates.

        Args:
            row: As for `row`.

        Returns:
            The outputs as `row` gives them, and whether the row violates a monitor, by its name.

        Raises:
            DataError: As `row`.
        """
        if not self.graph.monitors:
            return self.row(row), {}
        outputs, violated = self._row_transform(row)
        self._monitor_counter.add_row(violated)
        return outputs, dict(zip(self.graph.monitors, violated, strict=True))

    @property
    def monitors(self) -> list[str]:
        """The names of the monitors that the function was written with."""
        return list(self.graph.monitors)

    @property
    def monitor_counts(self) -> dict[str, MonitorCount]:
        """The rows that this object has been applied to, and how many violated each monitor."""
        return self._monitor_counter.counts()

    @property
    def row_source(self) -> str:
        """The Python that `row` runs, for reading and debugging."""
        return self._row_transform.source

    @property
    def input_schema(self) -> Any:
        """What it takes, as a tensorflow-metadata ``Schema`` proto (`input_schema.pbtxt`)."""
        from taurus_beam.artifact import schema_proto

        return schema_proto.input_schema(self.graph)

    @property
    def output_schema(self) -> Any:
        """What it gives, as a tensorflow-metadata ``Schema`` proto, with integer domains."""
        from taurus_beam.artifact import schema_proto

        return schema_proto.output_schema(self.graph)

    @property
    def input_arrow_schema(self) -> pa.Schema:
        """What it takes, as an Arrow schema: the columns it reads."""
        return self.graph.input_schema

    @property
    def output_arrow_schema(self) -> pa.Schema:
        """What it gives, as an Arrow schema."""
        return self._batch_transform.schema

    @property
    def vocabularies(self) -> dict[str, Vocabulary]:
        """Its vocabularies by name."""
        found = [
            n.operation.value
            for n in self.graph.nodes
            if isinstance(n.operation, Constant) and isinstance(n.operation.value, Vocabulary)
        ]
        return {vocabulary.name: vocabulary for vocabulary in found}

    def vocabulary(self, name: str) -> Vocabulary:
        """A vocabulary by its asset's name, or by an output that was made with it.

        Raises:
            ArtifactError: If there is none, listing those there are.

        Example:
            >>> import taurus_beam as tb, pyarrow as pa
            >>> table = pa.table({"s": ["b", "a", "b"]})
            >>> fn = tb.fit(table, lambda i: {"id": tb.compute_and_apply_vocabulary(i["s"])})
            >>> fn.vocabulary("s").terms.to_pylist(), fn.vocabulary("id").counts.to_pylist()
            (['b', 'a'], [2, 1])
        """
        known = self.vocabularies
        if name in known:
            return known[name]
        if name in self.graph.outputs:
            for node in self.graph.outputs[name].inputs:
                if isinstance(node.operation, Constant) and isinstance(
                    node.operation.value, Vocabulary
                ):
                    return node.operation.value
        raise ArtifactError(
            f"There is no vocabulary {name!r}.", expected=f"one of: {', '.join(known) or 'none'}"
        )

    def vocabulary_by_name(self, name: str) -> list[Any]:
        """The values of a vocabulary in the order of their ids.

        Args:
            name: As for `vocabulary`.

        Raises:
            ArtifactError: If there is none, listing those there are.
        """
        terms: list[Any] = self.vocabulary(name).terms.to_pylist()
        return terms

    def vocabulary_size_by_name(self, name: str) -> int:
        """How many values a vocabulary has.

        Args:
            name: As for `vocabulary`.

        Raises:
            ArtifactError: If there is none, listing those there are.
        """
        return len(self.vocabulary(name))

    def num_buckets_for_transformed_feature(self, name: str) -> int:
        """How many categories an output of ids or buckets has: they are 0 … this number - 1.

        Args:
            name: An output: what `bucketize`, `apply_buckets` or `hash_strings` gave, or the ids
                of a vocabulary. Give the ids OOV buckets or a default of at least 0: as in TFT,
                an output that can be -1 is no range of categories.

        Raises:
            ArtifactError: If there is no such output, it is not of categories, or one of them
                is negative.

        Example:
            >>> import taurus_beam as tb, pyarrow as pa
            >>> table = pa.table({"x": [1.0, 2.0, 3.0, 4.0]})
            >>> fn = tb.fit(table, lambda i: {"b": tb.bucketize(i["x"], 4)})
            >>> fn.num_buckets_for_transformed_feature("b")
            4
        """
        found = [f.int_domain for f in self.output_schema.feature if f.name == name]
        if not found or not found[0].is_categorical:
            raise ArtifactError(
                f"{name!r} is no output of categories.",
                expected=f"one of: {', '.join(self._categorical_outputs()) or 'none'}",
            )
        if found[0].min < 0:
            raise ArtifactError(
                f"The categories of {name!r} begin at {found[0].min}.",
                expected="categories from 0 on",
                fix="Give values outside the vocabulary buckets (num_oov_buckets=1) or a "
                "default_value of at least 0.",
            )
        return int(found[0].max) + 1

    def _categorical_outputs(self) -> list[str]:
        features = self.output_schema.feature
        return [str(f.name) for f in features if f.int_domain.is_categorical]

    @cached_property
    def digest(self) -> str:
        """What identifies it: equal for equal functions fitted on equal data."""
        return artifact_digest(self.graph)

    def describe(self) -> str:
        """The whole graph as text, a line for each node.

        Example:
            >>> import taurus_beam as tb, pyarrow as pa
            >>> table = pa.table({"x": [1.0, 3.0]})
            >>> print(tb.fit(table, lambda i: {"y": i["x"] - tb.min(i["x"])}).describe())
            inputs
              x: double
            nodes
              %0 = input 'x': double
              %1 = constant 1.0: double
              %2 = subtract(%0, %1): double
            outputs
              y = %2
        """
        return describe_graph(self.graph)

    def save(self, path: str, overwrite: bool = False) -> None:
        """Write it to a local folder; the folder appears whole or not at all.

        Args:
            path: A folder that does not exist yet.
            overwrite: Replace an artifact (and nothing else) that is there.

        Raises:
            EngineError: If something is there that is not to be replaced, or the folder cannot
                be written.
        """
        write_artifact(str(path), self.graph, self.provenance, overwrite)

    def __reduce__(self) -> tuple[Any, ...]:
        # As data, checked like an artifact; kernels, compiled once here, are compiled again there.
        files = artifact_files(self.graph, self.provenance)
        return _unpickled, ({name: bytes(content) for name, content in files.items()},)

    def __repr__(self) -> str:
        reads, gives = len(self.input_arrow_schema), len(self.graph.outputs)
        return f"<TransformFn of {reads} inputs and {gives} outputs, {self.digest[:12]}>"

    @cached_property
    def _batch_transform(self) -> BatchTransform:
        return BatchTransform(self.graph)

    def _compiled(self, held: Mapping[Node, str] | None = None) -> BatchTransform:
        recorder = active()
        if recorder is None and not held:
            return self._batch_transform
        graph = with_columns(self.graph, held) if held else self.graph
        return BatchTransform(graph) if recorder is None else recorder.compiled(graph)

    def _applied(self, data: Any, threads: int | None) -> tuple[pa.Table, pa.Table]:
        table = as_table(data)
        # A table of no rows has no batches, and its columns are to be checked all the same.
        rows = rows_each(len(table), _BATCH_ROWS, thread_count(threads))
        batches = table.to_batches(max_chunksize=rows) or [no_rows(table.schema)]
        return self._joined(batches, threads, {})

    def _joined(
        self, batches: Sequence[pa.RecordBatch], threads: int | None, held: Mapping[Node, str]
    ) -> tuple[pa.Table, pa.Table]:
        found = [tuple(n for n, name in held.items() if name in b.schema.names) for b in batches]
        # Compiled before several threads want it.
        ways = {nodes: self._compiled({n: held[n] for n in nodes}) for nodes in set(found)}

        def counted(number: int) -> tuple[pa.RecordBatch, pa.RecordBatch]:
            return self._counted(batches[number], ways[found[number]])

        parts = in_threads(counted, range(len(batches)), thread_count(threads))
        outputs, violations = zip(*parts, strict=True)
        made = next(iter(ways.values()))
        return (
            pa.Table.from_batches(outputs, made.schema),
            pa.Table.from_batches(violations, made.monitors),
        )

    def _counted(
        self, batch: pa.RecordBatch, made: BatchTransform
    ) -> tuple[pa.RecordBatch, pa.RecordBatch]:
        outputs, violations = made(batch)
        if self.graph.monitors:
            self._monitor_counter.add(batch.num_rows, [c.true_count for c in violations.columns])
        return outputs, violations

    @cached_property
    def _few_rows(self) -> FewRows:
        return FewRows(self.graph, self.row)

    @cached_property
    def _row_transform(self) -> RowTransform:
        return RowTransform(self.graph)


def _unpickled(files: dict[str, bytes]) -> TransformFn:
    graph, _, provenance = checked_artifact(files.__getitem__, "of a pickled TransformFn")
    return TransformFn(graph, provenance)


def load(path: str) -> TransformFn:
    """Load an artifact from a local folder or a URI (``s3://``, ``gs://``, ``hdfs://``).

    Raises:
        ArtifactError: If it is missing, damaged, tampered with, of an unknown version, or needs
            operations that are not installed.
    """
    graph, _, provenance = read_artifact(str(path))
    return TransformFn(graph, provenance)
