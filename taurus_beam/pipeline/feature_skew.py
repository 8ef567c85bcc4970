"""Feature skew in a pipeline: TFDV's ``DetectFeatureSkew`` over record batches.

Rows meet by the hash of their identifiers, a share of the identifiers at a time; the comparison
is that of ``validation.feature_skew``.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple

import apache_beam as beam
import numpy as np
import pyarrow as pa

from taurus_beam.errors import EngineError
from taurus_beam.graph.term_hash import hash_terms
from taurus_beam.pipeline.datasets import Dataset
from taurus_beam.pipeline.identities import in_shards
from taurus_beam.validation.feature_skew import SkewOptions, compare_tables
from taurus_beam.validation.feature_skew_result import (
    FeatureSkewResult,
    MatchStats,
    PartialSkew,
    merge_partial,
    merge_results,
)
from taurus_beam.validation.row_keys import row_keys

__all__ = ["DetectFeatureSkew", "SkewOutputs"]

_LACKING = "lacking"


class SkewOutputs(NamedTuple):
    """What `DetectFeatureSkew` gives.

    Attributes:
        skew_results: A ``FeatureSkew`` for each feature.
        skew_pairs: Up to ``sample_size`` ``SkewPair``s.
        match_stats: One ``MatchStats``.
        confusion_counts: A ``ConfusionCount`` for each pair of values of ``confusion_features``.
    """

    skew_results: Any
    skew_pairs: Any
    match_stats: Any
    confusion_counts: Any


class DetectFeatureSkew(beam.PTransform[Any, Any]):
    """Compare training with serving rows that have the same identifier, feature by feature.

    Applied to a pair of bounded PCollections of ``pa.RecordBatch`` (or Beam rows), base and test.
    What counts as the same is described at `feature_skew`, which this equals for all rows at
    once; in particular the samples are the same in every run.

    Args:
        identifier_features: Columns that together tell which rows belong together.
        features_to_ignore: Columns not to compare, nor to show in samples.
        sample_size: How many differing pairs to keep.
        float_round_ndigits: Decimal places to round floats to before they are compared.
        allow_duplicate_identifiers: Whether to compare all pairs of rows of an identifier that is
            there more than once, instead of leaving it out.
        confusion_features: String columns of which to count pairs of values.
        num_shards: Into how many parts identifiers are split; a worker holds the rows of one part.

    Raises:
        TraceError: An option cannot be meant.
        EngineError: It is not applied to a pair.
        DataError: While it runs: see `feature_skew`.

    Example:
        >>> import apache_beam as beam, pyarrow as pa, taurus_beam as tb
        >>> from apache_beam.testing.util import assert_that, equal_to
        >>> with beam.Pipeline(runner="FnApiRunner") as p:
        ...     base = p | "Base" >> beam.Create([pa.record_batch({"id": [1, 2], "x": [1, 2]})])
        ...     test = p | "Test" >> beam.Create([pa.record_batch({"id": [2, 1], "x": [3, 1]})])
        ...     skew = (base, test) | tb.DetectFeatureSkew(["id"])
        ...     counts = skew.skew_results | beam.Map(lambda s: (s.feature_name, s.mismatch_count))
        ...     _ = assert_that(counts, equal_to([("x", 1)]))
    """

    def __init__(
        self,
        identifier_features: Sequence[str],
        features_to_ignore: Sequence[str] = (),
        sample_size: int = 0,
        float_round_ndigits: int | None = None,
        allow_duplicate_identifiers: bool = False,
        confusion_features: Sequence[str] = (),
        num_shards: int = 128,
    ) -> None:
        super().__init__()
        self._options = SkewOptions(
            identifier_features,
            features_to_ignore,
            sample_size,
            float_round_ndigits,
            allow_duplicate_identifiers,
            confusion_features,
        )
        self._num_shards = num_shards

    def expand(self, pair: Any) -> SkewOutputs:
        """(base, test) → the outputs."""
        if not (isinstance(pair, tuple) and len(pair) == 2):
            raise EngineError(
                "DetectFeatureSkew is applied to a pair.",
                expected="(base, test) | DetectFeatureSkew([...])",
            )
        options, size = self._options, self._options.sample_size
        spread, lacking = [], []
        for name, data in zip(("Base", "Test"), pair, strict=True):
            outputs = _batches(data, name) | f"Spread{name}" >> beam.ParDo(
                _Spread(options, name == "Base", self._num_shards)
            ).with_output_types(tuple[int, tuple[bool, pa.RecordBatch]]).with_outputs(
                _LACKING, main="rows"
            )
            spread.append(outputs.rows)
            lacking.append(outputs[_LACKING])
        compared = (
            tuple(spread)
            | "BothSides" >> beam.Flatten()
            | "ById" >> beam.GroupByKey()
            | "Compare" >> beam.Map(lambda group: _compared(group[1], options))
        )
        result = (
            (compared, *lacking)
            | "AllParts" >> beam.Flatten()
            | "Merge" >> beam.CombineGlobally(_Merge(size))
        )
        return SkewOutputs(
            result | "Features" >> beam.FlatMap(lambda r: list(r.features.values())),
            result | "Samples" >> beam.FlatMap(lambda r: list(r.samples)),
            result | "MatchStats" >> beam.Map(lambda r: r.match_stats),
            result | "Confusion" >> beam.FlatMap(lambda r: list(r.confusion)),
        )


def _batches(data: Any, name: str) -> Any:
    if data.element_type is pa.RecordBatch:
        return data
    dataset = Dataset(data, None, None)
    return dataset.batches(dataset.schema.names, f"{name}ToBatches")


class _Spread(beam.DoFn):
    """Batches → rows by shard of their identifier; those without one are only counted."""

    def __init__(self, options: SkewOptions, is_base: bool, num_shards: int) -> None:
        self._options = options
        self._is_base = is_base
        self._num_shards = num_shards

    def process(self, batch: pa.RecordBatch) -> Iterator[Any]:
        batch = self._options.used(batch)
        keys, known = row_keys(batch, self._options.identifier_features)
        lacking = int(len(known) - known.sum())
        if lacking:
            side = "base_missing_id_count" if self._is_base else "test_missing_id_count"
            part = PartialSkew({}, MatchStats(**{side: lacking}), (), {})
            yield beam.pvalue.TaggedOutput(_LACKING, part)
        rows = np.flatnonzero(known)
        shards = hash_terms(keys.take(pa.array(rows))) % np.uint64(self._num_shards)
        for shard, some in in_shards(shards):
            yield shard, (self._is_base, batch.take(pa.array(rows[some])))


def _compared(rows: Iterable[tuple[bool, pa.RecordBatch]], options: SkewOptions) -> PartialSkew:
    sides: dict[bool, list[pa.Table]] = {True: [], False: []}
    for is_base, batch in rows:
        sides[is_base].append(pa.Table.from_batches([batch]))
    # A side that has no rows here has the other one's columns, all of them empty.
    schema = (sides[True] or sides[False])[0].schema
    base, test = (
        # Batches may differ in columns, or in the type of one that is all null.
        pa.concat_tables(sides[side], promote_options="permissive")
        if sides[side]
        else schema.empty_table()
        for side in (True, False)
    )
    return compare_tables(base, test, options)


class _Merge(beam.CombineFn):
    def __init__(self, sample_size: int) -> None:
        self._sample_size = sample_size

    def create_accumulator(self) -> PartialSkew:
        return PartialSkew({}, MatchStats(), (), {})

    def add_input(self, whole: PartialSkew, part: PartialSkew) -> PartialSkew:
        return merge_partial([whole, part], self._sample_size)

    def merge_accumulators(self, parts: Iterable[PartialSkew]) -> PartialSkew:
        return merge_partial(parts, self._sample_size)

    def extract_output(self, whole: PartialSkew) -> FeatureSkewResult:
        return merge_results([whole], self._sample_size)
