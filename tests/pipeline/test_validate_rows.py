"""Row-level validation in a pipeline: nothing is lost, and Beam's metrics count what happened."""

import apache_beam as beam
import pyarrow as pa
import pytest
from apache_beam.testing.util import assert_that, equal_to
from google.protobuf import text_format
from tensorflow_metadata.proto.v0 import schema_pb2

import taurus_beam as tb

SCHEMA = text_format.Parse(
    """
    default_environment: "TRAINING" default_environment: "SERVING"
    feature { name: "x" type: INT int_domain { min: 0 max: 9 } presence { min_fraction: 1 } }
    feature { name: "label" type: INT not_in_environment: "SERVING" presence { min_fraction: 1 } }
    """,
    schema_pb2.Schema(),
)
ROWS = [
    {"x": 1, "label": 0},
    {"x": 50, "label": 1},
    {"x": None, "label": None},
    {"x": 3, "label": 1},
    {"x": -1, "label": 0},
]
BIG, SMALL = "INT_TYPE_BIG_INT", "INT_TYPE_SMALL_INT"
LACK = "FEATURE_TYPE_LOW_FRACTION_PRESENT"
COLUMNS = pa.schema([("x", pa.int64()), ("label", pa.int64())])


def batches(size: int) -> list[pa.RecordBatch]:
    return pa.Table.from_pylist(ROWS, COLUMNS).to_batches(max_chunksize=size)


def counters(pipeline: beam.Pipeline) -> dict[str, int]:
    found = pipeline.result.metrics().query()["counters"]
    return {c.key.metric.name: c.committed for c in found if c.key.metric.name.startswith("rows_")}


@pytest.mark.parametrize("size", [1, 2, 5])
def test_every_row_is_in_one_of_the_outputs(size):
    with beam.Pipeline(runner="FnApiRunner") as pipeline:
        parted = pipeline | beam.Create(batches(size)) | tb.ValidateRows(SCHEMA)
        assert parted.valid.element_type is pa.RecordBatch
        assert parted.rejected.element_type is pa.RecordBatch
        assert_that(parted.valid | tb.ToDicts(), equal_to([ROWS[0], ROWS[3]]), "Valid")
        rows = parted.rejected | "Rejected" >> tb.ToDicts()
        why = rows | beam.Map(lambda row: (row["x"], [r["type"] for r in row["reasons"]]))
        assert_that(why, equal_to([(50, [BIG]), (None, [LACK, LACK]), (-1, [SMALL])]), "Why")
    assert counters(pipeline) == {
        "rows_valid": 2,
        "rows_rejected": 3,
        f"rows_rejected_{BIG}": 1,
        f"rows_rejected_{SMALL}": 1,
        # A row counts once for each type, however many columns it lacks.
        f"rows_rejected_{LACK}": 1,
    }


def test_environments_and_another_name_for_the_reasons():
    batch = pa.record_batch({"x": [1], "reasons": ["kept"]})
    with beam.Pipeline(runner="FnApiRunner") as pipeline:
        valid, rejected = (
            pipeline
            | beam.Create([batch])
            | tb.ValidateRows(SCHEMA, "SERVING", ignore_new_columns=True, reasons_column="why")
        )
        assert_that(valid | tb.ToDicts(), equal_to([{"x": 1, "reasons": "kept"}]), "Valid")
        assert_that(rejected, equal_to([]), "Rejected")


def test_beam_rows():
    with beam.Pipeline(runner="FnApiRunner") as pipeline:
        rows = pipeline | beam.Create([beam.Row(x=1, label=0), beam.Row(x=50, label=1)])
        parted = rows | tb.ValidateRows(SCHEMA)
        assert_that(parted.valid | tb.ToDicts(), equal_to([ROWS[0]]))


def test_a_taken_name_is_an_error_before_rows_are_lost():
    batch = pa.record_batch({"x": [1], "reasons": ["kept"]})
    pipeline = beam.Pipeline(runner="FnApiRunner")
    _ = pipeline | beam.Create([batch]) | tb.ValidateRows(SCHEMA)
    with pytest.raises(Exception, match="column 'reasons' already"):
        pipeline.run()


def test_anomalous_examples_are_named_once_a_reason():
    with beam.Pipeline(runner="FnApiRunner") as pipeline:
        keyed = (
            pipeline
            | beam.Create(batches(5))
            | tb.IdentifyAnomalousExamples(tb.StatsOptions(schema=SCHEMA))
        )
        found = keyed | beam.MapTuple(lambda key, batch: (key, batch.to_pylist()))
        assert_that(
            found,
            equal_to(
                [
                    (f"x_{BIG}", [ROWS[1]]),
                    (f"x_{SMALL}", [ROWS[4]]),
                    (f"x_{LACK}", [ROWS[2]]),
                    (f"label_{LACK}", [ROWS[2]]),
                ]
            ),
        )
