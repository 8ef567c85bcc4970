"""What splits have in common: whole rows, or the keys of rows, by the hash of either.

Counts of hashes are sums, so parts of the data can be counted anywhere and put together; rows are
looked at again only for the few examples that a report shows.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from taurus_beam.errors import EngineError
from taurus_beam.graph.plain_arrays import plain_table
from taurus_beam.graph.term_hash import Hashes
from taurus_beam.serving.frames import as_table
from taurus_beam.splits.keys import check_columns, column_of, content_hashes, key_hashes
from taurus_beam.splits.splitter import columns_of

__all__ = ["Leak", "LeakReport", "LeakRule", "Partial", "find_leaks"]

_BATCH_ROWS = 65_536


@dataclass(frozen=True)
class Leak:
    """What two splits share.

    Attributes:
        splits: Their names.
        keys: How many different keys (or rows) are in both.
        rows: How many rows of the first and of the second have one of them.
        examples: Some of them, as dicts of the key's columns or of the whole row.
    """

    splits: tuple[str, str]
    keys: int
    rows: tuple[int, int]
    examples: tuple[Mapping[str, Any], ...] = ()


@dataclass(frozen=True)
class LeakReport:
    """What all pairs of splits share.

    Attributes:
        key: The columns compared; none where whole rows are.
        rows: The rows of each split.
        rows_without_key: Those that were not compared, as they have no key.
        leaks: The pairs that share something.
    """

    key: tuple[str, ...]
    rows: Mapping[str, int]
    rows_without_key: Mapping[str, int]
    leaks: tuple[Leak, ...]

    def record(self) -> dict[str, Any]:
        """As JSON data."""
        return {
            "compared": list(self.key) or "rows",
            "splits": [
                {"name": name, "rows": rows, "rows_without_key": self.rows_without_key[name]}
                for name, rows in self.rows.items()
            ],
            "leaks": [
                {
                    "splits": list(leak.splits),
                    "keys": leak.keys,
                    "rows": dict(zip(leak.splits, leak.rows, strict=True)),
                    "examples": [
                        {name: _plain(value) for name, value in example.items()}
                        for example in leak.examples
                    ],
                }
                for leak in self.leaks
            ],
        }


@dataclass
class Partial:
    """What is known of some of the rows: sums, and the lowest hashes of what is shared.

    Attributes:
        rows: The rows of each split.
        lacking: The rows of each split without a key.
        keys: For each pair of splits, how many keys they share.
        pair_rows: For each pair, the rows of both that have a shared key.
        lowest: For each pair, the lowest hashes of shared keys.
    """

    rows: npt.NDArray[np.int64]
    lacking: npt.NDArray[np.int64]
    keys: npt.NDArray[np.int64]
    pair_rows: npt.NDArray[np.int64]
    lowest: list[Hashes]


@dataclass(frozen=True)
class LeakRule:
    """What is compared.

    Attributes:
        names: The splits.
        key: The columns; none for whole rows.
        examples: How many shared keys a report shows of each pair.
    """

    names: tuple[str, ...]
    key: tuple[str, ...]
    examples: int

    def __post_init__(self) -> None:
        object.__setattr__(self, "key", columns_of(self.key, "key"))
        if len(self.names) < 2:
            raise EngineError(
                "There is nothing to compare a split with.", expected="two splits or more"
            )
        if type(self.examples) is not int or self.examples < 0:
            raise EngineError(f"examples is {self.examples!r}.", expected="an integer from 0 on")

    @property
    def pairs(self) -> list[tuple[int, int]]:
        """The positions of both splits of each pair."""
        return list(combinations(range(len(self.names)), 2))

    def check(self, schema: Any) -> None:
        """Refuses data without the key.

        Raises:
            DataError: A column is missing or can be no key.
        """
        check_columns(schema, self.key, "key")

    def counted(self, batch: Any) -> tuple[Hashes, npt.NDArray[np.int64], int]:
        """The distinct hashes of a batch's rows, how many rows have each, and how many none."""
        if self.key:
            hashes, known = key_hashes(batch, self.key)
            hashes = hashes[known]
        else:
            hashes = content_hashes(batch)
        distinct, counts = np.unique(hashes, return_counts=True)
        return distinct, counts.astype(np.int64), batch.num_rows - len(hashes)

    def nothing(self) -> Partial:
        """What is known of no rows."""
        splits, pairs = len(self.names), len(self.pairs)
        return Partial(
            np.zeros(splits, np.int64),
            np.zeros(splits, np.int64),
            np.zeros(pairs, np.int64),
            np.zeros((pairs, 2), np.int64),
            [np.zeros(0, np.uint64)] * pairs,
        )

    def compared(self, parts: Iterable[tuple[int, Hashes, npt.NDArray[np.int64], int]]) -> Partial:
        """What is shared by all rows of some keys.

        Args:
            parts: The position of a split, and what `counted` gave of rows of it. All rows of a
                key have to be among them.
        """
        found = self.nothing()
        splits, hashes, counts = [], [], []
        for split, distinct, numbers, lacking in parts:
            found.rows[split] += int(numbers.sum()) + lacking
            found.lacking[split] += lacking
            splits.append(np.full(len(distinct), split))
            hashes.append(distinct)
            counts.append(numbers)
        if not hashes:
            return found
        keys, place = np.unique(np.concatenate(hashes), return_inverse=True)
        table = np.zeros((len(keys), len(self.names)), np.int64)
        np.add.at(table, (place, np.concatenate(splits)), np.concatenate(counts))
        for number, (one, other) in enumerate(self.pairs):
            shared = (table[:, one] > 0) & (table[:, other] > 0)
            found.keys[number] = shared.sum()
            found.pair_rows[number] = table[shared][:, [one, other]].sum(axis=0)
            found.lowest[number] = keys[shared][: self.examples]
        return found

    def merged(self, parts: Iterable[Partial]) -> Partial:
        """What is known of the rows of all parts, no two of which have a key in common."""
        whole = self.nothing()
        for part in parts:
            whole.rows += part.rows
            whole.lacking += part.lacking
            whole.keys += part.keys
            whole.pair_rows += part.pair_rows
            whole.lowest = [
                np.unique(np.concatenate(both))[: self.examples]
                for both in zip(whole.lowest, part.lowest, strict=True)
            ]
        return whole

    def examples_in(self, batch: Any, whole: Partial) -> dict[int, dict[str, Any]]:
        """By hash, a row of a batch for each shared key that is to be shown."""
        wanted = np.unique(np.concatenate([*whole.lowest, np.zeros(0, np.uint64)]))
        if not len(wanted):
            return {}
        if self.key:
            hashes, known = key_hashes(batch, self.key)
            rows = np.flatnonzero(np.isin(hashes, wanted) & known)
        else:
            hashes = content_hashes(batch)
            rows = np.flatnonzero(np.isin(hashes, wanted))
        distinct, first = np.unique(hashes[rows], return_index=True)
        names = self.key or tuple(batch.schema.names)
        shown = [column_of(batch, name).take(pa.array(rows[first])).to_pylist() for name in names]
        return {
            int(hash): dict(zip(names, values, strict=True))
            for hash, *values in zip(distinct, *shown, strict=True)
        }

    def report(self, whole: Partial, examples: Mapping[int, Mapping[str, Any]]) -> LeakReport:
        """What was found, in words."""
        leaks = [
            Leak(
                (self.names[one], self.names[other]),
                int(whole.keys[number]),
                (int(whole.pair_rows[number][0]), int(whole.pair_rows[number][1])),
                tuple(examples[int(hash)] for hash in whole.lowest[number]),
            )
            for number, (one, other) in enumerate(self.pairs)
            if whole.keys[number]
        ]
        return LeakReport(
            self.key,
            dict(zip(self.names, whole.rows.tolist(), strict=True)),
            dict(zip(self.names, whole.lacking.tolist(), strict=True)),
            tuple(leaks),
        )


def find_leaks(
    splits: Mapping[str, Any], key: str | Sequence[str] = (), examples: int = 5
) -> LeakReport:
    """What each pair of splits shares.

    Keys and rows are compared by 64-bit hashes: among a hundred million different ones, two are
    taken for the same by chance in one of some 4,000 checks. Null and NaN equal themselves, in
    rows; a row without a value in one of the columns of the key has no key and is not compared.

    Args:
        splits: By name, what `split_table` gives, or other tables or data frames.
        key: The column, or columns, of whose values none should be in two splits; none compares
            whole rows.
        examples: How many shared keys to show of each pair.

    Raises:
        DataError: A column is missing or can be no key.
        EngineError: There is only one split.

    Example:
        >>> import taurus_beam as tb, pyarrow as pa
        >>> train, test = pa.table({"user": ["a", "b", "a"]}), pa.table({"user": ["c", "a"]})
        >>> report = tb.find_leaks({"train": train, "test": test}, key="user")
        >>> report.leaks
        (Leak(splits=('train', 'test'), keys=1, rows=(2, 1), examples=({'user': 'a'},)),)
    """
    rule = LeakRule(tuple(splits), columns_of(key, "key"), examples)
    tables = [plain_table(as_table(data)) for data in splits.values()]
    for table in tables:
        rule.check(table.schema)
    batches = [table.to_batches(max_chunksize=_BATCH_ROWS) for table in tables]
    whole = rule.compared(
        (split, *rule.counted(batch)) for split, some in enumerate(batches) for batch in some
    )
    shown: dict[int, dict[str, Any]] = {}
    for some in batches:
        for batch in some:
            shown.update(rule.examples_in(batch, whole))
    return rule.report(whole, shown)


def _plain(value: Any) -> Any:
    """A value as JSON has it; times and bytes as text."""
    if isinstance(value, list):
        return [_plain(each) for each in value]
    if isinstance(value, dict):
        return {name: _plain(each) for name, each in value.items()}
    return value if value is None or isinstance(value, bool | int | float | str) else str(value)
