"""One feature's statistics as plain data: what the page's table, charts and details show.

Nothing is computed here but shares of what the proto counts; a number that has no meaning, such
as the mean of no values, is absent.
"""

from __future__ import annotations

from typing import Any

from google.protobuf import text_format
from tensorflow_metadata.proto.v0 import statistics_pb2

from taurus_beam.report.histograms import buckets, number, quantiles, ranked, standard
from taurus_beam.report.names import shown

__all__ = ["record"]

_Statistics = statistics_pb2.FeatureNameStatistics
_MOST_VALUES = 50
_MOST_LINES = 50
_KINDS = {
    "num_stats": "numeric",
    "string_stats": "categorical",
    "bytes_stats": "bytes",
    "struct_stats": "struct",
}


def record(feature: statistics_pb2.FeatureNameStatistics) -> dict[str, Any]:
    """What is known of a feature.

    Returns:
        ``kind`` and ``type``; ``present`` and ``missing`` examples; ``lengths`` of value lists;
        then what its kind has: ``mean`` ... ``histogram``, ``unique`` ... ``top``. ``weighted``
        holds the entries that weights change.
    """
    which = feature.WhichOneof("stats") or ""
    found: dict[str, Any] = {
        "kind": _KINDS.get(which, "other"),
        "type": _Statistics.Type.Name(feature.type) if which else "",
    }
    if which:
        stats = getattr(feature, which)
        found.update(_common(stats.common_stats))
        weighted = _weighted_common(stats.common_stats)
        if which == "num_stats":
            found.update(_numeric(stats))
            weighted.update(_weighted_numeric(stats))
        elif which == "string_stats":
            found.update(_string(stats))
            weighted.update(_weighted_string(stats))
        elif which == "bytes_stats":
            found.update(_bytes(stats))
        if weighted:
            found["weighted"] = weighted
    custom = [_custom(each) for each in feature.custom_stats]
    if custom:
        found["custom"] = custom
    if feature.HasField("validation_derived_source"):
        source = feature.validation_derived_source
        found["derived"] = shown(source.deriver_name)
    return found


def _common(common: statistics_pb2.CommonStatistics) -> dict[str, Any]:
    found: dict[str, Any] = {
        "present": common.num_non_missing,
        "missing": common.num_missing,
        "values": common.tot_num_values,
    }
    if common.num_non_missing:
        found["lengths"] = {
            "min": common.min_num_values,
            "max": common.max_num_values,
            "mean": number(common.avg_num_values),
            "quantiles": quantiles(common.num_values_histogram),
        }
    levels = [
        {
            "present": level.num_non_missing,
            "missing": level.num_missing,
            "min": level.min_num_values,
            "max": level.max_num_values,
            "values": level.tot_num_values,
        }
        for level in common.presence_and_valency_stats
    ]
    if levels:
        found["levels"] = levels
    return found


def _weighted_common(common: statistics_pb2.CommonStatistics) -> dict[str, Any]:
    if not common.HasField("weighted_common_stats"):
        return {}
    weighted = common.weighted_common_stats
    return {
        "present": number(weighted.num_non_missing),
        "missing": number(weighted.num_missing),
        "values": number(weighted.tot_num_values),
    }


def _numeric(stats: statistics_pb2.NumericStatistics) -> dict[str, Any]:
    found = _histograms(stats.histograms)
    nan = stats.histograms[0].num_nan if stats.histograms else 0
    if stats.common_stats.tot_num_values <= nan:
        return found
    found.update(
        mean=number(stats.mean),
        std=number(stats.std_dev),
        zeros=stats.num_zeros,
        min=number(stats.min),
        median=number(stats.median),
        max=number(stats.max),
    )
    return found


def _weighted_numeric(stats: statistics_pb2.NumericStatistics) -> dict[str, Any]:
    if not stats.HasField("weighted_numeric_stats"):
        return {}
    weighted = stats.weighted_numeric_stats
    return {
        "mean": number(weighted.mean),
        "std": number(weighted.std_dev),
        "median": number(weighted.median),
        **_histograms(weighted.histograms),
    }


def _histograms(histograms: Any) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for histogram in histograms:
        if histogram.type == statistics_pb2.Histogram.QUANTILES:
            found["quantiles"] = quantiles(histogram)
        else:
            found["histogram"] = standard(histogram)
    return found


def _string(stats: statistics_pb2.StringStatistics) -> dict[str, Any]:
    found: dict[str, Any] = {"top": _top(stats)}
    if stats.common_stats.tot_num_values:
        found["unique"] = stats.unique
        found["length"] = number(stats.avg_length)
    if stats.invalid_utf8_count:
        found["invalid"] = stats.invalid_utf8_count
    return found


def _top(stats: Any) -> list[list[Any]]:
    # The rank histogram is the longer of the two; either may have been left out.
    if stats.rank_histogram.buckets:
        return ranked(stats.rank_histogram, _MOST_VALUES)
    return [[shown(each.value), number(each.frequency)] for each in stats.top_values[:_MOST_VALUES]]


def _weighted_string(stats: statistics_pb2.StringStatistics) -> dict[str, Any]:
    if not stats.HasField("weighted_string_stats"):
        return {}
    return {"top": _top(stats.weighted_string_stats)}


def _bytes(stats: statistics_pb2.BytesStatistics) -> dict[str, Any]:
    if not stats.common_stats.tot_num_values:
        return {}
    return {
        "bytes": {
            "mean": number(stats.avg_num_bytes),
            "min": number(stats.min_num_bytes),
            "max": number(stats.max_num_bytes),
        }
    }


def _custom(custom: statistics_pb2.CustomStatistic) -> dict[str, Any]:
    which = custom.WhichOneof("val")
    found: dict[str, Any] = {"name": shown(custom.name)}
    if which == "num":
        found["number"] = number(custom.num)
    elif which == "histogram":
        found["buckets"] = buckets(custom.histogram)
    elif which == "rank_histogram":
        found["top"] = ranked(custom.rank_histogram, _MOST_VALUES)
    elif which == "any":
        found["text"] = _lines(text_format.MessageToString(custom.any))
    else:
        found["text"] = _lines(custom.str)
    return found


def _lines(text: str) -> str:
    lines = text.splitlines()
    more = [f"… ({len(lines):,} lines)"] if len(lines) > _MOST_LINES else []
    return "\n".join([*(shown(line) for line in lines[:_MOST_LINES]), *more])
