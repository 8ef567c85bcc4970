"""Something that is missing, in words for whoever has to get it."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Need"]


@dataclass(frozen=True)
class Need:
    """Something that is missing or wrong.

    Attributes:
        what: What it is, in one sentence.
        fix: How to get or mend it.
    """

    what: str
    fix: str
