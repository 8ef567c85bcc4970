"""A first schema from the statistics of a data set, as TFDV's ``infer_schema`` gives it.

It says what held for these data, as a draft for a person to edit: nothing here looks at data,
compares two datasets, or changes what it is given.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from tensorflow_metadata.proto.v0 import schema_pb2

from taurus_beam.errors import DataError
from taurus_beam.validation.dataset_view import DatasetView, default_dataset
from taurus_beam.validation.feature_view import FeatureView
from taurus_beam.validation.infer_domain import infer_domain
from taurus_beam.validation.paths import Path, serialize

__all__ = ["add_valency", "infer_feature", "infer_schema"]

_DOMAIN_FIELD = {
    field.message_type.name: field.name
    for field in schema_pb2.Feature.DESCRIPTOR.oneofs_by_name["domain_info"].fields
    if field.message_type is not None
}


def infer_schema(
    statistics: Any,
    infer_feature_shape: bool = True,
    max_string_domain_size: int = 100,
    schema_transformations: Sequence[Callable[[Any, Any], Any]] | None = None,
) -> Any:
    """Infer a schema from the statistics of data that are believed to be right.

    Types, whether a feature is always there, how many values it has, and domains of strings,
    string-encoded integers and Booleans are inferred; ranges of numbers are not. Rules and
    results are TFDV's, with these differences:

    * A string domain is inferred only where the statistics know every value (``unique`` is not
      more than the labels of the rank histogram). TFDV writes a domain that lacks the rare
      values, and then finds anomalies in the very data it was inferred from.
    * A number that was declared categorical stays ``is_categorical`` (or Boolean, if its values
      are 0 and 1). TFDV gives it a string domain, which its validation refuses.
    * The argument is not changed.

    Args:
        statistics: `DatasetFeatureStatisticsList` of one dataset, or of slices that include
            "All Examples". Weighted figures are used if every feature has them.
        infer_feature_shape: Whether a feature that is always there with the same number of
            values gets a fixed shape; if not, it gets a value count.
        max_string_domain_size: Most values of a string domain; negative for no limit.
        schema_transformations: Functions of the schema and the `DatasetFeatureStatistics` it
            was inferred from that give another schema, applied in this order.

    Returns:
        A new `Schema` proto. Features that are missing everywhere get their type and
        ``min_count: 0``; features without statistics of values (sparse, weighted) are left out.

    Raises:
        DataError: If the statistics do not say which dataset stands for all examples, or are not
            well-formed.

    Example:
        >>> from tensorflow_metadata.proto.v0 import statistics_pb2
        >>> statistics = statistics_pb2.DatasetFeatureStatisticsList()
        >>> seats = statistics.datasets.add(num_examples=3).features.add(type="INT")
        >>> seats.path.step.append("seats")
        >>> common = seats.num_stats.common_stats
        >>> common.num_non_missing, common.min_num_values, common.max_num_values = 3, 1, 1
        >>> print(infer_schema(statistics))
        feature {
          name: "seats"
          type: INT
          presence {
            min_fraction: 1
            min_count: 1
          }
          shape {
            dim {
              size: 1
            }
          }
        }
        <BLANKLINE>
    """
    dataset = default_dataset(statistics)
    view = DatasetView.of(dataset)
    _check_well_formed(view)
    schema = schema_pb2.Schema()
    for path in view.features:
        if len(path) == 1:
            infer_feature(
                view, path, schema, schema.feature, infer_feature_shape, max_string_domain_size
            )
    for transformation in schema_transformations or ():
        schema = transformation(schema, dataset)
    return schema


def infer_feature(
    dataset: DatasetView,
    path: Path,
    schema: Any,
    container: Any,
    infer_feature_shape: bool,
    max_string_domain_size: int,
) -> Any:
    """Add the feature that statistics suggest, with all below it, to a schema.

    Args:
        dataset: The statistics.
        path: Which feature of them.
        schema: `Schema`; string domains go there.
        container: The list of features it becomes part of: the schema's or a struct domain's.
        infer_feature_shape: As for `infer_schema`.
        max_string_domain_size: As for `infer_schema`.

    Returns:
        The `Feature`, inside the container.
    """
    view = dataset.features[path]
    feature = container.add(name=path[-1], type=view.schema_type)
    feature.presence.min_count = 1 if view.num_present >= 1 else 0
    if view.num_present > 0:
        if view.num_missing == 0:
            feature.presence.min_fraction = 1.0
        add_valency(feature, view, infer_feature_shape)
    if view.proto.HasField("validation_derived_source"):
        feature.validation_derived_source.CopyFrom(view.proto.validation_derived_source)
        feature.lifecycle_stage = schema_pb2.VALIDATION_DERIVED
    if feature.type != schema_pb2.STRUCT:
        _add_domain(feature, view, schema, max_string_domain_size)
        return feature
    for child in dataset.children(path):
        if child in dataset.features:
            infer_feature(
                dataset,
                child,
                schema,
                feature.struct_domain.feature,
                infer_feature_shape,
                max_string_domain_size,
            )
    return feature


def _check_well_formed(dataset: DatasetView) -> None:
    """Refuses statistics that no schema describes; merging lists of features makes such."""
    if len(dataset.features) != sum(
        f.WhichOneof("stats") is not None for f in dataset.proto.features
    ):
        raise DataError(
            "The statistics hold a feature twice.",
            expected="each feature once",
            fix="Merge statistics instead of joining their lists of features.",
        )
    for path in dataset.features:
        parent = dataset.features.get(path[:-1])
        if len(path) > 1 and (parent is None or parent.schema_type != schema_pb2.STRUCT):
            raise DataError(
                f"The statistics hold feature {serialize(path)} without the struct it is part of.",
                expected=f"a feature {serialize(path[:-1])} of type STRUCT among them",
            )


def add_valency(feature: Any, view: FeatureView, infer_feature_shape: bool) -> None:
    """Give a feature the shape of its values if they have one, else how many there are."""
    sizes = [low if low == high else 0 for low, high in view.lengths]
    is_leaf = feature.type != schema_pb2.STRUCT
    always_there = not any(view.missing_by_level)
    if infer_feature_shape and is_leaf and always_there and all(sizes):
        for size in sizes:
            feature.shape.dim.add(size=size)
        return
    counts = [_value_count(low, high) for low, high in view.lengths]
    if len(counts) > 1:
        feature.value_counts.value_count.extend(counts)
    elif counts[0].HasField("min"):
        feature.value_count.CopyFrom(counts[0])


def _value_count(low: int, high: int) -> Any:
    if low == 0:
        return schema_pb2.ValueCount()
    return schema_pb2.ValueCount(min=low, max=low) if low == high else schema_pb2.ValueCount(min=1)


def _add_domain(feature: Any, view: FeatureView, schema: Any, max_string_domain_size: int) -> None:
    domain = infer_domain(view, max_string_domain_size)
    if isinstance(domain, schema_pb2.StringDomain) and not domain.name:
        domain.name = _free_domain_name(schema, serialize(view.path))
        schema.string_domain.append(domain)
        feature.domain = domain.name
    elif isinstance(domain, str):
        feature.domain = domain
    elif domain is not None:
        getattr(feature, _DOMAIN_FIELD[type(domain).DESCRIPTOR.name]).CopyFrom(domain)


def _free_domain_name(schema: Any, wanted: str) -> str:
    taken = {domain.name for domain in schema.string_domain}
    name, number = wanted, 2
    while name in taken:
        name, number = f"{wanted}{number}", number + 1
    return name
