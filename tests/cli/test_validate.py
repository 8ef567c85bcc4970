from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from google.protobuf import text_format
from tensorflow_metadata.proto.v0 import anomalies_pb2

Command = Callable[..., Any]

STATS = """
datasets {
  num_examples: 4
  features { path { step: "fare" } type: FLOAT num_stats { min: %s max: 9
    common_stats { num_non_missing: 4 min_num_values: 1 max_num_values: 1 tot_num_values: 4 } } }
  features { path { step: "zone" } type: STRING string_stats { unique: 2
    common_stats { num_non_missing: 4 min_num_values: 1 max_num_values: 1 tot_num_values: 4 }
    rank_histogram {
      buckets { label: "b" sample_count: %s } buckets { label: "a" sample_count: 1 } } } }
}
"""
SCHEMA = """\
feature { name: "fare" type: FLOAT float_domain { min: 0 } }
feature {
  name: "zone" type: BYTES
  drift_comparator { infinity_norm { threshold: 0.01 } }
  skew_comparator { infinity_norm { threshold: 0.01 } }
}
feature { name: "tip" type: FLOAT presence { min_fraction: 1 } not_in_environment: "SERVING" }
default_environment: ["TRAINING", "SERVING"]
"""
IN_SERVING = ("--environment", "SERVING")


@pytest.fixture
def files(tmp_path: Path) -> Path:
    (tmp_path / "schema.pbtxt").write_text(SCHEMA)
    (tmp_path / "good.pbtxt").write_text(STATS % (1, 3))
    (tmp_path / "bad.pbtxt").write_text(STATS % (-1, 3))
    (tmp_path / "other.pbtxt").write_text(STATS % (1, 1))
    return tmp_path


@pytest.fixture
def validate(command: Command, files: Path) -> Command:
    def run(stats: str, *words: object) -> Any:
        given = ("--schema", files / "schema.pbtxt", "--stats", files / stats)
        return command("validate", *given, *words)

    return run


def test_data_that_fit(validate: Command) -> None:
    result = validate("good.pbtxt", *IN_SERVING)

    assert (result.exit_code, result.stdout) == (0, "No anomalies found.\n")


def test_anomalies(validate: Command, files: Path) -> None:
    result = validate("bad.pbtxt")

    assert result.exit_code == 1
    assert "2 anomalies: 2 errors." in result.stdout
    assert f"error: fare  ({files}/schema.pbtxt:1)" in result.stdout
    assert "Column dropped: Column is completely missing" in result.stdout


def test_drift_and_skew(validate: Command, files: Path) -> None:
    for option, word in (("--previous", "drift"), ("--serving", "skew")):
        result = validate("good.pbtxt", *IN_SERVING, option, files / "other.pbtxt")

        assert result.exit_code == 1
        assert "High Linfty distance" in result.stdout
        assert f"zone  L_INFTY  0.25   0.01       {word}" in result.stdout


def test_custom_rules(validate: Command, files: Path) -> None:
    rules = files / "rules.pbtxt"
    rules.write_text(
        """
        feature_validations { feature_path { step: "fare" }
          validations { sql_expression: "feature.num_stats.max < 9" description: "Too dear" } }
        feature_pair_validations {
          feature_test_path { step: "zone" } feature_base_path { step: "zone" }
          validations { sql_expression: "feature_test.string_stats.unique = 2" } }
        """
    )
    words = (*IN_SERVING, "--custom", rules, "--previous", files / "good.pbtxt")

    result = validate("good.pbtxt", *words)

    assert result.exit_code == 1
    assert "Too dear: Custom validation triggered anomaly." in result.stdout


def test_severities(validate: Command) -> None:
    words = ("--severity", "SCHEMA_MISSING_COLUMN=WARNING")

    assert validate("good.pbtxt", *words).exit_code == 0
    assert "warning: tip" in validate("good.pbtxt", *words).stdout
    assert validate("good.pbtxt", *words, "--strict").exit_code == 1


def test_formats(validate: Command, files: Path) -> None:
    github = validate("bad.pbtxt", *IN_SERVING, "--format", "github")
    assert github.exit_code == 1
    assert github.stdout.startswith(f"::error file={files}/schema.pbtxt,line=1,title=Out-of-range")

    junit = validate("bad.pbtxt", *IN_SERVING, "--format", "junit")
    assert ElementTree.fromstring(junit.stdout.encode()).get("failures") == "1"

    as_json = validate("bad.pbtxt", *IN_SERVING, "--format", "json")
    assert list(json.loads(as_json.stdout)["anomaly_info"]) == ["fare"]

    output = files / "anomalies.pbtxt"
    pbtxt = validate("bad.pbtxt", *IN_SERVING, "--format", "pbtxt", "--output", output)
    assert (pbtxt.exit_code, pbtxt.stdout) == (1, f"1 anomaly: 1 error.  ({output})\n")
    found = text_format.Parse(output.read_text(), anomalies_pb2.Anomalies())
    assert list(found.anomaly_info) == ["fare"]


def test_data_in_files(command: Command, files: Path) -> None:
    data = files / "trips.csv"
    data.write_text("fare,zone\n1.5,a\n2.5,b\n")
    words = ("--schema", files / "schema.pbtxt", *IN_SERVING, "--input", data)

    good = command("validate", *words)
    assert good.exit_code == 0, good.output

    data.write_text("fare,zone\n1.5,a\n-2.5,b\n")
    bad = command("validate", *words, "--input-format", "csv")
    assert bad.exit_code == 1
    assert "-2.5<0" in bad.stdout

    on_engine = command("validate", *words, "--runner", "direct")
    assert (on_engine.exit_code, on_engine.stdout) == (1, bad.stdout)

    data.write_text("fare,zone\n")
    assert command("validate", *words, "--types-from-schema").exit_code == 1


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--stats", "absent.pb"), "cannot be read"),
        ((), "nothing to validate"),
        (("--stats", "good.pbtxt", "--input", "good.pbtxt"), "--stats and --input"),
        (("--stats", "good.pbtxt", "--environment", "MOON"), "MOON not found"),
        (("--stats", "good.pbtxt", "--severity", "X"), "'X' is not of the form TYPE=SEVERITY"),
        (("--stats", "good.pbtxt", "--severity", "X=ERROR"), "'X'"),
        (("--stats", "good.pbtxt", "--custom", "schema.pbtxt"), "line 1"),
        (("--stats", "good.pbtxt", "--output", "absent/file"), "cannot be written"),
        (("--input", "absent.csv"), "absent.csv"),
        (("--input", "absent.csv", "--direct-worker=2"), "--direct-workers"),
        (("--stats", "good.pbtxt", "--strct"), "none of validate"),
        (("--stats", "good.pbtxt", "--runner", "direct"), "without data to read"),
    ],
)
def test_every_error_is_2(
    command: Command,
    files: Path,
    words: tuple[str, ...],
    message: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(files)

    result = command("validate", "--schema", "schema.pbtxt", *words)

    assert result.exit_code == 2
    assert message in result.stderr


def test_a_broken_schema_is_2(validate: Command, files: Path) -> None:
    (files / "schema.pbtxt").write_text("feature { nam: 'x' }")

    result = validate("good.pbtxt")

    assert result.exit_code == 2
    assert 'Did you mean "name"?' in result.stderr


def test_a_schema_in_json(command: Command, files: Path) -> None:
    words = ("schema", "infer", "-s", files / "good.pbtxt", "-o", files / "schema.json")
    assert command(*words).exit_code == 0

    stats = ("--stats", files / "other.pbtxt", "--previous", files / "good.pbtxt")
    result = command("validate", "--schema", files / "schema.json", *stats, "--format", "github")

    assert (result.exit_code, result.stdout) == (0, "")
