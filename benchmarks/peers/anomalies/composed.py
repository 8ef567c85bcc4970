"""Features of other features: sparse, weighted and derived ones."""

from __future__ import annotations

from benchmarks.peers.anomalies.case import AnomalyCase as Case
from benchmarks.peers.anomalies.parts import INT, data
from benchmarks.peers.statistics_text import custom, custom_only, numbers

SPARSE = 'sparse_feature { name: "x" index_feature { name: "i" } value_feature { name: "v" } }'
WEIGHTED = 'weighted_feature { name: "x" feature { step: "v" } weight_feature { step: "w" } }'
CASES = [
    Case(
        "sparse feature",
        data(
            custom_only(
                "x",
                custom("missing_value", 1),
                custom("missing_index", {"i": 2, "j": 0}),
                custom("max_length_diff", {"i": 1}),
                custom("min_length_diff", {"i": -1}),
            )
        ),
        SPARSE,
        reasons=(
            (
                "SPARSE_FEATURE_MISSING_VALUE",
                "Missing value feature",
                "Found 1 examples missing value feature",
            ),
            (
                "SPARSE_FEATURE_MISSING_INDEX",
                "Missing index feature",
                "Found 2 examples missing index feature: i",
            ),
            (
                "SPARSE_FEATURE_LENGTH_MISMATCH",
                "Length mismatch between value and index feature",
                "Mismatch between index feature: i and value column, with max_length_diff = 1",
            ),
            (
                "SPARSE_FEATURE_LENGTH_MISMATCH",
                "Length mismatch between value and index feature",
                "Mismatch between index feature: i and value column, with min_length_diff = -1",
            ),
        ),
    ),
    Case(
        "sparse feature of a feature's name",
        data(numbers("x")),
        SPARSE + INT % "",
        reasons=(
            (
                "SPARSE_FEATURE_NAME_COLLISION",
                "Sparse feature name collision",
                "Sparse feature name collision.",
            ),
        ),
    ),
    Case(
        "weighted feature",
        data(
            custom_only(
                "x",
                custom("missing_weight", 2),
                custom("missing_value", 1),
                custom("min_weight_length_diff", -1),
                custom("max_weight_length_diff", 1),
            )
        ),
        WEIGHTED,
        reasons=(
            (
                "WEIGHTED_FEATURE_MISSING_WEIGHT",
                "Missing weight feature",
                "Found 2 examples missing weight feature.",
            ),
            (
                "WEIGHTED_FEATURE_MISSING_VALUE",
                "Missing value feature",
                "Found 1 examples missing value feature.",
            ),
            (
                "WEIGHTED_FEATURE_LENGTH_MISMATCH",
                "Length mismatch between value and weight feature",
                "Mismatch between weight and value feature with min_weight_length_diff = -1 and "
                "max_weight_length_diff = 1.",
            ),
        ),
    ),
    Case(
        "deprecated weighted feature",
        data(custom_only("x", custom("missing_value", 1))),
        WEIGHTED.replace("weight_feature {", "lifecycle_stage: DEPRECATED weight_feature {", 1),
        reasons=(),
        differs="TFDV looks at weighted features whatever their stage",
    ),
    Case(
        "weighted feature of a feature's name",
        data(numbers("x")),
        WEIGHTED + INT % "",
        reasons=(
            (
                "WEIGHTED_FEATURE_NAME_COLLISION",
                "Weighted feature name collision",
                "Weighted feature name collision.",
            ),
        ),
    ),
    Case(
        "derived feature",
        data(numbers("x", more='validation_derived_source { deriver_name: "d" }')),
        INT % "",
        reasons=(
            (
                "DERIVED_FEATURE_INVALID_SOURCE",
                "Derived source not set in schema.",
                "Derived source not set in schema.",
            ),
        ),
    ),
    Case(
        "derived feature in production",
        data(numbers("x", more='validation_derived_source { deriver_name: "d" }')),
        INT % 'validation_derived_source { deriver_name: "d" } lifecycle_stage: PRODUCTION',
        reasons=(
            (
                "DERIVED_FEATURE_BAD_LIFECYCLE",
                "Derived feature has wrong lifecycle.",
                "Derived feature has wrong lifecycle.",
            ),
        ),
    ),
]
