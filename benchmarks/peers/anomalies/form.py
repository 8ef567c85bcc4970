"""What all anomalies have: names of paths, severities, and features that are not looked at."""

from __future__ import annotations

from benchmarks.peers.anomalies.case import AnomalyCase as Case
from benchmarks.peers.anomalies.parts import BYTES, DROPPED, INT, data
from benchmarks.peers.statistics_text import common, datasets, numbers, strings, struct

CASES = [
    Case("no examples", data(numbers("x"), examples=0), "", reasons=()),
    Case(
        "names to quote, and severities",
        data(numbers("a.b"), numbers("c'd"), numbers("(e)"), numbers("f(g")),
        "",
        severities=(("SCHEMA_NEW_COLUMN", "WARNING"),),
        reasons=(
            ("SCHEMA_NEW_COLUMN", "New column", "New column (column in data but not in schema)"),
        )
        * 4,
    ),
    Case(
        "severities of several reasons",
        data(numbers("x", 1, 50, counts=common(5, 5))),
        INT % "presence { min_fraction: 1 } int_domain { max: 10 }",
        severities=(
            ("INT_TYPE_BIG_INT", "WARNING"),
            ("FEATURE_TYPE_LOW_FRACTION_PRESENT", "UNKNOWN"),
        ),
        reasons=(
            (
                "FEATURE_TYPE_LOW_FRACTION_PRESENT",
                DROPPED,
                "The feature was present in fewer examples than expected: minimum fraction = "
                "1.000000, actual = 0.500000",
            ),
            ("INT_TYPE_BIG_INT", "Out-of-range values", "Unexpectedly large value: 50."),
        ),
    ),
    Case(
        "severity of no consequence",
        data(numbers("x", 1, 50), numbers("y")),
        INT % "int_domain { max: 10 }",
        severities=(("INT_TYPE_BIG_INT", "UNKNOWN"), ("SCHEMA_NEW_COLUMN", "UNKNOWN")),
        reasons=(
            ("SCHEMA_NEW_COLUMN", "New column", "New column (column in data but not in schema)"),
        ),
    ),
    Case(
        "severity of the data set",
        data(examples=5),
        "dataset_constraints { min_examples_count: 6 }",
        severities=(("DATASET_LOW_NUM_EXAMPLES", "WARNING"),),
        reasons=(
            (
                "DATASET_LOW_NUM_EXAMPLES",
                "Low num examples in dataset.",
                "The dataset has 5 examples, which is fewer than expected.",
            ),
        ),
        differs="TFDV overrides severities of features only",
    ),
    Case(
        "retired features",
        data(*(numbers(name, 0, 9) for name in "abcdef"), struct("s"), numbers("s/x")),
        "".join(
            f'feature {{ name: "{name}" type: FLOAT {stage} }}'
            for name, stage in zip(
                "abcdefs",
                (
                    "deprecated: true",
                    *(
                        f"lifecycle_stage: {stage}"
                        for stage in (
                            "PLANNED",
                            "ALPHA",
                            "DEPRECATED",
                            "DEBUG_ONLY",
                            "DISABLED",
                            "DEPRECATED",
                        )
                    ),
                ),
                strict=True,
            )
        ),
        reasons=(),
    ),
    Case(
        "names of fields of structs",
        datasets(
            "num_examples: 10 "
            f'features {{ name: "s" type: STRUCT struct_stats {{ {common()} }} }} '
            f'features {{ name: "s.x" type: INT num_stats {{ {common()} max: 7 }} }}'
        ),
        'feature { name: "s" type: STRUCT struct_domain { feature { name: "x" type: INT '
        "int_domain { max: 5 } } } }",
        reasons=(("INT_TYPE_BIG_INT", "Out-of-range values", "Unexpectedly large value: 7."),),
    ),
    Case(
        "fields that a struct has too many and too few",
        data(struct("s"), numbers("s/x"), numbers("s/y")),
        'feature { name: "s" type: STRUCT struct_domain { feature { name: "x" type: INT } '
        'feature { name: "z" type: INT presence { min_count: 1 } } } }',
        reasons=(
            ("SCHEMA_NEW_COLUMN", "New column", "New column (column in data but not in schema)"),
            ("SCHEMA_MISSING_COLUMN", DROPPED, "Column is completely missing"),
        ),
    ),
    Case(
        "struct for an integer",
        data(struct("x"), numbers("x/y")),
        INT % "",
        reasons=(
            (
                "UNEXPECTED_DATA_TYPE",
                "Unexpected data type",
                "Expected data of type: INT but got STRUCT",
            ),
        ),
    ),
    Case(
        "titles without texts",
        data(numbers("x")),
        INT % "presence { min_fraction: -1 } shape { dim { size: 0 } }",
        reasons=(
            (
                "INVALID_SCHEMA_SPECIFICATION",
                "min_fraction should not be negative: clear is equal to zero",
                "",
            ),
            ("INVALID_SCHEMA_SPECIFICATION", "Shape.dim.size must be a positive integer", ""),
        ),
    ),
    Case(
        "domain shared with a feature that is no text",
        data(strings("x", {"a": 9}, invalid=1), strings("y", {"b": 10})),
        (BYTES + BYTES.replace('"x"', '"y"')) % ('domain: "d"', 'domain: "d"')
        + 'string_domain { name: "d" value: "a" }',
        reasons=(
            (
                "ENUM_TYPE_INVALID_UTF8",
                "Invalid UTF8 strings",
                "Found strings that were not valid UTF8 strings.",
            ),
            (
                "ENUM_TYPE_UNEXPECTED_STRING_VALUES",
                "Unexpected string values",
                "Examples contain values missing from the schema: b (~100%). ",
            ),
        ),
    ),
    Case(
        "new strings and a name taken",
        data(strings("new", {"a": 5, "c": 5}), strings("x", {"true": 5}), strings("n", {"7": 9})),
        'string_domain { name: "new" value: "b" }',
        reasons=(
            ("SCHEMA_NEW_COLUMN", "New column", "New column (column in data but not in schema)"),
        )
        * 3,
    ),
]
