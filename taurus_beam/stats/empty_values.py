"""How often a feature holds what often stands for nothing: ``""``, ``-1`` and empty lists.

As TFDV's generator of the same name, it is wired to no option: give it in
``StatsOptions(generators=[EmptyValueCounterGenerator()])``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow.compute as pc
from tensorflow_metadata.proto.v0 import statistics_pb2

from taurus_beam.stats.custom import custom_stat
from taurus_beam.stats.feature_column import FeatureColumn
from taurus_beam.stats.tally import FeatureTallyGenerator

__all__ = ["EmptyValueCounterGenerator"]

_LIST, _STRING, _MINUS_ONE = "list_empty", "str_empty", "int_-1"


@dataclass(frozen=True)
class EmptyValueCounterGenerator(FeatureTallyGenerator):
    """Counts empty values of each feature; custom statistics of those that occur.

    ``list_empty``: inner lists that are empty or missing, of features whose lists are nested. Of
    all others ``str_empty``: empty strings, and ``int_-1``: numbers equal to -1, floats too. Null
    values and empty outer lists are not counted.

    Example:
        >>> import pyarrow as pa
        >>> from taurus_beam.stats.examples import Examples
        >>> generator = EmptyValueCounterGenerator()
        >>> batch = pa.record_batch({"s": ["", "a", ""], "x": [-1, 0, None]})
        >>> stats = generator.result(generator.add(generator.zero(), Examples(batch)))
        >>> [(f.custom_stats[0].name, f.custom_stats[0].num) for f in stats.features]
        [('str_empty', 2.0), ('int_-1', 1.0)]
    """

    def count(self, feature: FeatureColumn) -> Mapping[str, int]:
        """The empty values of a batch."""
        if len(feature.levels) > 1:
            return {_LIST: int(np.count_nonzero(feature.levels[1].lengths == 0))}
        if feature.type == statistics_pb2.FeatureNameStatistics.STRING:
            terms, counts = feature.term_counts
            lengths = pc.binary_length(terms).to_numpy(zero_copy_only=False)
            return {_STRING: int(counts[lengths == 0].sum())}
        return {_MINUS_ONE: int(np.count_nonzero(feature.numbers == -1))}

    def custom_stats(self, facts: Mapping[str, int]) -> Iterator[Any]:
        """One number for each kind that occurs."""
        for name in (_MINUS_ONE, _STRING, _LIST):
            if facts[name]:
                yield custom_stat(name, facts[name])
