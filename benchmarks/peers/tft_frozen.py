"""TFT's frozen graph of the reference work, on batches and on single rows.

Runs in TFT's environment. The graph is a SavedModel, called as TensorFlow's servers call it: a row
is the ``tf.Example`` that one is sent, and is parsed within the graph.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import apache_beam as beam
import numpy as np
import pyarrow as pa
import tensorflow as tf
import tensorflow_transform as tft
import tensorflow_transform.beam as tft_beam

from benchmarks import data
from benchmarks.data import NUMERIC, STRINGS
from benchmarks.peers import tft_peer
from benchmarks.peers.held import batches_of
from benchmarks.works.tft import QUESTIONS

Tensors = dict[str, Any]
NAMES = (*NUMERIC, *STRINGS)


def model() -> Path:
    """The folder of the model, fitted on the flights; made where it is not there yet, and kept."""
    folder = data.FOLDER / "tft_reference"
    if not folder.exists():
        unfinished = folder.with_suffix(f".{os.getpid()}")
        table = data.table(1)
        fit(table, unfinished / "fitted")
        layer = tft.TFTransformOutput(str(unfinished / "fitted")).transform_features_layer()
        spec = {name: tft_peer.feature(table[name]) for name in NAMES}
        save(layer, spec, unfinished)
        shutil.rmtree(unfinished / "fitted")
        unfinished.rename(folder)
    return folder


def fit(table: pa.Table, folder: Path) -> None:
    given = tft_peer.TftInput.of(table)
    function = tft_peer.function(QUESTIONS["reference work"].tft)
    context = tft_beam.Context(temp_dir=str(folder / "temporary"))
    with beam.Pipeline(runner="FnApiRunner") as pipeline, context:
        raw = batches_of(pipeline, given.batches)
        fitted = (raw, given.config) | tft_beam.AnalyzeDataset(function)
        _ = fitted | tft_beam.WriteTransformFn(str(folder))


def save(layer: Any, spec: dict[str, Any], folder: Path) -> None:
    """Keeps the graph with two entries: one for tensors, one for examples."""
    entry = tf.Module()
    entry.layer = layer
    entry.batch = tf.function(
        lambda inputs: layer(inputs),
        input_signature=[{name: tensor(one) for name, one in spec.items()}],
    )
    entry.serve = tf.function(
        lambda examples: layer(tf.io.parse_example(examples, spec)),
        input_signature=[tf.TensorSpec([None], tf.string)],
    )
    tf.saved_model.save(entry, str(folder))


def tensor(feature: Any) -> Any:
    """What the graph takes for a column: sparse where it misses values."""
    if isinstance(feature, tf.io.VarLenFeature):
        return tf.SparseTensorSpec([None, None], feature.dtype)
    return tf.TensorSpec([None], feature.dtype)


def native(batch: pa.RecordBatch) -> Tensors:
    """A batch as TFT's tensors, sparse those that may miss values; not part of the time."""
    tensors: Tensors = {}
    sparse = {name for name in NAMES if data.table(1)[name].null_count}
    for name in NAMES:
        column = batch.column(name)
        kind = tf.float32 if name in NUMERIC else tf.string
        tensors[name] = tf.constant(column.drop_null().to_numpy(zero_copy_only=False), kind)
        if name in sparse:
            (at,) = column.is_valid().to_numpy(zero_copy_only=False).nonzero()
            indices = tf.stack([at, at * 0], 1)
            tensors[name] = tf.SparseTensor(indices, tensors[name], [len(column), 1])
    return tensors


def example(values: dict[str, Any]) -> bytes:
    """A row as the message that a TensorFlow server is sent."""
    message = tf.train.Example()
    features = message.features.feature
    for name, value in values.items():
        if isinstance(value, str):
            features[name].bytes_list.value.append(value.encode())
        elif value is not None:
            features[name].float_list.value.append(value)
    encoded: bytes = message.SerializeToString()
    return encoded


def table(outputs: Tensors, rows: int) -> pa.Table:
    """Its outputs as a table, missing where a sparse tensor has nothing."""
    columns = {}
    for name, tensor in outputs.items():
        if isinstance(tensor, tf.SparseTensor):
            values = np.zeros(rows, tensor.values.dtype.as_numpy_dtype)
            missing = np.ones(rows, bool)
            at = tensor.indices.numpy()[:, 0]
            values[at], missing[at] = tensor.values.numpy(), False
            columns[name] = pa.array(values, mask=missing)
        else:
            columns[name] = pa.array(tensor.numpy())
    return pa.table(columns)


def batch_function() -> Callable[[Tensors], Tensors]:
    graph: Callable[[Tensors], Tensors] = tf.saved_model.load(str(model())).batch
    return graph


def row_function() -> Callable[[dict[str, Any]], Tensors]:
    graph = tf.saved_model.load(str(model())).serve
    return lambda values: graph(tf.constant([example(values)]))
