"""`update_schema`: the schema changed as little as makes the data fit it.

It makes the change that each finding proposes; it never tightens what the schema says.
"""

from __future__ import annotations

import functools

from tensorflow_metadata.proto.v0 import schema_pb2, statistics_pb2

from taurus_beam.validation.changes import deprecate
from taurus_beam.validation.dataset_view import DatasetView, default_dataset
from taurus_beam.validation.draft import Draft, shared_domains
from taurus_beam.validation.entry_checks import check_entry
from taurus_beam.validation.environments import check_environment
from taurus_beam.validation.infer import infer_feature
from taurus_beam.validation.paths import Path
from taurus_beam.validation.schema_index import SchemaIndex
from taurus_beam.validation.validate import check_schema_argument

__all__ = ["update_schema"]


def update_schema(
    schema: schema_pb2.Schema,
    statistics: statistics_pb2.DatasetFeatureStatisticsList,
    max_string_domain_size: int = 100,
    *,
    environment: str | None = None,
) -> schema_pb2.Schema:
    """The schema, changed so that the data have no anomalies by themselves.

    New features are added (with a value count, never a shape), required features that are missing
    or of another type are deprecated, bounds widened, and values added to string domains. What
    the schema asks of the data set as a whole and of drift and skew stays as it is.

    Args:
        schema: The schema; it is not changed.
        statistics: Of the data that should fit. Of several data sets, the one of all examples.
        max_string_domain_size: Up to how many distinct strings make a domain of a new feature.
        environment: The environment the data are from, if any.

    Returns:
        The new schema.

    Raises:
        DataError: As `validate_statistics`.

    Source: TensorFlow Data Validation 1.16, ``update_schema``.

    Example:
        >>> from google.protobuf import text_format
        >>> statistics = text_format.Parse('''datasets { num_examples: 4 features {
        ...   path { step: "fare" } type: FLOAT
        ...   num_stats { min: -1 max: 9 common_stats { num_non_missing: 4 } } } }''',
        ...     statistics_pb2.DatasetFeatureStatisticsList())
        >>> schema = text_format.Parse(
        ...     'feature { name: "fare" type: FLOAT float_domain { min: 0 } }', schema_pb2.Schema())
        >>> update_schema(schema, statistics).feature[0].float_domain.min
        -1.0
    """
    check_schema_argument(schema)
    check_environment(schema, environment)
    data = DatasetView.of(default_dataset(statistics))
    updated = schema_pb2.Schema()
    updated.CopyFrom(schema)
    index, shared = SchemaIndex(updated), shared_domains(updated)

    def visit(path: Path) -> None:
        if path not in index:
            if path in data.features:
                container = index.container(path)
                infer_feature(data, path, updated, container, False, max_string_domain_size)
            return
        if index.is_retired(path):
            return
        live = functools.partial(Draft, updated, shared=shared)
        for _ in check_entry(path, index, data, live, environment):
            pass  # Each finding is fixed where it is found.
        if not index.is_retired(path):
            for child in data.children(path):
                visit(child)

    for root in data.roots:
        visit(root)
    for path in list(index.required(environment)):
        if path not in data.entries:
            deprecate(index.features[path])()
    return updated
