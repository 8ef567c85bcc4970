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
from taurus_beam.graph.constant import Constant, Vocabulary
from taurus_beam.graph.node import Graph, InputColumn, Node
from taurus_beam.graph.operation import Domain
from taurus_beam.graph.types import ColumnType, parse_dtype

__all__ = ["arrow_schema", "input_schema", "output_schema", "to_text"]

_TAG = "arrow:"


def input_schema(graph: Graph) -> Any:
    """What a graph takes, as a `Schema` proto: one feature per column it reads."""
    features = [
        _feature(node.operation.column, node.operation.column_type)
        for node in graph.nodes
        if isinstance(node.operation, InputColumn)
    ]
    return schema_pb2.Schema(feature=sorted(features, key=lambda f: str(f.name)))


def output_schema(graph: Graph) -> Any:
    """What a frozen graph gives, as TFT infers it.

    Ids of vocabularies and buckets (and, beyond TFT, of hashes) have integer domains and are
    categorical. Scalars and vectors have a fixed shape and are in every row, which is what makes
    a reader of ``tf.Example`` parse them as dense: an output that can be missing is to be filled
    (`tb.fill_null`) before it is written as such. Ragged lists have a value count and no shape.
    The vocabulary of an id is named in an annotation.
    """
    schema = schema_pb2.Schema()
    for name, node in graph.outputs.items():
        feature = _feature(name, node.column_type())
        if not node.column_type().is_ragged:
            feature.presence.min_fraction = 1.0
        vocabulary = _vocabulary_of(node)
        if vocabulary is not None:
            feature.annotation.tag.append(f"vocabulary:{vocabulary.name}")
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
    """The Arrow schema of a `Schema` proto, as TFT reads one; exact for those written here.

    INT becomes int64, FLOAT float32, BYTES string, unless the feature's annotation names the
    Arrow type; a fixed shape gives scalars or vectors, no shape gives ragged lists unless
    value_count says one value a row.

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
        annotated = _annotated_dtype(feature)
        dtype = dtypes[feature.type] if annotated is None else annotated
        fields.append(pa.field(feature.name, _with_shape(dtype, feature, annotated is not None)))
    return pa.schema(fields)


def _annotated_dtype(feature: Any) -> Any:
    """The element type that `_feature` noted, unless the feature was changed since."""
    for tag in feature.annotation.tag:
        if tag.startswith(_TAG):
            dtype = parse_dtype(tag.removeprefix(_TAG))
            return dtype if _feature_type(dtype) == feature.type else None
    return None


def _with_shape(dtype: Any, feature: Any, exact: bool) -> Any:
    sizes = [d.size for d in feature.shape.dim]
    if feature.HasField("shape"):
        if len(sizes) > 1:
            raise DataError(
                f"Feature {feature.name!r} of the schema has shape {sizes}.",
                expected="no dimension, or one",
                fix="Give an Arrow schema instead, with the values as one vector.",
            )
        if sizes == [1] and not exact:  # how TFX writes one value a row
            return dtype
        return pa.list_(dtype, sizes[0]) if sizes else dtype
    one_a_row = feature.value_count.max == 1
    return dtype if one_a_row else pa.list_(dtype)


def _feature(name: str, column: ColumnType) -> Any:
    feature = schema_pb2.Feature(name=name, type=_feature_type(column.dtype))
    feature.annotation.tag.append(f"{_TAG}{column.dtype}")
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


def _highest(domain: Domain, node: Node) -> int:
    if not domain.of_vocabulary:
        assert domain.high is not None
        return domain.high
    vocabulary = _vocabulary_of(node)
    assert vocabulary is not None
    least = domain.low if domain.high is None else domain.high
    return max(len(vocabulary) - 1 + domain.extra, least)


def _vocabulary_of(node: Node) -> Vocabulary | None:
    """The vocabulary that a node's values are ids of, where they are."""
    domain = node.operation.domain(*(i.type for i in node.inputs)) if node.inputs else None
    if domain is None or not domain.of_vocabulary:
        return None
    for operation in (i.operation for i in node.inputs):
        if isinstance(operation, Constant) and isinstance(operation.value, Vocabulary):
            return operation.value
    return None
