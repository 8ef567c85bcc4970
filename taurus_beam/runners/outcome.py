"""What a run did, for whoever tells the user."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from taurus_beam.io.progress import Progress

__all__ = ["Outcome"]


@dataclass(frozen=True)
class Outcome:
    """What a run did, as far as the runner tells.

    Attributes:
        progress: Rows and bytes that all workers read and wrote.
        violations: How many rows violated each monitor, by its name.
    """

    progress: Progress
    violations: Mapping[str, int]
