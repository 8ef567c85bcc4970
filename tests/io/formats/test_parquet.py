"""Parquet's own means: row groups, dictionaries, metadata."""

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from taurus_beam.io import Source, write_batches
from taurus_beam.io.formats import FORMATS


@pytest.fixture
def strings(tmp_path):
    """A column of few distinct values and one whose dictionary the writer gives up."""
    rows = 120_000
    table = pa.table(
        {
            "few": [f"key{number % 7}" for number in range(rows)],
            "many": [f"unique value number {number:09d}" for number in range(rows)],
            "x": pa.array(range(rows)),
        }
    )
    path = tmp_path / "x.parquet"
    pq.write_table(table, path)
    return Source(str(path)), table


def test_strings_are_read_as_dictionaries_only_on_demand_and_where_it_pays(strings):
    source, table = strings
    plain = next(source.batches())
    assert plain.schema == table.schema
    encoded = pa.Table.from_batches(source.batches(dictionary=True))
    assert pa.types.is_dictionary(encoded.schema.field("few").type)
    assert encoded.schema.field("many").type == pa.string()
    assert encoded["few"].cast(pa.string()).to_pylist() == table["few"].to_pylist()
    assert source.schema == table.schema


def test_row_groups_make_fragments_of_some_size(tmp_path, monkeypatch):
    path = tmp_path / "x.parquet"
    pq.write_table(pa.table({"x": range(1000)}), path, row_group_size=100)
    source = Source(str(path), batch_size=70)
    [file] = source.files()
    [whole] = source.fragments(file)
    assert (whole.start, whole.stop, whole.rows) == (0, 10, 1000)
    monkeypatch.setattr("taurus_beam.io.formats.format.FRAGMENT_BYTES", 3 * whole.nbytes // 10)
    parts = source.fragments(file)
    assert sorted(part.rows for part in parts) == [200, 200, 300, 300]
    assert sum(part.nbytes for part in parts) == whole.nbytes
    values = [
        value
        for part in parts
        for batch in source.read_fragment(part, ("x",), False)
        for value in batch["x"].to_pylist()
    ]
    assert values == list(range(1000))


def test_a_file_worth_it_is_cut_into_equal_shares(tmp_path, monkeypatch):
    path = tmp_path / "x.parquet"
    pq.write_table(pa.table({"x": range(6400)}), path, row_group_size=100)
    source = Source(str(path))
    [file] = source.files()
    [whole] = source.fragments(file)
    monkeypatch.setattr("taurus_beam.io.formats.format.WORTH_OPENING_BYTES", whole.nbytes // 20)
    assert [part.rows for part in source.fragments(file)] == [800] * 8


def test_small_batches_become_one_row_group(tmp_path):
    batches = [pa.record_batch({"x": [number]}) for number in range(50)]
    [path] = write_batches(f"{tmp_path}/x", batches)
    assert pq.read_metadata(path).num_row_groups == 1


def test_only_the_columns_asked_for_are_read(tmp_path):
    path = tmp_path / "x.parquet"
    pq.write_table(pa.table({"a": range(1000), "b": [{"c": 1, "d": "x"}] * 1000}), path)
    content = bytearray(path.read_bytes())
    chunk = pq.read_metadata(path).row_group(0).column(0)
    start = chunk.dictionary_page_offset or chunk.data_page_offset
    content[start : start + chunk.total_compressed_size] = bytes(chunk.total_compressed_size)
    path.write_bytes(content)
    [batch] = Source(str(path)).batches(["b"])
    assert batch.schema.names == ["b"]
    assert batch["b"][0].as_py() == {"c": 1, "d": "x"}


def test_a_missing_vector_comes_back(tmp_path):
    vectors = pa.array([[1.0, 2.0], None], pa.list_(pa.float64(), 2))
    write_batches(f"{tmp_path}/x", [pa.record_batch({"v": vectors})])
    [batch] = Source(f"{tmp_path}/").batches()
    assert batch["v"].equals(vectors)


def test_a_kept_schema_is_not_believed_of_a_changed_file(tmp_path):
    [path] = write_batches(f"{tmp_path}/x", [pa.record_batch({"v": pa.array([1], pa.time32("s"))})])
    metadata = pq.read_schema(path).metadata
    changed = pa.table({"w": [1]}).replace_schema_metadata(metadata)
    pq.write_table(changed, path)
    assert Source(path).schema == pa.schema([("w", pa.int64())])


def test_every_suffix_belongs_to_one_format():
    suffixes = [suffix for each in FORMATS.values() for suffix in each.suffixes]
    assert len(suffixes) == len(set(suffixes))
