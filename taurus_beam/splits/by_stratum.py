"""Splits and folds in which each label has its exact share, for data too few for chance."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from taurus_beam.graph.term_hash import Hashes
from taurus_beam.splits.keys import check_columns, stratum_label
from taurus_beam.splits.ranked import Ordered, Ranked, cut_ranks
from taurus_beam.splits.ranks import Cuts, Strata
from taurus_beam.splits.ratios import apportioned
from taurus_beam.splits.shares import InFolds, InRatios, Shared
from taurus_beam.splits.splitter import (
    Assigned,
    row_hashes_of,
    with_missing,
)

__all__ = ["SplitByStratum", "StratifiedKFold"]


class _ByStratum(Shared, Ranked):
    stratum: str | tuple[str, ...]
    key: str | tuple[str, ...]

    @property
    def columns(self) -> tuple[str, ...] | None:
        return (*self.stratum, *self.key) if self.key else None

    @property
    def needs_identities(self) -> bool:
        return not self.key

    def check(self, schema: Any) -> None:
        check_columns(schema, tuple(self.stratum), "stratum")
        check_columns(schema, tuple(self.key), "key")

    def ordered(self, batch: Any, identity: Hashes | None) -> Ordered:
        strata = Strata.of(batch, tuple(self.stratum))
        hashes, known = row_hashes_of(batch, tuple(self.key), self.seed, identity)
        return Ordered(strata, hashes, known)

    def ranks(self, counts: Mapping[bytes, int]) -> Mapping[bytes, Sequence[int]]:
        sizes = apportioned(list(counts.values()), self.shares)
        return {text: cut_ranks(each) for text, each in zip(counts, sizes, strict=True)}

    def assign(self, batch: Any, identity: Hashes | None, plan: Cuts) -> Assigned:
        ordered = self.ordered(batch, identity)
        places = ordered.places(plan)
        return with_missing(places, ordered.known, self.missing, self.names, "key")

    def record(self, plan: Cuts, schema: Any) -> dict[str, Any]:
        return {
            "strata": [
                {
                    "stratum": stratum_label(text),
                    "rows": plan.counts[text],
                    "cuts": [str(cut) for cut in plan.values[text].tolist()],
                }
                for text in plan.counts
            ]
        }


@dataclass(frozen=True)
class SplitByStratum(InRatios, _ByStratum):
    """Every stratum (such as each label) shared out exactly, row by row.

    Within a stratum rows are taken in the order of their hashes, and each split gets its ratio of
    them, rounded up or down; what a split gets too little in one stratum it gets in the next. The
    result depends on the rows alone, not on their order. It needs two passes, and rows may move
    when others are added.

    Args:
        ratios: The share of each split, which sum to 1.
        stratum: The column of the label, or several whose combinations are the strata. A missing
            value is a stratum like others. At most 10,000 strata.
        key: What tells rows apart: the column of an id, or several. None takes all that the row
            holds, and its number among equal rows, which takes a shuffle of all rows. Rows that
            repeat a key stand together only within their stratum (for groups: `SplitByGroup`).
        seed: Another one gives another split; 0 to 2**63 - 1.
        missing: Where rows without a key go: a split, "drop" or "error"; the first split if None.

    Raises:
        EngineError: The ratios do not sum to 1, or something else cannot be meant.

    Example:
        >>> import taurus_beam as tb, pyarrow as pa
        >>> data = pa.table({"id": range(10), "label": ["a"] * 6 + ["b"] * 4})
        >>> split = tb.SplitByStratum({"train": 0.5, "test": 0.5}, stratum="label", key="id")
        >>> {name: table["label"].to_pylist() for name, table in
        ...  tb.split_table(data, split).items()}
        {'train': ['a', 'a', 'a', 'b', 'b'], 'test': ['a', 'a', 'a', 'b', 'b']}
    """

    kind = "stratum"
    ratios: Mapping[str, float]
    stratum: str | tuple[str, ...]
    key: str | tuple[str, ...] = ()
    seed: int = 0
    missing: str | None = None

    def __post_init__(self) -> None:
        self.settle("stratum")


@dataclass(frozen=True)
class StratifiedKFold(InFolds, _ByStratum):
    """So many folds of equal sizes, to one row, and of equal shares of each stratum, to one row.

    The sizes are those of scikit-learn's ``StratifiedKFold``; without a stratum, those of its
    ``KFold``. Otherwise as `SplitByStratum`.

    Args:
        folds: How many, from 2 on; they are called fold-0, fold-1, …
        stratum: As for `SplitByStratum`; none for folds of equal sizes alone.
        key: As for `SplitByStratum`.
        seed: As for `SplitByStratum`.
        missing: As for `SplitByStratum`.

    Example:
        >>> import taurus_beam as tb, pyarrow as pa
        >>> data = pa.table({"label": ["a"] * 7 + ["b"] * 4})
        >>> folds = tb.split_table(data, tb.StratifiedKFold(3, stratum="label"))
        >>> [sorted(table["label"].to_pylist()) for table in folds.values()]
        [['a', 'a', 'a', 'b'], ['a', 'a', 'b', 'b'], ['a', 'a', 'b']]
    """

    kind = "stratified_k_fold"
    folds: int
    stratum: str | tuple[str, ...] = ()
    key: str | tuple[str, ...] = ()
    seed: int = 0
    missing: str | None = None

    def __post_init__(self) -> None:
        self.settle()
