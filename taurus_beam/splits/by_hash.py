"""Splits and folds by the hash of a key: no pass, and the same key in the same split for ever."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from taurus_beam.graph.term_hash import Hashes
from taurus_beam.splits.keys import check_columns
from taurus_beam.splits.ratios import cut_hashes
from taurus_beam.splits.shares import InFolds, InRatios, Shared
from taurus_beam.splits.splitter import (
    Assigned,
    cuts_reached,
    row_hashes_of,
    with_missing,
)

__all__ = ["KFold", "SplitByHash"]


class _ByHash(Shared):
    key: str | tuple[str, ...]

    @property
    def columns(self) -> tuple[str, ...] | None:
        return tuple(self.key) or None

    def check(self, schema: Any) -> None:
        check_columns(schema, tuple(self.key), "key")

    def assign(self, batch: Any, identity: Hashes | None, plan: Any) -> Assigned:
        hashes, known = row_hashes_of(batch, tuple(self.key), self.seed, None)
        codes = cuts_reached(self._cuts, hashes)
        return with_missing(codes, known, self.missing, self.names, "key")

    @cached_property
    def _cuts(self) -> Hashes:
        return cut_hashes(self.shares)


@dataclass(frozen=True)
class SplitByHash(InRatios, _ByHash):
    """Each row by the hash of its key: equal keys are in one split, whatever else the data hold.

    New rows never move old ones. With other ratios only those keys move whose hash lies between
    an old cut and the new one: what the first split loses goes to its neighbour, and the last
    split grows or shrinks without changing members. Of n keys, about ``ratio * n`` are in a
    split, with a standard deviation of ``sqrt(ratio * (1 - ratio) * n)``.

    Args:
        ratios: The share of each split, which sum to 1; the order matters to the hash.
        key: The column, or columns, whose values together decide; rows of a person, a session or
            a plane stay together if that is the key. None takes all columns: equal rows stay
            together.
        seed: Another one gives another split; 0 to 2**63 - 1.
        missing: Where rows without a key go: a split, "drop" or "error"; the first split if None.

    Raises:
        EngineError: The ratios do not sum to 1, or something else cannot be meant.

    Example:
        >>> import taurus_beam as tb, pyarrow as pa
        >>> split = tb.SplitByHash({"train": 0.8, "test": 0.2}, key="plane")
        >>> data = pa.table({"plane": ["N14228", "N24211", "N619AA", "N14228", "N804JB"]})
        >>> {name: table["plane"].to_pylist() for name, table in
        ...  tb.split_table(data, split).items()}
        {'train': ['N14228', 'N24211', 'N14228', 'N804JB'], 'test': ['N619AA']}
    """

    kind = "hash"
    ratios: Mapping[str, float]
    key: str | tuple[str, ...] = ()
    seed: int = 0
    missing: str | None = None

    def __post_init__(self) -> None:
        self.settle()


@dataclass(frozen=True)
class KFold(InFolds, _ByHash):
    """So many folds by the hash of a key, as stable as `SplitByHash`; sizes differ as those do.

    With the key of a group (a patient, a user) groups stay together. For folds of equal sizes see
    `StratifiedKFold` and `GroupKFold`.

    Args:
        folds: How many, from 2 on; they are called fold-0, fold-1, …
        key: As for `SplitByHash`.
        seed: As for `SplitByHash`.
        missing: As for `SplitByHash`.

    Example:
        >>> import taurus_beam as tb, pyarrow as pa
        >>> folds = tb.split_table(pa.table({"id": range(1000)}), tb.KFold(4, key="id"))
        >>> [table.num_rows for table in folds.values()]
        [243, 274, 239, 244]
    """

    kind = "k_fold"
    folds: int
    key: str | tuple[str, ...] = ()
    seed: int = 0
    missing: str | None = None

    def __post_init__(self) -> None:
        self.settle()
