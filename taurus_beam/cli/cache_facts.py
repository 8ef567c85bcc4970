"""What a cache was good for in the run that made an artifact, for people; without Beam."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from taurus_beam.cli.terminal import count, listed, size

__all__ = ["cache_rows", "span_rows"]


def cache_rows(record: Mapping[str, Any], folder: str | None = None) -> list[tuple[str, str]]:
    """Rows of a table about what `cache_report` tells too.

    Args:
        record: The part ``cache`` of an artifact's provenance.
        folder: Where the cache is, if that is known.

    Example:
        >>> mon = {"rows": 3, "hits": 10, "misses": 0, "passes_read": 0}
        >>> tue = {"rows": 2, "hits": 0, "misses": 10, "passes_read": 1}
        >>> record = {"hits": 10, "misses": 10, "rows_read": 2, "rows_reused": 3,
        ...     "bytes_read": 7273, "bytes_written": 7257, "bytes_held": 14530, "unusable": [],
        ...     "spans": {"mon": mon, "tue": tue}}
        >>> for row in cache_rows(record):
        ...     print(*row, sep=": ")
        spans: 1 reused, 1 computed (tue)
        entries: 10 of 20 reused, 10 computed
        rows read: 2; 3 reused
        cache: 7.3 kB used, 7.3 kB written, 14.5 kB held
    """
    held = (
        f"{size(record['bytes_read'])} used, {size(record['bytes_written'])} written, "
        f"{size(record['bytes_held'])} held"
    )
    rows = [
        ("spans", _spans(record["spans"])),
        (
            "entries",
            f"{count(record['hits'])} of {count(record['hits'] + record['misses'])} reused, "
            f"{count(record['misses'])} computed",
        ),
        ("rows read", f"{count(record['rows_read'])}; {count(record['rows_reused'])} reused"),
        ("cache", f"{folder}  ({held})" if folder else held),
    ]
    if record["unusable"]:
        damaged = count(len(record["unusable"]), "cache file")
        rows.append(("damaged", f"{damaged}, computed again: {listed(record['unusable'], 3)}"))
    return rows


def span_rows(record: Mapping[str, Any]) -> list[tuple[str, ...]]:
    """A row for each span: its name, rows, entries that were reused and computed, passes read."""
    return [
        (
            name,
            "" if span["rows"] is None else count(span["rows"]),
            *(count(span[fact]) for fact in ("hits", "misses", "passes_read")),
        )
        for name, span in record["spans"].items()
    ]


def _spans(spans: Mapping[str, Mapping[str, Any]]) -> str:
    reused = [name for name, span in spans.items() if not span["misses"]]
    computed = [name for name, span in spans.items() if span["misses"] and not span["hits"]]
    in_part = [name for name, span in spans.items() if span["misses"] and span["hits"]]
    parts = [f"{count(len(reused))} reused", _named(computed, "computed")]
    if in_part:
        parts.append(_named(in_part, "computed in part"))
    return ", ".join(parts)


def _named(names: Iterable[str], what: str) -> str:
    found = list(names)
    return f"{count(len(found))} {what}" + (f" ({listed(found, 3)})" if found else "")
