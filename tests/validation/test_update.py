"""`update_schema`: cases worked by hand, and what must hold of every update."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from tensorflow_metadata.proto.v0.schema_pb2 import DEPRECATED
from validating import schema, statistics, told

import taurus_beam as tb
from benchmarks.peers.statistics_text import common, dataset, datasets, numbers, strings

PERTURBED = [
    json.loads(line)
    for line in (Path(__file__).parent / "results" / "perturbed.jsonl").read_text().splitlines()
]
INFERRED = """
  feature { name: "i" type: INT presence { min_fraction: 1 min_count: 1 }
            shape { dim { size: 1 } } }
  feature { name: "c" type: BYTES presence { min_fraction: 1 min_count: 1 }
            shape { dim { size: 1 } } domain: "c" }
  string_domain { name: "c" value: "x" value: "y" }
"""


def test_the_data_of_another_day() -> None:
    """As TFDV 1.16 does with the schema inferred from i=1,2,3 and c=x,y,x, and then with data
    i=[1],null,[3,4], c=x,z,x and a new column of floats."""
    of = datasets(
        dataset(
            numbers("i", 1, 4, counts=common(2, 1, (1, 2), 3)),
            strings("c", {"x": 2, "z": 1}, counts=common(3)),
            numbers("new", 1, 3, kind="FLOAT", counts=common(3)),
            examples=3,
        )
    )
    assert tb.update_schema(schema(INFERRED), statistics(of)) == schema("""
      feature { name: "i" type: INT presence { min_fraction: 0.66666666666666663 min_count: 1 } }
      feature { name: "c" type: BYTES presence { min_fraction: 1 min_count: 1 }
                shape { dim { size: 1 } } domain: "c" }
      feature { name: "new" type: FLOAT presence { min_fraction: 1 min_count: 1 }
                value_count { min: 1 max: 1 } }
      string_domain { name: "c" value: "x" value: "y" value: "z" }
    """)


def test_missing_and_mistyped_features_are_deprecated() -> None:
    of = datasets(dataset(numbers("i", kind="FLOAT", counts=common(3)), examples=3))
    updated = tb.update_schema(schema(INFERRED), statistics(of))
    assert [feature.lifecycle_stage for feature in updated.feature] == [DEPRECATED] * 2


def test_largest_domain_of_a_new_feature() -> None:
    of = statistics(datasets(dataset(strings("s", {"a": 5, "c": 5}))))
    assert tb.update_schema(schema(""), of).feature[0].domain == "s"
    assert not tb.update_schema(schema(""), of, max_string_domain_size=1).feature[0].domain


def test_the_environment_of_the_data() -> None:
    before = schema(
        'default_environment: "E" '
        'feature { name: "x" type: INT presence { min_count: 1 } not_in_environment: "E" }'
    )
    of = statistics(datasets(dataset(numbers("y"))))
    assert not tb.update_schema(before, of, environment="E").feature[0].lifecycle_stage
    assert tb.update_schema(before, of).feature[0].lifecycle_stage


def test_a_new_field_of_no_struct() -> None:
    of = statistics(datasets(dataset(numbers("s/x"))))
    with pytest.raises(tb.DataError, match="no feature s for its field 'x'"):
        tb.update_schema(schema(""), of)


@pytest.mark.parametrize("record", PERTURBED, ids=lambda record: record["name"])
def test_the_data_fit_the_updated_schema(record: dict[str, Any]) -> None:
    of = statistics(record["statistics"])
    once = tb.update_schema(schema(record["schema"]), of)
    once.ClearField("dataset_constraints")
    again = tb.update_schema(once, of)
    assert told(tb.validate_statistics(of, again)) == {}
    assert tb.update_schema(again, of) == again
