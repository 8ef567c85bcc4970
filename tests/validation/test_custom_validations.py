from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest
from google.protobuf import text_format
from tensorflow_metadata.proto.v0 import anomalies_pb2, schema_pb2, statistics_pb2

import taurus_beam as tb
from taurus_beam.validation.anomalies import merge_anomalies
from taurus_beam.validation.custom_validation_config import (
    CustomValidationConfig,
    as_config,
    load_custom_validation_config,
)
from taurus_beam.validation.custom_validations import custom_validate_statistics


def stats(text: str) -> Any:
    return text_format.Parse(text, statistics_pb2.DatasetFeatureStatisticsList())


STATS = stats(
    """
    datasets {
      num_examples: 4
      features { path { step: "a" } type: FLOAT
        num_stats { mean: 2 max: 5 common_stats { num_missing: 1 num_non_missing: 3 } } }
      features { path { step: "s" step: "t.u" } type: STRING
        string_stats { unique: 3 top_values { value: "x" frequency: 2 } } }
    }
    """
)
BASE = stats(
    'datasets { name: "base" features { path { step: "b" } type: FLOAT num_stats { mean: 3 } } }'
)


def rule(expression: str, more: str = "", path: str = 'step: "a"') -> str:
    quoted = expression.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return (
        f"feature_validations {{ feature_path {{ {path} }} "
        f'validations {{ sql_expression: "{quoted}" description: "broken" {more} }} }}'
    )


def pair(expression: str, base: str = 'base_dataset_name: "base"') -> str:
    return (
        'feature_pair_validations { feature_test_path { step: "a" } feature_base_path { step: "b" }'
        f' {base} validations {{ sql_expression: "{expression}" description: "pair" }} }}'
    )


@pytest.mark.parametrize(
    ("expression", "holds"),
    [
        ("feature.num_stats.mean > 0", True),
        ("feature.num_stats.mean > 3", False),
        ("feature.num_stats.common_stats.num_missing / 4 <= 0.25", True),
        ("feature.num_stats.std_dev = 0", True),  # an unset number is 0
        ("feature.type = 'FLOAT' AND feature.string_stats IS NULL", True),
        ("feature.num_stats.mean BETWEEN 3 AND 4 -- but it is 2", False),
        ("coalesce(feature.string_stats.unique > 3, TRUE)", True),
        ("len(feature.num_stats.histograms) = 0", True),
        ("FALSE", False),
    ],
)
def test_a_rule_holds_or_not(expression: str, holds: bool) -> None:
    found = custom_validate_statistics(STATS, rule(expression))

    assert list(found.anomaly_info) == ([] if holds else ["a"])


def test_an_anomaly_as_tfdv_words_it() -> None:
    found = custom_validate_statistics(STATS, rule("feature.num_stats.mean > 3"))

    info = found.anomaly_info["a"]
    assert [(r.type, r.short_description, r.description) for r in info.reason] == [
        (
            anomalies_pb2.AnomalyInfo.CUSTOM_VALIDATION,
            "broken",
            "Custom validation triggered anomaly. Query: feature.num_stats.mean > 3 "
            "Test dataset: default slice",
        )
    ]
    assert list(info.path.step) == ["a"]
    assert info.severity == anomalies_pb2.AnomalyInfo.ERROR


def test_fields_of_structs_and_lists() -> None:
    path = 'step: "s" step: "t.u"'
    has_y = "list_contains([t.value for t in feature.string_stats.top_values], 'y')"
    has_x = "feature.string_stats.top_values[1].value = 'x'"

    assert list(custom_validate_statistics(STATS, rule(has_y, "", path)).anomaly_info) == [
        "s.'t.u'"
    ]
    assert not custom_validate_statistics(STATS, rule(has_x, "", path)).anomaly_info


def test_several_rules_of_a_feature() -> None:
    rules = rule("FALSE", "severity: WARNING") + rule("TRUE") + rule("1 = 2", "severity: UNKNOWN")

    info = custom_validate_statistics(STATS, rules).anomaly_info["a"]

    assert info.severity == anomalies_pb2.AnomalyInfo.WARNING
    assert info.short_description == "Multiple errors"
    assert len(info.reason) == 2


def test_pairs() -> None:
    smaller = "feature_test.num_stats.mean < feature_base.num_stats.mean"
    greater = smaller.replace("<", ">")

    assert not custom_validate_statistics(STATS, pair(smaller), BASE).anomaly_info
    found = custom_validate_statistics(STATS, pair(greater), BASE).anomaly_info["a"]
    assert found.description == (
        f"Custom validation triggered anomaly. Query: {greater} Test dataset: default slice "
        "Base dataset: base Base path: b"
    )
    # A dataset that is alone needs no name.
    assert custom_validate_statistics(STATS, pair(greater, ""), BASE).anomaly_info


@pytest.mark.parametrize(("environment", "evaluated"), [("T", True), ("X", False), (None, True)])
def test_environments(environment: str | None, evaluated: bool) -> None:
    found = custom_validate_statistics(
        STATS, rule("FALSE", 'in_environment: "T"'), environment=environment
    )

    assert bool(found.anomaly_info) == evaluated
    everywhere = custom_validate_statistics(STATS, rule("FALSE"), environment=environment)
    assert everywhere.anomaly_info


def test_slices() -> None:
    sliced = statistics_pb2.DatasetFeatureStatisticsList()
    for name, mean in (("All Examples", 2), ("carrier_UA", 9)):
        dataset = sliced.datasets.add()
        dataset.CopyFrom(STATS.datasets[0])
        dataset.name = name
        dataset.features[0].num_stats.mean = mean
    of_all = rule("feature.num_stats.mean < 5")
    of_slice = of_all.replace("{", '{ dataset_name: "carrier_UA"', 1)

    assert not custom_validate_statistics(sliced, of_all).anomaly_info
    (info,) = custom_validate_statistics(sliced, of_slice).anomaly_info.values()
    assert info.description.endswith("Test dataset: carrier_UA")


@pytest.mark.parametrize(
    ("rules", "message"),
    [
        (rule("NULL"), "gives NULL"),
        (rule("feature.string_stats.unique > 3"), "gives NULL"),
        (rule("3"), "gives 3, which is no Boolean"),
        (rule("feature.num_stats.mean >"), "cannot be evaluated: Parser Error"),
        (rule("feature.nosuch > 3"), "cannot be evaluated: .*nosuch"),
        (rule("TRUE); SELECT (TRUE"), "more than one expression"),
        (rule("TRUE), (FALSE"), "several values"),
        (rule("unnest([TRUE, FALSE])"), "several values"),
        (rule("(SELECT count(*) FROM read_text('/etc/hostname')) > 0"), "cannot be evaluated"),
        (rule("TRUE", path='step: "zz"'), "feature zz, which the statistics lack"),
        (rule("TRUE").replace("{", '{ dataset_name: "q"', 1), "dataset 'q'"),
        (pair("TRUE"), "no baseline"),
    ],
)
def test_rules_that_make_no_sense(rules: str, message: str) -> None:
    with pytest.raises(tb.DataError, match=message):
        custom_validate_statistics(STATS, rules)


def test_a_rule_cannot_change_how_rules_are_evaluated() -> None:
    with pytest.raises(tb.DataError):
        custom_validate_statistics(STATS, rule("TRUE) FROM statistics; SET threads = 2; --"))


def test_without_duckdb(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "duckdb", None)
    with pytest.raises(tb.EngineError, match=r"taurus-beam\[sql\]"):
        custom_validate_statistics(STATS, rule("TRUE"))


def test_a_file_of_rules(tmp_path: Path) -> None:
    path = tmp_path / "rules.pbtxt"
    path.write_text(rule("TRUE") + "\n" + pair("TRUE"))
    config = load_custom_validation_config(str(path))
    assert config.feature_validations[0].validations[0].sql_expression == "TRUE"
    assert as_config(config) == config

    path.write_text("feature_validations {\n  validation { sql_expression: 'TRUE' }\n}")
    with pytest.raises(tb.DataError, match=r"no field \"validation\"[^~]*line 2[^~]*validations"):
        load_custom_validation_config(str(path))
    with pytest.raises(tb.DataError, match="dict"):
        as_config({})


def test_the_wire_format_is_tfdvs() -> None:
    """Bytes written by TFDV 1.16.1 for the same message."""
    written = bytes.fromhex(
        "0a200a047465737412030a01611a13" + "0a04545255451002" + "1a03626164" + "220454524149"
    )
    expected = (
        'feature_validations { dataset_name: "test" feature_path { step: "a" } validations { '
        'sql_expression: "TRUE" severity: ERROR description: "bad" in_environment: "TRAI" } }'
    )
    assert CustomValidationConfig.FromString(written) == as_config(expected)


def test_merged_with_other_anomalies() -> None:
    others = anomalies_pb2.Anomalies()
    info = others.anomaly_info["a"]
    info.severity, info.short_description, info.description = 1, "New column", "It is new."
    info.reason.add(type="SCHEMA_NEW_COLUMN", short_description="New column")

    found = merge_anomalies(others, [custom_validate_statistics(STATS, rule("FALSE"))])

    assert [r.type for r in found.anomaly_info["a"].reason] == [
        anomalies_pb2.AnomalyInfo.SCHEMA_NEW_COLUMN,
        anomalies_pb2.AnomalyInfo.CUSTOM_VALIDATION,
    ]
    assert found.anomaly_info["a"].severity == anomalies_pb2.AnomalyInfo.ERROR


def test_rules_beside_the_schema() -> None:
    schema = schema_pb2.Schema(feature=[schema_pb2.Feature(name="a", type="INT")])

    found = tb.validate_statistics(STATS, schema, custom_validation_config=rule("FALSE"))

    assert [r.type for r in found.anomaly_info["a"].reason] == [
        anomalies_pb2.AnomalyInfo.UNEXPECTED_DATA_TYPE,
        anomalies_pb2.AnomalyInfo.CUSTOM_VALIDATION,
    ]
    # As TFDV 1.16.1 words it.
    assert found.anomaly_info["a"].short_description == "Multiple errors"
    assert found.anomaly_info["a"].description == (
        "Expected data of type: INT but got FLOAT Custom validation triggered anomaly. "
        "Query: FALSE Test dataset: default slice"
    )
