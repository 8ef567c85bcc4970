"""What became of the rows: sizes, labels, times and digests of splits, and why rows are in none.

A summary is a sum over batches, so it does not depend on how the rows were batched.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from taurus_beam.errors import DataError
from taurus_beam.serving.frames import no_rows
from taurus_beam.splits.keys import (
    column_of,
    content_hashes,
    mixed,
    stratum_label,
    stratum_texts,
)
from taurus_beam.splits.splitter import DROPPED, Assigned, Codes, Splitter

__all__ = ["PartSummary", "SplitSummary", "Summarized"]

_MOST_LABELS = 1000
_WORD = 1 << 64


@dataclass(frozen=True)
class Summarized:
    """What is to be told of each split besides its size.

    Attributes:
        labels: Columns whose values are counted.
        times: Columns whose least and greatest values are told.
        digests: Whether the rows are hashed: all columns of every row, the costly part.
    """

    labels: tuple[str, ...] = ()
    times: tuple[str, ...] = ()
    digests: bool = False

    def check(self, schema: Any) -> None:
        """Refuses columns of which this cannot be told.

        Raises:
            DataError: Naming the column.
        """
        batch = no_rows(schema)
        stratum_texts(batch, self.labels)
        for name in self.times:
            dtype = column_of(batch, name).type
            if not (pa.types.is_timestamp(dtype) or pa.types.is_date(dtype) or _is_number(dtype)):
                raise DataError(
                    f"Column {name!r} is {dtype}, which has no first and last time.",
                    expected="timestamps, dates or numbers",
                )


@dataclass
class PartSummary:
    """One split.

    Attributes:
        rows: How many rows it has.
        lacking: How many of them have no key (or time).
        labels: By column, how many rows have each value; None for more than 1,000 values.
        times: By column, the first and the last; None where there is none.
        digest: Two sums of the rows' hashes; equal for equal rows in any order.
    """

    rows: int = 0
    lacking: int = 0
    labels: dict[str, Counter[str] | None] = field(default_factory=dict)
    times: dict[str, tuple[Any, Any] | None] = field(default_factory=dict)
    digest: tuple[int, int] = (0, 0)

    def add(self, other: PartSummary) -> None:
        """Takes in the summary of further rows."""
        self.rows += other.rows
        self.lacking += other.lacking
        for name, counts in other.labels.items():
            known = self.labels.setdefault(name, Counter())
            if known is None or counts is None or len(known.keys() | counts.keys()) > _MOST_LABELS:
                self.labels[name] = None
            else:
                known.update(counts)
        for name, span in other.times.items():
            found = [each for each in (self.times.get(name), span) if each is not None]
            ends = (min(f for f, _ in found), max(t for _, t in found)) if found else None
            self.times[name] = ends
        self.digest = (
            (self.digest[0] + other.digest[0]) % _WORD,
            (self.digest[1] + other.digest[1]) % _WORD,
        )

    def record(self, summarized: Summarized) -> dict[str, Any]:
        """As JSON data."""
        found: dict[str, Any] = {"rows": self.rows, "rows_without_key": self.lacking}
        if summarized.labels:
            found["labels"] = {
                name: None if counts is None else dict(sorted(counts.items()))
                for name, counts in sorted(self.labels.items())
            }
        if summarized.times:
            found["times"] = {
                name: span and {"first": _text(span[0]), "last": _text(span[1])}
                for name, span in sorted(self.times.items())
            }
        if summarized.digests:
            found["digest"] = "".join(f"{half:016x}" for half in self.digest)
        return found


@dataclass
class SplitSummary:
    """All splits.

    Attributes:
        names: Their names, in order.
        summarized: What is told of each.
        parts: Their summaries, in the order of the names.
        dropped: How many rows are in none, by reason.
    """

    names: tuple[str, ...]
    summarized: Summarized
    parts: list[PartSummary]
    dropped: Counter[str]

    @staticmethod
    def empty(names: Sequence[str], summarized: Summarized) -> SplitSummary:
        """The summary of no rows."""
        parts = [
            PartSummary(
                labels={name: Counter() for name in summarized.labels},
                times=dict.fromkeys(summarized.times),
            )
            for _ in names
        ]
        return SplitSummary(tuple(names), summarized, parts, Counter())

    @property
    def rows(self) -> int:
        """How many rows there are, in splits or not."""
        return sum(part.rows for part in self.parts) + self.dropped.total()

    @property
    def lacking(self) -> int:
        """How many of them have no key."""
        return sum(part.lacking for part in self.parts) + self.dropped[DROPPED[-1]]

    def add_batch(self, assigned: Assigned, parts: Iterable[tuple[int, Any]]) -> None:
        """Takes in a batch and its parts."""
        lacking = _numbers(assigned.codes[assigned.lacking])
        for code, part in parts:
            known = self.summarized
            labels = {name: _counted(part, name) for name in known.labels}
            found = PartSummary(
                part.num_rows,
                lacking[code],
                labels,
                {name: _span(column_of(part, name)) for name in known.times},
                _digest(part) if known.digests else (0, 0),
            )
            self.parts[code].add(found)
        for code, number in _numbers(assigned.codes[assigned.codes < 0]).items():
            self.dropped[DROPPED[code]] += number

    def add(self, other: SplitSummary) -> None:
        """Takes in the summary of further rows."""
        for mine, more in zip(self.parts, other.parts, strict=True):
            mine.add(more)
        self.dropped.update(other.dropped)

    def check(self, splitter: Splitter) -> None:
        """Refuses data of which no row can be assigned by what it holds.

        Raises:
            DataError: There are rows, and none has a key.
        """
        if self.rows and self.lacking == self.rows:
            columns = ", ".join(map(repr, splitter.columns or ()))
            raise DataError(
                f"None of the {self.rows:,} rows has a value in {columns}.",
                expected="a value in most rows, by which to split",
                fix="Correct the column, or split by another one.",
            )

    def record(self) -> dict[str, Any]:
        """As JSON data: rows, splits and dropped."""
        return {
            "rows": self.rows,
            "splits": [
                {"name": name, **part.record(self.summarized)}
                for name, part in zip(self.names, self.parts, strict=True)
            ],
            "dropped": dict(sorted(self.dropped.items())),
        }


def _numbers(codes: Codes) -> Counter[int]:
    """How many rows have each code that there is."""
    lowest = min(DROPPED)
    counts = np.bincount(codes.astype(np.intp) - lowest)
    return Counter({code + lowest: int(counts[code]) for code in np.flatnonzero(counts).tolist()})


def _counted(part: Any, name: str) -> Counter[str] | None:
    counts = stratum_texts(part, (name,)).value_counts()
    if len(counts) > _MOST_LABELS:
        return None
    found = Counter[str]()
    for each in counts.to_pylist():
        found[stratum_label(each["values"])] += each["counts"]
    return found


def _span(column: Any) -> tuple[Any, Any] | None:
    if pa.types.is_timestamp(column.type):
        # As text, which has nanoseconds too, and sorts as the times do.
        column = column.cast(pa.timestamp(column.type.unit)).cast(pa.string())
    found = pc.min_max(column).as_py()
    return None if found["min"] is None else (found["min"], found["max"])


def _text(value: Any) -> Any:
    return value if isinstance(value, int | float | str) else str(value)


def _digest(part: Any) -> tuple[int, int]:
    contents = content_hashes(part)
    return int(contents.sum()), int(mixed(contents, 1).sum())


def _is_number(dtype: Any) -> bool:
    return bool(pa.types.is_integer(dtype) or pa.types.is_floating(dtype))
