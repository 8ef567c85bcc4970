"""Whether splits share keys or rows, in a pipeline: hashes meet, with how often each occurs.

Rows themselves are not shuffled; they are read again for the few examples.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import apache_beam as beam
import numpy as np
import pyarrow as pa

from taurus_beam.errors import EngineError
from taurus_beam.io.one_window import in_one_window
from taurus_beam.pipeline.identities import in_shards
from taurus_beam.splits.leaks import LeakReport, LeakRule, Partial
from taurus_beam.splits.splitter import columns_of

__all__ = ["CheckLeakage"]


class CheckLeakage(beam.PTransform[Any, Any]):
    """What each pair of splits shares: a PCollection of one ``LeakReport``.

    Applied to a dict of PCollections of ``pa.RecordBatch``, by the names of the splits, such as
    ``parts`` of `SplitExamples`. What counts as shared is said at `find_leaks`, which gives the
    same report.

    Args:
        key: The column, or columns, of whose values none should be in two splits; none compares
            whole rows.
        examples: How many shared keys to show of each pair.
        num_shards: Into how many parts hashes are split; a worker holds those of one part.

    Raises:
        EngineError: It is not applied to a dict of two splits or more, or they have no end.
        DataError: While it runs: a column is missing or can be no key.

    Example:
        >>> import apache_beam as beam, pyarrow as pa, taurus_beam as tb
        >>> from apache_beam.testing.util import assert_that, equal_to
        >>> with beam.Pipeline(runner="FnApiRunner") as p:
        ...     train = p | "Train" >> beam.Create([pa.record_batch({"user": ["a", "b"]})])
        ...     test = p | "Test" >> beam.Create([pa.record_batch({"user": ["b", "c"]})])
        ...     report = {"train": train, "test": test} | tb.CheckLeakage(key="user")
        ...     shared = report | beam.FlatMap(lambda r: [leak.examples for leak in r.leaks])
        ...     _ = assert_that(shared, equal_to([({"user": "b"},)]))
    """

    def __init__(
        self, key: str | Sequence[str] = (), examples: int = 5, num_shards: int = 128
    ) -> None:
        super().__init__()
        self._key, self._examples = columns_of(key, "key"), examples
        self._num_shards = num_shards

    def expand(self, splits: Any) -> Any:
        """Splits by name → the report."""
        if not isinstance(splits, Mapping):
            raise EngineError(
                "CheckLeakage is applied to splits by name.",
                expected='{"train": …, "test": …} | CheckLeakage()',
            )
        rule = LeakRule(tuple(splits), self._key, self._examples)
        if not all(data.is_bounded for data in splits.values()):
            raise EngineError("Splits without an end cannot be compared.", expected="bounded data")
        batches = [in_one_window(data, f"Everywhere {name}") for name, data in splits.items()]
        keyed = tuple[int, tuple[Any, ...]]
        counted = [
            data
            | f"Count {name}"
            >> beam.FlatMap(_counted, rule, split, self._num_shards).with_output_types(keyed)
            for split, (name, data) in enumerate(zip(rule.names, batches, strict=True))
        ]
        whole = (
            counted
            | "Together" >> beam.Flatten()
            | "ByHash" >> beam.GroupByKey()
            | "Compare" >> beam.Map(lambda group: rule.compared(group[1]))
            | "Sum" >> beam.CombineGlobally(rule.merged)
        )
        found = beam.pvalue.AsSingleton(whole)
        examples = [
            data | f"Examples {name}" >> beam.Map(rule.examples_in, found)
            for name, data in zip(rule.names, batches, strict=True)
        ]
        shown = beam.pvalue.AsIter(examples | "AllExamples" >> beam.Flatten())
        return whole | "Report" >> beam.Map(_report, rule, shown).with_output_types(LeakReport)


def _counted(
    batch: pa.RecordBatch, rule: LeakRule, split: int, shards: int
) -> Iterator[tuple[int, tuple[Any, ...]]]:
    hashes, counts, lacking = rule.counted(batch)
    if lacking:
        yield 0, (split, hashes[:0], counts[:0], lacking)
    for shard, rows in in_shards(hashes % np.uint64(shards)):
        yield shard, (split, hashes[rows], counts[rows], 0)


def _report(
    whole: Partial, rule: LeakRule, examples: Iterable[Mapping[int, Mapping[str, Any]]]
) -> LeakReport:
    shown: dict[int, Mapping[str, Any]] = {}
    for some in examples:
        shown.update(some)
    return rule.report(whole, shown)
