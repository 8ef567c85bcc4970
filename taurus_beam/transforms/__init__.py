"""Row operations: the output row depends on the same input row.

One family per file, each operation declared once: type rule, batch kernel, row kernel, docs.
Importing this package registers them all.
"""

from taurus_beam.transforms import (
    arithmetic,
    buckets,
    cast,
    comparison,
    functions,
    hashing,
    logic,
    scaling,
    selection,
    vocabulary,
)

__all__ = [
    "arithmetic",
    "buckets",
    "cast",
    "comparison",
    "functions",
    "hashing",
    "logic",
    "scaling",
    "selection",
    "vocabulary",
]
