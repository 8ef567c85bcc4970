"""The table of all distances, on real statistics whose histograms are exact."""

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from scipy import stats
from tensorflow_metadata.proto.v0 import statistics_pb2

import taurus_beam as tb
from taurus_beam.errors import DataError
from taurus_beam.validation.distance_table import distances


def statistics(numbers, strings) -> statistics_pb2.DatasetFeatureStatisticsList:
    columns = {"s": pa.array(strings), "only": pa.array(strings), "x": pa.array(numbers)}
    return tb.statistics(pa.table(columns))


def test_a_row_for_each_feature_in_common():
    now = statistics([1.0, 1.0, 5.0, 5.0], ["a", "b", "b", "b"])
    before = statistics([1.0, 1.0, 1.0, 5.0], ["a", "a", "b", "b"])
    del before.datasets[0].features[1]
    frame = distances(now, before).to_pandas().set_index("feature")
    assert list(frame.index) == ["s", "x"]
    assert frame.loc["s", "l_infinity"] == 0.25
    assert frame.loc["s", "l_infinity_at"] == "b"
    assert frame.loc["s", "normalized_absolute_difference"] == 1 / 8
    expected = stats.contingency.association(np.array([[1, 3], [2, 2]]), "cramer")
    assert frame.loc["s", "chi_squared"] == pytest.approx(expected)
    assert pd.isna(frame.loc["s", ["kolmogorov_smirnov", "wasserstein"]]).all()
    assert pd.isna(frame.loc["x", ["l_infinity", "normalized_absolute_difference"]]).all()
    assert frame.loc["x", "kolmogorov_smirnov"] > 0


def test_equal_data_are_at_no_distance():
    same = statistics([1.0, float("nan"), float("inf"), -3.5], ["a", None, "b", "a"])
    table = distances(same, same)
    for name in table.column_names[1:]:
        assert set(table[name].to_pylist()) <= {0.0, "", None}, name


def test_large_samples_come_near_the_raw_data():
    # Ten quantile buckets: the distribution function is off by at most a tenth on each side.
    random = np.random.default_rng(5)
    a, b = random.normal(0, 1, 5000), random.normal(0.5, 1.5, 5000)
    frame = distances(statistics(a, ["a"] * 5000), statistics(b, ["a"] * 5000)).to_pandas()
    row = frame.set_index("feature").loc["x"]
    assert row["kolmogorov_smirnov"] == pytest.approx(stats.ks_2samp(a, b).statistic, abs=0.05)
    assert row["wasserstein"] == pytest.approx(stats.wasserstein_distance(a, b), rel=0.2)


def test_weighted_statistics_are_compared_by_weight():
    table = pa.table({"s": ["a", "b"], "w": [3.0, 1.0]})
    other = pa.table({"s": ["a", "b"], "w": [1.0, 1.0]})
    options = tb.StatsOptions(weight_feature="w")
    frame = distances(tb.statistics(table, options), tb.statistics(other, options)).to_pandas()
    row = frame.set_index("feature").loc["s"]
    assert row["l_infinity"] == 0.25
    assert pd.isna(row["chi_squared"])


def test_faults_are_explained():
    with pytest.raises(DataError, match="control is a str"):
        distances(statistics([1.0], ["a"]), "stats.pb")
