"""Statistics, schemas and validation of data as they should not be, by the API and the commands.

Each case ends with statistics in which every row is counted, or with a message that tells where,
what was expected and what to do; never with a traceback.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from typer.testing import CliRunner

import taurus_beam as tb
from taurus_beam.cli.app import app
from taurus_beam.errors import DataError

STRANGE_NAMES = ["a.b", "it's", 'q"q', "😀", " sp ", "", "a(b)", "x::y", "<b>&amp;"]


@pytest.fixture
def command() -> Callable[..., Any]:
    def run(*words: object) -> Any:
        result = CliRunner().invoke(app, [str(w) for w in words], env={"COLUMNS": "200"})
        assert result.exception is None or isinstance(result.exception, SystemExit)
        return result

    return run


def features(data: Any) -> dict[str, Any]:
    [dataset] = tb.statistics(data).datasets
    return {feature.path.step[0]: feature for feature in dataset.features}


def common(feature: Any) -> Any:
    """The common statistics, whichever kind the feature has."""
    return getattr(feature, feature.WhichOneof("stats")).common_stats


# CSV


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b'a,b\n1,x\n2,"never closed\n3,y\n', "begins in row 3 is not closed"),
        (b"a,b\n1,x\n2\n", "Expected 2 columns, got 1"),
        (b"a,b\n1,x\n3,y,z\n", "Expected 2 columns, got 3"),
        (b"a,a\n1,2\n", "Column 'a' occurs more than once"),
        (b"", "The file is empty (0 bytes)"),
        (b"\n\n1,2\n", "The first line of the CSV file names no column"),
        ("a,b\n1,x\n".encode("utf-16"), "The name of a column is no UTF-8"),
        (b"a,b\n1," + b"x" * (50 << 20) + b"\n", "A row of the CSV file is longer than 4 MiB"),
        (b'a,b\n1,"' + b"x\n" * (25 << 20) + b'"\n', "A row of the CSV file is longer than 4 MiB"),
        (b"a,b\n" + b"1,x\n" * 1_100_000 + b"1,\xfc\n", "invalid UTF8 data"),
        (b"a,b\n" + b"1,x\n" * 1_100_000 + b"one,x\n", "conversion error to int64"),
    ],
    ids=[
        "open quote",
        "cell too few",
        "cell too many",
        "name twice",
        "no bytes",
        "no header",
        "UTF-16",
        "50 MB cell",
        "50 MB cell of lines",
        "late Latin-1",
        "late text",
    ],
)
def test_csv_that_cannot_be_read(tmp_path: Path, command: Any, content: bytes, message: str):
    path = tmp_path / "hostile.csv"
    path.write_bytes(content)
    with pytest.raises(DataError) as problem:
        tb.statistics(str(path))
    text = str(problem.value)
    assert message in text
    assert "hostile.csv" in text
    assert "fix:" in text
    if len(content) < 1000:
        result = command("stats", "-i", path, "-o", tmp_path / "s.pb")
        assert result.exit_code not in (0, 1)
        assert message in " ".join(result.output.split())
        assert not (tmp_path / "s.pb").exists()


def test_quotes_and_kinds_that_are_mixed_are_all_counted(tmp_path: Path):
    (tmp_path / "a.csv").write_bytes(b'a,b\n1,x"y"z\noops,"q"r\n3,"a""b"\n,\xfc\n')
    found = features(str(tmp_path / "a.csv"))
    assert {top.value for top in found["a"].string_stats.top_values} == {"1", "oops", "3"}
    assert common(found["a"]).num_missing == 1
    tops = {top.value for top in found["b"].string_stats.top_values}
    assert tops == {'x"y"z', "qr", 'a"b', "__BYTES_VALUE__"}


def test_a_csv_file_of_ten_thousand_columns(tmp_path: Path):
    names = [f"c{i}" for i in range(10_000)]
    lines = [",".join(names), *[",".join(map(str, range(10_000)))] * 3]
    (tmp_path / "wide.csv").write_text("\n".join(lines) + "\n")
    found = features(str(tmp_path / "wide.csv"))
    assert list(found) == names
    assert [f.num_stats.mean for f in found.values()] == list(range(10_000))


# Data in memory


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (pd.DataFrame({"a": [1, "x", 2.5]}), "column a"),
        (pd.DataFrame([[1, 2]], columns=["a", "a"]), "Duplicate column names"),
        (pd.DataFrame({"a": np.array([1j])}), "column a"),
        ({"a": [1, "x"]}, "Column 'a'"),
        ({"a": ["\ud800"]}, "Column 'a'"),
        ({"a\ud800": [1]}, "surrogates"),
        (None, "NoneType"),
        ("nowhere.csv", "No file matches"),
    ],
    ids=["mixed frame", "name twice", "complex", "mixed", "surrogate", "name", "none", "no file"],
)
def test_data_that_cannot_be_taken(data: Any, message: str):
    with pytest.raises(DataError, match=message):
        tb.statistics(data)


@pytest.mark.parametrize(
    "data",
    [pd.DataFrame(), {}, pd.DataFrame({"a": []}), pa.table({"a": pa.array([], pa.string())})],
    ids=["no columns", "empty dict", "no rows", "typed"],
)
def test_nothing(data: Any):
    [dataset] = tb.statistics(data).datasets
    assert dataset.num_examples == 0
    schema = tb.infer_schema(tb.statistics({"a": [1]}))
    assert tb.validate_statistics(tb.statistics(data), schema).data_missing


def test_columns_that_are_all_missing():
    frame = pd.DataFrame({"s": [None] * 2, "x": [math.nan] * 2, "t": [pd.NaT] * 2})
    assert {name: common(f).num_missing for name, f in features(frame).items()} == {
        "s": 2,
        "x": 2,
        "t": 2,
    }


def test_nan_and_infinities_are_counted():
    x = pa.array([math.nan, math.inf, -math.inf, 1.0, 3.0, None])
    numbers = features(pa.table({"x": x}))["x"].num_stats
    assert (numbers.common_stats.num_non_missing, numbers.common_stats.num_missing) == (5, 1)
    assert (numbers.min, numbers.max) == (-math.inf, math.inf)
    assert math.isnan(numbers.mean)
    for histogram in numbers.histograms:
        assert histogram.num_nan == 1
        assert sum(bucket.sample_count for bucket in histogram.buckets) == pytest.approx(4)


def test_names_of_every_kind(tmp_path: Path, command: Any):
    table = pa.table({name: ["u", "v"] for name in STRANGE_NAMES})
    stats = tb.statistics(table)
    schema = tb.infer_schema(stats)
    assert [feature.name for feature in schema.feature] == [
        feature.path.step[0] for feature in stats.datasets[0].features
    ]
    assert not tb.validate_statistics(stats, schema).anomaly_info
    broken = tb.statistics(pa.table({name: [1, 2] for name in STRANGE_NAMES}))
    assert len(tb.validate_statistics(broken, schema).anomaly_info) == len(STRANGE_NAMES)

    tb.write_statistics(broken, f"{tmp_path}/broken.pb")
    tb.write_schema_text(schema, f"{tmp_path}/schema.pbtxt")
    assert tb.load_schema_text(f"{tmp_path}/schema.pbtxt") == schema
    for form in ("text", "json", "pbtxt", "junit", "github"):
        words = ["--stats", f"{tmp_path}/broken.pb", "--schema", f"{tmp_path}/schema.pbtxt"]
        result = command("validate", *words, "--format", form)
        assert result.exit_code == 1
        assert "😀" in result.output or r"\360\237\230\200" in result.output


def test_a_cell_of_fifty_megabytes():
    [feature] = features({"s": ["x" * (50 << 20), "y"]}).values()
    assert feature.string_stats.avg_length == pytest.approx(25 << 20)
    assert feature.string_stats.unique == 2


# Schemas


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('feature { name: "x"\n type: FLAOT }', 'line 2: type: FLAOT }.*Did you mean "FLOAT"'),
        ('feature { name: "x"\n type: 77 }', "FeatureType has no value 77.*line 2"),
        ('feature { name: "x" type: FLOAT\n', "brace.*never closed.*line 1"),
        ('feature { name: "x type: FLOAT }', "missing ending quote.*line 1"),
        ('feature { name: "a" struct_domain { ' * 500 + "} }" * 500, "nests too deep"),
        ("\x00\x01", "line 1"),
        ('feature { name: "x" type: INT }\nfeature { name: "x" type: FLOAT }', "several.*line 1"),
        (
            "".join(
                f'feature {{ name: "{name}" type: INT lifecycle_stage: VALIDATION_DERIVED\n'
                f'validation_derived_source {{ source_path {{ step: "{other}" }} }} }}\n'
                for name, other in ("xy", "yx")
            ),
            "derived from itself.*line 2.*Break the cycle",
        ),
    ],
    ids=["enum", "number", "brace", "quote", "depth", "binary", "name twice", "cycle"],
)
def test_a_schema_that_cannot_be_meant(tmp_path: Path, command: Any, text: str, message: str):
    (tmp_path / "schema.pbtxt").write_text(text)
    tb.write_statistics(tb.statistics({"x": [1.0]}), f"{tmp_path}/stats.pb")
    words = ["--stats", f"{tmp_path}/stats.pb", "--schema", f"{tmp_path}/schema.pbtxt"]
    result = command("validate", *words)
    assert result.exit_code == 2
    assert re.search(message, " ".join(result.output.split()))
    assert "schema.pbtxt" in result.output


# Statistics in files


@pytest.mark.parametrize("share", [0.1, 0.5, 0.99])
@pytest.mark.parametrize("form", ["pb", "tfrecord", "pbtxt"])
def test_statistics_that_are_cut_off(tmp_path: Path, command: Any, form: str, share: float):
    stats = tb.statistics({"x": [1.0, 2.0, 3.0], "s": ["a", "b", None]})
    path = tmp_path / f"stats.{form}"
    tb.write_statistics(stats, str(path))
    path.write_bytes(path.read_bytes()[: int(path.stat().st_size * share)])
    with pytest.raises(DataError, match=r"(?s)stats\..*expected: .*fix:"):
        tb.load_statistics(str(path))
    tb.write_schema_text(tb.infer_schema(stats), f"{tmp_path}/schema.pbtxt")
    result = command("validate", "--stats", path, "--schema", f"{tmp_path}/schema.pbtxt")
    assert result.exit_code == 2
    # Each form by its own name: who wrote a binary proto need not know of records.
    assert ("TFRecord file" in result.output) == (form == "tfrecord")
