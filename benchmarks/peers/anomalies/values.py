"""Values outside their domains: bools, strings, integers, floats, images."""

from __future__ import annotations

from benchmarks.peers.anomalies.case import AnomalyCase as Case
from benchmarks.peers.anomalies.parts import BYTES, FLOAT, INT, data
from benchmarks.peers.statistics_text import (
    INF,
    common,
    custom,
    histogram,
    numbers,
    raw_bytes,
    strings,
)

CASES = [
    Case(
        "negative bool",
        data(numbers("x", -2, 5)),
        INT % "bool_domain { }",
        reasons=(
            (
                "BOOL_TYPE_SMALL_INT",
                "Non-boolean values",
                "Integers (such as -2) not in {0, 1}: converting to an integer.",
            ),
        ),
    ),
    Case(
        "large bool",
        data(numbers("x", 0, 2)),
        INT % "bool_domain { }",
        reasons=(
            (
                "BOOL_TYPE_BIG_INT",
                "Non-boolean values",
                "Integers (such as 2) not in {0, 1}: converting to an integer.",
            ),
        ),
    ),
    Case(
        "large bool counted as a category",
        data(strings("x", {"0": 4, "2": 6}, kind="INT")),
        INT % "bool_domain { }",
        reasons=(
            (
                "BOOL_TYPE_BIG_INT",
                "Non-boolean values",
                "Integers (such as 2) not in {0, 1}: converting to an integer.",
            ),
        ),
        differs="TFDV looks for numeric statistics, of which there are none",
    ),
    *(
        Case(
            f"bool of floats: {name}",
            data(numbers("x", low, high, kind="FLOAT", histograms=histograms)),
            FLOAT % "bool_domain { }",
            reasons=(
                (
                    "BOOL_TYPE_UNEXPECTED_FLOAT",
                    "Non-boolean values",
                    f"{text}: converting to float_domain.",
                ),
            ),
        )
        for name, low, high, histograms, text in (
            ("low", -0.5, 1.0, "", "Floats (such as -0.5) not in {0, 1}"),
            ("high", 0.0, 1.5, "", "Floats (such as 1.5) not in {0, 1}"),
            ("NaN", 0.0, 1.0, histogram(nan=2), "Floats (such as NaN) not in {0, 1}"),
            (
                "between",
                0.0,
                1.0,
                histogram((0.0, 0.0, 5), (0.25, 0.5, 5), kind="QUANTILES"),
                "Float values falling between 0 and 1",
            ),
        )
    ),
    Case(
        "bool of other strings",
        data(strings("x", {"true": 5, "maybe": 3, "false": 2})),
        BYTES % 'bool_domain { true_value: "true" false_value: "false" }',
        reasons=(
            (
                "BOOL_TYPE_UNEXPECTED_STRING",
                "Non-boolean values",
                'Saw unexpected value "maybe" instead of {"false", "true"}.',
            ),
        ),
    ),
    Case(
        "bool of no strings",
        data(strings("x", {"true": 5})),
        BYTES % "bool_domain { }",
        reasons=(
            (
                "BOOL_TYPE_UNEXPECTED_STRING",
                "Non-boolean values",
                'Saw unexpected value "true" instead of {}.',
            ),
        ),
    ),
    Case(
        "values outside a domain",
        data(strings("x", {"a": 2, "c": 2, "b\\n": 5}, counts=common(total=1000))),
        BYTES % 'domain: "d"' + 'string_domain { name: "d" value: "a" }',
        reasons=(
            (
                "ENUM_TYPE_UNEXPECTED_STRING_VALUES",
                "Unexpected string values",
                "Examples contain values missing from the schema: b\\n (<1%), c (<1%). ",
            ),
        ),
    ),
    Case(
        "more values outside a domain than allowed",
        data(strings("x", {"a": 4, "b": 5, "c": 1})),
        BYTES % 'string_domain { value: "a" } distribution_constraints { min_domain_mass: 0.5 }',
        reasons=(
            (
                "ENUM_TYPE_UNEXPECTED_STRING_VALUES",
                "Unexpected string values",
                "Examples contain values missing from the schema: b (~50%), c (~10%). ",
            ),
        ),
    ),
    Case(
        "as many values outside a domain as allowed",
        data(strings("x", {"a": 5, "b": 5})),
        BYTES % 'string_domain { value: "a" } distribution_constraints { min_domain_mass: 0.5 }',
        reasons=(),
    ),
    Case(
        "values that are no text",
        data(strings("x", {"a": 9}, invalid=1)),
        BYTES % 'string_domain { value: "b" }',
        reasons=(
            (
                "ENUM_TYPE_INVALID_UTF8",
                "Invalid UTF8 strings",
                "Found strings that were not valid UTF8 strings.",
            ),
        ),
    ),
    Case(
        "integers out of range",
        data(numbers("x", 1, 50)),
        INT % "int_domain { min: 5 max: 10 }",
        reasons=(
            ("INT_TYPE_SMALL_INT", "Out-of-range values", "Unexpectedly small value: 1."),
            ("INT_TYPE_BIG_INT", "Out-of-range values", "Unexpectedly large value: 50."),
        ),
    ),
    Case(
        "strings of integers out of range",
        data(strings("x", {" -3": 5, "12": 5})),
        BYTES % "int_domain { min: 0 max: 10 }",
        reasons=(
            ("INT_TYPE_SMALL_INT", "Out-of-range values", "Unexpectedly small value: -3."),
            ("INT_TYPE_BIG_INT", "Out-of-range values", "Unexpectedly large value: 12."),
        ),
    ),
    Case(
        "categories of integers out of range",
        data(strings("x", {"-3": 5, "12": 5}, kind="INT")),
        INT % "int_domain { max: 10 is_categorical: true }",
        reasons=(("INT_TYPE_BIG_INT", "Out-of-range values", "Unexpectedly large value: 12."),),
    ),
    Case(
        "strings that are no integers",
        data(strings("x", {"1": 9, "x1": 1})),
        BYTES % "int_domain { }",
        reasons=(
            (
                "INT_TYPE_NOT_INT_STRING",
                "Invalid values",
                'String values that were not ints were found, such as "x1".',
            ),
        ),
    ),
    Case(
        "floats out of range",
        data(numbers("x", 1.5, 50.25, kind="FLOAT")),
        FLOAT % "float_domain { min: 5 max: 10 }",
        reasons=(
            (
                "FLOAT_TYPE_SMALL_FLOAT",
                "Out-of-range values",
                "Unexpectedly low values: 1.5<5(upto six significant digits)",
            ),
            (
                "FLOAT_TYPE_BIG_FLOAT",
                "Out-of-range values",
                "Unexpectedly high value: 50.25>10(upto six significant digits)",
            ),
        ),
    ),
    Case(
        "NaN and infinities",
        data(numbers("x", -INF, 50.0, kind="FLOAT", histograms=histogram(nan=2))),
        FLOAT % "float_domain { min: 0 disallow_nan: true disallow_inf: true }",
        reasons=(
            ("FLOAT_TYPE_HAS_NAN", "Invalid values", "Float feature has NaN values."),
            (
                "FLOAT_TYPE_SMALL_FLOAT",
                "Out-of-range values",
                "Unexpectedly low values: -inf<0(upto six significant digits)",
            ),
            ("FLOAT_TYPE_HAS_INF", "Invalid values", "Float feature has Inf values."),
        ),
    ),
    Case(
        "strings that are no floats",
        data(strings("x", {"1e3": 9, "x1": 1})),
        BYTES % "float_domain { max: 2 }",
        reasons=(
            (
                "FLOAT_TYPE_STRING_NOT_FLOAT",
                "Invalid values",
                'String values that were not floats were found, such as "x1".',
            ),
        ),
    ),
    Case(
        "semantic domain",
        data(numbers("x", more=custom("domain_info", "time_domain { integer_format: UNIX_DAYS }"))),
        INT % "",
        reasons=(
            (
                "SEMANTIC_DOMAIN_UPDATE",
                "Updated semantic domain",
                "Updated semantic domain for feature: x",
            ),
        ),
    ),
    Case(
        "images of unknown formats",
        data(raw_bytes("x", 6, more=custom("image_format_histogram", {"jpeg": 17, "UNKNOWN": 3}))),
        BYTES % "image_domain { minimum_supported_image_fraction: 0.9 max_image_byte_size: 4 }",
        reasons=(
            (
                "LOW_SUPPORTED_IMAGE_FRACTION",
                "Low supported image fraction",
                "Fraction of values containing TensorFlow supported images: 0.850000 is lower than "
                "the threshold set in the Schema: 0.900000.",
            ),
            (
                "MAX_IMAGE_BYTE_SIZE_EXCEEDED",
                "Num bytes exceeds the max byte size.",
                "The largest image has bytes: 6. The max allowed byte size is: 4.",
            ),
        ),
    ),
]
