"""Statistics of features as rows of a table that fits a terminal."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

from tensorflow_metadata.proto.v0 import statistics_pb2

from taurus_beam.cli.terminal import count
from taurus_beam.stats.views import FeatureView

__all__ = ["COLUMNS", "feature_rows"]

COLUMNS = ("feature", "type", "missing", "values")
_MOST_TOP = 3
_MOST_CHARACTERS = 24


def feature_rows(dataset: statistics_pb2.DatasetFeatureStatistics) -> list[tuple[str, ...]]:
    """A row for each feature: path, type, share of rows without it, and what its values are like.

    Example:
        >>> import taurus_beam as tb
        >>> stats = tb.statistics({"x": [1, 2, 6], "s": ["a", "b", "a"], "n": [None, None, None]})
        >>> for row in feature_rows(stats.datasets[0]):
        ...     print(" | ".join(row))
        x | INT | 0 % | 1 … 2 … 6, mean 3 ± 2.16
        s | STRING | 0 % | 2 distinct: a 67 %, b 33 %
        n |  | 100 % | none
    """
    return [_row(feature) for feature in dataset.features]


def _row(feature: Any) -> tuple[str, ...]:
    view = FeatureView(feature)
    common = view.common_statistics()
    path = ".".join(feature.path.step) or feature.name
    if common is None:
        return path, "", "", ", ".join(custom.name for custom in feature.custom_stats)
    rows = common.num_non_missing + common.num_missing
    missing = _percent(common.num_missing, rows)
    if not common.num_non_missing:
        return path, "", missing, "none"
    kind = statistics_pb2.FeatureNameStatistics.Type.Name(feature.type)
    values = ", ".join([*_values(view), *_lists(common)])
    return path, kind, missing, values


def _values(view: FeatureView) -> Iterator[str]:
    numbers, strings, images = (
        view.numeric_statistics(),
        view.string_statistics(),
        view.bytes_statistics(),
    )
    if numbers is not None:
        yield f"{numbers.min:.6g} … {numbers.median:.6g} … {numbers.max:.6g}"
        yield f"mean {numbers.mean:.6g} ± {numbers.std_dev:.3g}"
        total = numbers.common_stats.tot_num_values
        if numbers.num_zeros:
            yield f"{_percent(numbers.num_zeros, total)} zero"
        if nans := max((int(h.num_nan) for h in numbers.histograms), default=0):
            yield f"{_percent(nans, total)} NaN"
    if strings is not None:
        total = strings.common_stats.tot_num_values
        tops = ", ".join(
            f"{_short(top.value)} {_percent(top.frequency, total)}"
            for top in strings.top_values[:_MOST_TOP]
        )
        more = ", …" if strings.unique > _MOST_TOP else ""
        yield f"{count(strings.unique)} distinct: {tops}{more}"
    if images is not None:
        yield f"{images.min_num_bytes:,g} … {images.max_num_bytes:,g} bytes"


def _lists(common: Any) -> Iterator[str]:
    if (common.min_num_values, common.max_num_values) != (1, 1):
        yield f"{common.min_num_values:,} … {common.max_num_values:,} values a row"


def _percent(part: float, whole: float) -> str:
    """A share, such that only nothing is 0 % and only all is 100 %."""
    if not whole or not part:
        return "0 %"
    share = 100 * part / whole
    if share < 0.1:
        return "<0.1 %"
    digits = 1 if share < 10 or (99 < share < 100) else 0
    text = f"{math.floor(share * 10**digits + 0.5) / 10**digits:g}"
    return ">99.9 %" if text == "100" and part < whole else f"{text} %"


def _short(value: str) -> str:
    shown = value if value.isprintable() else repr(value)[1:-1]
    if not shown.strip():
        return repr(shown)
    return shown if len(shown) <= _MOST_CHARACTERS else shown[: _MOST_CHARACTERS - 1] + "…"
