"""Which files a run left out because they cannot be read, in a few words."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING

from taurus_beam.cli.terminal import count, listed, stdout

if TYPE_CHECKING:
    from taurus_beam.io import Source

__all__ = ["tell_left_out"]


def tell_left_out(source: Source, left_out: Collection[str]) -> None:
    """The last line of a command that skips bad files; nothing of one that does not."""
    if not source.skip_bad_files:
        return
    names = f": {listed(sorted(left_out))}" if left_out else ""
    files = count(len(source.files()), "file")
    stdout().print(f"Left out {count(len(left_out))} of {files}{names}", soft_wrap=True)
