"""What generators of one's own are made with: custom statistics from plain values.

How to write one: a frozen dataclass that is a `StatsGenerator`, or where it only counts something
in each feature, a `FeatureTallyGenerator`; give it in ``StatsOptions(generators=[...])``. What it
tells is joined with what all others tell of the same feature, and travels in ``custom_stats``.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from google.protobuf.message import Message
from tensorflow_metadata.proto.v0 import statistics_pb2

from taurus_beam.errors import TraceError

__all__ = ["custom_stat", "histogram", "rank_histogram"]


def custom_stat(name: str, value: Any) -> Any:
    """A ``CustomStatistic`` of a plain value.

    Args:
        name: What it is called in reports.
        value: A number, a str, a ``Histogram`` or ``RankHistogram`` (see `histogram` and
            `rank_histogram`), or any other proto message, which is packed as ``Any``.

    Raises:
        TraceError: If the value is of another kind.

    Example:
        >>> custom_stat("share", 0.5).num, custom_stat("unit", "kg").str
        (0.5, 'kg')
    """
    stat = statistics_pb2.CustomStatistic(name=name)
    if isinstance(value, str):
        stat.str = value
    elif isinstance(value, statistics_pb2.Histogram):
        stat.histogram.CopyFrom(value)
    elif isinstance(value, statistics_pb2.RankHistogram):
        stat.rank_histogram.CopyFrom(value)
    elif isinstance(value, Message):
        stat.any.Pack(value)
    else:
        try:
            stat.num = float(value)
        except (TypeError, ValueError):
            raise TraceError(
                f"Custom statistic {name!r} is {value!r}.",
                expected="a number, a str, a Histogram, a RankHistogram or another proto message",
            ) from None
    return stat


def rank_histogram(counts: Iterable[tuple[str, float]], ranked: bool = True) -> Any:
    """A ``RankHistogram`` of labels and counts in the order given.

    Args:
        counts: Labels and counts.
        ranked: Whether to number the buckets (``low_rank``, ``high_rank``).

    Example:
        >>> [(b.label, b.low_rank) for b in rank_histogram([("b", 2), ("a", 1)]).buckets]
        [('b', 0), ('a', 1)]
    """
    result = statistics_pb2.RankHistogram()
    for rank, (label, count) in enumerate(counts):
        rank = rank if ranked else 0
        result.buckets.add(low_rank=rank, high_rank=rank, label=label, sample_count=count)
    return result


def histogram(edges: Sequence[float], counts: Sequence[float]) -> Any:
    """A ``STANDARD`` histogram of n counts between n + 1 edges.

    Raises:
        TraceError: If there is not one edge more than there are counts.

    Example:
        >>> [(b.high_value, b.sample_count) for b in histogram([0, 1, 2], [5, 3]).buckets]
        [(1.0, 5.0), (2.0, 3.0)]
    """
    if len(edges) != len(counts) + 1:
        raise TraceError(
            f"A histogram of {len(counts)} counts cannot have {len(edges)} edges.",
            expected="one edge more than counts",
        )
    result = statistics_pb2.Histogram(type=statistics_pb2.Histogram.STANDARD)
    for low, high, count in zip(edges[:-1], edges[1:], counts, strict=True):
        result.buckets.add(low_value=low, high_value=high, sample_count=count)
    return result
