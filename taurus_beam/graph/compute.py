"""Arrow's compute functions, imported when one of them is first asked for.

Importing them all takes a third as long as NumPy and Arrow themselves, and a process that is
started to answer for single rows needs none. This room knows nothing of what they are used for.
"""

from __future__ import annotations

from typing import Any


def __getattr__(name: str) -> Any:
    """What ``pyarrow.compute`` has of that name, kept here for the next time."""
    import pyarrow.compute

    found = getattr(pyarrow.compute, name)
    globals()[name] = found
    return found
