from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from google.protobuf import json_format, text_format
from tensorflow_metadata.proto.v0 import schema_pb2, statistics_pb2

Command = Callable[..., Any]

STATS = """
datasets {
  num_examples: 4
  features { path { step: "fare" } type: FLOAT num_stats { min: -1 max: 9
    common_stats { num_non_missing: 4 min_num_values: 1 max_num_values: 1 tot_num_values: 4 } } }
  features { path { step: "zone" } type: STRING string_stats { unique: 2
    common_stats { num_non_missing: 4 min_num_values: 1 max_num_values: 1 tot_num_values: 4 }
    rank_histogram { buckets { label: "b" sample_count: 3 } buckets { label: "a" sample_count: 1 } }
  } }
}
"""
SCHEMA = """\
# written by a person
feature { name: "fare" type: FLOAT float_domain { min: 0 } }
feature { name: "zone" type: BYTES domain: "zones" }
string_domain { name: "zones" value: "a" value: "b" }
"""


@pytest.fixture
def stats(tmp_path: Path) -> Path:
    path = tmp_path / "stats.pbtxt"
    path.write_text(STATS)
    return path


@pytest.fixture
def schema(tmp_path: Path) -> Path:
    path = tmp_path / "schema.pbtxt"
    path.write_text(SCHEMA)
    return path


def parsed(text: str) -> Any:
    return text_format.Parse(text, schema_pb2.Schema())


def test_infer_writes_what_the_library_infers(
    command: Command, stats: Path, tmp_path: Path
) -> None:
    import taurus_beam as tb

    expected = tb.infer_schema(
        text_format.Parse(STATS, statistics_pb2.DatasetFeatureStatisticsList())
    )

    result = command("schema", "infer", "--stats", stats, "--output", tmp_path / "new.pbtxt")

    assert result.exit_code == 0, result.output
    assert "2 features and 1 string domain" in result.stdout
    assert parsed((tmp_path / "new.pbtxt").read_text()) == expected
    assert parsed(command("schema", "infer", "-s", stats).stdout) == expected
    assert command("schema", "infer", "-s", stats, "-o", tmp_path / "s.json").exit_code == 0
    as_json = (tmp_path / "s.json").read_text()
    assert json_format.Parse(as_json, schema_pb2.Schema()) == expected


def test_infer_passes_its_options_on(command: Command, stats: Path) -> None:
    words = ("--no-shape", "--max-string-domain-size", "1")
    found = parsed(command("schema", "infer", "-s", stats, *words).stdout)

    assert not found.string_domain
    assert [f.HasField("shape") for f in found.feature] == [False, False]


def test_infer_does_not_overwrite_what_people_wrote(
    command: Command, stats: Path, schema: Path
) -> None:
    result = command("schema", "infer", "-s", stats, "-o", schema)

    assert result.exit_code == 6
    assert "schema update" in result.stderr
    assert schema.read_text() == SCHEMA
    assert command("schema", "infer", "-s", stats, "-o", schema, "--overwrite").exit_code == 0


def test_show(command: Command, schema: Path) -> None:
    result = command("schema", "show", schema)

    assert result.exit_code == 0
    assert "'fare'" in result.stdout
    assert "min: 0.000000; max: inf" in result.stdout
    assert "'a', 'b'" in result.stdout
    as_json = command("schema", "show", schema, "--json").stdout
    assert json_format.Parse(as_json, schema_pb2.Schema()) == parsed(SCHEMA)


def test_check(command: Command, schema: Path) -> None:
    good = command("schema", "check", schema)
    assert (good.exit_code, good.stdout) == (0, "2 features: 0 errors, 0 warnings.\n")

    schema.write_text(SCHEMA.replace("min: 0", "min: 0 max: -1").replace('"zones" }', '"zone" }'))
    bad = command("schema", "check", schema)
    assert bad.exit_code == 1
    assert f"{schema}:2: error: fare.float_domain.max: No number is" in bad.stdout
    assert f"{schema}:3: error: zone.domain: There is no string domain 'zone'" in bad.stdout
    assert "2 features: 2 errors, 1 warning." in bad.stdout
    found = json.loads(command("schema", "check", schema, "--json").stdout)
    assert [(p["path"], p["line"], p["is_error"]) for p in found][:2] == [
        ("fare", 2, True),
        ("zone", 3, True),
    ]


def test_a_schema_that_cannot_be_read(command: Command, schema: Path) -> None:
    schema.write_text(SCHEMA.replace("type: BYTES", "typ: BYTES"))

    result = command("schema", "check", schema)

    assert result.exit_code == 4
    assert "schema.pbtxt, line 3: " in result.stderr
    assert 'Did you mean "type"?' in result.stderr


def test_update_shows_and_accepts(command: Command, schema: Path, stats: Path) -> None:
    stats.write_text(STATS.replace('label: "b"', 'label: "c"'))

    shown = command("schema", "update", schema, "--stats", stats)

    assert shown.exit_code == 1
    assert "+    min: -1" in shown.stdout
    assert '+  value: "c"' in shown.stdout
    assert schema.read_text() == SCHEMA

    accepted = command("schema", "update", schema, "--stats", stats, "--accept")

    assert accepted.exit_code == 0
    assert accepted.stdout == shown.stdout
    assert "comments" in accepted.stderr
    assert list(parsed(schema.read_text()).string_domain[0].value) == ["a", "b", "c"]
    again = command("schema", "update", schema, "--stats", stats)
    assert (again.exit_code, again.stdout) == (0, "Nothing needs to change.\n")


def test_update_to_another_file(
    command: Command, schema: Path, stats: Path, tmp_path: Path
) -> None:
    other = tmp_path / "next.json"
    result = command("schema", "update", schema, "-s", stats, "--accept", "-o", other)

    assert result.exit_code == 0
    assert schema.read_text() == SCHEMA
    assert json.loads(other.read_text())["feature"][0]["float_domain"]["min"] == -1.0
