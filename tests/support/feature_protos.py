"""Statistics of one feature, written down by hand."""

from collections.abc import Mapping, Sequence

from tensorflow_metadata.proto.v0 import statistics_pb2

Bucket = tuple[float, float, float]


def categories(counts: Mapping[str, float], weighted: bool = False):
    """A string feature whose rank histogram holds these counts."""
    feature = statistics_pb2.FeatureNameStatistics(type=statistics_pb2.FeatureNameStatistics.STRING)
    strings = feature.string_stats
    strings.common_stats.num_non_missing = 1
    ranks = (strings.weighted_string_stats if weighted else strings).rank_histogram
    for rank, (label, count) in enumerate(counts.items()):
        ranks.buckets.add(low_rank=rank, high_rank=rank, label=label, sample_count=count)
    return feature


def numbers(
    *buckets: Bucket,
    nan: int = 0,
    quantiles: Sequence[Bucket] | None = None,
    weighted: bool = False,
):
    """A float feature with a STANDARD histogram of (low, high, count), and quantiles on demand."""
    feature = statistics_pb2.FeatureNameStatistics(type=statistics_pb2.FeatureNameStatistics.FLOAT)
    stats = feature.num_stats
    stats.common_stats.num_non_missing = 1
    holder = stats.weighted_numeric_stats if weighted else stats
    kinds = [(statistics_pb2.Histogram.STANDARD, buckets)]
    if quantiles is not None:
        kinds.append((statistics_pb2.Histogram.QUANTILES, quantiles))
    for kind, rows in kinds:
        histogram = holder.histograms.add(type=kind, num_nan=nan)
        for low, high, count in rows:
            histogram.buckets.add(low_value=low, high_value=high, sample_count=count)
    return feature


def points(values: Mapping[float, float], nan: int = 0):
    """A float feature whose histograms are exact: one point bucket a value."""
    buckets = [(value, value, count) for value, count in values.items()]
    return numbers(*buckets, nan=nan, quantiles=buckets)
