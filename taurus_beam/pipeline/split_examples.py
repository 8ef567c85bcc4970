"""Splitting and sampling in a pipeline: each row goes where `taurus_beam.splits` says.

Splitters that need to see all data first take a pass over the columns that decide; their plan is
small and reaches the workers as a side input.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import apache_beam as beam
import pyarrow as pa
from apache_beam.metrics.metric import Metrics
from apache_beam.pvalue import PCollection

from taurus_beam.errors import EngineError
from taurus_beam.io import Source
from taurus_beam.io.one_window import in_one_window
from taurus_beam.io.progress import NAMESPACE
from taurus_beam.local import arrow_schema_of
from taurus_beam.pipeline.datasets import Dataset, reading_of
from taurus_beam.pipeline.identities import IDENTITY, TellApart, without_identity
from taurus_beam.splits.parting import parted
from taurus_beam.splits.splitter import Splitter, checked_splitter
from taurus_beam.splits.summary import SplitSummary, Summarized

__all__ = ["AssignSplits", "SampleExamples", "SplitExamples", "SplitOutputs"]

_MOST_WAITING = 16
_SUMMARY = "summary"
_PREFIX = "split."


class SplitOutputs(NamedTuple):
    """What `SplitExamples` gives.

    Attributes:
        parts: By the name of each split, in order, a PCollection of ``pa.RecordBatch``.
        summary: One ``SplitSummary``: sizes, labels, times, dropped rows; its ``record()`` is JSON
            data. Of data without end, one for each batch.
        plan: One element, JSON data: what the splitter found out about all rows, such as cuts.
    """

    parts: Mapping[str, Any]
    summary: Any
    plan: Any


class SplitExamples(beam.PTransform[Any, Any]):
    """Part data into splits or folds.

    Applied to a PCollection of ``pa.RecordBatch``, Beam rows, or dicts with a schema, or to the
    pipeline where there is a source. The same rows give the same splits on every runner, in any
    order, and in batches of any size; each is what `split_table` gives. Beam metrics in the
    namespace ``taurus_beam``: ``rows_split_<name>`` and ``rows_dropped``.

    Args:
        splitter: Such as `SplitByHash`.
        source: What to read; passes over it read only the columns that decide.
        schema: Schema of the data where they are dicts; else not needed.
        labels: Columns whose values the summary counts; those of the splitter's strata are.
        times: Columns of which the summary tells the first and the last value; that of a
            splitter by time is one.
        digests: Whether the summary has a digest of the rows of each split, equal for equal rows
            in any order. It takes a hash of all that a row holds.

    Raises:
        DataError: The data do not have the columns, when the schema is known as the pipeline is
            made, else while it runs.
        EngineError: Data without end are to be split in another way than by a key or by given
            times.

    Example:
        >>> import apache_beam as beam, pyarrow as pa, taurus_beam as tb
        >>> from apache_beam.testing.util import assert_that, equal_to
        >>> split = tb.SplitByTime("day", {"train": 0.75, "test": 0.25})
        >>> with beam.Pipeline(runner="FnApiRunner") as p:
        ...     data = p | beam.Create([pa.record_batch({"day": [4, 2, 1, 3]})])
        ...     found = data | tb.SplitExamples(split)
        ...     _ = assert_that(found.parts["test"] | tb.ToDicts(), equal_to([{"day": 4}]))
        ...     sizes = found.summary | beam.Map(lambda s: [part.rows for part in s.parts])
        ...     _ = assert_that(sizes, equal_to([[3, 1]]), "Sizes")
    """

    def __init__(
        self,
        splitter: Splitter,
        source: Source | None = None,
        schema: Any = None,
        *,
        labels: Sequence[str] = (),
        times: Sequence[str] = (),
        digests: bool = False,
    ) -> None:
        super().__init__()
        self._splitter = checked_splitter(splitter)
        self._source = source
        self._schema = schema
        self._summarized = summarized(splitter, labels, times, digests)

    def expand(self, data: Any) -> SplitOutputs:
        """Data → the splits."""
        splitter = self._splitter
        batches, plan, schema = _planned(data, splitter, self._source, self._schema)
        if schema is not None:
            self._summarized.check(schema)
        tags = [_PREFIX + name for name in splitter.names]
        outputs = batches | "Split" >> beam.ParDo(
            _Split(splitter, self._summarized), beam.pvalue.AsSingleton(plan)
        ).with_outputs(_SUMMARY, *tags)
        parts = {}
        for name, tag in zip(splitter.names, tags, strict=True):
            parts[name] = outputs[tag]
            parts[name].element_type = pa.RecordBatch
        summary = outputs[_SUMMARY]
        if batches.is_bounded:
            summary = in_one_window(summary, "Everywhere") | "Summary" >> beam.CombineGlobally(
                _Summed(splitter.names, self._summarized)
            )
        record = plan | "Plan" >> beam.Map(splitter.record, schema)
        return SplitOutputs(parts, summary, record)


class AssignSplits(beam.PTransform[Any, Any]):
    """Add a column that says in which split each row is, null for rows in none.

    Applied as `SplitExamples`; gives a PCollection of ``pa.RecordBatch``.

    Args:
        splitter: Such as `KFold`.
        column: The name of the new column, of strings.
        source: As for `SplitExamples`.
        schema: As for `SplitExamples`.

    Example:
        >>> import apache_beam as beam, pyarrow as pa, taurus_beam as tb
        >>> from apache_beam.testing.util import assert_that, equal_to
        >>> with beam.Pipeline(runner="FnApiRunner") as p:
        ...     data = p | beam.Create([pa.record_batch({"id": ["a", "b", "c"]})])
        ...     rows = data | tb.AssignSplits(tb.KFold(2, key="id"), "fold") | tb.ToDicts()
        ...     folds = rows | beam.Map(lambda row: (row["id"], row["fold"]))
        ...     _ = assert_that(
        ...         folds, equal_to([("a", "fold-0"), ("b", "fold-1"), ("c", "fold-1")]))
    """

    def __init__(
        self,
        splitter: Splitter,
        column: str = "split",
        source: Source | None = None,
        schema: Any = None,
    ) -> None:
        super().__init__()
        self._splitter, self._column = checked_splitter(splitter), column
        self._source, self._schema = source, schema

    def expand(self, data: Any) -> Any:
        """Data → the data with one more column."""
        batches, plan, schema = _planned(data, self._splitter, self._source, self._schema)
        if schema is not None and self._column in schema.names:
            raise EngineError(
                f"There is a column {self._column!r} already.", fix="Choose another column=."
            )
        return batches | "Assign" >> beam.Map(
            _with_column, self._splitter, self._column, beam.pvalue.AsSingleton(plan)
        ).with_output_types(pa.RecordBatch)


class SampleExamples(beam.PTransform[Any, Any]):
    """A sample of the rows, as a PCollection of ``pa.RecordBatch``.

    Args:
        sampler: `SampleRate` or `SampleSize`.
        source: As for `SplitExamples`.
        schema: As for `SplitExamples`.

    Example:
        >>> import apache_beam as beam, pyarrow as pa, taurus_beam as tb
        >>> from apache_beam.testing.util import assert_that, equal_to
        >>> with beam.Pipeline(runner="FnApiRunner") as p:
        ...     data = p | beam.Create([pa.record_batch({"x": [1, 2]})] * 50)
        ...     rows = data | tb.SampleExamples(tb.SampleSize(10)) | tb.ToDicts()
        ...     _ = assert_that(rows | beam.combiners.Count.Globally(), equal_to([10]))
    """

    def __init__(self, sampler: Splitter, source: Source | None = None, schema: Any = None) -> None:
        super().__init__()
        self._split = SplitExamples(sampler, source, schema)
        (self._name,) = sampler.names

    def expand(self, data: Any) -> Any:
        """Data → the sample."""
        return (data | "Sample" >> self._split).parts[self._name]


def summarized(
    splitter: Splitter, labels: Sequence[str], times: Sequence[str], digests: bool
) -> Summarized:
    """What a summary tells: what is asked for, and what the splitter goes by."""
    strata = tuple(getattr(splitter, "stratum", ()))
    time = getattr(splitter, "time", None)
    return Summarized(
        tuple(dict.fromkeys((*strata, *labels))),
        tuple(dict.fromkeys((*([time] if time else []), *times))),
        digests,
    )


def _planned(
    data: Any, splitter: Splitter, source: Source | None, schema: Any
) -> tuple[Any, Any, pa.Schema | None]:
    """The batches to assign (with identities, if needed), the plan, and the schema if known."""
    is_arrow = isinstance(data, PCollection) and data.element_type is pa.RecordBatch
    dataset, known = None, arrow_schema_of(schema)
    if source is not None or not is_arrow or reading_of(data) is not None:
        dataset = Dataset(data, source, schema)
        known = dataset.schema
    if known is not None:
        splitter.check(known)
    batches = dataset.batches(dataset.schema.names, "Read") if dataset else data
    needs_all = splitter.passes or splitter.needs_identities
    if needs_all and not batches.is_bounded:
        raise EngineError(
            f"A split of kind {splitter.kind!r} looks at all data first, and these have no end.",
            expected="bounded data, or SplitByHash, KFold, SampleRate with a key, or SplitByTime "
            "with until=",
        )
    if needs_all:
        batches = in_one_window(batches)
    if splitter.needs_identities:
        batches = batches | "TellApart" >> TellApart()
    plan = batches.pipeline | "NoPlan" >> beam.Create([None])
    for number in range(1, splitter.passes + 1):
        seen = batches
        if dataset and splitter.columns and not splitter.needs_identities:
            seen = dataset.batches(splitter.columns, f"ReadForPass{number}")
            seen = in_one_window(seen, f"Global{number}")
        before = beam.pvalue.AsSingleton(plan)
        state = (
            seen
            | f"Survey{number}" >> beam.ParDo(_Survey(splitter), before)
            | f"Merge{number}" >> beam.CombineGlobally(_Merged(splitter))
        )
        plan = state | f"Learn{number}" >> beam.Map(splitter.learn, before)
    return batches, plan, known


def _identity(batch: Any) -> Any:
    position = batch.schema.get_field_index(IDENTITY)
    return None if position < 0 else batch.column(position).to_numpy()


class _Survey(beam.DoFn):
    def __init__(self, splitter: Splitter) -> None:
        self._splitter = splitter

    def process(self, batch: pa.RecordBatch, plan: Any) -> Iterator[Any]:
        yield self._splitter.survey(without_identity(batch), _identity(batch), plan)


class _Merged(beam.CombineFn):
    """The states of a pass, put together a few at a time."""

    def __init__(self, splitter: Splitter) -> None:
        self._splitter = splitter

    def create_accumulator(self) -> list[Any]:
        return []

    def add_input(self, waiting: list[Any], state: Any) -> list[Any]:
        waiting.append(state)
        return [self._splitter.merged(waiting)] if len(waiting) > _MOST_WAITING else waiting

    def merge_accumulators(self, accumulators: Iterable[list[Any]]) -> list[Any]:
        return [self._splitter.merged([state for waiting in accumulators for state in waiting])]

    def compact(self, waiting: list[Any]) -> list[Any]:
        return [self._splitter.merged(waiting)]

    def extract_output(self, waiting: list[Any]) -> Any:
        return self._splitter.merged(waiting)


class _Split(beam.DoFn):
    """Batches → their parts, each to the output of its split; and a summary of each batch."""

    def __init__(self, splitter: Splitter, summarized: Summarized) -> None:
        self._splitter = splitter
        self._summarized = summarized
        self._rows = [Metrics.counter(NAMESPACE, f"rows_split_{name}") for name in splitter.names]
        self._dropped = Metrics.counter(NAMESPACE, "rows_dropped")

    def process(self, batch: pa.RecordBatch, plan: Any) -> Iterator[Any]:
        rows = without_identity(batch)
        assigned = self._splitter.assign(rows, _identity(batch), plan)
        parts = list(parted(rows, assigned.codes, len(self._splitter.names)))
        summary = SplitSummary.empty(self._splitter.names, self._summarized)
        summary.add_batch(assigned, parts)
        yield beam.pvalue.TaggedOutput(_SUMMARY, summary)
        self._dropped.inc(int((assigned.codes < 0).sum()))
        for code, part in parts:
            self._rows[code].inc(part.num_rows)
            yield beam.pvalue.TaggedOutput(_PREFIX + self._splitter.names[code], part)


class _Summed(beam.CombineFn):
    def __init__(self, names: Sequence[str], summarized: Summarized) -> None:
        self._names, self._summarized = names, summarized

    def create_accumulator(self) -> SplitSummary:
        return SplitSummary.empty(self._names, self._summarized)

    def add_input(self, whole: SplitSummary, part: SplitSummary) -> SplitSummary:
        whole.add(part)
        return whole

    def merge_accumulators(self, parts: Iterable[SplitSummary]) -> SplitSummary:
        whole = self.create_accumulator()
        for part in parts:
            whole.add(part)
        return whole

    def extract_output(self, whole: SplitSummary) -> SplitSummary:
        return whole


def _with_column(batch: pa.RecordBatch, splitter: Splitter, column: str, plan: Any) -> Any:
    rows = without_identity(batch)
    codes = splitter.assign(rows, _identity(batch), plan).codes
    names = pa.array(splitter.names, pa.string())
    return rows.append_column(column, names.take(pa.array(codes, mask=codes < 0)))
