"""Small statistics protos built by hand, for the tests of reports."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from tensorflow_metadata.proto.v0 import anomalies_pb2, statistics_pb2

Feature = statistics_pb2.FeatureNameStatistics

HOSTILE = [
    "</script><script>window.pwned=1</script>",
    '"><img src=x onerror="window.pwned=2">',
    "<!--<script>",
    "' onmouseover='window.pwned=3",
    "${window.pwned=4}`",
    "مرحبا بالعالم",
    "\u202eevil\u202c",
    "🛫" * 5,
    "x" * 2000,
    "a.b",
    "tab\tnul\0",
]


def numeric(
    name: str,
    values: Sequence[float] = (0, 1, 2, 3),
    missing: int = 0,
    nan: int = 0,
    zeros: int | None = None,
    type_: int = Feature.FLOAT,
) -> statistics_pb2.FeatureNameStatistics:
    """A feature whose values fill a histogram of four buckets evenly."""
    low, high = min(values), max(values)
    feature = Feature(path={"step": [name]}, type=type_)
    stats = feature.num_stats
    stats.common_stats.num_non_missing = len(values)
    stats.common_stats.num_missing = missing
    stats.common_stats.tot_num_values = len(values)
    stats.common_stats.min_num_values = stats.common_stats.max_num_values = 1
    stats.common_stats.avg_num_values = 1
    stats.mean = sum(values) / len(values)
    stats.std_dev = 1.0
    stats.num_zeros = values.count(0) if zeros is None else zeros
    stats.min, stats.max, stats.median = low, high, sorted(values)[len(values) // 2]
    for kind in (statistics_pb2.Histogram.STANDARD, statistics_pb2.Histogram.QUANTILES):
        histogram = stats.histograms.add(type=kind, num_nan=nan)
        for i in range(4):
            histogram.buckets.add(
                low_value=low + (high - low) * i / 4,
                high_value=low + (high - low) * (i + 1) / 4,
                sample_count=len(values) / 4,
            )
    return feature


def string(
    name: str, counts: Mapping[str, int], missing: int = 0
) -> statistics_pb2.FeatureNameStatistics:
    """A feature with some values and how often each occurs."""
    feature = Feature(path={"step": [name]}, type=Feature.STRING)
    stats = feature.string_stats
    stats.common_stats.num_non_missing = sum(counts.values())
    stats.common_stats.num_missing = missing
    stats.common_stats.tot_num_values = sum(counts.values())
    stats.common_stats.min_num_values = stats.common_stats.max_num_values = 1
    stats.unique = len(counts)
    stats.avg_length = 3.5
    for rank, (label, count) in enumerate(sorted(counts.items(), key=lambda each: -each[1])):
        stats.top_values.add(value=label, frequency=count)
        stats.rank_histogram.buckets.add(
            low_rank=rank, high_rank=rank, label=label, sample_count=count
        )
    return feature


def dataset(
    *features: statistics_pb2.FeatureNameStatistics, name: str = "", examples: int = 4
) -> statistics_pb2.DatasetFeatureStatistics:
    """A data set, or a slice."""
    return statistics_pb2.DatasetFeatureStatistics(
        name=name, num_examples=examples, features=features
    )


def listed(
    *datasets: statistics_pb2.DatasetFeatureStatistics,
) -> statistics_pb2.DatasetFeatureStatisticsList:
    """Statistics of some slices."""
    return statistics_pb2.DatasetFeatureStatisticsList(datasets=datasets)


def anomaly(
    name: str,
    *reasons: tuple[int, str, str],
    severity: int = anomalies_pb2.AnomalyInfo.ERROR,
) -> anomalies_pb2.Anomalies:
    """One feature's anomaly, each reason given by type, short text and text."""
    anomalies = anomalies_pb2.Anomalies()
    info = anomalies.anomaly_info[name]
    info.path.step.append(name)
    info.severity = severity
    for type_, short, text in reasons:
        info.reason.add(type=type_, short_description=short, description=text)
    return anomalies
