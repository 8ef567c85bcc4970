"""Any file system Beam knows, by path alone: here one that keeps its files in memory."""

import io

import apache_beam as beam
import pyarrow as pa
import pytest
from apache_beam.io.filesystem import BeamIOError, FileMetadata, FileSystem

from taurus_beam.errors import EngineError
from taurus_beam.io import FORMATS, Source, WriteRecordBatches, write_batches

BATCH = pa.record_batch({"x": range(100), "s": [f"s{row}" for row in range(100)]})
STORE: dict[str, bytes] = {}


class _Upload(io.BytesIO):
    def __init__(self, path):
        super().__init__()
        self.path = path

    def close(self):
        if not self.closed:
            STORE[self.path] = self.getvalue()
        super().close()


class MemoryFileSystem(FileSystem):
    """An object store: no folders, and a rename onto an existing object fails, as HDFS's does."""

    @classmethod
    def scheme(cls):
        return "inmemory"

    def join(self, basepath, *paths):
        return "/".join([basepath.rstrip("/"), *paths])

    def split(self, path):
        return tuple(path.rsplit("/", 1))

    def mkdirs(self, path):
        pass

    def has_dirs(self):
        return False

    def _list(self, dir_or_prefix):
        for path, content in list(STORE.items()):
            if path.startswith(dir_or_prefix):
                yield FileMetadata(path, len(content), 1.0)

    def create(self, path, mime_type="", compression_type="auto"):
        return _Upload(path)

    def open(self, path, mime_type="", compression_type="auto"):
        return io.BytesIO(STORE[path])

    def copy(self, source_file_names, destination_file_names):
        raise NotImplementedError

    def rename(self, source_file_names, destination_file_names):
        for source, destination in zip(source_file_names, destination_file_names, strict=True):
            if destination in STORE:
                raise BeamIOError("Rename failed", {destination: "exists"})
            STORE[destination] = STORE.pop(source)

    def exists(self, path):
        return path in STORE

    def size(self, path):
        return len(STORE[path])

    def last_updated(self, path):
        return 1.0

    def checksum(self, path):
        return str(hash(STORE[path]))

    def metadata(self, path):
        return FileMetadata(path, len(STORE[path]), 1.0)

    def delete(self, paths):
        for path in paths:
            for name in [name for name in STORE if name == path or name.startswith(path + "/")]:
                del STORE[name]


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
