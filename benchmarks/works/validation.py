"""Validation of the statistics of 1,000 features against a schema, in TFDV and in taurus_beam."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from benchmarks.environments import TFT
from benchmarks.works.work import Contender, Task, Work, timed

FEATURES = 1_000


def protos() -> tuple[Any, Any]:
    """Statistics of 1,000 features, half numbers and half text, and a schema that they break.

    Every tenth feature has a value outside its domain.
    """
    from tensorflow_metadata.proto.v0 import schema_pb2, statistics_pb2

    statistics = statistics_pb2.DatasetFeatureStatisticsList()
    dataset = statistics.datasets.add(num_examples=10_000)
    schema = schema_pb2.Schema()
    for at in range(FEATURES):
        feature, known = dataset.features.add(), schema.feature.add()
        feature.path.step.append(f"f{at:04d}")
        known.name = f"f{at:04d}"
        known.presence.min_fraction = 1.0
        known.shape.dim.add(size=1)
        if at % 2:
            text(feature, known, unknown=at % 10 == 1)
        else:
            numbers(feature, known)
    return statistics, schema


def text(feature: Any, known: Any, *, unknown: bool) -> None:
    feature.type = 2
    common(feature.string_stats.common_stats)
    feature.string_stats.unique = 50
    feature.string_stats.avg_length = 3
    terms = [f"t{term:02d}" for term in range(50)]
    for rank, term in enumerate(terms):
        feature.string_stats.rank_histogram.buckets.add(
            low_rank=rank, high_rank=rank, label=term, sample_count=200
        )
        feature.string_stats.top_values.add(value=term, frequency=200)
    known.type = 1
    known.string_domain.value.extend(terms[int(unknown) :])


def numbers(feature: Any, known: Any) -> None:
    feature.type = 1
    common(feature.num_stats.common_stats)
    feature.num_stats.mean, feature.num_stats.std_dev = 50.0, 29.0
    feature.num_stats.median, feature.num_stats.max = 50.0, 100.0
    for kind in (0, 1):
        histogram = feature.num_stats.histograms.add(type=kind)
        for bucket in range(10):
            histogram.buckets.add(
                low_value=bucket * 10, high_value=bucket * 10 + 10, sample_count=1_000
            )
    known.type = 3
    known.float_domain.min, known.float_domain.max = 0.0, 100.0


def common(stats: Any) -> None:
    stats.num_non_missing = stats.tot_num_values = 10_000
    stats.min_num_values = stats.max_num_values = 1
    stats.avg_num_values = 1.0


def by_taurus(size: int, _: Path) -> Task:
    import taurus_beam as tb

    statistics, schema = protos()
    assert len(tb.validate_statistics(statistics, schema).anomaly_info) == FEATURES // 10
    return timed(lambda: tb.validate_statistics(statistics, schema))


def by_tfdv(size: int, _: Path) -> Task:
    import tensorflow_data_validation as tfdv

    statistics, schema = protos()
    assert len(tfdv.validate_statistics(statistics, schema).anomaly_info) == FEATURES // 10
    return timed(lambda: tfdv.validate_statistics(statistics, schema))


WORK = Work(
    "Validation of statistics of 1,000 features",
    {"TFDV": Contender(by_tfdv, TFT), "taurus": Contender(by_taurus)},
    sizes=(1,),
    note="Half numbers and half text; every tenth has a value outside its domain, and both find "
    "just these. The statistics and the schema are protos in memory.",
)
