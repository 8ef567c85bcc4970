"""Counts of instructions by kernel: kept in a file, and compared. Knows nothing of how to count."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

__all__ = ["MOST", "Change", "Counts", "changes", "is_chosen"]

MOST = 0.10
"""The share by which a kernel may take more instructions before the check fails."""


@dataclass(frozen=True)
class Counts:
    """What was counted, and with what.

    Attributes:
        conditions: The versions of all that counts depend on; others are not to be compared.
        instructions: By the kernel's name.
    """

    conditions: Mapping[str, str]
    instructions: Mapping[str, int]

    @staticmethod
    def read(path: Path) -> Counts:
        """Those of a file that `write` made."""
        content = json.loads(path.read_text())
        return Counts(content["conditions"], content["instructions"])

    def of(self, words: Sequence[str]) -> Counts:
        """Those of kernels whose names hold one of some words; all, if there are none."""
        chosen = {n: c for n, c in self.instructions.items() if is_chosen(n, words)}
        return Counts(self.conditions, chosen)

    def write(self, path: Path) -> None:
        """Keep them: one kernel a line, sorted, so that a renewal can be read as a diff."""
        content = {"conditions": self.conditions, "instructions": self.instructions}
        path.write_text(json.dumps(content, indent=1, sort_keys=True) + "\n")


def is_chosen(name: str, words: Sequence[str]) -> bool:
    """Whether a kernel's name holds one of some words, or there are none."""
    return not words or any(word in name for word in words)


@dataclass(frozen=True)
class Change:
    """A kernel whose count is another than before; None where there is none."""

    name: str
    before: int | None
    after: int | None

    @property
    def share(self) -> float:
        """How much it grew: 0.1 is 10 % more."""
        if not self.before or self.after is None:
            return 0.0
        return (self.after - self.before) / self.before

    @property
    def fails(self) -> bool:
        """Whether it is to be mended, or renewed with a reason."""
        return self.before is None or self.after is None or self.share > MOST

    def __str__(self) -> str:
        if self.before is None:
            return f"{self.name}: {self.after:,}, not recorded yet"
        if self.after is None:
            return f"{self.name}: recorded, and not there any more"
        return f"{self.name}: {self.before:,} → {self.after:,} ({self.share:+.1%})"


def changes(before: Counts, after: Counts) -> list[Change]:
    """All kernels that are new, gone, or differ by more than `MOST`; what fails comes first.

    Raises:
        ValueError: If they were counted under different conditions.
    """
    if before.conditions != after.conditions:
        raise ValueError("Counts of different conditions say nothing of each other.")
    names = sorted({*before.instructions, *after.instructions})
    all_of_them = [
        Change(name, before.instructions.get(name), after.instructions.get(name)) for name in names
    ]
    found = [change for change in all_of_them if change.fails or change.share < -MOST]
    return sorted(found, key=lambda change: (not change.fails, -change.share))
