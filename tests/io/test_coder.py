"""What the coder keeps of a batch, and what it leaves out."""

import apache_beam as beam
import pyarrow as pa
import pytest

from taurus_beam.io import RecordBatchCoder

CODER = RecordBatchCoder()
ROWS = 50_000
COLUMNS = {
    "int": pa.array(range(ROWS)),
    "null": pa.array([None, 1] * (ROWS // 2)),
    "string": pa.array(["word", ""] * (ROWS // 2)),
    "bool": pa.array([True, False] * (ROWS // 2)),
    "list": pa.array([[1, 2], None] * (ROWS // 2)),
    "vector": pa.array([[1.0, 2.0]] * ROWS, pa.list_(pa.float32(), 2)),
    "struct": pa.array([{"a": 1, "b": "x"}] * ROWS),
    "dictionary": pa.array(["a", "b"] * (ROWS // 2)).dictionary_encode(),
}


@pytest.mark.parametrize("name", COLUMNS)
def test_a_slice_does_not_carry_its_parent(name):
    batch = pa.record_batch({name: COLUMNS[name]})
    slice_ = batch.slice(ROWS // 2 + 3, 10)
    encoded = CODER.encode(slice_)
    assert len(encoded) < 2_000 < len(CODER.encode(batch))
    assert CODER.decode(encoded).equals(slice_)
    assert CODER.estimate_size(slice_) < 2_000


def test_rows_without_columns_and_columns_without_rows_survive():
    batch = pa.record_batch({"x": [1, 2, 3]})
    assert CODER.decode(CODER.encode(batch.select([]))).num_rows == 3
    assert CODER.decode(CODER.encode(batch.slice(0, 0))).schema == batch.schema


def test_metadata_survives():
    batch = pa.record_batch({"x": [1]}).replace_schema_metadata({"k": "v"})
    assert CODER.decode(CODER.encode(batch)).schema.metadata == {b"k": b"v"}


def test_beam_uses_the_coder_for_record_batches():
    assert beam.coders.registry.get_coder(pa.RecordBatch) == CODER
    pair = beam.coders.registry.get_coder(beam.typehints.Tuple[int, pa.RecordBatch])
    assert pair.value_coder() == CODER
