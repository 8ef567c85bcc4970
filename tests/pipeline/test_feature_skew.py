"""Feature skew in a pipeline equals that of all rows in memory, however they are split."""

import apache_beam as beam
import numpy as np
import pyarrow as pa
import pytest
from apache_beam.testing.util import assert_that, equal_to

import taurus_beam as tb
from taurus_beam.validation.feature_skew_result import MatchStats


def tables() -> tuple[pa.Table, pa.Table]:
    random = np.random.default_rng(3)
    sides = []
    for rows in (200, 180):
        keys = random.integers(0, 150, rows)
        sides.append(
            pa.table(
                {
                    "id": pa.array(keys, mask=keys % 13 == 0),
                    "day": pa.array((keys % 3).astype(str)),
                    "x": pa.array(random.integers(0, 2, rows)),
                    "s": pa.array(random.choice(["a", "b", None], rows)),
                    "ignored": pa.array(random.random(rows)),
                }
            )
        )
    return sides[0], sides[1].drop_columns(["day"]).append_column("day", sides[1]["day"])


OPTIONS = {
    "identifier_features": ["id", "day"],
    "features_to_ignore": ["ignored"],
    "sample_size": 5,
    "confusion_features": ["s"],
}


@pytest.mark.parametrize(("size", "shards", "duplicates"), [(7, 3, True), (64, 128, False)])
def test_as_in_memory(size, shards, duplicates):
    base, test = tables()
    options = {**OPTIONS, "allow_duplicate_identifiers": duplicates}
    expected = tb.feature_skew(base, test, **options)
    assert expected.skewed == ("s", "x")
    with beam.Pipeline(runner="FnApiRunner") as pipeline:
        sides = tuple(
            pipeline | name >> beam.Create(side.to_batches(max_chunksize=size))
            for name, side in (("Base", base), ("Test", test))
        )
        found = sides | tb.DetectFeatureSkew(**options, num_shards=shards)
        assert_that(found.skew_results, equal_to(list(expected.features.values())), "Results")
        samples = found.skew_pairs | "ById" >> beam.Map(
            lambda pair: (dict(pair.base), dict(pair.test))
        )
        assert_that(
            samples, equal_to([(dict(p.base), dict(p.test)) for p in expected.samples]), "Samples"
        )
        assert_that(found.match_stats, equal_to([expected.match_stats]), "Stats")
        assert_that(found.confusion_counts, equal_to(list(expected.confusion)), "Confusion")


def test_a_side_without_rows():
    base = pa.record_batch({"id": [1, 2], "x": [1, 2]})
    with beam.Pipeline(runner="FnApiRunner") as pipeline:
        test = pipeline | "Test" >> beam.Create([], reshuffle=False).with_output_types(
            pa.RecordBatch
        )
        found = (pipeline | "Base" >> beam.Create([base]), test) | tb.DetectFeatureSkew(["id"])
        expected = MatchStats(
            base_with_id_count=2, identifiers_count=2, ids_missing_in_test_count=2
        )
        assert_that(found.match_stats, equal_to([expected]))


def test_batches_of_other_columns_are_one_data_set():
    batches = [pa.record_batch({"id": [1], "x": [1]}), pa.record_batch({"id": [2], "y": [1]})]
    test = [pa.record_batch({"id": [1, 2], "x": pa.nulls(2), "y": [1, 1]})]
    with beam.Pipeline(runner="FnApiRunner") as pipeline:
        found = (
            pipeline | "Base" >> beam.Create(batches),
            pipeline | "Test" >> beam.Create(test),
        ) | tb.DetectFeatureSkew(["id"], num_shards=1)
        counts = found.skew_results | beam.Map(
            lambda s: (s.feature_name, s.base_only, s.test_only, s.match_count)
        )
        assert_that(counts, equal_to([("x", 1, 0, 0), ("y", 0, 1, 1)]))


def test_it_is_applied_to_a_pair():
    with pytest.raises(tb.EngineError, match="applied to a pair"):
        beam.Pipeline() | beam.Create([1]) | tb.DetectFeatureSkew(["id"])
    with pytest.raises(tb.TraceError, match="At least one feature name"):
        tb.DetectFeatureSkew([])
