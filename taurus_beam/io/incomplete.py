"""Outputs whose commit never ended: how whoever reads, or writes anew, can tell.

A commit renames shard after shard out of a hidden folder. Where its process is killed, shards are
missing under the final names while that folder still holds them. Shards that are missing without
such a folder are nobody's fault: a part of an output was copied.
"""

from __future__ import annotations

import glob
import re
from collections import Counter
from collections.abc import Iterable

from taurus_beam.errors import DataError
from taurus_beam.io.files import find, is_local, split

__all__ = ["check_complete", "is_incomplete", "waiting_prefix"]

_SHARD = re.compile(r"(?P<prefix>.*)-\d{5,}-of-(?P<shards>\d{5,})(?P<suffix>[^/]*)", re.DOTALL)


def waiting_prefix(prefix: str) -> str:
    """How the paths of the hidden folders begin where shards of a prefix wait.

    Example:
        >>> waiting_prefix("out/trips"), waiting_prefix("trips"), waiting_prefix("/trips")
        ('out/.trips-', '.trips-', '/.trips-')
    """
    folder, name = split(prefix)
    return f"{folder.rstrip('/')}/.{name}-" if folder else f".{name}-"


def is_incomplete(paths: Iterable[str]) -> str | None:
    """The prefix of an output of which only some shards are among the paths, as its commit ended.

    Raises:
        DataError: The file system cannot list what lies beside them.
    """
    found = Counter(
        match.group("prefix", "shards", "suffix") for match in map(_matched, paths) if match
    )
    for (prefix, shards, _), number in sorted(found.items()):
        if number < int(shards) and _is_waiting(prefix):
            return prefix
    return None


def check_complete(paths: Iterable[str]) -> None:
    """Refuse files that are a part of an output whose commit has not ended.

    Raises:
        DataError: They are.
    """
    prefix = is_incomplete(paths)
    if prefix is not None:
        raise DataError(
            "The output is incomplete: its writer was killed while it renamed the files, or is at "
            "it now.",
            where=prefix,
            expected="all files of an output",
            fix="Run again what wrote it, with --overwrite (overwrite=True), and remove the "
            f"folders {waiting_prefix(prefix)}* when nobody writes.",
        )


def _matched(path: str) -> re.Match[str] | None:
    return _SHARD.fullmatch(path)


def _is_waiting(prefix: str) -> bool:
    hidden = waiting_prefix(prefix)
    return bool(find([f"{glob.escape(hidden) if is_local(hidden) else hidden}*/*"]))
