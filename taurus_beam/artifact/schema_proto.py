"""Arrow schemas as tensorflow-metadata `Schema` protos, TFDV's own format, and back.

Only types, shapes and integer domains are written here; everything a validation schema can say
beyond that belongs to `taurus_beam.validation`.
"""

from __future__ import annotations

from typing import Any

import pyarrow as pa
from google.protobuf import text_format
from tensorflow_metadata.proto.v0 import schema_pb2

from taurus_beam.errors import DataError
from taurus_beam.graph.node import Graph, InputColumn
from taurus_beam.graph.operation import Domain
from taurus_beam.graph.types import ColumnType, VocabularyType

__all__ = ["arrow_schema", "input_schema", "output_schema", "to_text"]


def input_schema(graph: Graph) -> Any:
    """What a graph takes, as a `Schema` proto: one feature per column it reads."""
    features = [
        _feature(node.operation.column, node.operation.column_type)
        for node in graph.nodes
        if isinstance(node.operation, InputColumn)
    ]
    return schema_pb2.Schema(feature=sorted(features, key=lambda f: str(f.name)))


def output_schema(graph: Graph) -> Any:
    """What a frozen graph gives; ids of vocabularies and buckets have integer domains."""
    schema = schema_pb2.Schema()
    for name, node in graph.outputs.items():
        feature = _feature(name, node.column_type())
        domain = node.operation.domain(*(i.type for i in node.inputs)) if node.inputs else None
        if domain is not None:
            feature.int_domain.min = domain.low
            feature.int_domain.max = _highest(domain, node)
            feature.int_domain.is_categorical = True
        schema.feature.append(feature)
    return schema


def to_text(schema: Any) -> bytes:
    """A `Schema` proto in text form (pbtxt)."""
    return str(text_format.MessageToString(schema)).encode()


def arrow_schema(schema: Any) -> pa.Schema:
    """The Arrow schema of a `Schema` proto, as TFT reads one.

    INT becomes int64, FLOAT float32, BYTES string; a fixed shape gives scalars or vectors,
    no shape gives ragged lists unless presence and value_count say one value a row.

    Raises:
        DataError: For struct features, or shapes of more than one dimension.
    """
    dtypes = {
        schema_pb2.INT: pa.int64(),
        schema_pb2.FLOAT: pa.float32(),
        schema_pb2.BYTES: pa.string(),
    }
    fields = []
    for feature in schema.feature:
        if feature.type not in dtypes:
            raise DataError(
                f"Feature {feature.name!r} of the schema has type "
                f"{schema_pb2.FeatureType.Name(feature.type)}.",
                expected="INT, FLOAT or BYTES",
                fix="Give an Arrow schema instead.",
            )
        fields.append(pa.field(feature.name, _with_shape(dtypes[feature.type], feature)))
    return pa.schema(fields)


def _with_shape(dtype: Any, feature: Any) -> Any:
    sizes = [d.size for d in feature.shape.dim]
    if feature.HasField("shape"):
        if len(sizes) > 1:
            raise DataError(f"Feature {feature.name!r} of the schema has shape {sizes}.")
        return pa.list_(dtype, sizes[0]) if sizes and sizes != [1] else dtype
    one_a_row = feature.value_count.max == 1
    return dtype if one_a_row else pa.list_(dtype)


def _feature(name: str, column: ColumnType) -> Any:
    feature = schema_pb2.Feature(name=name, type=_feature_type(column.dtype))
    feature.annotation.tag.append(f"arrow:{column.to_arrow()}")
    if column.is_ragged:
        feature.value_count.min = 0
    else:
        feature.shape.SetInParent()
        for size in column.shape:
            feature.shape.dim.add(size=size)
    if pa.types.is_boolean(column.dtype):
        feature.bool_domain.SetInParent()
    return feature


def _feature_type(dtype: Any) -> int:
    if pa.types.is_floating(dtype):
        return int(schema_pb2.FLOAT)
    if pa.types.is_string(dtype) or pa.types.is_binary(dtype):
        return int(schema_pb2.BYTES)
    return int(schema_pb2.INT)


def _highest(domain: Domain, node: Any) -> int:
    if not domain.of_vocabulary:
        assert domain.high is not None
        return domain.high
    vocabulary = next(i.operation.value for i in node.inputs if isinstance(i.type, VocabularyType))
    return max(len(vocabulary) - 1 + domain.extra, domain.low)
