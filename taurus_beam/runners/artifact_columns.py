"""Whether data have the columns that an artifact reads: found out before any of them are read."""

from __future__ import annotations

from taurus_beam.errors import DataError
from taurus_beam.io.source import Source
from taurus_beam.serving.transform_fn import TransformFn

__all__ = ["check_columns"]


def check_columns(fn: TransformFn, source: Source) -> None:
    """Has the artifact look at the columns of the source, on no rows.

    Raises:
        DataError: A column is missing, or of another type.
    """
    try:
        fn.transform(source.schema.empty_table())
    except DataError as problem:
        raise DataError(
            problem.what,
            where=problem.where or ", ".join(source.patterns),
            expected=problem.expected,
            fix=problem.fix,
        ) from problem
