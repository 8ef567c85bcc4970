"""Which generators the options and their schema ask for, beside the default ones.

As in TFDV, in its order; it has no lift in memory, here every engine computes the same.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from taurus_beam.stats.generator import StatsGenerator
from taurus_beam.stats.language_feature import LanguageFeature
from taurus_beam.stats.lift import LiftStatsGenerator
from taurus_beam.stats.natural_language import NLStatsGenerator
from taurus_beam.stats.options import StatsOptions
from taurus_beam.stats.semantic import SemanticDomainStatsGenerator
from taurus_beam.stats.semantic_images import ImageStatsGenerator
from taurus_beam.stats.semantic_language import NLDomainInferringStatsGenerator
from taurus_beam.stats.semantic_times import TimeStatsGenerator
from taurus_beam.stats.sparse_features import SparseFeature, SparseFeatureStatsGenerator
from taurus_beam.stats.weighted_features import (
    WeightedFeature,
    WeightedFeatureStatsGenerator,
)

__all__ = ["optional_generators"]


def optional_generators(options: StatsOptions) -> list[StatsGenerator[Any]]:
    """The generators that options ask for.

    Semantic domains with ``enable_semantic_domain_stats``; sparse features, natural language and
    weighted features where the schema has any; lift of the schema's categorical features for the
    ``label_feature``. ``options.generators`` are not among them.

    Raises:
        TraceError: The label is not in the schema, or is no category there (give a
            `LiftStatsGenerator` with ``y_boundaries`` in ``generators`` for that).
        DataError: A vocabulary of ``vocab_paths`` cannot be read.

    Example:
        >>> optional_generators(StatsOptions())
        []
    """
    return list(_generators(options))


def _generators(options: StatsOptions) -> Iterator[StatsGenerator[Any]]:
    if options.enable_semantic_domain_stats:
        # Dates that are written out in words read as natural language too.
        domains = (ImageStatsGenerator(), TimeStatsGenerator(), NLDomainInferringStatsGenerator())
        yield SemanticDomainStatsGenerator(domains, options.semantic_domain_stats_sample_rate)
    schema = options.schema
    if schema is None:
        return
    if sparse := SparseFeature.all_of(schema):
        yield SparseFeatureStatsGenerator(sparse)
    if language := LanguageFeature.all_of(schema, options.vocab_paths):
        yield NLStatsGenerator(
            language,
            options.num_histogram_buckets,
            options.num_quantiles_histogram_buckets,
            options.num_rank_histogram_buckets,
        )
    if weighted := WeightedFeature.all_of(schema):
        yield WeightedFeatureStatsGenerator(weighted)
    if options.label_feature is not None:
        yield LiftStatsGenerator(
            options.label_feature,
            schema,
            weighted=bool(options.weight_feature or options.per_feature_weight_override),
            output_custom_stats=True,
        )
