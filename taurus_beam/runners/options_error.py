"""The error for options of a command line that do not go together, or that nobody knows."""

from __future__ import annotations

from taurus_beam.errors import EngineError

__all__ = ["OptionsError"]


class OptionsError(EngineError):
    """An option that nobody knows, or a value that an option cannot have."""
