"""Code of a preprocessing file that workers run: what a `ptransform_analyzer` is given.

Workers cannot import the file, nor what lies beside it, so its code travels with the pipeline.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from apache_beam.internal import cloudpickle

__all__ = ["sent_with_code"]


@contextmanager
def sent_with_code(folder: str) -> Iterator[None]:
    """Inside the block, what modules in a folder define is sent to workers by value."""
    modules = {
        name: module
        for name, module in list(sys.modules.items())
        if os.path.dirname(getattr(module, "__file__", None) or "") == folder
        and module.__name__ == name
    }
    for module in modules.values():
        cloudpickle.register_pickle_by_value(module)
    try:
        yield
    finally:
        for module in modules.values():
            cloudpickle.unregister_pickle_by_value(module)
