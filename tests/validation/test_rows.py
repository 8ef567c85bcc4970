"""Row-level validation, case by case.

Each row's anomaly types are what TFDV 1.16.1's ``validate_instance`` printed for a batch of that
row alone, but where the case says otherwise.
"""

import pickle

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from google.protobuf import text_format
from hypothesis import given, settings
from hypothesis import strategies as st
from tensorflow_metadata.proto.v0 import schema_pb2

from taurus_beam.errors import DataError
from taurus_beam.validation.row_findings import REASONS
from taurus_beam.validation.rows import RowValidator, validate_rows

OK: list[str] = []
NAN, INF = float("nan"), float("inf")


def schema(text: str) -> schema_pb2.Schema:
    return text_format.Parse(text, schema_pb2.Schema())


def types_by_row(text: str, batch, **options) -> list[list[str]]:
    found = RowValidator(schema(text), **options).check(batch)
    rows: list[list[str]] = [[] for _ in range(batch.num_rows)]
    reasons = found.reasons()
    assert reasons.type == REASONS
    for row, entries in zip(np.flatnonzero(found.rejected), reasons.to_pylist(), strict=True):
        rows[row] = [entry["type"] for entry in entries]
    return rows


SMALL, BIG = "INT_TYPE_SMALL_INT", "INT_TYPE_BIG_INT"
LOW, HIGH = "FLOAT_TYPE_SMALL_FLOAT", "FLOAT_TYPE_BIG_FLOAT"
FEW, MANY = "FEATURE_TYPE_LOW_NUMBER_VALUES", "FEATURE_TYPE_HIGH_NUMBER_VALUES"
ENUM, UTF8 = "ENUM_TYPE_UNEXPECTED_STRING_VALUES", "ENUM_TYPE_INVALID_UTF8"
SHAPE, NEST = "INVALID_FEATURE_SHAPE", "VALUE_NESTEDNESS_MISMATCH"
TYPE = "UNEXPECTED_DATA_TYPE"

CASES = {
    "int range": (  # TFDV takes the least of no integers for 0, which is too small
        "type: INT int_domain { min: 5 max: 10 }",
        pa.array([[1], [5], [10], [50], [1, 50], [], None]),
        [[SMALL], OK, OK, [BIG], [SMALL, BIG], OK, OK],
    ),
    "strings of ints": (
        "type: BYTES int_domain { min: 5 max: 10 }",
        pa.array([["7"], ["+7"], [" 7 "], ["x1"], ["50"], ["99999999999999999999"], [""]]),
        [
            OK,
            OK,
            OK,
            ["INT_TYPE_NOT_INT_STRING"],
            [BIG],
            ["INT_TYPE_NOT_INT_STRING"],
            ["INT_TYPE_NOT_INT_STRING"],
        ],
    ),
    "float range": (
        "type: FLOAT float_domain { min: 5 max: 10 }",
        pa.array([[1.5], [50.25], [7.0], [10.0000001], [1e300], [-INF], [INF]]),
        [[LOW], [HIGH], OK, OK, [HIGH], [LOW], [HIGH]],
    ),
    "nan and inf": (
        "type: FLOAT float_domain { disallow_nan: true disallow_inf: true }",
        pa.array([[NAN], [INF], [-INF], [1.0], [NAN, INF]]),
        [
            ["FLOAT_TYPE_HAS_NAN"],
            ["FLOAT_TYPE_HAS_INF"],
            ["FLOAT_TYPE_HAS_INF"],
            OK,
            ["FLOAT_TYPE_HAS_NAN", "FLOAT_TYPE_HAS_INF"],
        ],
    ),
    "strings of floats": (
        "type: BYTES float_domain { min: 5 max: 10 disallow_nan: true }",
        pa.array([["7.5"], ["x"], ["4"], ["1e1"], ["nan"]]),
        [OK, ["FLOAT_TYPE_STRING_NOT_FLOAT"], [LOW], OK, ["FLOAT_TYPE_HAS_NAN"]],
    ),
    "string domain": (
        'type: BYTES string_domain { value: "a" value: "b" }',
        pa.array([[b"a"], [b"b", b"a"], [b"c"], [b"\xff"], [b"a", b"z", b"c"], []]),
        [OK, OK, [ENUM], [UTF8], [ENUM], OK],
    ),
    "shared domain": (
        'type: BYTES domain: "d"',
        pa.array([["a"], ["c"], None]),
        [OK, [ENUM], OK],
    ),
    "mass below one is no matter of rows": (  # TFDV judges the row as a data set of its own
        'type: BYTES string_domain { value: "a" } '
        "distribution_constraints { min_domain_mass: 0.5 }",
        pa.array([[b"c"], [b"\xff"]]),
        [OK, [UTF8]],
    ),
    "bool ints": (  # TFDV sees nothing: made with the schema, its statistics are of strings
        "type: INT bool_domain {}",
        pa.array([[0], [1], [2], [-1], []]),
        [OK, OK, ["BOOL_TYPE_BIG_INT"], ["BOOL_TYPE_SMALL_INT"], OK],
    ),
    "bool floats": (
        "type: FLOAT bool_domain {}",
        pa.array([[0.0], [1.0], [0.5], [NAN]]),
        [OK, OK, ["BOOL_TYPE_UNEXPECTED_FLOAT"], ["BOOL_TYPE_UNEXPECTED_FLOAT"]],
    ),
    "bool strings": (
        'type: BYTES bool_domain { true_value: "true" false_value: "false" }',
        pa.array([["true"], ["false"], ["maybe"]]),
        [OK, OK, ["BOOL_TYPE_UNEXPECTED_STRING"]],
    ),
    "valency": (
        "type: INT value_count { min: 2 max: 2 }",
        pa.array([[1], [1, 2], [1, 2, 3], [], None]),
        [[FEW], OK, [MANY], [FEW], OK],
    ),
    "nested valency": (
        "type: INT value_counts { value_count { min: 1 max: 2 } value_count { max: 2 } }",
        pa.array([[[1]], [[1, 2, 3]], [[], [], []], []]),
        [OK, [MANY], [MANY], [FEW]],
    ),
    "value_count of nested data": (
        "type: INT value_count { min: 1 }",
        pa.array([[[1]], [[1], [2]]]),
        [[NEST], [NEST]],
    ),
    "shape": (  # TFDV says of a data set with a missing value, but not of one row, that it varies
        "type: INT shape { dim { size: 2 } }",
        pa.array([[1, 2], [1], [1, 2, 3], None]),
        [OK, [SHAPE], [SHAPE], [SHAPE]],
    ),
    "nested shape": (
        "type: INT shape { dim { size: 2 } dim { size: 2 } }",
        pa.array([[[1, 2], [3, 4]], [[1, 2], [3]], [[1, 2], None], [[1], [2]]]),
        [OK, [SHAPE], [SHAPE], [SHAPE]],
    ),
    "type": (
        "type: INT",
        pa.array([[1.0], [2.0], None]),
        [[TYPE], [TYPE], OK],
    ),
    "retired": (
        "type: INT int_domain { max: 0 } lifecycle_stage: ALPHA presence { min_fraction: 1 }",
        pa.array([[1], None]),
        [OK, OK],
    ),
    "image": (
        "type: BYTES image_domain { max_image_byte_size: 4 }",
        pa.array([[b"12345"], [b"1234"]]),
        [["MAX_IMAGE_BYTE_SIZE_EXCEEDED"], OK],
    ),
    # TFDV takes presence for no matter of one example, unless the whole column is missing.
    "presence": (
        "type: INT presence { min_fraction: 1 min_count: 1 }",
        pa.array([[1], [], None]),
        [OK, OK, ["FEATURE_TYPE_LOW_FRACTION_PRESENT"]],
    ),
    "presence of some": (
        "type: INT presence { min_fraction: 0.9 min_count: 5 }",
        pa.array([[1], None]),
        [OK, OK],
    ),
}
SHARED = 'string_domain { name: "d" value: "a" } '


@pytest.mark.parametrize("name", CASES)
def test_reasons_of_a_row(name):
    constraints, column, expected = CASES[name]
    text = f'{SHARED} feature {{ name: "x" {constraints} }}'
    batch = pa.record_batch({"x": column})
    assert types_by_row(text, batch) == expected


@pytest.mark.parametrize("name", CASES)
def test_a_row_is_judged_alone(name):
    constraints, column, expected = CASES[name]
    text = f'{SHARED} feature {{ name: "x" {constraints} }}'
    batch = pa.record_batch({"x": column})
    for row in range(batch.num_rows):
        one = batch.slice(row, 1)
        # A slice keeps its column's type; a column of nulls alone, too, has one.
        assert types_by_row(text, one) == [expected[row]]


def test_flat_columns_are_lists_of_one():
    text = """
        feature { name: "i" type: INT int_domain { min: 0 } presence { min_fraction: 1 }
                  shape { dim { size: 1 } } }
        feature { name: "s" type: BYTES string_domain { value: "a" } }
        feature { name: "b" type: INT bool_domain {} value_count { min: 1 max: 1 } }
    """
    batch = pa.record_batch(
        {
            "i": pa.array([1, -1, None]),
            "s": pa.array(["a", "b", None]).dictionary_encode(),
            "b": pa.array([True, False, None]),
        }
    )
    assert types_by_row(text, batch) == [
        OK,
        [SMALL, ENUM],
        [SHAPE, "FEATURE_TYPE_LOW_FRACTION_PRESENT"],
    ]


def test_columns_new_missing_and_out_of_place():
    text = """
        default_environment: "TRAINING" default_environment: "SERVING"
        feature { name: "label" type: INT not_in_environment: "SERVING"
                  presence { min_fraction: 1 } }
        feature { name: "x" type: INT presence { min_fraction: 1 } }
    """
    batch = pa.record_batch({"label": pa.array([1, None]), "new": pa.array([None, 3])})
    missing, new = "SCHEMA_MISSING_COLUMN", "SCHEMA_NEW_COLUMN"
    lack = "FEATURE_TYPE_LOW_FRACTION_PRESENT"
    assert types_by_row(text, batch) == [[missing], [lack, missing, new]]
    assert types_by_row(text, batch, environment="SERVING") == [[new, missing], [missing, new]]
    assert types_by_row(text, batch, ignore_new_columns=True) == [[missing], [lack, missing]]
    with pytest.raises(DataError, match="Environment PROD not found in the schema"):
        RowValidator(schema(text), "PROD")


def test_empty_lists_of_no_type_are_present():
    text = """
        feature { name: "x" type: INT value_count { min: 1 } }
        feature { name: "y" type: INT value_counts { value_count { min: 1 } value_count {} } }
    """
    rows = [[], None]
    assert types_by_row(text, pa.record_batch({"x": rows})) == [[FEW], OK]
    assert types_by_row(text, pa.record_batch({"y": rows})) == [[FEW], OK]


def test_fields_of_structs_are_judged_by_row():
    text = """
        feature { name: "s" type: STRUCT struct_domain {
            feature { name: "a" type: INT int_domain { max: 9 } presence { min_fraction: 1 } }
            feature { name: "gone" type: INT presence { min_fraction: 1 } } } }
    """
    rows = [[{"a": 1, "new": None}], [{"a": 50, "new": "x"}, {"a": None, "new": "y"}], None, []]
    batch = pa.record_batch({"s": pa.array(rows)})
    gone = "SCHEMA_MISSING_COLUMN"
    expected = [
        [gone],
        ["FEATURE_TYPE_LOW_FRACTION_PRESENT", BIG, gone, "SCHEMA_NEW_COLUMN"],
        OK,
        OK,
    ]
    assert types_by_row(text, batch) == expected
    reasons = RowValidator(schema(text)).check(batch).reasons().to_pylist()
    assert [entry["path"] for entry in reasons[1]] == ["s.a", "s.a", "s.gone", "s.new"]


def test_sparse_features():
    text = """
        feature { name: "v" type: INT } feature { name: "i" type: INT }
        sparse_feature { name: "sp" value_feature { name: "v" } index_feature { name: "i" } }
    """
    batch = pa.record_batch(
        {
            "v": pa.array([[1, 2], None, [1], None, [1]]),
            "i": pa.array([[1, 2], [1], None, None, [1, 2]]),
        }
    )
    mismatch = "SPARSE_FEATURE_LENGTH_MISMATCH"
    assert types_by_row(text, batch) == [
        OK,
        ["SPARSE_FEATURE_MISSING_VALUE", mismatch],
        ["SPARSE_FEATURE_MISSING_INDEX", mismatch],
        OK,
        [mismatch],
    ]


def test_weighted_features():
    text = """
        feature { name: "v" type: INT } feature { name: "w" type: FLOAT }
        weighted_feature { name: "wv" feature { step: "v" } weight_feature { step: "w" } }
    """
    batch = pa.record_batch(
        {
            "v": pa.array([[1, 2], None, [1], None, [1]]),
            "w": pa.array([[0.5, 1.0], [1.0], None, None, [1.0, 2.0]]),
        }
    )
    mismatch = "WEIGHTED_FEATURE_LENGTH_MISMATCH"
    assert types_by_row(text, batch) == [
        OK,
        ["WEIGHTED_FEATURE_MISSING_VALUE", mismatch],
        ["WEIGHTED_FEATURE_MISSING_WEIGHT", mismatch],
        OK,
        [mismatch],
    ]


@pytest.mark.parametrize(
    ("constraints", "column", "expected"),
    [
        ("type: INT int_domain { min: 5 }", [[3, 1, 4]], "Unexpectedly small value: 1."),
        ("type: INT int_domain { max: 5 }", [[7, 50, 9]], "Unexpectedly large value: 50."),
        (
            "type: FLOAT float_domain { min: 5 }",
            [[1.5]],
            "Unexpectedly low values: 1.5<5(upto six significant digits)",
        ),
        (
            'type: BYTES string_domain { value: "a" }',
            [["z", "b\n", "c"]],
            "Examples contain values missing from the schema: b\\n.",
        ),
        (
            'type: BYTES bool_domain { true_value: "t" }',
            [["x"]],
            'Saw unexpected value "x" instead of {"t"}.',
        ),
        ("type: FLOAT bool_domain {}", [[NAN]], "Floats (such as NaN) not in {0, 1}."),
        ("type: INT", [["x"]], "Expected data of type: INT but got STRING"),
        (
            'type: BYTES string_domain { value: "a" }',
            [["é" * 1_000_000]],
            f"Examples contain values missing from the schema: {'é' * 100}....",
        ),
    ],
)
def test_descriptions_name_the_value(constraints, column, expected):
    validator = RowValidator(schema(f'feature {{ name: "x" {constraints} }}'))
    found = validator.check(pa.record_batch({"x": pa.array(column)}))
    assert found.reasons()[0].as_py()[0]["description"] == expected


WIDE = schema(
    """
    feature { name: "i" type: INT int_domain { min: 0 max: 5 } presence { min_fraction: 1 } }
    feature { name: "s" type: BYTES string_domain { value: "a" value: "b" }
              value_count { min: 1 max: 2 } }
    """
)
TABLES = st.lists(
    st.tuples(
        st.none() | st.integers(-3, 8),
        st.none() | st.lists(st.sampled_from(["a", "b", "c"]), max_size=3),
    ),
    max_size=12,
)
COLUMNS = pa.schema([("i", pa.int64()), ("s", pa.list_(pa.string()))])


def as_table(rows) -> pa.Table:
    return pa.Table.from_pylist([{"i": i, "s": s} for i, s in rows], COLUMNS)


@settings(max_examples=40, deadline=None)
@given(TABLES, st.integers(1, 5))
def test_nothing_is_lost_in_any_order_and_split(rows, size):
    table = as_table(rows)
    good, rejected = validate_rows(table, WIDE)
    assert good.schema == table.schema
    assert rejected.schema.names == ["i", "s", "reasons"]
    fits = [
        i is not None and 0 <= i <= 5 and (s is None or (1 <= len(s) <= 2 and "c" not in s))
        for i, s in rows
    ]
    kept = [row for row, fit in zip(rows, fits, strict=True) if fit]
    assert good.to_pylist() == as_table(kept).to_pylist()
    lost = [row for row, fit in zip(rows, fits, strict=True) if not fit]
    assert rejected.drop_columns(["reasons"]).to_pylist() == as_table(lost).to_pylist()
    assert all(rejected["reasons"].to_pylist())
    pieces = pa.Table.from_batches(table.to_batches(max_chunksize=size), table.schema)
    assert validate_rows(pieces, WIDE)[1].to_pylist() == rejected.to_pylist()
    _, backwards = validate_rows(as_table(rows[::-1]), WIDE)
    assert backwards.to_pylist() == rejected.to_pylist()[::-1]


def test_data_frames_and_an_empty_table():
    frame = pd.DataFrame({"i": [1.0, np.nan, 9.0]})
    text = 'feature { name: "i" type: FLOAT float_domain { max: 5 } }'
    good, rejected = validate_rows(frame, schema(text))
    assert good["i"].to_pylist() == [1.0, None]
    assert rejected["i"].to_pylist() == [9.0]
    good, rejected = validate_rows(COLUMNS.empty_table(), WIDE)
    assert (good.num_rows, rejected.num_rows) == (0, 0)
    assert rejected.schema.field("reasons").type == REASONS


def test_faults_are_explained():
    with pytest.raises(DataError, match="The schema is a str"):
        RowValidator("schema.pbtxt")
    with pytest.raises(DataError, match="column 'reasons' already"):
        validate_rows(pa.table({"reasons": [1]}), schema(""))
    _, rejected = validate_rows(pa.table({"reasons": [1]}), schema(""), reasons_column="why")
    assert rejected.schema.names == ["reasons", "why"]


def test_a_validator_travels():
    validator = pickle.loads(pickle.dumps(RowValidator(WIDE)))
    assert validator.check(as_table([(9, None)]).to_batches()[0]).rejected.tolist() == [True]
