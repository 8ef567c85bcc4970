"""Any file system Beam knows, by path alone: here one that keeps its files in memory."""

import apache_beam as beam
import pyarrow as pa
import pytest
from object_store import STORE

from taurus_beam.errors import EngineError
from taurus_beam.io import FORMATS, Source, WriteRecordBatches, write_batches

BATCH = pa.record_batch({"x": range(100), "s": [f"s{row}" for row in range(100)]})


@pytest.fixture(autouse=True)
def _empty_store():
    STORE.clear()


@pytest.mark.parametrize("format_name", FORMATS)
def test_files_are_written_read_and_replaced(format_name):
    run(format_name, shards=3)
    assert len(STORE) == 3
    assert {path.rpartition("-of-")[2][:5] for path in STORE} == {"00003"}
    for pattern in ("inmemory://bucket/data", "inmemory://bucket/data/*"):
        source = Source(pattern)
        assert pa.Table.from_batches(source.batches(["s"])).num_rows == 200
    assert source.fingerprint()["files"][0]["bytes"] > 0
    with pytest.raises(EngineError, match="output exists"):
        write_batches("inmemory://bucket/data/out", [BATCH], format=format_name)
    run(format_name, shards=1, overwrite=True)
    [path] = STORE
    assert "-00000-of-00001" in path
    assert sum(batch.num_rows for batch in Source(path).batches()) == 200


def run(format_name, **options):
    with beam.Pipeline(runner="FnApiRunner") as pipeline:
        _ = (
            pipeline
            | "Make" >> beam.Create([BATCH, BATCH]).with_output_types(pa.RecordBatch)
            | "Write"
            >> WriteRecordBatches("inmemory://bucket/data/out", format=format_name, **options)
        )


def test_compressed_text_is_decompressed_by_name():
    write_batches("inmemory://bucket/x.csv.gz", [BATCH])
    [path] = STORE
    assert STORE[path][:2] == b"\x1f\x8b"
    assert pa.Table.from_batches(Source(path).batches()) == pa.Table.from_batches([BATCH])
