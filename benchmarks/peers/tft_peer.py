"""TensorFlow Transform as its users run it; imported by the Python that has it, and by no other.

A table in memory goes through TFT's Beam transforms as record batches, the fastest way in, on
Beam's runner in this process. Its types are TFT's: float32, int64 and bytes; columns that miss
values and lists are sparse, the others dense.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import apache_beam as beam
import pyarrow as pa
import pyarrow.types as kinds
import tensorflow as tf
import tensorflow_transform as tft
import tensorflow_transform.beam as tft_beam
from tensorflow_transform.tf_metadata import schema_utils
from tfx_bsl.tfxio import tensor_adapter, tensor_representation_util

from benchmarks.peers.held import batches_of

PreprocessingFn = Callable[[dict[str, Any]], dict[str, Any]]
BATCH_ROWS = 65_536


@dataclass(frozen=True)
class TftInput:
    """A table as TFT takes it."""

    batches: list[Any]
    config: Any

    @staticmethod
    def of(table: Any, described: Any = None, batch_rows: int = BATCH_ROWS) -> TftInput:
        """The rows of a table, which TFT is told are like those of another, by default itself."""
        described = table if described is None else described
        spec, arrays = {}, {}
        for name in table.column_names:
            spec[name], arrays[name] = feature(described[name]), lists(whole(table[name]))
        given = pa.table(arrays)
        representations = tensor_representation_util.InferTensorRepresentationsFromSchema(
            schema_utils.schema_from_feature_spec(spec)
        )
        return TftInput(
            [owning(batch) for batch in given.to_batches(max_chunksize=batch_rows)],
            tensor_adapter.TensorAdapterConfig(given.schema, representations),
        )


def owning(batch: Any) -> Any:
    """A batch as a reader of files would give it: a slice would be pickled with its whole table."""
    return pa.ipc.open_stream(ipc(batch)).read_next_batch()


def whole(column: Any) -> Any:
    """A column in one piece."""
    chunk = column.combine_chunks()
    return pa.concat_arrays(chunk.chunks) if isinstance(chunk, pa.ChunkedArray) else chunk


def feature(column: Any) -> Any:
    """How TFT is told of a column."""
    if kinds.is_fixed_size_list(column.type):
        return tf.io.FixedLenFeature([column.type.list_size], dtype(column.type.value_type))
    if kinds.is_list(column.type):
        return tf.io.VarLenFeature(dtype(column.type.value_type))
    if column.null_count:
        return tf.io.VarLenFeature(dtype(column.type))
    return tf.io.FixedLenFeature([], dtype(column.type))


def dtype(arrow: Any) -> Any:
    if kinds.is_floating(arrow):
        return tf.float32
    return tf.int64 if kinds.is_integer(arrow) else tf.string


def lists(column: Any) -> Any:
    """A column as lists of TFT's types: of one element for scalars, of none for missing ones."""
    inner = getattr(column.type, "value_type", column.type)
    plain = {tf.float32: pa.float32(), tf.int64: pa.int64()}.get(dtype(inner), pa.large_binary())
    if kinds.is_fixed_size_list(column.type):
        size = column.type.list_size
        offsets = pa.array(range(0, len(column) * size + 1, size), pa.int32())
        return pa.ListArray.from_arrays(offsets, column.flatten().cast(plain))
    if kinds.is_list(column.type):
        return column.cast(pa.list_(plain))
    present = column.is_valid().cast(pa.int32()).to_numpy(zero_copy_only=False)
    offsets = pa.array([0, *present.cumsum().tolist()], pa.int32())
    return pa.ListArray.from_arrays(offsets, column.drop_null().cast(plain))


def fit_transform(given: TftInput, preprocessing_fn: PreprocessingFn) -> int:
    """Analyzes and transforms; how many rows came out. This is what benchmarks time."""
    with tempfile.TemporaryDirectory() as folder:
        with beam.Pipeline(runner="FnApiRunner") as pipeline, tft_beam.Context(temp_dir=folder):
            raw = batches_of(pipeline, given.batches)
            (output, _), _ = (raw, given.config) | tft_beam.AnalyzeAndTransformDataset(
                preprocessing_fn, output_record_batches=True
            )
            rows = output | "rows" >> beam.Map(lambda pair: pair[0].num_rows)
            total = rows | "total" >> beam.CombineGlobally(sum)
            _ = total | "write" >> beam.io.WriteToText(str(Path(folder) / "rows"))
        return sum(int(part.read_text()) for part in Path(folder).glob("rows-*"))


@dataclass(frozen=True)
class Answer:
    """What TFT gave: the transformed tables, in the order of ``row``, and its vocabulary files."""

    parts: dict[str, Any]
    assets: dict[str, list[str]]


def answer(
    table: Any, serve: Any, preprocessing_fn: PreprocessingFn, only_served: bool = False
) -> Answer:
    """Fits on a table, and transforms it and, if asked, rows that come later.

    Tables have a column ``row``, and so must the output of the function: it puts the rows of the
    runner's bundles in order again.
    """
    given = {"fitted": TftInput.of(table)}
    if serve is not None:
        given["served"] = TftInput.of(serve, table)
    with tempfile.TemporaryDirectory() as folder:
        with beam.Pipeline(runner="FnApiRunner") as pipeline, tft_beam.Context(temp_dir=folder):
            raw = {
                name: (pipeline | name >> beam.Create(one.batches, reshuffle=False), one.config)
                for name, one in given.items()
            }
            fn = raw["fitted"] | tft_beam.AnalyzeDataset(preprocessing_fn)
            _ = fn | tft_beam.WriteTransformFn(folder)
            if only_served or not len(table):
                del raw["fitted"]
            for name, dataset in raw.items():
                output, _ = (dataset, fn) | f"Transform {name}" >> tft_beam.TransformDataset(
                    output_record_batches=True
                )
                stream = output | f"Bytes {name}" >> beam.Map(lambda pair: ipc(pair[0]))
                _ = stream | f"Write {name}" >> beam.io.WriteToTFRecord(f"{folder}/{name}")
        files = sorted(Path(folder, "transform_fn", "assets").glob("*"))
        assets = {file.name: file.read_text("utf-8").split("\n")[:-1] for file in files}
        return Answer({name: read(folder, name) for name in raw}, assets)


def ipc(batch: Any) -> bytes:
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, batch.schema) as writer:
        writer.write_batch(batch)
    return sink.getvalue().to_pybytes()


def read(folder: str, name: str) -> Any:
    records = tf.data.TFRecordDataset(sorted(map(str, Path(folder).glob(f"{name}-*"))))
    parts = [pa.ipc.open_stream(one).read_all() for one in records.as_numpy_iterator()]
    table = pa.concat_tables(parts)
    order = pa.compute.sort_indices(pa.array([r[0] for r in table["row"].to_pylist()]))
    return table.take(order)


def function(arguments: str) -> PreprocessingFn:
    """The preprocessing function that gives ``dict(arguments)`` of its inputs ``i``."""
    made: PreprocessingFn = eval(f"lambda i: dict({arguments})", words())
    return made


def words() -> dict[str, Any]:
    """What expressions are written with."""
    return {
        "tf": tf,
        "tft": tft,
        "experimental": tft.experimental,
        "tokens": lambda x: tf.strings.split(x).to_sparse(),
        "ragged": tf.RaggedTensor.from_sparse,
        "each_row": each_row,
        "positive": positive,
    }


def each_row(value: Any, inputs: dict[str, Any]) -> Any:
    """A value of the whole data set, flat, for each row."""
    flat = tf.reshape(value, [1, -1])
    return tf.tile(flat, [tf.shape(inputs["row"])[0], 1])


def positive(axes: Any) -> Any:
    """Principal axes, each turned so that its largest component is positive."""
    largest = tf.argmax(tf.abs(axes), axis=0)
    signs = tf.sign(tf.gather(tf.transpose(axes), largest, batch_dims=1))
    return axes * signs
