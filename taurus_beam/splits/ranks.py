"""Exact order statistics of 64-bit values by stratum, in two passes and bounded memory.

The first pass counts values by their leading bits, as many as keep a stratum to 4,096 buckets; the
second looks only into the buckets in which a wanted rank lies. Both are sums, so the cuts are the
same for the rows in any order and batches.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from taurus_beam.errors import DataError
from taurus_beam.graph.term_hash import Hashes
from taurus_beam.splits.keys import stratum_codes

__all__ = [
    "Brackets",
    "Cuts",
    "Spread",
    "Spreads",
    "Strata",
    "brackets",
    "cuts",
    "inside",
    "merged_spreads",
    "one_stratum",
    "spreads",
]

Counts = npt.NDArray[np.int64]

_BUCKETS = 4096
_MOST_STRATA = 10_000


@dataclass(frozen=True, eq=False)
class Strata:
    """The stratum of each row of a batch.

    Attributes:
        texts: The strata that there are.
        codes: The position of each row's stratum among them.
    """

    texts: tuple[bytes, ...]
    codes: npt.NDArray[Any]

    @staticmethod
    def of(batch: Any, columns: Sequence[str]) -> Strata:
        """By the values of some columns.

        Raises:
            DataError: A column is missing or has no labels.
        """
        texts, codes = stratum_codes(batch, columns)
        # Sixteen bits are sorted in one go.
        return Strata(tuple(texts), codes.astype(np.uint16) if len(texts) < 1 << 16 else codes)

    def parts(self) -> Iterable[tuple[bytes, Any]]:
        """Each stratum and its rows."""
        order = np.argsort(self.codes, kind="stable")
        ends = np.cumsum(np.bincount(self.codes, minlength=len(self.texts)))
        return zip(self.texts, np.split(order, ends)[:-1], strict=True)


@dataclass(frozen=True, eq=False)
class Spread:
    """How many values there are by their leading bits.

    Attributes:
        shift: How many trailing bits are left out.
        buckets: The leading bits, ascending.
        counts: The values of each bucket.
        most: How many buckets there may be; None for any number.
    """

    shift: int
    buckets: Hashes
    counts: Counts
    most: int | None = _BUCKETS

    @property
    def total(self) -> int:
        """How many values there are."""
        return int(self.counts.sum())


Spreads = Mapping[bytes, Spread]
"""By stratum."""


def spreads(strata: Strata, values: Hashes) -> Spreads:
    """The spread of a batch's values in each stratum."""
    return {text: _spread(values[rows]) for text, rows in strata.parts() if len(rows)}


def merged_spreads(found: Iterable[Spreads]) -> Spreads:
    """The spreads of the values of all.

    A spread is as coarse as the distinct values of all demand, whichever met first: what some of
    them demanded, all of them do.

    Raises:
        DataError: There are more strata than labels can have.
    """
    waiting: dict[bytes, list[Spread]] = {}
    for each in found:
        for text, spread in each.items():
            waiting.setdefault(text, []).append(spread)
    if len(waiting) > _MOST_STRATA:
        raise DataError(
            f"There are more than {_MOST_STRATA:,} strata.",
            expected="a column of labels, or several with few combinations",
            fix="Name another column; to keep the rows of an id together, use SplitByHash.",
        )
    return {text: _merged(waiting[text]) for text in sorted(waiting)}


def _merged(parts: Sequence[Spread]) -> Spread:
    if len(parts) == 1:
        return parts[0]
    shift = max(part.shift for part in parts)
    together = [_shifted(part, shift) for part in parts]
    return _coarser(
        _summed(
            shift,
            np.concatenate([part.buckets for part in together]),
            np.concatenate([part.counts for part in together]),
            parts[0].most,
        )
    )


def _spread(values: Hashes, most: int | None = _BUCKETS) -> Spread:
    buckets, counts = np.unique(values, return_counts=True)
    return _coarser(Spread(0, buckets, counts.astype(np.int64), most))


def _summed(shift: int, buckets: Hashes, counts: Counts, most: int | None) -> Spread:
    distinct, place = np.unique(buckets, return_inverse=True)
    sums = np.zeros(len(distinct), np.int64)
    np.add.at(sums, place, counts)
    return Spread(shift, distinct, sums, most)


def _shifted(spread: Spread, shift: int) -> Spread:
    if shift == spread.shift:
        return spread
    buckets = spread.buckets >> np.uint64(shift - spread.shift)
    return _summed(shift, buckets, spread.counts, spread.most)


def _coarser(spread: Spread) -> Spread:
    """The finest spread of at most so many buckets as there may be."""
    most = spread.most
    if most is None or len(spread.buckets) <= most:
        return spread
    shift = next(
        more
        for more in range(1, 64)
        if np.count_nonzero(np.diff(spread.buckets >> np.uint64(more))) < most
    )
    return _shifted(spread, spread.shift + shift)


@dataclass(frozen=True)
class _Bracket:
    """Where a rank lies: in which bucket, and how many values are below that."""

    rank: int
    bucket: int
    below: int


@dataclass(frozen=True, eq=False)
class Brackets:
    """What is known after the first pass.

    Attributes:
        counts: The values of each stratum.
        shifts: The trailing bits that each stratum's buckets leave out.
        wanted: The bracket of each rank, of those that any value has.
    """

    counts: Mapping[bytes, int]
    shifts: Mapping[bytes, int]
    wanted: Mapping[bytes, tuple[_Bracket, ...]]


def brackets(
    found: Spreads, ranks: Callable[[Mapping[bytes, int]], Mapping[bytes, Sequence[int]]]
) -> Brackets:
    """Which buckets hold the wanted ranks.

    Args:
        found: The spreads of all values.
        ranks: From the values of each stratum the ranks, ascending, whose values are the cuts.
    """
    counts = {text: spread.total for text, spread in found.items()}
    wanted = {}
    for text, asked in ranks(counts).items():
        spread = found[text]
        ends = np.cumsum(spread.counts)
        places = np.searchsorted(ends, [rank for rank in asked if rank < counts[text]], "right")
        below = ends - spread.counts
        wanted[text] = tuple(
            _Bracket(rank, int(spread.buckets[place]), int(below[place]))
            for rank, place in zip(asked, places, strict=False)
        )
    return Brackets(counts, {text: spread.shift for text, spread in found.items()}, wanted)


def inside(known: Brackets, strata: Strata, values: Hashes) -> Spreads:
    """The values of a batch that lie in the same bucket as a wanted one."""
    found = {}
    for text, rows in strata.parts():
        if not len(rows):
            continue
        wanted = np.array([bracket.bucket for bracket in known.wanted[text]], np.uint64)
        mine = values[rows]
        mine = mine[np.isin(mine >> np.uint64(known.shifts[text]), wanted)]
        if len(mine):
            found[text] = _spread(mine, most=None)
    return found


@dataclass(frozen=True, eq=False)
class Cuts:
    """The cuts of each stratum: a row's place is how many of them its value reaches.

    Attributes:
        counts: The values of each stratum.
        values: Its cuts, ascending; those that no value reaches are left out.
    """

    counts: Mapping[bytes, int]
    values: Mapping[bytes, Hashes]

    def places(self, strata: Strata, values: Hashes) -> npt.NDArray[np.int16]:
        """The place of each row."""
        places = np.zeros(len(values), np.int16)
        for text, rows in strata.parts():
            if len(rows):
                places[rows] = np.searchsorted(self.values[text], values[rows], "right")
        return places


def cuts(found: Spreads, known: Brackets) -> Cuts:
    """The value of each wanted rank, from the values inside its bucket."""
    return Cuts(
        known.counts,
        {
            text: np.array(
                [_value(found[text], bracket, known.shifts[text]) for bracket in wanted], np.uint64
            )
            for text, wanted in known.wanted.items()
        },
    )


def _value(spread: Spread, bracket: _Bracket, shift: int) -> int:
    mine = spread.buckets >> np.uint64(shift) == np.uint64(bracket.bucket)
    reached = np.cumsum(spread.counts[mine])
    place = np.searchsorted(reached, bracket.rank - bracket.below, "right")
    return int(spread.buckets[mine][place])


def one_stratum(rows: int) -> Strata:
    """All rows in one stratum of no name."""
    return Strata((b"",), np.zeros(rows, np.int64))
