from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from taurus_beam.io import Source
from taurus_beam.io.text_types import read_typed, with_text_kept


def test_only_the_columns_named_change(tmp_path: Path) -> None:
    (tmp_path / "x.csv").write_text("fare,zone,id\n1,2,3\n")

    source = read_typed(
        Source(str(tmp_path / "x.csv")), pa.schema({"fare": pa.float64(), "zone": pa.string()})
    )

    assert source.schema == pa.schema({"fare": pa.float64(), "zone": pa.string(), "id": pa.int64()})
    assert next(source.batches()).to_pylist() == [{"fare": 1.0, "zone": "2", "id": 3}]


def test_fields_of_structs(tmp_path: Path) -> None:
    (tmp_path / "x.jsonl").write_text('{"a": {"b": 1, "c": 2}}\n')
    wanted = pa.schema({"a": pa.struct({"b": pa.float64()})})

    source = read_typed(Source(str(tmp_path / "x.jsonl")), wanted)

    assert next(source.batches()).to_pylist() == [{"a": {"b": 1.0, "c": 2}}]
    assert source.schema.field("a").type.field("b").type == pa.float64()


def test_files_that_know_their_types_keep_them(tmp_path: Path) -> None:
    pq.write_table(pa.table({"fare": [1]}), tmp_path / "x.parquet")
    source = Source(str(tmp_path / "x.parquet"))

    assert read_typed(source, pa.schema({"fare": pa.float64()})) is source


def test_csv_with_text_kept_has_numbers_and_text(tmp_path):
    (tmp_path / "a.csv").write_text(
        "i,x,s,day,at,hour,open,none\n1,1.5,a,2024-02-29,2024-02-29T10:00:00Z,10:00:00,true,\n"
    )
    source = Source(f"{tmp_path}/a.csv")
    kept = with_text_kept(source, {"open"}).schema
    assert [str(t) for t in kept.types[:3]] == ["int64", "double", "string"]
    assert [str(t) for t in kept.types[3:]] == ["string", "string", "string", "bool", "null"]
    given = Source(f"{tmp_path}/a.csv", schema=source.schema)
    assert with_text_kept(given) is given
