"""Which rows do not fit a schema, and why: `RowValidator` for batches, `validate_rows` for data
in memory.

A row is judged by what the schema asks of every row. Shares, counts, distributions, drift and
whatever else needs a data set belong to `validate_statistics`.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from typing import Any

import numpy as np
import pyarrow as pa
from tensorflow_metadata.proto.v0 import schema_pb2

from taurus_beam.errors import DataError
from taurus_beam.graph.plain_arrays import plain_table
from taurus_beam.serving.frames import as_table
from taurus_beam.stats.examples import Examples
from taurus_beam.stats.feature_column import FeatureColumn
from taurus_beam.validation.environments import check_environment
from taurus_beam.validation.paths import Path
from taurus_beam.validation.row_feature import RowFeature, row_features
from taurus_beam.validation.row_findings import REASONS, RowFinding, RowFindings, Rows
from taurus_beam.validation.row_groups import sparse, weighted
from taurus_beam.validation.row_structure import (
    missing_column,
    new_column,
    outside_environment,
    presence,
    present_rows,
    shape,
    type_of_data,
    value_counts,
)
from taurus_beam.validation.row_values import booleans, floats, images, integers, strings

__all__ = ["RowValidator", "part_batch", "reject_schema", "validate_rows"]

_CHECKS = (
    value_counts,
    shape,
    presence,
    type_of_data,
    booleans,
    strings,
    integers,
    floats,
    images,
)
_BATCH_ROWS = 65_536


class RowValidator:
    """The part of a schema that single rows can break, ready for batches.

    A row is wrong if it lacks a feature that every row must have (``min_fraction`` 1, or
    ``group_presence`` in a struct), has a column the schema does not know or keeps out of the
    environment, has another type, too few or too many values, another shape, a value outside its
    domain, or sparse or weighted parts that do not match. Not judged, as no row can tell:
    ``min_count``, lower ``min_fraction``, string domains with ``min_domain_mass`` below 1,
    ``unique_constraints``, drift and skew, dataset constraints, and features that are deprecated
    or not live yet.

    Null is missing; an empty list is present with no value; NaN is a value. Pickles.

    Args:
        schema: The schema; read when it is needed, so do not change it afterwards.
        environment: One of its ``default_environment``; None holds rows to all features.
        ignore_new_columns: Whether a column that the schema does not know is in order.

    Raises:
        DataError: The schema is no Schema proto, or does not have the environment.

    Example:
        >>> from google.protobuf import text_format
        >>> text = 'name: "x" type: INT int_domain { max: 9 } presence { min_fraction: 1 }'
        >>> schema = text_format.Parse(f"feature {{ {text} }}", schema_pb2.Schema())
        >>> found = RowValidator(schema).check(pa.record_batch({"x": [3, 50, None]}))
        >>> found.rejected.tolist()
        [False, True, True]
        >>> [reasons[0]["description"] for reasons in found.reasons().to_pylist()]
        ['Unexpectedly large value: 50.', 'The feature was expected everywhere, but is missing.']
    """

    def __init__(
        self,
        schema: schema_pb2.Schema,
        environment: str | None = None,
        ignore_new_columns: bool = False,
    ) -> None:
        if not isinstance(schema, schema_pb2.Schema):
            raise DataError(
                f"The schema is a {type(schema).__name__}.",
                expected="a Schema proto",
                fix="Pass what tb.infer_schema gave, or read a file of a schema.",
            )
        check_environment(schema, environment)
        self.schema = schema
        self.environment = environment
        self.ignore_new_columns = ignore_new_columns

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self.schema, self.environment, self.ignore_new_columns)

    def check(self, batch: Any) -> RowFindings:
        """What is wrong in a record batch.

        Raises:
            DataError: A column has a type that is no feature, or two have one name.
        """
        data = Examples(batch).features
        found = self._findings(data, batch.num_rows) if batch.num_rows else ()
        return RowFindings(batch.num_rows, [finding for finding in found if len(finding.rows)])

    @cached_property
    def _features(self) -> dict[str, RowFeature]:
        return row_features(self.schema, self.environment)

    def _findings(self, data: Any, num_rows: int) -> Iterator[RowFinding]:
        fields: dict[Path, list[str]] = {}
        for path in data:
            fields.setdefault(path[:-1], []).append(path[-1])
        yield from self._level((), self._features, data, fields, np.arange(num_rows))
        for sparse_feature in self.schema.sparse_feature:
            yield from sparse(sparse_feature, data, num_rows)
        for weighted_feature in self.schema.weighted_feature:
            yield from weighted(weighted_feature, data, num_rows)

    def _level(
        self,
        parent: Path,
        features: Any,
        data: Any,
        fields: dict[Path, list[str]],
        rows: Rows,
    ) -> Iterator[RowFinding]:
        """Findings of the columns, or of the fields of a struct that ``rows`` have."""
        for asked in features.values():
            if asked.retired:
                continue
            column = data.get(asked.path)
            if column is None:
                if asked.everywhere:
                    yield missing_column(asked.path, rows)
                continue
            if not asked.in_environment and self.environment is not None:
                yield outside_environment(asked, present_rows(column), self.environment)
            yield from self._feature(asked, column, data, fields)
        for name in () if self.ignore_new_columns else fields.get(parent, ()):
            if name not in features:
                path = (*parent, name)
                yield new_column(path, present_rows(data[path]))

    def _feature(
        self,
        asked: RowFeature,
        column: FeatureColumn,
        data: Any,
        fields: dict[Path, list[str]],
    ) -> Iterator[RowFinding]:
        for check in _CHECKS:
            yield from check(asked, column)
        if fields.get(asked.path):
            rows = np.unique(column.row_of_value)
            yield from self._level(asked.path, asked.fields, data, fields, rows)


def validate_rows(
    data: Any,
    schema: schema_pb2.Schema,
    environment: str | None = None,
    ignore_new_columns: bool = False,
    reasons_column: str = "reasons",
) -> tuple[Any, Any]:
    """Parts data into the rows that fit a schema and the rows that do not, with their reasons.

    Nothing is lost: every row is in one of the two, in the order it came. See `RowValidator`
    for what is judged.

    Args:
        data: ``pa.Table``, ``pa.RecordBatch``, pandas DataFrame (NaN means missing) or dict of
            arrays.
        schema: The schema.
        environment: One of its environments; None holds rows to all features.
        ignore_new_columns: Whether a column that the schema does not know is in order.
        reasons_column: The name of the added column.

    Returns:
        Two Arrow tables: the rows that fit, and the others with one more column, a list of
        ``{path, type, short_description, description}`` with at least one entry; ``type`` is the
        name of TFDV's anomaly.

    Raises:
        DataError: The schema has no such environment, a column has a type that is no feature, or
            ``reasons_column`` is taken.

    Example:
        >>> import pyarrow as pa
        >>> from google.protobuf import text_format
        >>> from tensorflow_metadata.proto.v0 import schema_pb2
        >>> schema = text_format.Parse(
        ...     'feature { name: "x" type: INT int_domain { max: 9 } }', schema_pb2.Schema())
        >>> good, rejected = validate_rows(pa.table({"x": [3, 50, None]}), schema)
        >>> good.to_pylist()
        [{'x': 3}, {'x': None}]
        >>> rejected["reasons"][0].as_py()[0]["type"]
        'INT_TYPE_BIG_INT'
    """
    table = plain_table(as_table(data))
    validator = RowValidator(schema, environment, ignore_new_columns)
    rejects = reject_schema(table.schema, reasons_column)
    parted = [
        part_batch(batch, validator.check(batch), reasons_column)
        for batch in table.to_batches(max_chunksize=_BATCH_ROWS)
    ]
    return (
        pa.Table.from_batches([good for good, _ in parted], table.schema),
        pa.Table.from_batches([rejected for _, rejected in parted], rejects),
    )


def reject_schema(schema: Any, reasons_column: str) -> Any:
    """The Arrow schema of rejected rows; DataError if the name of the reasons is taken."""
    if reasons_column in schema.names:
        raise DataError(
            f"The data have a column {reasons_column!r} already.",
            expected="a free name for the reasons of rejected rows",
            fix="Pass another reasons_column.",
        )
    return schema.append(pa.field(reasons_column, REASONS))


def part_batch(batch: Any, found: RowFindings, reasons_column: str) -> tuple[Any, Any]:
    """The rows of a record batch that fit, and the others with their reasons."""
    schema = reject_schema(batch.schema, reasons_column)
    if not found.findings:
        rejected, good = batch.slice(0, 0), batch
    else:
        rejected = batch.filter(pa.array(found.rejected))
        good = batch.filter(pa.array(~found.rejected))
    columns = [*rejected.columns, found.reasons()]
    return good, pa.RecordBatch.from_arrays(columns, schema=schema)
