"""Splits and folds of whole groups with balanced sizes: the groups are shared out one by one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
import pyarrow as pa

from taurus_beam.graph.term_hash import Hashes
from taurus_beam.splits.keys import check_columns, key_hashes, mixed, stratum_texts
from taurus_beam.splits.shares import InFolds, InRatios, Shared
from taurus_beam.splits.splitter import (
    Assigned,
    Codes,
    with_missing,
)

__all__ = ["GroupKFold", "SplitByGroup"]


@dataclass(frozen=True, eq=False)
class _Homes:
    """The split of each group, by the group's hash, ascending."""

    hashes: Hashes
    codes: Codes


class _ByGroup(Shared):
    passes = 1
    group: str | tuple[str, ...]
    stratum: str | tuple[str, ...]

    @property
    def columns(self) -> tuple[str, ...] | None:
        return (*self.group, *self.stratum)

    def check(self, schema: Any) -> None:
        check_columns(schema, tuple(self.group), "group")
        check_columns(schema, tuple(self.stratum), "stratum")

    def survey(self, batch: Any, identity: Hashes | None, plan: Any) -> Any:
        """The rows of each group and stratum: columns group, stratum, rows."""
        hashes, known = self._hashes(batch)
        return _counted(
            pa.table(
                {
                    "group": pa.array(hashes[known]),
                    "stratum": stratum_texts(batch, tuple(self.stratum)).filter(pa.array(known)),
                    "rows": pa.array(np.ones(int(known.sum()), np.int64)),
                }
            )
        )

    def merged(self, states: Iterable[Any]) -> Any:
        return _counted(pa.concat_tables([_NO_GROUPS, *states]))

    def learn(self, state: Any, plan: Any) -> _Homes:
        groups = state["group"].combine_chunks()
        hashes, rows = np.unique(groups.to_numpy(), return_inverse=True)
        texts = state["stratum"].combine_chunks().dictionary_encode()
        # In the order of the texts, so that sums of floats are the same in every run.
        order = np.argsort(np.argsort(np.array(texts.dictionary.to_pylist(), object)))
        table = np.zeros((len(hashes), len(order)), np.int64)
        table[rows, order[texts.indices.to_numpy()]] = state["rows"].to_numpy()
        return _Homes(hashes, shared_out(table, self.shares))

    def assign(self, batch: Any, identity: Hashes | None, plan: _Homes) -> Assigned:
        hashes, known = self._hashes(batch)
        codes = np.zeros(len(hashes), np.int16)
        codes[known] = plan.codes[np.searchsorted(plan.hashes, hashes[known])]
        return with_missing(codes, known, self.missing, self.names, "group")

    def record(self, plan: _Homes, schema: Any) -> dict[str, Any]:
        return {"groups": np.bincount(plan.codes, minlength=len(self.names)).tolist()}

    def _hashes(self, batch: Any) -> Any:
        hashes, known = key_hashes(batch, tuple(self.group))
        return mixed(hashes, self.seed), known


@dataclass(frozen=True)
class SplitByGroup(InRatios, _ByGroup):
    """Whole groups shared out so that each split comes near its ratio of the rows.

    The largest group first (of equal ones that of the lowest hash), each goes where the squared
    differences from the wanted numbers of rows, in each stratum, grow least. Where groups are
    many and alike, `SplitByHash` does as well, without a pass and without moving old rows when new
    ones come. All groups are held in memory, some 20 bytes each.

    Args:
        ratios: The share of each split, which sum to 1.
        group: The column, or columns, of whose values none is to be in two splits.
        stratum: Columns of labels whose shares are to be alike in all splits, as far as whole
            groups allow.
        seed: Decides between groups of equal sizes.
        missing: Where rows without a group go: a split, "drop" or "error"; the first split if
            None.

    Example:
        >>> import taurus_beam as tb, pyarrow as pa
        >>> data = pa.table({"user": list("aaaabbcd")})
        >>> split = tb.SplitByGroup({"train": 0.5, "test": 0.5}, group="user")
        >>> {name: "".join(table["user"].to_pylist()) for name, table in
        ...  tb.split_table(data, split).items()}
        {'train': 'aaaa', 'test': 'bbcd'}
    """

    kind = "group"
    ratios: Mapping[str, float]
    group: str | tuple[str, ...]
    stratum: str | tuple[str, ...] = ()
    seed: int = 0
    missing: str | None = None

    def __post_init__(self) -> None:
        self.settle("group")


@dataclass(frozen=True)
class GroupKFold(InFolds, _ByGroup):
    """So many folds of whole groups and of sizes as equal as `SplitByGroup` makes them.

    Without a stratum the sizes are those of scikit-learn's ``GroupKFold``.

    Args:
        folds: How many, from 2 on; they are called fold-0, fold-1, …
        group: As for `SplitByGroup`.
        stratum: As for `SplitByGroup`.
        seed: As for `SplitByGroup`.
        missing: As for `SplitByGroup`.

    Example:
        >>> import taurus_beam as tb, pyarrow as pa
        >>> folds = tb.split_table(pa.table({"user": list("aaabbc")}), tb.GroupKFold(2, "user"))
        >>> ["".join(table["user"].to_pylist()) for table in folds.values()]
        ['aaa', 'bbc']
    """

    kind = "group_k_fold"
    folds: int
    group: str | tuple[str, ...]
    stratum: str | tuple[str, ...] = ()
    seed: int = 0
    missing: str | None = None

    def __post_init__(self) -> None:
        self.settle("group")


def shared_out(groups: Any, shares: Sequence[Fraction]) -> Codes:
    """The split of each group.

    Args:
        groups: int64, a row for each group and a column for each stratum: how many rows it has.
        shares: The ratio of each split.

    Example:
        >>> shared_out(np.array([[1], [3], [2]]), [Fraction(1, 2), Fraction(1, 2)])
        array([1, 0, 1], dtype=int16)
    """
    totals = groups.sum(axis=0)
    wanted = np.outer([float(share) for share in shares], totals)
    lacking = wanted.copy()
    codes = np.zeros(len(groups), np.int16)
    for place in np.argsort(-groups.sum(axis=1), kind="stable"):
        group = groups[place]
        # (have + group - wanted)² - (have - wanted)², as a part of what is wanted
        worse = (group * (group - 2 * lacking) / wanted).sum(axis=1)
        code = int(np.argmin(worse))
        codes[place] = code
        lacking[code] -= group
    return codes


_NO_GROUPS = pa.table(
    {"group": pa.array([], pa.uint64()), "stratum": pa.array([], pa.large_binary())}
).append_column("rows", pa.array([], pa.int64()))


def _counted(groups: Any) -> Any:
    counted = groups.group_by(["group", "stratum"]).aggregate([("rows", "sum")])
    return counted.rename_columns([name.removesuffix("_sum") for name in counted.column_names])
