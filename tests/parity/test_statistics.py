"""Statistics and schemas are what TFDV gave for the same data; see ``benchmarks/peers``.

Counts and texts are equal, floats to 1e-9 (those the proto keeps as float32, to its precision).
Histograms of TFDV's sketch are compared by rank: each boundary of either is within the stated
error of its rank in the data themselves.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from google.protobuf import text_format
from tensorflow_metadata.proto.v0 import schema_pb2, statistics_pb2

import taurus_beam as tb
from benchmarks.peers.statistics_frames import FRAMES, as_lists

RECORDED = Path(__file__).parent / "statistics"
PACKAGE = ["airlines", "airports", "flights", "planes", "weather"]
RANK_ERROR = 0.01
HISTOGRAMS = {"histogram", "histograms", "num_values_histogram"}


def of_tfdv(frame: str) -> Any:
    content = (RECORDED / f"{frame}.stats").read_bytes()
    return statistics_pb2.DatasetFeatureStatisticsList.FromString(content)


@cache
def ours(frame: str) -> Any:
    return tb.statistics(as_lists(FRAMES[frame]()))


def by_path(statistics: Any) -> dict[tuple[str, ...], Any]:
    (dataset,) = statistics.datasets
    return {tuple(feature.path.step): feature for feature in dataset.features}


@pytest.mark.parametrize("frame", FRAMES)
def test_the_same_rows_and_features(frame: str) -> None:
    (one,), (other,) = ours(frame).datasets, of_tfdv(frame).datasets
    assert one.num_examples == other.num_examples
    assert by_path(ours(frame)).keys() == by_path(of_tfdv(frame)).keys()


@pytest.mark.parametrize("frame", FRAMES)
def test_the_same_facts(frame: str) -> None:
    found, wanted = by_path(ours(frame)), by_path(of_tfdv(frame))
    differences = [d for path in wanted for d in compared(found[path], wanted[path], str(path))]
    assert differences == []


@pytest.mark.parametrize("frame", FRAMES)
def test_the_same_shape_of_histograms(frame: str) -> None:
    found, wanted = by_path(ours(frame)), by_path(of_tfdv(frame))
    for path, feature in wanted.items():
        for one, other in zip(histograms(found[path]), histograms(feature), strict=True):
            assert (one.type, one.num_nan) == (other.type, other.num_nan), path
            assert len(one.buckets) == len(other.buckets), path
            mine, theirs = (sum(b.sample_count for b in h.buckets) for h in (one, other))
            assert mine == pytest.approx(theirs, rel=1e-9), path


@pytest.mark.parametrize("frame", PACKAGE)
def test_quantiles_are_within_their_rank_error_of_the_data(frame: str) -> None:
    table = FRAMES[frame]()
    for (name,), feature in by_path(of_tfdv(frame)).items():
        if not feature.HasField("num_stats"):
            continue
        values = np.sort(table[name].drop_null().to_numpy().astype(float))
        mine = by_path(ours(frame))[(name,)]
        for source, error in ((mine, 0.0), (feature, RANK_ERROR)):
            (histogram,) = [h for h in source.num_stats.histograms if h.type == h.QUANTILES]
            check_ranks(histogram, values, error)


def check_ranks(histogram: Any, values: Any, error: float) -> None:
    """Boundary k of n is, within ``error`` of the rows, the k/n quantile of the sorted values."""
    n, slack = len(histogram.buckets), error * len(values) + 1
    for k, bucket in enumerate(histogram.buckets, start=1):
        wanted = k * len(values) / n
        low = np.searchsorted(values, bucket.high_value, "left")
        high = np.searchsorted(values, bucket.high_value, "right")
        assert low - slack <= wanted <= high + slack


@pytest.mark.parametrize("frame", PACKAGE)
def test_equal_widths_hold_what_the_data_hold(frame: str) -> None:
    table = FRAMES[frame]()
    for (name,), feature in by_path(ours(frame)).items():
        if not feature.HasField("num_stats"):
            continue
        values = table[name].drop_null().to_numpy().astype(float)
        (mine,) = [h for h in feature.num_stats.histograms if h.type == h.STANDARD]
        (theirs,) = [
            h for h in by_path(of_tfdv(frame))[(name,)].num_stats.histograms if h.type == h.STANDARD
        ]
        for one, other in zip(mine.buckets, theirs.buckets, strict=True):
            assert one.high_value == pytest.approx(other.high_value, rel=1e-9, abs=1e-9)
            assert abs(one.sample_count - other.sample_count) <= 2 * RANK_ERROR * len(values)


@pytest.mark.parametrize("frame", PACKAGE)
def test_plain_columns_give_what_lists_of_one_give(frame: str) -> None:
    assert tb.statistics(FRAMES[frame]()) == ours(frame)


@pytest.mark.parametrize("frame", FRAMES)
def test_the_same_inferred_schema(frame: str) -> None:
    wanted = text_format.Parse((RECORDED / f"{frame}.pbtxt").read_text(), schema_pb2.Schema())
    assert tb.infer_schema(ours(frame)) == wanted
    assert tb.infer_schema(of_tfdv(frame)) == wanted


def compared(one: Any, other: Any, where: str) -> Iterator[str]:
    """What differs between two messages, histograms left out."""
    fields = {f.name: f for message in (one, other) for f, _ in message.ListFields()}
    for name, field in fields.items():
        if name in HISTOGRAMS:
            continue
        left, right = getattr(one, name), getattr(other, name)
        if field.message_type is None:
            if not same(left, right, field):
                yield f"{where}.{name}: {left!r} and not {right!r}"
        elif field.is_repeated:
            if len(left) != len(right):
                yield f"{where}.{name}: {len(left)} and not {len(right)}"
            for i, (a, b) in enumerate(zip(left, right, strict=False)):
                yield from compared(a, b, f"{where}.{name}[{i}]")
        else:
            yield from compared(left, right, f"{where}.{name}")


def same(left: Any, right: Any, field: Any) -> bool:
    if isinstance(left, float) and isinstance(right, float):
        tolerance = 1e-6 if field.type == field.TYPE_FLOAT else 1e-9
        return math.isclose(left, right, rel_tol=tolerance) or (left != left and right != right)
    return bool(left == right)


def histograms(feature: Any) -> list[Any]:
    kind = feature.WhichOneof("stats")
    if kind is None:
        return []
    stats = getattr(feature, kind)
    common = stats if kind == "struct_stats" else stats.common_stats
    common = common.common_stats if kind == "struct_stats" else common
    found = [common.num_values_histogram] if common.HasField("num_values_histogram") else []
    return found + list(getattr(stats, "histograms", []))


def test_every_frame_was_recorded_and_nothing_else() -> None:
    assert {file.stem for file in RECORDED.glob("*.stats")} == set(FRAMES)
