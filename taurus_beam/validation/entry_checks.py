"""What the schema says of one entry of the statistics: a feature, a sparse or a weighted one.

The same for validation, which gives a draft of the feature, and for `update_schema`, which gives
the schema's own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence

from tensorflow_metadata.proto.v0 import schema_pb2

from taurus_beam.validation.case import Case
from taurus_beam.validation.checks import presence, sparse, weighted
from taurus_beam.validation.dataset_view import DatasetView
from taurus_beam.validation.draft import Draft
from taurus_beam.validation.feature_checks import check_feature
from taurus_beam.validation.findings import Check, Finding, fixed
from taurus_beam.validation.lifecycle import AnyFeature, is_retired
from taurus_beam.validation.paths import Path
from taurus_beam.validation.schema_index import SchemaIndex

__all__ = ["check_entry"]


def check_entry(
    path: Path,
    index: SchemaIndex,
    data: DatasetView,
    draft: Callable[[schema_pb2.Feature], Draft],
    environment: str | None,
    comparators: Sequence[Check[Case]] = (),
) -> Iterator[Finding]:
    """What is wrong with the entry at a path that the schema knows and has not retired.

    Args:
        path: Which entry of the statistics.
        index: The schema; what is found wrong with sparse and weighted features is changed in it.
        data: The statistics.
        draft: Gives a feature of the schema the draft that its changes go to.
        environment: The environment the data are from, if any.
        comparators: Checks against other data, in order.
    """
    feature = _live(index.features.get(path))
    as_sparse = _live(index.sparse.get(path))
    as_weighted = _live(index.weighted.get(path))
    entry = data.entries[path]
    if as_weighted is not None and (feature is not None or as_sparse is not None):
        found: Iterable[Finding] = [weighted.name_collision(as_weighted, feature, as_sparse)]
    elif as_weighted is not None:
        found = weighted.weighted_feature(as_weighted, entry)
    elif as_sparse is not None and feature is not None:
        found = [sparse.name_collision(as_sparse, feature)]
    elif as_sparse is not None:
        found = sparse.sparse_feature(as_sparse, entry)
    elif path in data.features:
        return check_feature(Case(data.features[path], draft(feature), environment), comparators)
    elif path in set(index.required(environment)):
        # Custom statistics alone do not say that any example has the feature.
        found = [presence.missing_column(feature)]
    else:
        found = []
    return fixed(found)


def _live(feature: AnyFeature | None) -> AnyFeature | None:
    return None if feature is None or is_retired(feature) else feature
