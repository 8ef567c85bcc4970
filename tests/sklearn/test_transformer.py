"""The estimator in scikit-learn's own hands: pipelines, searches, clones, pickles, its checks."""

from __future__ import annotations

import pickle
import subprocess
import sys

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from sklearn import config_context
from sklearn.base import clone
from sklearn.compose import ColumnTransformer
from sklearn.exceptions import NotFittedError
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils.estimator_checks import estimator_checks_generator

import taurus_beam as tb
from taurus_beam.errors import DataError, TraceError
from taurus_beam.sklearn import TransformFnTransformer


def standardize(inputs: tb.Inputs) -> dict[str, tb.Column]:
    return {f"{name}_z": tb.scale_to_z_score(column) for name, column in inputs.items()}


def features(inputs: tb.Inputs, buckets: int = 4, top: int | None = None) -> dict[str, tb.Column]:
    ids = tb.compute_and_apply_vocabulary(inputs["s"], top_k=top, num_oov_buckets=1)
    return {
        "z": tb.fill_null(tb.scale_to_z_score(inputs["x"]), 0.0),
        "bucket": tb.fill_null(tb.bucketize(inputs["x"], buckets), -1),
        "one": tb.fill_null(tb.one_hot(ids, 3), 0.0),
    }


def data(rows: int = 300) -> tuple[pd.DataFrame, np.ndarray]:
    random = np.random.default_rng(3)
    x = random.normal(5, 2, rows)
    frame = pd.DataFrame({"x": x, "s": random.choice(["a", "b"], rows)}, index=np.arange(rows) * 2)
    labels = ((x > 5) ^ (frame["s"].to_numpy() == "a")).astype(int)
    frame.loc[frame.index[::29], "x"] = np.nan
    return frame, labels


NAMES = ["z", "bucket", "one_0", "one_1", "one_2"]


# All checks that there are for a transformer apply and pass. Left out is the one that scikit-learn
# itself skips unless SciPy was imported with array API support switched on.
CHECKS = [
    pytest.param(estimator, check, id=check.func.__name__)
    for estimator, check in estimator_checks_generator(TransformFnTransformer(standardize))
    if check.func.__name__ != "check_array_api_input"
]


@pytest.mark.parametrize(("estimator", "check"), CHECKS)
def test_it_passes_scikit_learns_own_checks(estimator, check):
    check(estimator)


def test_it_gives_what_scikit_learn_gives():
    matrix = np.random.default_rng(1).normal(2, 3, (200, 3))
    found = TransformFnTransformer(standardize).fit_transform(matrix)
    np.testing.assert_allclose(found, StandardScaler().fit_transform(matrix), rtol=1e-12)


def test_a_frame_gives_a_matrix_with_names():
    frame, _ = data()
    transformer = TransformFnTransformer(features).fit(frame)
    matrix = transformer.transform(frame)
    assert matrix.dtype == np.float64
    assert transformer.get_feature_names_out().tolist() == NAMES
    expected = tb.fit(frame, features).transform({"x": frame["x"], "s": frame["s"]})
    np.testing.assert_array_equal(matrix[:, 0], expected["z"])
    np.testing.assert_array_equal(matrix[:, 1], expected["bucket"])
    np.testing.assert_array_equal(matrix[:, 2:], expected["one"])
    assert transformer.transform_fn_.digest == tb.fit(frame, features).digest


@pytest.mark.parametrize("form", ["pandas", "polars", "arrow"])
def test_frames_of_any_library_are_fitted_alike(form):
    frame, _ = data()
    table = pa.Table.from_pandas(frame, preserve_index=False)
    other = {"pandas": frame, "polars": pl.from_arrow(table), "arrow": table}[form]
    transformer = TransformFnTransformer(features).fit(other)
    expected = TransformFnTransformer(features).fit_transform(frame)
    np.testing.assert_array_equal(transformer.transform(other), expected)
    assert transformer.feature_names_in_.tolist() == ["x", "s"]


def test_set_output_keeps_types_and_the_index():
    frame, _ = data()
    transformer = TransformFnTransformer(features).set_output(transform="pandas")
    found = transformer.fit_transform(frame)
    assert list(found.columns) == NAMES
    assert found.index.equals(frame.index)
    assert found["bucket"].dtype == np.int64
    assert found["one_0"].dtype == np.float32
    polars = transformer.set_output(transform="polars").transform(frame)
    assert polars["bucket"].dtype == pl.Int64
    assert polars["bucket"].to_list() == found["bucket"].tolist()
    with config_context(transform_output="polars"):
        assert isinstance(TransformFnTransformer(features).fit_transform(frame), pl.DataFrame)
    assert clone(transformer).fit_transform(frame).equals(polars)


def test_missing_numbers_are_nan_and_strings_make_objects():
    frame = pd.DataFrame({"x": [1.0, None], "s": ["a", None]})
    both = TransformFnTransformer(lambda i: {"x": i["x"], "s": tb.upper(i["s"])})
    assert both.fit_transform(frame).tolist()[0] == [1.0, "A"]
    assert both.transform(frame)[1, 1] is None
    ids = TransformFnTransformer(lambda i: {"id": tb.compute_and_apply_vocabulary(i["s"])})
    np.testing.assert_array_equal(ids.fit_transform(frame), [[0.0], [np.nan]])


def test_vectors_with_missing_rows_and_offsets():
    rows = [[1.0, 2.0], None, [3.0, 4.0], [5.0, 6.0]]
    table = pa.table({"v": pa.array(rows, pa.list_(pa.float64(), 2))})
    transformer = TransformFnTransformer(lambda i: {"v": i["v"] * 10}).fit(table)
    nothing = [np.nan, np.nan]
    np.testing.assert_array_equal(
        transformer.transform(table), [[10, 20], nothing, [30, 40], [50, 60]]
    )
    np.testing.assert_array_equal(transformer.transform(table.slice(1, 2)), [nothing, [30, 40]])


def test_a_pipeline_with_a_model_is_searched():
    frame, labels = data()
    pipeline = Pipeline(
        [
            ("features", TransformFnTransformer(features)),
            ("model", LogisticRegression(max_iter=500)),
        ]
    )
    search = GridSearchCV(
        pipeline, {"features__parameters__buckets": [2, 5], "model__C": [0.1, 1.0]}, cv=3
    )
    search.fit(frame, labels)
    best = search.best_params_["features__parameters__buckets"]
    fitted = search.best_estimator_.named_steps["features"]
    assert fitted.transform(frame)[:, 1].max() == best - 1
    restored = pickle.loads(pickle.dumps(search.best_estimator_))
    np.testing.assert_array_equal(restored.predict(frame), search.predict(frame))
    assert pipeline[0].parameters is None


def test_within_a_column_transformer():
    frame, labels = data()
    union = ColumnTransformer(
        [
            ("ours", TransformFnTransformer(features), ["x", "s"]),
            ("theirs", StandardScaler(), ["x"]),
        ]
    )
    made = make_pipeline(union.set_output(transform="pandas")).fit_transform(frame, labels)
    assert list(made.columns) == [*(f"ours__{name}" for name in NAMES), "theirs__x"]


def test_parameters_are_those_of_the_function():
    transformer = TransformFnTransformer(features, parameters={"top": 1})
    assert transformer.get_params()["parameters__buckets"] == 4
    assert transformer.get_params()["parameters__top"] == 1
    changed = clone(transformer).set_params(parameters__buckets=7)
    assert changed.parameters == {"top": 1, "buckets": 7}
    assert transformer.parameters == {"top": 1}
    with pytest.raises(ValueError, match=r"'bins' of the preprocessing function.*buckets, top"):
        transformer.set_params(parameters__bins=3)


def test_a_frozen_function_needs_no_fitting():
    frame, _ = data()
    frozen = tb.fit(frame, features)
    transformer = TransformFnTransformer(transform_fn=frozen)
    expected = TransformFnTransformer(features).fit_transform(frame)
    np.testing.assert_array_equal(transformer.transform(frame), expected)
    np.testing.assert_array_equal(clone(transformer).fit(frame[:5]).transform(frame), expected)
    restored = pickle.loads(pickle.dumps(make_pipeline(transformer)))
    np.testing.assert_array_equal(restored.transform(frame), expected)


def test_the_target_takes_part_in_the_analysis_only():
    frame, labels = data()

    def encoded(inputs):
        return {"s": tb.target_encode(inputs["s"], inputs["label"])}

    transformer = TransformFnTransformer(encoded, target="label").fit(frame, labels)
    table = {"s": frame["s"], "label": labels}
    np.testing.assert_array_equal(
        transformer.transform(frame)[:, 0], tb.fit(table, encoded).transform(table)["s"]
    )
    leaking = TransformFnTransformer(lambda i: {"y": i["label"] * 2}, target="label")
    with pytest.raises(DataError, match="depends on the target 'label'"):
        leaking.fit(frame, labels)
    with pytest.raises(DataError, match="needs a y"):
        TransformFnTransformer(encoded, target="label").fit(frame)
    with pytest.raises(DataError, match="a column called 's'"):
        TransformFnTransformer(encoded, target="s").fit(frame, labels)


@pytest.mark.parametrize(
    ("function", "message"),
    [
        (lambda i: {"words": tb.split(i["s"])}, "'words' has lists of different lengths"),
        (
            lambda i: {"v": tb.stack([i["x"], i["x"]]), "v_1": i["x"]},
            "Two columns of the matrix would be called 'v_1'",
        ),
    ],
)
def test_what_is_no_matrix_is_refused_when_it_is_fitted(function, message):
    with pytest.raises(DataError, match=message):
        TransformFnTransformer(function).fit(data()[0])


def test_mistakes_are_told():
    frame, _ = data()
    with pytest.raises(NotFittedError):
        TransformFnTransformer(features).transform(frame)
    with pytest.raises(DataError, match="nothing to fit"):
        TransformFnTransformer().fit(frame)
    with pytest.raises(DataError, match="two functions"):
        TransformFnTransformer(features, transform_fn=tb.fit(frame, features)).fit(frame)
    with pytest.raises(TraceError, match="preprocessing_fn is a str"):
        TransformFnTransformer("features").fit(frame)
    with pytest.raises(TraceError, match="parameters is a int"):
        TransformFnTransformer(features, parameters=3).fit(frame)
    with pytest.raises(DataError, match="LazyFrame is a query"):
        TransformFnTransformer(features).fit(pl.from_pandas(frame).lazy())
    with pytest.raises(ValueError, match="0 sample"):
        TransformFnTransformer(features).fit(frame[:0])
    fitted = TransformFnTransformer(features).fit(frame)
    with pytest.raises(ValueError, match="feature names"):
        fitted.transform(frame.rename(columns={"x": "y"}))


def test_no_rows_of_what_was_fitted():
    frame, _ = data()
    fitted = TransformFnTransformer(features).fit(frame)
    assert fitted.transform(frame[:0]).shape == (0, len(NAMES))


def test_nothing_else_loads_scikit_learn():
    code = (
        "import sys, taurus_beam as tb; fn = tb.fit({'x': [1.0]}, lambda i: {'x': i['x']}); "
        "fn.transform({'x': [2.0]}); assert 'sklearn' not in sys.modules; "
        "sys.modules['sklearn'] = None\n"
        "try: tb.sklearn\n"
        "except tb.EngineError as problem: assert 'taurus-beam[sklearn]' in str(problem)\n"
        "else: raise AssertionError"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
