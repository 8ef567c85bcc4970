"""What a cache was good for in one run: kept with the artifact, in its provenance.

Workers tally what they find, read and write; here the tallies become a report.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from apache_beam.metrics.metric import Metrics

from taurus_beam.artifact.store import read_artifact
from taurus_beam.errors import ArtifactError
from taurus_beam.io.progress import NAMESPACE
from taurus_beam.pipeline.files import absolute, read_file
from taurus_beam.serving.transform_fn import TransformFn

__all__ = ["CacheReport", "SpanReport", "Tally", "cache_report", "report_record", "sum_of"]

_COUNTED = ("hits", "misses", "bytes_read", "bytes_written")
_NUMBERS = (*_COUNTED, "passes_read", "rows")
_COUNTERS = {name: Metrics.counter(NAMESPACE, f"cache_{name}") for name in _COUNTED}


@dataclass(frozen=True)
class Tally:
    """What happened with the entries of one span.

    Attributes:
        hits: Entries that were used.
        misses: Entries that were not there, or of no use.
        bytes_read: Bytes of the entries that were used.
        bytes_written: Bytes of the entries that were written.
        passes_read: Passes that read the span's data.
        rows: Rows of the span.
        unusable: Names of the files that are damaged or foreign.
    """

    hits: int = 0
    misses: int = 0
    bytes_read: int = 0
    bytes_written: int = 0
    passes_read: int = 0
    rows: int = 0
    unusable: tuple[str, ...] = ()

    def count(self) -> None:
        """Add it to Beam's metrics, ``cache_hits`` and so on in the namespace `taurus_beam`."""
        for name, counter in _COUNTERS.items():
            counter.inc(getattr(self, name))


def sum_of(tallies: Iterable[Tally]) -> Tally:
    """Several tallies as one."""
    found = list(tallies)
    unusable = {name for tally in found for name in tally.unusable}
    return Tally(
        **{name: sum(getattr(tally, name) for tally in found) for name in _NUMBERS},
        unusable=tuple(sorted(unusable)),
    )


@dataclass(frozen=True)
class SpanReport:
    """One span in a `CacheReport`.

    Attributes:
        rows: Its rows; None where the function needs no pass.
        hits: Cache entries that were used.
        misses: Cache entries that had to be computed.
        passes_read: How many passes read its data.
    """

    rows: int | None
    hits: int
    misses: int
    passes_read: int


@dataclass(frozen=True)
class CacheReport:
    """What a cache was good for in one run; its text is a table.

    Attributes:
        hits: Cache entries that were used.
        misses: Cache entries that had to be computed.
        rows_read: Rows that were read, once for each pass.
        rows_reused: Rows that a run without a cache would have read besides.
        bytes_read: Bytes of the entries that were used.
        bytes_written: Bytes of the entries that were written.
        bytes_held: Bytes of the whole cache after the run, entries of other functions included.
        unusable: Damaged and foreign entries that were met, by their path in the cache.
        spans: One report for each span by name.
    """

    hits: int
    misses: int
    rows_read: int
    rows_reused: int
    bytes_read: int
    bytes_written: int
    bytes_held: int
    unusable: tuple[str, ...]
    spans: Mapping[str, SpanReport]

    def __str__(self) -> str:
        total = self.hits + self.misses
        lines = [
            f"cache    {self.hits:,} of {total:,} entries used, {self.misses:,} computed",
            f"rows     {self.rows_read:,} read, {self.rows_reused:,} reused",
            f"bytes    {self.bytes_read:,} used, {self.bytes_written:,} written, "
            f"{self.bytes_held:,} held",
            *(f"unusable {name}" for name in self.unusable),
        ]
        table = [("span", "rows", "used", "computed", "passes read")]
        for name, span in self.spans.items():
            rows = "" if span.rows is None else f"{span.rows:,}"
            table.append((name, rows, str(span.hits), str(span.misses), str(span.passes_read)))
        widths = [max(map(len, column)) for column in zip(*table, strict=True)]
        for first, *others in table:
            cells = [first.ljust(widths[0]), *map(str.rjust, others, widths[1:])]
            lines.append("  ".join(cells))
        return "\n".join(lines)


def cache_report(artifact: TransformFn | str) -> CacheReport:
    """What the cache was good for when an artifact was made by `AnalyzeDatasetWithCache`.

    Args:
        artifact: The artifact, or its path on any file system Beam knows.

    Raises:
        ArtifactError: If the artifact was made without a cache, or there is none.
    """
    if isinstance(artifact, TransformFn):
        provenance = artifact.provenance
    else:
        # Read anew: another run may have written the same artifact with a report of its own.
        _, _, provenance = read_artifact(absolute(artifact), read_file)
    record = provenance.get("cache")
    if record is None:
        raise ArtifactError(
            "The artifact was made without a cache.",
            expected="an artifact that AnalyzeDatasetWithCache (taurus-beam fit --cache) made",
        )
    spans = {name: SpanReport(**facts) for name, facts in record["spans"].items()}
    return CacheReport(**{**record, "unusable": tuple(record["unusable"]), "spans": spans})


def report_record(
    names: Sequence[str], passes: int, bytes_held: int, tallies: Mapping[int, Tally]
) -> dict[str, Any]:
    """A report as JSON data.

    Args:
        names: The spans.
        passes: How many passes the function needs.
        bytes_held: Bytes of the whole cache.
        tallies: The tally of each span by its position in `names`.
    """
    by_name = {name: tallies.get(i, Tally()) for i, name in enumerate(names)}
    report = CacheReport(
        **{name: sum(getattr(t, name) for t in by_name.values()) for name in _COUNTED},
        rows_read=sum(t.rows * t.passes_read for t in by_name.values()),
        rows_reused=sum(t.rows * (passes - t.passes_read) for t in by_name.values()),
        bytes_held=bytes_held,
        unusable=sum_of(by_name.values()).unusable,
        spans={
            name: SpanReport(t.rows if passes else None, t.hits, t.misses, t.passes_read)
            for name, t in by_name.items()
        },
    )
    return {**dataclasses.asdict(report), "unusable": list(report.unusable)}
