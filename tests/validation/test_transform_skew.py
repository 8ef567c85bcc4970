"""Transform skew: what an artifact computes of logged requests against what serving logged."""

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import taurus_beam as tb
from taurus_beam.validation.feature_skew_result import FeatureSkew
from taurus_beam.validation.transform_skew import transform_skew


def preprocessing_fn(inputs):
    return {
        "x01": tb.scale_to_0_1(inputs["x"]),
        "bucket": tb.bucketize(inputs["x"], 2),
        "pair": tb.stack([inputs["x"], inputs["x"]]),
    }


@pytest.fixture(scope="module")
def artifact() -> tb.TransformFn:
    return tb.fit(pa.table({"x": [0.0, 1.0, 2.0, 4.0]}), preprocessing_fn)


def test_what_the_artifact_itself_logged_is_the_same(artifact, tmp_path):
    requests = pa.table({"x": [0.5, None, 9.0]})
    logged = artifact.transform(requests)
    artifact.save(str(tmp_path / "fn"))
    result = transform_skew(str(tmp_path / "fn"), requests, logged)
    assert result.num_requests == 3
    assert result.skewed == ()
    assert [skew.match_count for skew in result.features.values()] == [
        sum(value is not None for value in logged[name].to_pylist()) for name in result.features
    ]


def test_differences_are_counted_by_feature(artifact):
    log = pa.table({"x": [1.0, 2.0, 4.0, None], "x01": [0.25, 0.6, None, 0.5]})
    result = transform_skew(artifact, log, sample_size=2)
    assert result.features == {
        "x01": FeatureSkew(
            "x01",
            base_count=3,
            test_count=3,
            match_count=1,
            base_only=1,
            test_only=1,
            mismatch_count=1,
        )
    }
    assert result.not_logged == ("bucket", "pair")
    assert result.skewed == ("x01",)
    assert len(result.samples) == 2
    for sample in result.samples:
        assert sample.base["x01"] != sample.test["x01"]
        assert set(sample.base) == {"x", "x01"}


def test_logs_that_have_other_number_types(artifact):
    log = {"x": [0.0, 4.0], "logged_x01": [0, 1], "logged_bucket": [0.0, 1.0]}
    log |= {"logged_pair": pa.array([[0, 0], [4, 4]])}
    result = transform_skew(artifact, pa.table(log), prefix="logged_")
    assert {name: skew.match_count for name, skew in result.features.items()} == {
        "bucket": 2,
        "pair": 2,
        "x01": 2,
    }


@pytest.mark.parametrize(
    ("tolerance", "matches"),
    [({}, 1), ({"absolute_tolerance": 0.02}, 2), ({"relative_tolerance": 0.2}, 3)],
)
def test_tolerance(artifact, tolerance, matches):
    log = pd.DataFrame({"x": [0.0, 2.0, 4.0], "x01": [0.0, 0.51, 1.1]})
    assert transform_skew(artifact, log, **tolerance).features["x01"].match_count == matches


def test_an_input_of_the_name_of_an_output_is_not_taken_for_a_log():
    function = tb.fit(pa.table({"x": [0.0, 4.0]}), lambda i: {"x": tb.scale_to_0_1(i["x"])})
    requests = pa.table({"x": [0.0, 4.0]})
    with pytest.raises(tb.DataError, match="has no feature that the artifact computes"):
        transform_skew(function, requests)
    assert transform_skew(function, requests, {"x": np.array([0.0, 1.0])}).skewed == ()


ROWS = st.lists(
    st.tuples(st.sampled_from([0.0, 1.0, 2.0]), st.sampled_from([0.0, 0.25, 0.5])), max_size=12
)


@settings(max_examples=30, deadline=None)
@given(ROWS, st.randoms(use_true_random=False))
def test_the_result_does_not_depend_on_the_order(artifact, rows, random):
    results = []
    for some in (rows, random.sample(rows, len(rows))):
        columns = pa.array([x for x, _ in some], pa.float64()), pa.array([y for _, y in some])
        log = pa.table({"x": columns[0], "x01": columns[1].cast(pa.float64())})
        results.append(transform_skew(artifact, log, sample_size=2))
    assert repr(results[0]) == repr(results[1])
    expected = sum(x / 4 == y for x, y in rows)
    assert (results[0].features["x01"].match_count if rows else 0) == expected


def test_faults_are_explained(artifact):
    log = pa.table({"x": [1.0], "x01": [0.25]})
    with pytest.raises(tb.DataError, match="1 requests and 2 rows"):
        transform_skew(artifact, log, pa.table({"x01": [0.25, 0.5]}))
    with pytest.raises(tb.TraceError, match="cannot be negative"):
        transform_skew(artifact, log, absolute_tolerance=-1)
    with pytest.raises(tb.DataError, match="'x'"):
        transform_skew(artifact, pa.table({"z": [1.0], "x01": [0.25]}))
