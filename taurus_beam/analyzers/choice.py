"""Which terms of a table are chosen for a vocabulary, and in what order they stand in it.

A table has the columns ``term`` and ``count``; the count is whatever terms are ordered by, an
integer or a float. How it was gathered is no business of this room.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from taurus_beam.analyzers.text_order import descending
from taurus_beam.graph.threads import in_threads
from taurus_beam.graph.types import is_text
from taurus_beam.graph.vocabulary import one_array

__all__ = [
    "ALL",
    "Choice",
    "arranged",
    "coverage_keys",
    "fingerprints",
    "frequency_order",
    "order_of_ids",
    "reserved_terms",
    "sort_text",
    "taken",
    "without_empty",
    "without_terms",
]

Positions: TypeAlias = np.ndarray[Any, np.dtype[np.int64]]

_MANY = 1 << 10
"""From so many terms on, sorting by Arrow alone would take longer."""
_DIGITS = (1 << 16) - 1
_TAKEN_AT_ONCE = 1 << 17


@dataclass(frozen=True)
class Choice:
    """The greatest terms of all, and with a coverage key also the greatest of each key.

    Choosing from parts of a table and then from what is left gives the same terms, as long as
    every term stands in one part.

    Attributes:
        top_k: How many terms at most, or None for all.
        threshold: Least count, or None for any.
        coverage_top_k: How many terms per key at most, or None for all.
        coverage_threshold: Least count of a term chosen for its key, or None for any.
        coverage_key: Regular expression whose match in a term is the term's key, or None for no
            coverage.
    """

    top_k: int | None = None
    threshold: float | None = None
    coverage_top_k: int | None = None
    coverage_threshold: float | None = None
    coverage_key: str | None = None

    @property
    def takes_all(self) -> bool:
        """Whether every term is chosen."""
        return self.top_k is None and self.threshold is None

    def positions(self, table: Any) -> Positions:
        """The positions of the chosen terms in a table, ascending."""
        chosen = _at_least(table, self.threshold)
        if self.top_k is not None and len(chosen) > self.top_k:
            chosen = _greatest(table, chosen, self.top_k)
        if self.coverage_key is None:
            return chosen
        return np.union1d(chosen, self._covering(table, self.coverage_key))

    def of(self, table: Any) -> Any:
        """The chosen terms of a table."""
        return table if self.takes_all else table.take(self.positions(table))

    def in_order(self, tables: Iterable[Any]) -> Iterator[Any]:
        """The chosen rows of tables that have every term once, all in `frequency_order`.

        Holds no more than a number for each coverage key.
        """
        covered: dict[Any, int] = {}
        before = 0
        for table in tables:
            ranks = np.arange(before, before + len(table))
            before += len(table)
            chosen = np.zeros(len(table), np.bool_)
            chosen[_at_least(table, self.threshold)] = True
            if self.top_k is not None:
                chosen &= ranks < self.top_k
            if self.coverage_key is not None and not self.takes_all:
                chosen[self._covering_next(table, self.coverage_key, covered)] = True
            yield table if chosen.all() else table.filter(pa.array(chosen))
            if self.coverage_key is None and self.top_k is not None and before >= self.top_k:
                return

    def _covering_next(self, table: Any, pattern: str, covered: dict[Any, int]) -> Positions:
        """The positions of terms chosen for their keys, given how many came before of each."""
        candidates = _at_least(table, self.coverage_threshold)
        keys = coverage_keys(table["term"].take(pa.array(candidates)), pattern)
        has_key = pc.is_valid(keys).to_numpy(zero_copy_only=False)
        candidates = candidates[has_key]
        if self.coverage_top_k is None:
            return np.asarray(candidates)
        encoded = keys.filter(pa.array(has_key)).dictionary_encode()
        codes, names = encoded.indices.to_numpy(), encoded.dictionary.to_pylist()
        known = np.array([covered.get(name, 0) for name in names], np.int64)
        for name, size in zip(names, np.bincount(codes, minlength=len(names)), strict=True):
            covered[name] = covered.get(name, 0) + int(size)
        by_key, ranks = _ranks(codes)
        within = known[codes[by_key]] + ranks < self.coverage_top_k
        return np.asarray(candidates[by_key[within]])

    def _covering(self, table: Any, pattern: str) -> Positions:
        candidates = _at_least(table, self.coverage_threshold)
        candidates = candidates[frequency_order(table.take(candidates)).to_numpy()]
        keys = coverage_keys(table["term"].take(pa.array(candidates)), pattern)
        has_key = pc.is_valid(keys).to_numpy(zero_copy_only=False)
        candidates = candidates[has_key]
        if self.coverage_top_k is None:
            return np.sort(candidates)
        codes = keys.filter(pa.array(has_key)).dictionary_encode().indices.to_numpy()
        by_key, ranks = _ranks(codes)
        return np.sort(candidates[by_key[ranks < self.coverage_top_k]])


ALL = Choice()


def _ranks(codes: Any) -> tuple[Positions, Positions]:
    """Positions by code and, of equal codes, ascending; and the rank of each in its code."""
    sizes = np.bincount(codes, minlength=1)
    ranks = np.arange(len(codes)) - np.repeat(np.cumsum(sizes) - sizes, sizes)
    return np.argsort(codes, kind="stable"), ranks


def coverage_keys(terms: Any, pattern: str) -> Any:
    """The match of a regular expression (RE2) in each term, missing where there is none.

    Example:
        >>> coverage_keys(pa.array(["de_a", "fr_b"]), "^[^_]*").to_pylist()
        ['de', 'fr']
    """
    terms = one_array(terms)
    if pa.types.is_integer(terms.type):
        terms = terms.cast(pa.string())
    return pc.struct_field(pc.extract_regex(terms, pattern=f"(?P<key>{pattern})"), "key")


def _greatest(table: Any, candidates: Positions, most: int) -> Positions:
    """The positions of so many of some terms, ascending: those that come first in their order.

    Only terms whose count is the least that is wanted need be ordered.
    """
    counts = table["count"].to_numpy()[candidates]
    if counts.dtype.kind == "f":
        counts = np.where(np.isnan(counts), -np.inf, counts)
    least = np.partition(counts, len(counts) - most)[len(counts) - most]
    above, alike = candidates[counts > least], candidates[counts == least]
    order = frequency_order(table.take(pa.array(alike))).to_numpy()
    return np.sort(np.concatenate([above, alike[order[: most - len(above)]]]))


def frequency_order(table: Any, threads: int = 1) -> Any:
    """Positions of a (term, count) table by count, ties by value, both descending.

    Integers are ordered by their decimal text, as TFT does.

    Args:
        table: The table.
        threads: How many threads may work.
    """
    texts, counts = sort_text(table["term"]), table["count"]
    if len(table) < _MANY or texts.null_count or counts.null_count:
        keyed = pa.table({"count": counts, "text": texts})
        return pc.sort_indices(keyed, [("count", "descending"), ("text", "descending")])
    order = descending(one_array(texts), threads)
    return pa.array(order[_descending_counts(counts.to_numpy()[order])])


def _descending_counts(counts: np.ndarray[Any, Any]) -> Positions:
    """The positions of some counts, the greatest first, of equal ones ascending."""
    if counts.dtype.kind == "f" or counts.min(initial=0) < 0:
        return np.argsort(-counts, kind="stable")  # NaN comes last, as in Arrow
    # NumPy sorts sixteen bits digit by digit. Greater counts are few: they are of many rows. The
    # least count often is that of most terms.
    least = counts.min(initial=_DIGITS)
    above = np.flatnonzero(counts > least)
    greater = counts[above]
    digits = _DIGITS - np.minimum(greater, _DIGITS)
    order = above[np.argsort(digits.astype(np.uint16), kind="stable")]
    greatest = order[: np.count_nonzero(greater >= _DIGITS)]
    greatest[:] = greatest[np.argsort(-counts[greatest], kind="stable")]
    return np.concatenate([order, np.flatnonzero(counts == least)])


def taken(table: Any, order: Any, threads: int = 1) -> Any:
    """The rows of a table at some positions, in their order; many are taken by several threads.

    Example:
        >>> taken(pa.table({"term": ["a", "b"]}), pa.array([1, 0]), threads=2)["term"].to_pylist()
        ['b', 'a']
    """
    starts = range(0, len(order), _TAKEN_AT_ONCE)
    if threads == 1 or len(starts) < 2:
        return table.take(order)
    table = pa.table([one_array(column) for column in table.columns], schema=table.schema)
    parts = in_threads(
        lambda start: table.take(order.slice(start, _TAKEN_AT_ONCE)), starts, threads
    )
    return pa.concat_tables(parts)


def without_empty(table: Any) -> Any:
    """The table without the empty string."""
    if not is_text(table.schema.field("term").type):
        return table
    is_empty = pc.equal(pc.binary_length(table["term"]), 0)
    return table.filter(pc.invert(is_empty)) if pc.any(is_empty).as_py() else table


def arranged(
    table: Any, reserved: tuple[Any, ...], fingerprint_shuffle: bool, threads: int = 1
) -> Any:
    """The terms of a table in the order of their ids, reserved tokens first.

    Reserved tokens have the count -1, and a term that is reserved does not come again. Others
    are ordered by frequency or, to spread frequent terms evenly, by the SHA-1 of their text.
    """
    table = without_terms(table, reserved)
    table = taken(table, order_of_ids(table, fingerprint_shuffle, threads), threads)
    return pa.concat_tables([reserved_terms(reserved, table.schema), table]) if reserved else table


def order_of_ids(table: Any, fingerprint_shuffle: bool, threads: int = 1) -> Any:
    """Positions of a table's terms in the order of their ids, none of them reserved."""
    return _fingerprint_order(table) if fingerprint_shuffle else frequency_order(table, threads)


def reserved_terms(reserved: tuple[Any, ...], schema: pa.Schema) -> Any:
    """The table of reserved tokens: each has the count -1."""
    columns = [pa.array(reserved, schema.field("term").type), pa.array([-1] * len(reserved))]
    return pa.table([c.cast(f.type) for c, f in zip(columns, schema, strict=True)], schema=schema)


def without_terms(table: Any, terms: tuple[Any, ...]) -> Any:
    """The table without some terms."""
    if not terms:
        return table
    found = pc.is_in(table["term"], value_set=pa.array(terms, table.schema.field("term").type))
    return table.filter(pc.invert(found))


def _fingerprint_order(table: Any) -> Any:
    return pc.sort_indices(fingerprints(table["term"]))


def fingerprints(terms: Any) -> Any:
    """The SHA-1 of the text of each term."""
    texts = sort_text(terms).to_pylist()
    return pa.array([hashlib.sha1(text).digest() for text in texts], pa.binary())


def sort_text(terms: Any) -> Any:
    """What terms of equal count are ordered by: bytes, of integers their decimal text."""
    if pa.types.is_integer(terms.type):
        terms = terms.cast(pa.string())
    return terms.cast(pa.large_binary())


def _at_least(table: Any, threshold: float | None) -> Positions:
    counts = table["count"].to_numpy()
    return np.arange(len(counts)) if threshold is None else np.flatnonzero(counts >= threshold)
