"""How CSV and JSON lines spell values and find types."""

import json
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from taurus_beam.errors import DataError
from taurus_beam.io import Source, write_batches
from taurus_beam.io.formats.json_text import json_lines


def read(path, text, **options):
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return pa.Table.from_batches(Source(str(path), **options).batches()).to_pydict()


def test_csv_types_come_from_the_beginning_and_an_empty_cell_is_missing(tmp_path):
    text = 'n,x,s,b,t\n1,NaN,NA,true,2024-01-01 10:00:00\n,,,,\n2,inf,"",false,\n'
    source = Source(str(tmp_path / "x.csv"))
    columns = read(tmp_path / "x.csv", text)
    assert source.schema.types == [
        pa.int64(), pa.float64(), pa.string(), pa.bool_(), pa.timestamp("s")
    ]  # fmt: skip
    assert columns["n"] == [1, None, 2]
    assert repr(columns["x"]) == "[nan, None, inf]"
    assert columns["s"] == ["NA", None, ""]
    assert columns["b"] == [True, None, False]


def test_csv_that_quotes_missing_numbers_quotes_missing_text(tmp_path):
    text = '"n","s"\n"1","a"\n"",""\n'
    assert read(tmp_path / "x.csv", text) == {"n": [1, None], "s": ["a", None]}
    [batch] = Source(str(tmp_path / "x.csv")).batches(["s"])
    assert batch.to_pydict() == {"s": ["a", None]}


def test_csv_has_line_breaks_in_quotes_crlf_and_a_byte_order_mark(tmp_path):
    text = '\ufeffa,"b\nb"\r\n"x\r\ny","say ""hi"""\r\n'
    assert read(tmp_path / "x.csv", text) == {"a": ["x\r\ny"], "b\nb": ['say "hi"']}


def test_csv_of_one_column_keeps_missing_values_and_others_skip_blank_lines(tmp_path):
    assert read(tmp_path / "one.csv", "a\n\n1\n") == {"a": [None, 1]}
    assert read(tmp_path / "two.csv", "a,b\n\n1,2\n\n") == {"a": [1], "b": [2]}


def test_csv_columns_may_be_in_another_order_in_another_file(tmp_path):
    (tmp_path / "1.csv").write_text("a,b\n1,x\n")
    (tmp_path / "2.csv").write_text("b,a\ny,2\n")
    table = pa.Table.from_batches(Source(f"{tmp_path}").batches())
    assert table.to_pydict() == {"a": [1, 2], "b": ["x", "y"]}


def test_a_csv_schema_overrides_what_would_be_inferred(tmp_path):
    schema = pa.schema([("zip", pa.string()), ("x", pa.float32())])
    assert read(tmp_path / "x.csv", "zip,x\n01234,1\n", schema=schema) == {
        "zip": ["01234"],
        "x": [1.0],
    }


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("a,b\n1,2\n1,2,3\n", r"Row #3: Expected 2 columns, got 3: 1,2,3"),
        ("a,b\n1,2\n1\n", r"Row #3: Expected 2 columns, got 1: 1"),
        ("a,a\n1,2\n", r"Column 'a' occurs more than once"),
    ],
)
def test_a_csv_file_that_is_not_a_table_names_the_row(tmp_path, text, fault):
    with pytest.raises(DataError, match=rf"(?s){fault}.*x\.csv"):
        read(tmp_path / "x.csv", text)


def test_a_csv_value_of_another_type_names_column_row_and_remedy(tmp_path):
    schema = pa.schema([("a", pa.int64()), ("b", pa.int64())])
    with pytest.raises(DataError) as caught:
        read(tmp_path / "x.csv", "b,a\n1,2\n3,4\nfive,6\n", schema=schema)
    assert "in column 'b': Row #4" in caught.value.what
    assert "'five'" in caught.value.what
    assert caught.value.where.endswith("x.csv")
    assert "pass a schema" in caught.value.fix


def test_csv_blocks_after_the_first_must_convert(tmp_path):
    lines = ["x", *["12345678"] * 600_000, "oops"]
    with pytest.raises(DataError, match=r"in column 'x': Row #600002: .*int64.*'oops'"):
        read(tmp_path / "x.csv", "\n".join(lines))


def test_json_lines_may_leave_fields_out(tmp_path):
    text = '{"a":1,"l":[1,2]}\n\n{"s":"x"}\n{"a":null,"s":null}'
    assert read(tmp_path / "x.jsonl", text) == {
        "a": [1, None, None],
        "l": [[1, 2], None, None],
        "s": [None, "x", None],
    }


def test_json_floats_are_spelt_as_python_spells_them(tmp_path):
    values = [1.0, -0.0, 1e22, 5e-324, float("nan"), float("inf"), float("-inf"), None]
    batch = pa.record_batch({"x": values})
    [path] = write_batches(f"{tmp_path}/x.jsonl", [batch])
    lines = Path(path).read_text().splitlines()
    assert repr([json.loads(line)["x"] for line in lines]) == repr(values)
    assert Source(path).schema.field("x").type == pa.float64()


@given(st.lists(st.dictionaries(st.text(max_size=3), st.text() | st.none(), max_size=3)))
def test_json_text_is_what_a_json_parser_expects(rows):
    names = sorted({name for row in rows for name in row})
    rows = [{name: row.get(name) for name in names} for row in rows]
    schema = pa.schema([(name, pa.string()) for name in names])
    if not names:
        batch = pa.record_batch({"x": [0] * len(rows)}).select([])
    else:
        batch = pa.RecordBatch.from_pylist(rows, schema)
    text = b"".join(bytes(piece) for piece in json_lines(batch)).decode()
    assert [json.loads(line) for line in text.split("\n")[:-1]] == rows


@pytest.mark.parametrize(
    ("bad", "fault"),
    [
        ('{"a": ', "Invalid value|Missing"),
        ('{"a": "x"}', "changed from number to string"),
        ('{"a": 1, "zz": 2}', "unknown field 'zz'"),
        ('{"a": 1, "a": 2}', "specified twice"),
        ("[1]", "from object to array"),
        (b'{"s": "\xff"}', "invalid start byte|UTF"),
    ],
)
def test_a_json_line_that_does_not_fit_is_named(tmp_path, bad, fault):
    bad = bad if isinstance(bad, bytes) else bad.encode()
    text = b'{"a": 1}\n\n' + bad + b'\n{"a": 2}\n'
    schema = pa.schema([("a", pa.int64()), ("s", pa.string())])
    with pytest.raises(DataError, match=rf"(?s)line 3: .*({fault})"):
        read(tmp_path / "x.jsonl", text, schema=schema)


def test_a_json_line_may_be_longer_than_a_block(tmp_path):
    long = "x" * 9_000_000
    text = f'{{"s":"a"}}\n{{"s":"{long}"}}\n{{"s":"b"}}\n'
    assert read(tmp_path / "x.jsonl", text) == {"s": ["a", long, "b"]}


def test_json_lines_without_rows_need_a_schema(tmp_path):
    path = tmp_path / "x.jsonl"
    path.write_text("")
    with pytest.raises(DataError, match=r"(?s)no rows.*Pass schema="):
        _ = Source(str(path)).schema
    assert list(Source(str(path), schema=pa.schema([("x", pa.int8())])).batches()) == []


def test_json_schema_is_inferred_from_the_first_file_that_has_rows(tmp_path):
    (tmp_path / "0.jsonl").write_text("")
    (tmp_path / "1.jsonl").write_text('{"x": 1}\n')
    assert [batch.to_pydict() for batch in Source(str(tmp_path)).batches()] == [{"x": [1]}]
