"""The distinct values of columns in order of frequency, weight or information: `vocabulary`."""

from __future__ import annotations

import re
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from taurus_beam.analyzers.choice import coverage_keys
from taurus_beam.analyzers.label_vocabulary import LabelVocabulary
from taurus_beam.analyzers.value_counts import Pieces, ValueCounts
from taurus_beam.analyzers.vocabulary_analyzer import VocabularyAnalyzer, term_type
from taurus_beam.analyzers.weighted_vocabulary import WeightedVocabulary
from taurus_beam.errors import TraceError
from taurus_beam.graph.column import Column, apply
from taurus_beam.graph.literal import integer_argument
from taurus_beam.graph.node import InputColumn, Node
from taurus_beam.graph.operation import operation
from taurus_beam.graph.phases import Phase
from taurus_beam.graph.recorder import claim_name
from taurus_beam.graph.types import ValueType

__all__ = ["asset_name", "checked_tokens", "checked_top_k", "only_counted", "vocabulary"]


def vocabulary(
    x: Column | Sequence[Column],
    top_k: int | None = None,
    frequency_threshold: float | None = None,
    vocab_filename: str | None = None,
    *,
    reserved_tokens: Sequence[Any] | None = None,
    weights: Column | None = None,
    labels: Column | None = None,
    use_adjusted_mutual_info: bool = False,
    min_diff_from_avg: float | None = None,
    coverage_top_k: int | None = None,
    coverage_frequency_threshold: float | None = None,
    coverage_key: str | None = None,
    fingerprint_shuffle: bool = False,
) -> Column:
    """The distinct values of a column, most frequent first, ties by value, larger first.

    Args:
        x: String, binary or integer column: scalars, vectors or ragged lists (every element
            counts). Missing values and empty strings are never learned. Several columns of one
            type share one vocabulary, which is then applied to each.
        top_k: Keep only the ``top_k`` greatest.
        frequency_threshold: Keep only values that occur at least so often; with `weights`,
            values of at least this weight, with `labels`, of at least this information.
        vocab_filename: Name of the asset; by default made from the column's name.
        reserved_tokens: Values that get the first ids, in this order, whether they occur or
            not; they do not count for `top_k` unless they are among the greatest.
        weights: Order by the sum of these numbers instead of how often a value occurs: one a
            row, or one for each element. Sums are exact, whatever the order of the rows, and
            rounded to float64 once. A missing weight leaves its elements out; NaN and ±inf are
            an error.
        labels: Order by the mutual information (in bits, times the number of rows) of a value's
            presence in a row and these integers: one label a row, or one for each element. Any
            integer is a class of its own (in TFT, -1 is no label but its rows count); rows
            without a label take no part. Values must not repeat within a row. With `weights`,
            which must have the labels' shape and not be negative, weights are summed where rows
            would be counted.
        use_adjusted_mutual_info: Subtract the information that is expected by chance.
        min_diff_from_avg: Leave out what a label adds where value and label meet fewer than so
            many times more or less often than by chance; by default 2 for up to 10,000 rows,
            growing to 25 for a million.
        coverage_key: A regular expression (RE2) whose match in a value is the value's key, such
            as ``"^[^_]*"`` for what stands before the first ``_``. The vocabulary then also
            holds the greatest values of each key. Values that do not match have no key. (TFT
            takes a Python function, ``key_fn``; an artifact and its plan are data.)
        coverage_top_k: Add so many values of each key.
        coverage_frequency_threshold: Add only values of at least so much; see
            `frequency_threshold`.
        fingerprint_shuffle: Order the chosen values by the SHA-1 of their text, so that ids say
            nothing of frequency.

    Returns:
        A vocabulary to give to `apply_vocabulary`. Strings are ordered by their UTF-8 bytes,
        integers by their decimal text, as in TFT; unlike TFT, values with line breaks are kept.
        It may be empty. What values were ordered by is always kept with them
        (``Vocabulary.counts``), so there is no ``store_frequency``, nor a ``file_format``:
        ``Vocabulary.to_text`` writes TFT's text file on request.

    Raises:
        TraceError: For another type, arguments that do not go together, or a ``vocab_filename``
            used for two vocabularies.

    Example:
        >>> import taurus_beam as tb, pyarrow as pa
        >>> table = pa.table({"s": ["b", "a", "c", "a", "b", "d", ""], "t": ["c"] * 7})
        >>> def fn(inputs):
        ...     shared = tb.vocabulary([inputs["s"], inputs["t"]], reserved_tokens=["<pad>"])
        ...     return {name: tb.apply_vocabulary(inputs[name], shared) for name in "st"}
        >>> tb.fit(table, fn).vocabulary("s").terms.to_pylist()
        ['<pad>', 'c', 'b', 'a', 'd']
        >>> table = pa.table({"s": ["a", "b", "a"], "w": [0.5, 2.0, 0.25]})
        >>> fn = lambda i: {"id": tb.compute_and_apply_vocabulary(i["s"], weights=i["w"])}
        >>> tb.fit(table, fn).vocabulary("s").counts.to_pylist()
        [2.0, 0.75]
    """
    columns = [x] if isinstance(x, Column) else list(x)
    if not columns:
        raise TraceError("A vocabulary needs at least one column.")
    if labels is None and (use_adjusted_mutual_info or min_diff_from_avg is not None):
        raise TraceError(
            "use_adjusted_mutual_info and min_diff_from_avg are about labels.",
            fix="Give labels, or leave them out.",
        )
    beside = [c for c in (weights, labels) if c is not None]
    if any(not isinstance(c, Column) or not c.node.per_row for c in beside):
        raise TraceError("Weights and labels are columns: they differ from row to row.")
    counts = not beside
    choice = (
        checked_top_k("top_k", top_k),
        _checked_threshold("frequency_threshold", frequency_threshold, counts),
        checked_top_k("coverage_top_k", coverage_top_k),
        _checked_threshold("coverage_frequency_threshold", coverage_frequency_threshold, counts),
        _checked_coverage(coverage_key, coverage_top_k, coverage_frequency_threshold),
    )
    shared: tuple[Any, ...] = (
        len(columns),
        choice,
        checked_tokens(reserved_tokens),
        bool(fingerprint_shuffle),
    )
    further: tuple[Any, ...] = ()
    kind: type[VocabularyAnalyzer] = FrequencyVocabulary
    if labels is not None:
        kind = LabelVocabulary
        least = None if min_diff_from_avg is None else float(min_diff_from_avg)
        further = (weights is not None, bool(use_adjusted_mutual_info), least)
    elif weights is not None:
        kind = WeightedVocabulary
    inputs = [*columns, *beside]
    identity = (kind.name, *(c.node for c in inputs), *shared, *further)
    name = asset_name(columns[0], vocab_filename, identity)
    return apply(kind(name, *shared, *further), *inputs)


def asset_name(x: Column, asked: str | None, identity: Hashable) -> str:
    """The name of a vocabulary's asset: the one asked for, or made from a column's.

    Raises:
        TraceError: If the name cannot be a file's, or is another vocabulary's.
    """
    if asked is not None and not re.fullmatch(r"[\w][\w.\-]*", asked):
        raise TraceError(
            f"vocab_filename {asked!r} cannot name a file.",
            expected="letters, digits, '_', '-' and '.', not beginning with '-' or '.'",
        )
    source = x.node.operation
    base = source.column if isinstance(source, InputColumn) else "vocabulary"
    derived = re.sub(r"[^\w\-]+", "_", base)
    return claim_name("vocabulary", asked or derived, identity, exact=asked is not None)


def checked_top_k(name: str, top_k: int | None) -> int | None:
    """A number of terms, known to be one."""
    return None if top_k is None else integer_argument(name, top_k, least=1)


def checked_tokens(tokens: Sequence[Any] | None) -> tuple[Any, ...]:
    """Reserved tokens, each once."""
    if isinstance(tokens, str | bytes):
        raise TraceError(f"reserved_tokens is {tokens!r}.", expected="a list of values")
    found = tuple(tokens or ())
    if len(set(found)) < len(found):
        raise TraceError(f"reserved_tokens names a token twice: {found!r:.80}")
    return found


def _checked_threshold(name: str, threshold: float | None, counts: bool) -> float | None:
    if threshold is None:
        return None
    if isinstance(threshold, bool) or threshold != threshold or (counts and threshold < 0):
        raise TraceError(f"{name} is {threshold!r}.", expected="a count, or None")
    if counts and threshold <= 1:
        return None  # whatever occurs, occurs once
    return float(threshold)


def _checked_coverage(key: str | None, top_k: int | None, threshold: float | None) -> str | None:
    if (key is None) != (top_k is None and threshold is None):
        raise TraceError(
            "A vocabulary with coverage needs coverage_key, and coverage_top_k or "
            "coverage_frequency_threshold.",
            fix="Give them together, or none of them.",
        )
    if key is not None:
        try:
            coverage_keys(pa.array([""]), key)
        except (pa.ArrowInvalid, TypeError) as problem:
            raise TraceError(
                f"coverage_key {key!r} is no regular expression: {problem}",
                expected="RE2 syntax; groups as (?:…)",
            ) from None
    return key


@operation
@dataclass(frozen=True)
class FrequencyVocabulary(VocabularyAnalyzer):
    """The distinct values by how often they occur."""

    name = "vocabulary"

    def accumulator(self, *types: ValueType) -> ValueCounts:
        return ValueCounts(term_type(types), self.chosen)

    def scores(self, state: Pieces, *types: ValueType) -> pa.Table:
        return self.accumulator(*types).scores(state)


def only_counted(plan: Iterable[Phase]) -> set[str]:
    """The columns of which analysis asks nothing but how often each value comes."""
    counted: set[Node] = set()
    others: set[Node] = set()
    for phase in plan:
        for gathering in phase.gatherings:
            is_count = isinstance(gathering.accumulator, ValueCounts)
            (counted if is_count else others).update(gathering.inputs)
    asked = (node.operation for node in counted - others)
    return {one.column for one in asked if isinstance(one, InputColumn)}
