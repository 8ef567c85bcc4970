from __future__ import annotations

import re

from tensorflow_metadata.proto.v0 import schema_pb2

from taurus_beam.report.schema import schema_html


def rows(schema: schema_pb2.Schema) -> list[list[str]]:
    """The text of the cells of the first table."""
    body = schema_html(schema).split("<tbody", 1)[1].split("</tbody>")[0]
    return [
        [re.sub("<[^>]*>", "", cell) for cell in re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row)]
        for row in body.split("<tr")[1:]
    ]


def test_features_are_told_as_tfdv_tells_them() -> None:
    schema = schema_pb2.Schema()
    schema.feature.add(
        name="x",
        type=schema_pb2.INT,
        presence={"min_fraction": 1, "min_count": 1},
        value_count={"min": 1, "max": 1},
        int_domain={"min": 0, "max": 9},
    )
    schema.feature.add(
        name="s",
        type=schema_pb2.BYTES,
        presence={"min_count": 1},
        value_count={"min": 1},
        domain="d",
    )
    schema.feature.add(
        name="f",
        type=schema_pb2.FLOAT,
        value_count={"min": 2, "max": 4},
        float_domain={"disallow_nan": True, "disallow_inf": True},
    )
    assert rows(schema) == [
        ["x", "INT", "required", "single", "min: 0; max: 9", "", ""],
        ["s", "STRING", "optional", "[1,inf)", "&#x27;d&#x27;", "", ""],
        [
            "f",
            "FLOAT",
            "",
            "[2,4]",
            "-",
            "",
            "float domain: disallow nan: True; disallow inf: True",
        ],
    ]


def test_what_tfdv_does_not_show_is_told_too() -> None:
    schema = schema_pb2.Schema()
    feature = schema.feature.add(name="x", type=schema_pb2.STRUCT, not_in_environment=["SERVING"])
    child = feature.struct_domain.feature.add(name="y", type=schema_pb2.INT)
    child.shape.dim.add(size=2)
    child.shape.dim.add(size=3)
    child.skew_comparator.infinity_norm.threshold = 0.01
    child.presence.min_fraction = 0.25
    child.lifecycle_stage = schema_pb2.DEPRECATED
    struct, inside = rows(schema)
    assert struct == ["x", "STRUCT", "", "", "-", "", "not in environment: SERVING"]
    assert inside[:6] == ["x.y", "INT", "optional", "", "-", "[2,3]"]
    assert sorted(inside[6].split("; ")) == [
        "in 25 % of the examples at least",
        "lifecycle stage: DEPRECATED",
        "skew comparator: infinity norm ≤ 0.01",
    ]


def test_domains_sparse_features_and_the_whole_data_set_have_tables() -> None:
    schema = schema_pb2.Schema(default_environment=["TRAINING", "SERVING"])
    schema.string_domain.add(name="d", value=["<b>", *map(str, range(100))])
    schema.sparse_feature.add(name="sp", value_feature={"name": "v"})
    schema.dataset_constraints.min_examples_count = 5
    html = schema_html(schema)
    for text in ("&lt;b&gt;", "and 41 more", "sp", "TRAINING, SERVING", "min examples count: 5"):
        assert text in html


def test_an_empty_schema_says_so() -> None:
    assert "The schema has no features." in schema_html(schema_pb2.Schema())
