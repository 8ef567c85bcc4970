"""Writing record batches to sharded files that appear all at once or not at all.

In a pipeline each bundle writes a shard of its own, with no shuffle, and one last step renames
them; without a pipeline there is one shard.
"""

from __future__ import annotations

import random
import uuid
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

import apache_beam as beam
import pyarrow as pa
from apache_beam.transforms import window
from apache_beam.utils.windowed_value import WindowedValue

from taurus_beam.errors import EngineError
from taurus_beam.io import coder as coder  # registers it
from taurus_beam.io import files
from taurus_beam.io.one_window import in_one_window
from taurus_beam.io.probe import NoProbe, probe
from taurus_beam.io.schema import plain_schema
from taurus_beam.io.shards import Output, Shard, ShardWriter

__all__ = ["WriteRecordBatches", "write_batches"]


def write_batches(
    path: str,
    batches: Iterable[Any],
    *,
    schema: Any = None,
    format: str | None = None,
    overwrite: bool = False,
) -> list[str]:
    """Writes batches to one shard, here and now.

    Args:
        path: As in `WriteRecordBatches`.
        batches: Record batches of one schema.
        schema: As in `WriteRecordBatches`.
        format: As in `WriteRecordBatches`.
        overwrite: As in `WriteRecordBatches`.

    Returns:
        The path of the file written.

    Raises:
        EngineError: The output exists, cannot be written, or cannot hold the schema.
        DataError: The batches differ in schema, or there are none and no schema.

    Example:
        >>> import os, tempfile
        >>> path = os.path.join(tempfile.mkdtemp(), "x.parquet")
        >>> written = write_batches(path, [pa.record_batch({"x": [1, 2]})])
        >>> [os.path.basename(name) for name in written]
        ['x-00000-of-00001.parquet']
    """
    sink = WriteRecordBatches(path, format=format, schema=schema, overwrite=overwrite)
    sink.check()
    folder = sink.output.waiting_folder()
    with files.writing(path):
        files.make_folder(folder)
    writer = ShardWriter(sink.output, folder, sink.schema)
    with _abandoning(writer, folder):
        for batch in batches:
            writer.write(batch)
        return sink.output.commit([writer.close()], folder)


class WriteRecordBatches(beam.PTransform[Any, Any]):
    """PCollection of `pyarrow.RecordBatch` → PCollection of the paths of the files written.

    Files are called `PREFIX-00000-of-00004.parquet`. They get these names only after all of them
    are complete, so a failed run leaves none. Renaming many files is not one step: a reader may
    meet the shards of two runs for a moment while an existing output is overwritten.

    Args:
        path: The prefix; a folder (ends in "/") stands for the prefix "part" in it, and a suffix
            ("trips.csv", "trips.jsonl.gz") tells the format and compression.
        format: "parquet" (the default), "csv", "avro", "arrow", "arrow_stream" or "jsonl".
        schema: The columns to write, with their types; left out, it is that of the batches.
            Needed to write an input of no batches. Dictionary columns are written as their
            values.
        shards: How many files; needs a shuffle of the data. Left out, one per bundle.
        overwrite: Replace the shards of an earlier run of this prefix, however many it had.
        after: A PCollection that has to be complete before the files get their names: where what
            makes it fails, there are none.

    Raises:
        EngineError: The output exists, its folder cannot be written, the format cannot hold the
            schema, or the input is unbounded; all found while the pipeline is built.
        DataError: The batches differ in schema, or there are none and no schema.

    Example:
        >>> import os, tempfile
        >>> path = os.path.join(tempfile.mkdtemp(), "x")
        >>> with beam.Pipeline(runner="FnApiRunner") as pipeline:
        ...     _ = (
        ...         pipeline
        ...         | "Make" >> beam.Create([pa.record_batch({"x": [1, 2]})])
        ...         | "Write" >> WriteRecordBatches(path, format="csv")
        ...     )
        >>> os.listdir(os.path.dirname(path))
        ['x-00000-of-00001.csv']
    """

    def __init__(
        self,
        path: str,
        *,
        format: str | None = None,
        schema: Any = None,
        shards: int | None = None,
        overwrite: bool = False,
        after: Any = None,
    ) -> None:
        super().__init__()
        if shards is not None and shards < 1:
            raise EngineError(f"shards is {shards}.", expected="1 or more", fix="Leave it out.")
        self.output = Output.at(path, format, overwrite)
        self.schema = None if schema is None else plain_schema(schema)
        self._shards = shards
        self._after = after
        self._folder = self.output.waiting_folder()

    def check(self) -> None:
        """Finds out before any data is read whether the output could be written.

        Raises:
            EngineError: It exists, its folder cannot be written, or the format cannot hold the
                schema.
        """
        self.output.check(self.schema)

    def abandon(self) -> None:
        """Removes the shards of a run that was stopped before it committed them."""
        with suppress(OSError):
            files.remove([self._folder])

    def expand(self, batches: Any) -> Any:
        """Writes shards where the batches are, then renames them all in one place."""
        if not batches.is_bounded:
            raise EngineError(
                "An unbounded collection would never be complete.",
                where=self.output.prefix,
                expected="a bounded collection",
                fix="Write each window with a sink of Beam's own, such as WriteToFiles.",
            )
        self.check()
        folder = self._folder
        batches = in_one_window(batches)
        # Types are said here: Beam does not see through postponed annotations.
        if self._shards is None:
            write = beam.ParDo(_WriteBundle(self.output, folder, self.schema))
            written = batches | "WriteBundles" >> write.with_output_types(Shard)
        else:
            assign = beam.ParDo(_Assign(self._shards))
            write = beam.ParDo(_WriteShard(self.output, folder, self.schema))
            written = (
                batches
                | "Assign" >> assign.with_output_types(tuple[int, pa.RecordBatch])
                | "GroupByShard" >> beam.GroupByKey()
                | "WriteShards" >> write.with_output_types(Shard)
            )
        once = batches.pipeline | "Once" >> beam.Impulse()
        found = beam.pvalue.AsList(written)
        # A step of its own, so that a repeated commit meets the same shards.
        pad = beam.FlatMap(_padding, self.output, folder, self.schema, self._shards or 1, found)
        padding = once | "Pad" >> pad.with_output_types(Shard)
        complete = beam.pvalue.AsList((written, padding) | "Complete" >> beam.Flatten())
        waited_for = [] if self._after is None else [beam.pvalue.AsIter(self._after)]
        commit = beam.FlatMap(_commit, self.output, folder, complete, *waited_for)
        return once | "Commit" >> commit.with_output_types(str)


class _WriteBundle(beam.DoFn):
    def __init__(self, output: Output, folder: str, schema: Any) -> None:
        self._output = output
        self._folder = folder
        self._schema = schema
        self._writer: ShardWriter | None = None
        self._probe = probe()

    def start_bundle(self) -> None:
        self._probe.begin()
        self._writer = None

    def process(self, batch: pa.RecordBatch) -> None:
        if self._writer is None:
            self._writer = _start(self._output, self._folder, self._schema)
        with _abandoning(self._writer, self._folder):
            _write(self._probe, self._writer, batch)

    def finish_bundle(self) -> Iterator[WindowedValue]:
        if self._writer is not None:
            with _abandoning(self._writer, self._folder):
                shard = _close(self._probe, self._writer)
            self._writer = None
            everywhere = window.GlobalWindow()
            yield WindowedValue(shard, everywhere.max_timestamp(), (everywhere,))
        self._probe.end()

    def teardown(self) -> None:
        # Only after a bundle that failed elsewhere is there a shard that was never finished.
        if self._writer is not None:
            _abandon(self._writer, self._folder)


class _Assign(beam.DoFn):
    """Deals batches out to the shards; each bundle begins somewhere else."""

    def __init__(self, shards: int) -> None:
        self._shards = shards
        self._next = 0

    def start_bundle(self) -> None:
        self._next = random.randrange(self._shards)

    def process(self, batch: pa.RecordBatch) -> Iterator[tuple[int, pa.RecordBatch]]:
        self._next = (self._next + 1) % self._shards
        yield self._next, batch


class _WriteShard(beam.DoFn):
    def __init__(self, output: Output, folder: str, schema: Any) -> None:
        self._output = output
        self._folder = folder
        self._schema = schema
        self._probe = probe()

    def start_bundle(self) -> None:
        self._probe.begin()

    def process(self, keyed: tuple[int, Iterable[pa.RecordBatch]]) -> Iterator[Shard]:
        writer = _start(
            self._output, self._folder, self._schema, f"{keyed[0]:05d}-{uuid.uuid4().hex}"
        )
        with _abandoning(writer, self._folder):
            for batch in keyed[1]:
                _write(self._probe, writer, batch)
            shard = _close(self._probe, writer)
        yield shard

    def finish_bundle(self) -> None:
        self._probe.end()


def _write(measure: NoProbe, writer: ShardWriter, batch: pa.RecordBatch) -> None:
    with measure.step("write") as weighed:
        writer.write(batch)
        weighed.rows, weighed.bytes_in = batch.num_rows, batch.nbytes


def _close(measure: NoProbe, writer: ShardWriter) -> Shard:
    with measure.step("complete file") as weighed:
        shard = writer.close()
        weighed.bytes_out = writer.nbytes
    return shard


def _start(output: Output, folder: str, schema: Any, name: str = "") -> ShardWriter:
    with files.writing(output.prefix):
        files.make_folder(folder)
    return ShardWriter(output, folder, schema, name)


def _padding(
    _: bytes, output: Output, folder: str, schema: Any, wanted: int, shards: list[Shard]
) -> Iterator[Shard]:
    """Shards of no rows, so that there are as many files as wanted."""
    known = shards[0].schema if schema is None and shards else schema
    for _unused in range(wanted - len(shards)):
        # "z" sorts behind the shards that hold rows.
        writer = _start(output, folder, known, f"z-{uuid.uuid4().hex}")
        with _abandoning(writer, folder):
            shard = writer.close()
        yield shard


def _commit(
    _: bytes, output: Output, folder: str, shards: list[Shard], after: Iterable[Any] = ()
) -> list[str]:
    return output.commit(sorted(shards, key=lambda shard: shard.path), folder)


@contextmanager
def _abandoning(writer: ShardWriter, folder: str) -> Iterator[None]:
    """Leaves nothing of a shard whose writing fails."""
    try:
        yield
    except BaseException:
        _abandon(writer, folder)
        raise


def _abandon(writer: ShardWriter, folder: str) -> None:
    writer.abandon()
    with suppress(OSError):
        if not files.listing(f"{folder}/", ".*"):
            files.remove([folder])
