"""All distances between two data sets, feature by feature: to look at, and to choose thresholds by.

Unlike validation it needs no thresholds, and says so where a measure has no meaning.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pyarrow as pa
from tensorflow_metadata.proto.v0 import statistics_pb2

from taurus_beam.validation.dataset_view import DatasetView, default_dataset
from taurus_beam.validation.distances import (
    Distance,
    jensen_shannon_divergence,
    l_infinity,
    normalized_absolute_difference,
)
from taurus_beam.validation.distances_binned import chi_squared, population_stability_index
from taurus_beam.validation.distances_numeric import kolmogorov_smirnov, wasserstein
from taurus_beam.validation.distributions import category_counts
from taurus_beam.validation.paths import serialize

__all__ = ["MEASURES", "distances"]

MEASURES = (
    "l_infinity",
    "normalized_absolute_difference",
    "jensen_shannon_divergence",
    "population_stability_index",
    "kolmogorov_smirnov",
    "wasserstein",
    "chi_squared",
)


@dataclass(frozen=True)
class _Pair:
    current: statistics_pb2.FeatureNameStatistics
    control: statistics_pb2.FeatureNameStatistics
    weighted: bool

    def measures(self) -> dict[str, Distance | None]:
        sides = self.current, self.control
        categorical = all(category_counts(side, self.weighted) for side in sides)
        test = None if self.weighted else chi_squared(*sides)
        found = (
            l_infinity(*sides, self.weighted) if categorical else None,
            normalized_absolute_difference(*sides, self.weighted) if categorical else None,
            jensen_shannon_divergence(*sides, self.weighted),
            population_stability_index(*sides, self.weighted),
            kolmogorov_smirnov(*sides, self.weighted),
            wasserstein(*sides, self.weighted),
            None if test is None else Distance(test.cramers_v, test.at),
        )
        return dict(zip(MEASURES, found, strict=True))


def distances(
    current: statistics_pb2.DatasetFeatureStatisticsList,
    control: statistics_pb2.DatasetFeatureStatisticsList,
) -> Any:
    """Measures how far apart two data sets are, in every feature that both have.

    Args:
        current: Statistics of the data under test.
        control: Statistics of the data compared with (the previous day's, or those at serving).

    Returns:
        An Arrow table with a row for each feature that both have, in the order of ``current``:
        ``feature``, then two columns for each measure, its value and ``<measure>_at``, the value
        or range that is the greatest part of it. The measures: ``l_infinity``,
        ``normalized_absolute_difference`` (both for categories only),
        ``jensen_shannon_divergence``, ``population_stability_index``, ``kolmogorov_smirnov`` and
        ``wasserstein`` (both for numbers only), and ``chi_squared``, which is Cramér's V of that
        test. Null where a measure has no meaning for the feature. By weight where both data sets
        have all counts by weight; then without ``chi_squared``.

    Raises:
        DataError: An argument is no list of statistics, or has slices without the whole.

    Example:
        >>> import taurus_beam as tb, pyarrow as pa
        >>> now = tb.statistics(pa.table({"s": ["a", "a", "b", "b"]}))
        >>> before = tb.statistics(pa.table({"s": ["a", "a", "a", "b"]}))
        >>> row = distances(now, before).to_pylist()[0]
        >>> row["feature"], row["l_infinity"], row["l_infinity_at"], row["wasserstein"]
        ('s', 0.25, 'b', None)
    """
    views = (
        DatasetView.of(default_dataset(current, "current")),
        DatasetView.of(default_dataset(control, "control")),
    )
    weighted = views[0].weighted and views[1].weighted
    columns: dict[str, list[Any]] = {"feature": []}
    for measure in MEASURES:
        columns |= {measure: [], f"{measure}_at": []}
    for path, feature in views[0].features.items():
        other = views[1].features.get(path)
        if other is None:
            continue
        columns["feature"].append(serialize(path))
        for measure, found in _Pair(feature.proto, other.proto, weighted).measures().items():
            columns[measure].append(None if found is None else found.value)
            columns[f"{measure}_at"].append(None if found is None else found.at)
    types = {measure: pa.float64() for measure in MEASURES}
    return pa.table({n: pa.array(v, types.get(n, pa.string())) for n, v in columns.items()})
