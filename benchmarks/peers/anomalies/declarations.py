"""Schemas that contradict themselves, and data of another type than the schema says."""

from __future__ import annotations

from benchmarks.peers.anomalies.case import AnomalyCase as Case
from benchmarks.peers.anomalies.parts import BYTES, INT, data
from benchmarks.peers.statistics_text import common, numbers, raw_bytes, strings, struct

NESTED = common(levels=[(0, 1, 2), (0, 3, 4)])
CASES = [
    Case(
        "another type",
        data(numbers("x", 1, 2, kind="FLOAT")),
        INT % "",
        reasons=(
            (
                "UNEXPECTED_DATA_TYPE",
                "Unexpected data type",
                "Expected data of type: INT but got FLOAT",
            ),
        ),
    ),
    Case(
        "strings for integers in a range",
        data(strings("x", {"7": 9, "x1": 1})),
        INT % "int_domain { min: 8 }",
        reasons=(
            (
                "UNEXPECTED_DATA_TYPE",
                "Unexpected data type",
                "Expected data of type: INT but got STRING",
            ),
            (
                "INT_TYPE_NOT_INT_STRING",
                "Invalid values",
                'String values that were not ints were found, such as "x1".',
            ),
        ),
    ),
    Case(
        "domain of another type",
        data(numbers("x")),
        INT % 'string_domain { value: "a" }',
        reasons=(
            (
                "DOMAIN_INVALID_FOR_TYPE",
                "The domain does not match the type",
                'The domain "string_domain" does not match the type: INT',
            ),
        ),
    ),
    Case(
        "value domain of raw bytes",
        data(raw_bytes("x", 4)),
        BYTES % "int_domain { }",
        reasons=(
            (
                "DOMAIN_INVALID_FOR_TYPE",
                "Invalid domain type",
                'Data is marked as BYTES with incompatible domain_info: name: "x"\ntype: BYTES\n',
            ),
        ),
    ),
    Case(
        "integers beyond 64 bits",
        data(numbers("x", 0, 1e19)),
        INT % "int_domain { max: 5 }",
        reasons=(
            (
                "DOMAIN_INVALID_FOR_TYPE",
                "Invalid values",
                'Integer had values that were not valid Int64, such as "10000000000000000000'
                '.000000".',
            ),
        ),
    ),
    Case(
        "feature without a name",
        data(strings("")),
        "feature { type: BYTES }",
        reasons=(
            (
                "FEATURE_MISSING_NAME",
                "unspecified name (maybe meant to be the empty string): find name rather than "
                "deprecating.",
                "",
            ),
        ),
    ),
    Case(
        "feature without a type",
        data(numbers("x")),
        'feature { name: "x" }',
        reasons=(
            (
                "FEATURE_MISSING_TYPE",
                "unspecified type: determine the type and set it, rather than deprecating.",
                "",
            ),
        ),
    ),
    Case(
        "string feature without a type",
        data(strings("x", {"a": 1})),
        'feature { name: "x" string_domain { value: "a" } }',
        reasons=(
            (
                "FEATURE_MISSING_TYPE",
                "unspecified type: inferring the type to be BYTES, given the domain specified.",
                "",
            ),
        ),
    ),
    Case(
        "negative fraction and counts the wrong way round",
        data(numbers("x")),
        INT % "presence { min_fraction: -0.5 } value_count { min: 3 max: 1 }",
        reasons=(
            (
                "INVALID_SCHEMA_SPECIFICATION",
                "min_fraction should not be negative: clear is equal to zero",
                "",
            ),
            (
                "INVALID_SCHEMA_SPECIFICATION",
                "ValueCount.max should not be less than min",
                "",
            ),
            (
                "FEATURE_TYPE_LOW_NUMBER_VALUES",
                "Missing values",
                "Some examples have fewer values than expected.",
            ),
        ),
    ),
    Case(
        "fraction above 1 and negative count",
        data(numbers("x")),
        INT % "presence { min_fraction: 1.5 } value_count { min: -1 }",
        reasons=(
            (
                "INVALID_SCHEMA_SPECIFICATION",
                "min_fraction should not greater than 1",
                "",
            ),
            ("INVALID_SCHEMA_SPECIFICATION", "ValueCount.min should not be negative", ""),
        ),
    ),
    Case(
        "counts of levels the wrong way round",
        data(numbers("x", counts=NESTED)),
        INT % "value_counts { value_count { min: -1 } value_count { min: 5 max: 2 } }",
        reasons=(
            (
                "INVALID_SCHEMA_SPECIFICATION",
                "ValueCounts.min should not be negative",
                "ValueCounts.min at level 0 should not be negative.",
            ),
            (
                "INVALID_SCHEMA_SPECIFICATION",
                "ValueCounts.max should not be less than min",
                "ValueCounts.max at level 1 should not be less than min.",
            ),
            (
                "FEATURE_TYPE_LOW_NUMBER_VALUES",
                "Missing values",
                "Some examples have fewer values than expected at nestedness level 1.",
            ),
        ),
    ),
    Case(
        "shape without a size",
        data(numbers("x")),
        INT % "shape { dim { size: 0 } }",
        reasons=(
            ("INVALID_SCHEMA_SPECIFICATION", "Shape.dim.size must be a positive integer", ""),
        ),
    ),
    *(
        Case(
            f"distribution of {kind}",
            data(strings("x", {"1": 10}) if type_ == "BYTES" else numbers("x", kind=type_)),
            f'feature {{ name: "x" type: {type_} {domain} distribution_constraints '
            "{ min_domain_mass: 0.5 } }",
            reasons=(("INVALID_SCHEMA_SPECIFICATION", f"distribution constraints {text}", ""),),
        )
        for kind, type_, domain, text in (
            ("bools", "INT", "bool_domain { }", "not supported for bool domains."),
            ("ints", "INT", "int_domain { }", "not supported for int domains."),
            ("floats", "FLOAT", "float_domain { }", "not supported for float domains."),
            ("urls", "BYTES", "url_domain { }", "not supported for semantic domains."),
            ("nothing", "INT", "", "require domain or string domain."),
        )
    ),
    Case(
        "distribution of structs",
        data(struct("x")),
        'feature { name: "x" type: STRUCT struct_domain { } distribution_constraints { } }',
        reasons=(
            (
                "INVALID_SCHEMA_SPECIFICATION",
                "distribution constraints not supported for struct domains.",
                "",
            ),
        ),
    ),
    Case(
        "domain that the schema lacks",
        data(strings("x", {"a": 1})),
        BYTES % 'domain: "cities"',
        reasons=(("INVALID_DOMAIN_SPECIFICATION", "missing domain: cities", ""),),
        differs="TFDV clears the name before it says it",
    ),
    Case(
        "domain of an unknown kind",
        data(strings("x", {"a": 1})),
        BYTES % "time_of_day_domain { }",
        reasons=(("INVALID_DOMAIN_SPECIFICATION", "internal issue: unknown domain_info type", ""),),
    ),
]
