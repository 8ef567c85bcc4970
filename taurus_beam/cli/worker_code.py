"""Code of a preprocessing file that workers run: what a `ptransform_analyzer` is given.

Workers cannot import the file, nor what lies beside it, so its code travels with the pipeline.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from taurus_beam.pipeline.local_code import local_modules, sent_by_value

__all__ = ["sent_with_code"]


@contextmanager
def sent_with_code(folder: str) -> Iterator[None]:
    """Inside the block, what modules in a folder define is sent to workers by value."""
    with sent_by_value(local_modules(folder)):
        yield
