"""All the statistics of a data set: every generator that is asked for, for every slice of it.

One state holds all of it; it is fed with record batches, merged in any order, and becomes TFDV's
`DatasetFeatureStatisticsList`. Where the batches come from is not this room's matter.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, TypeAlias

import pyarrow as pa
from tensorflow_metadata.proto.v0 import statistics_pb2

from taurus_beam.errors import TraceError
from taurus_beam.profiling.recorder import OFF, Off
from taurus_beam.stats.approximate_terms import ApproximateTerms
from taurus_beam.stats.basic import BasicStats
from taurus_beam.stats.examples import Examples
from taurus_beam.stats.generator import StatsGenerator
from taurus_beam.stats.layout import Layout
from taurus_beam.stats.merge import feature_path, joined_datasets
from taurus_beam.stats.optional import optional_generators
from taurus_beam.stats.options import SliceFunction, StatsOptions
from taurus_beam.stats.sampling import sampled
from taurus_beam.stats.slicing import ALL_EXAMPLES, slice_functions, slices
from taurus_beam.stats.terms import Terms

__all__ = ["DatasetStatistics", "Slices", "statistics_list"]

Slices: TypeAlias = dict[str, list[Any]]
"""The states of all generators, for each slice by key."""


@dataclass(frozen=True)
class DatasetStatistics:
    """The generators and slices that some options mean.

    Args:
        options: The options.

    Raises:
        TraceError: A generator or the slicing configuration is not understood.

    Example:
        >>> statistics = DatasetStatistics(StatsOptions())
        >>> state = statistics.add(statistics.zero(), pa.record_batch({"x": [1, 2, 6]}))
        >>> statistics.result(state).datasets[0].features[0].num_stats.mean
        3.0
    """

    options: StatsOptions

    def __post_init__(self) -> None:
        # Both are found now, so that what is wrong with them shows before data are read.
        _ = self.generators, self.slice_functions

    @cached_property
    def generators(self) -> tuple[StatsGenerator[Any], ...]:
        """All generators, the number of rows and the order of features first."""
        own = tuple(self.options.generators or ())
        for generator in own:
            if not isinstance(generator, StatsGenerator):
                raise TraceError(
                    f"A {type(generator).__name__} is no statistics generator.",
                    where="generators",
                    expected="objects of a class that derives from StatsGenerator",
                )
        return (Layout(), *self._default(), *own, *optional_generators(self.options))

    @cached_property
    def slice_functions(self) -> tuple[SliceFunction, ...]:
        """The slice functions."""
        return tuple(slice_functions(self.options))

    @property
    def whole(self) -> str:
        """The key of the slice of all rows."""
        return ALL_EXAMPLES if self.slice_functions else ""

    def columns_read(self, names: Sequence[str]) -> list[str] | None:
        """The columns that the statistics need, in the order of the data; None for all.

        Those that the allowlist names; those of the schema with ``infer_type_from_schema`` or
        ``experimental_filter_read_paths``. What slice functions and generators look at is not
        known, so where there are any, all columns are needed.
        """
        options = self.options
        if self.slice_functions or options.generators:
            return None
        further: set[str | None] = {options.weight_feature, options.label_feature}
        further |= set((options.per_feature_weight_override or {}).values())
        wanted = set(names)
        if options.schema is not None:
            known = {feature.name for feature in options.schema.feature}
            filtered = options.experimental_filter_read_paths and options.feature_allowlist is None
            if options.infer_type_from_schema or filtered:
                wanted &= known
            elif options.feature_allowlist is not None:
                further |= known
        wanted = {name for name in wanted if options.allows((name,)) or name in further}
        return None if wanted.issuperset(names) else [name for name in names if name in wanted]

    def zero(self) -> Slices:
        """The state before any row."""
        return {self.whole: self._zeros()}

    def add(self, state: Slices, batch: pa.RecordBatch, measure: Off = OFF) -> Slices:
        """The state after one more batch.

        Args:
            state: The state, which may be changed in place.
            batch: The batch.
            measure: Records what each generator takes.

        Raises:
            DataError: The batch does not fit the options, or those before it.
        """
        if self.options.sample_rate is not None:
            batch = sampled(Examples(batch, self.options), self.options.sample_rate)
        if not batch.num_rows:
            # Whether there was an empty batch must not show: a part of the data may be one.
            return state
        for key, part in slices(self.slice_functions, batch):
            if not part.num_rows:
                continue
            examples = Examples(part, self.options)
            states = state.get(key) or self._zeros()
            state[key] = [
                measure.adding(generator)(own, examples)
                for generator, own in zip(self.generators, states, strict=True)
            ]
        return state

    def merge(self, states: Sequence[Slices]) -> Slices:
        """The state of all the rows of some states; these are not used again."""
        by_slice: dict[str, list[list[Any]]] = {}
        for state in states:
            for key, own in state.items():
                by_slice.setdefault(key, []).append(own)
        return {
            key: [
                generator.merge(list(own))
                for generator, own in zip(self.generators, zip(*columns, strict=True), strict=True)
            ]
            for key, columns in by_slice.items()
        }

    def result(self, state: Slices) -> statistics_pb2.DatasetFeatureStatisticsList:
        """The statistics of every slice, that of all examples first and then by key."""
        return statistics_list(self.dataset(key, own) for key, own in state.items())

    def dataset(self, key: str, states: Sequence[Any]) -> statistics_pb2.DatasetFeatureStatistics:
        """The statistics of one slice."""
        layout, *others = (
            generator.result(own) for generator, own in zip(self.generators, states, strict=True)
        )
        told = {feature_path(feature) for other in others for feature in other.features}
        kept = [feature for feature in layout.features if feature_path(feature) in told]
        del layout.features[:]
        layout.features.extend(kept)
        return joined_datasets([layout, *others], key)

    def _default(self) -> tuple[StatsGenerator[Any], ...]:
        if not self.options.add_default_generators:
            return ()
        approximate = self.options.use_sketch_based_topk_uniques
        terms = ApproximateTerms(self.options) if approximate else Terms(self.options)
        return (BasicStats(self.options), terms)

    def _zeros(self) -> list[Any]:
        return [generator.zero() for generator in self.generators]


def statistics_list(
    datasets: Iterable[statistics_pb2.DatasetFeatureStatistics],
) -> statistics_pb2.DatasetFeatureStatisticsList:
    """Data sets in the order that a list of them has: all examples first, then by name."""
    ordered = sorted(datasets, key=lambda dataset: (dataset.name != ALL_EXAMPLES, dataset.name))
    return statistics_pb2.DatasetFeatureStatisticsList(datasets=ordered)
