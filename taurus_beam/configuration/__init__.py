"""What a run was told: every parameter, its value and where that came from; frozen, digested.

It knows errors, and nothing of commands, features or stores: whoever starts a run says what it was
told. Pydantic checks what is read; it is loaded with the first use, not with this room's names.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from taurus_beam.configuration.comparison import changes as changes
    from taurus_beam.configuration.file import Key as Key
    from taurus_beam.configuration.file import read_file as read_file
    from taurus_beam.configuration.model import Configuration as Configuration
    from taurus_beam.configuration.model import Parameter as Parameter
    from taurus_beam.configuration.model import Source as Source
    from taurus_beam.configuration.model import configured as configured
    from taurus_beam.configuration.plain import plain as plain

_HOME = {
    **dict.fromkeys(("Configuration", "Parameter", "Source", "configured"), "model"),
    **dict.fromkeys(("Key", "read_file"), "file"),
    "changes": "comparison",
    "plain": "plain",
}

__all__ = sorted(_HOME)


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"{__name__}.{_HOME[name]}"), name)
