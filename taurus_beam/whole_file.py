"""One local file, replaced at once: a reader sees the old content or the new, never a part.

For files beside which nothing else has to appear at the same time; folders and files of other file
systems have ways of their own (`taurus_beam.artifact.store`, `taurus_beam.io.whole_file`).
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import BinaryIO

__all__ = ["remove_unfinished", "replace_file", "replacing"]

_UNFINISHED = ".unfinished-"
_NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
_NAME = re.compile(rf"\..+{re.escape(_UNFINISHED)}\w+")


def replace_file(path: str, content: bytes, durable: bool = False) -> None:
    """Write a file, or replace the one that is there; what fails leaves nothing behind.

    Args:
        path: The file, in a folder that exists.
        content: All of it.
        durable: Whether it is on the disk before it takes the place of the old one, so that not
            even a machine that stops leaves a part of it. This takes milliseconds.

    Raises:
        OSError: If it cannot be written there.

    Example:
        >>> import tempfile
        >>> path = os.path.join(tempfile.mkdtemp(), "x")
        >>> replace_file(path, b"old"), replace_file(path, b"new", durable=True)
        (None, None)
        >>> open(path, "rb").read()
        b'new'
    """
    with replacing(path, durable) as file:
        file.write(content)


@contextmanager
def replacing(path: str, durable: bool = False) -> Iterator[BinaryIO]:
    """As `replace_file`, for content that is written piece by piece.

    Example:
        >>> import tempfile
        >>> path = os.path.join(tempfile.mkdtemp(), "x")
        >>> with replacing(path) as file:
        ...     file.writelines([b"one", b"two"])
        >>> open(path, "rb").read()
        b'onetwo'
    """
    folder, name = os.path.split(path)
    temporary = os.path.join(folder, f".{name}{_UNFINISHED}{os.urandom(8).hex()}")
    # Others may read it as any other file that is written. What they may cannot be asked for
    # without changing it for all threads.
    waiting = os.open(temporary, _NEW, 0o666)
    try:
        with os.fdopen(waiting, "wb") as file:
            yield file
            if durable:
                file.flush()
                os.fsync(file.fileno())
        os.replace(temporary, path)
    except BaseException:
        with suppress(OSError):
            os.remove(temporary)
        raise


def remove_unfinished(folder: str) -> None:
    """Remove what processes that were killed had not finished, in a folder and those below it.

    Only for folders that no process writes to.
    """
    for place, _, names in os.walk(folder):
        for name in filter(_NAME.fullmatch, names):
            os.remove(os.path.join(place, name))
