"""Files that say what data are like, for commands that take either: a schema, or statistics."""

from __future__ import annotations

from typing import Any

__all__ = ["read_schema_or_statistics"]


def read_schema_or_statistics(path: str) -> Any:
    """The ``Schema`` or ``DatasetFeatureStatisticsList`` in a file, told apart by what is in it.

    Raises:
        DataError: The file cannot be read, or is neither.
    """
    from taurus_beam.cli.schema_text import load_schema
    from taurus_beam.stats.files import load_statistics
    from taurus_beam.validation.schema_text import read_text

    if path.endswith((".pb", ".tfrecord")) or read_text(path).lstrip().startswith("datasets"):
        return load_statistics(path)
    return load_schema(path).schema
