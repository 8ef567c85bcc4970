"""Contents of files: small ones as bytes, large ones mapped and looked at piece by piece.

What was looked at is given back to the system, so that reading a file through, whatever its
size, takes no more memory than a piece. What is yet to be written may lie in several places and is
copied into none. What is inside a file is not this room's matter.
"""

from __future__ import annotations

import hashlib
import mmap
import os
import stat
from collections.abc import Iterator, Sequence
from typing import Any, TypeAlias

__all__ = ["Content", "Parts", "forget", "mapped", "pieces", "read_local", "sha256_of"]

Content: TypeAlias = bytes | mmap.mmap
"""What a file holds. Anything else with the buffer protocol serves too."""

_MAPPED_FROM = 1 << 22
_PIECE = 1 << 24


class Parts:
    """A content that lies in several buffers, one after the other, which nobody changes.

    Args:
        buffers: Bytes or anything with the buffer protocol.

    Example:
        >>> content = Parts([b"ab", b"c"])
        >>> len(content), bytes(content)
        (3, b'abc')
    """

    def __init__(self, buffers: Sequence[Any]) -> None:
        self._views = [memoryview(buffer).cast("B") for buffer in buffers]

    def __len__(self) -> int:
        return sum(map(len, self._views))

    def __iter__(self) -> Iterator[memoryview]:
        return iter(self._views)

    def __bytes__(self) -> bytes:
        return b"".join(self._views)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Parts) and bytes(self) == bytes(other)


def read_local(path: str) -> Content:
    """A local file's content; a large one is mapped, so that processes share its memory.

    Raises:
        OSError: If it cannot be read, or is no file: a pipe would be waited for, and a device
            might never end.
    """
    with open(path, "rb", opener=_open_at_once) as file:
        known = os.fstat(file.fileno())
        if not stat.S_ISREG(known.st_mode):
            raise OSError(f"{path} is no regular file")
        return mapped(file) if known.st_size >= _MAPPED_FROM else file.read()


def _open_at_once(path: str, flags: int) -> int:
    # Windows, which has no such pipes, does not know the flag.
    return os.open(path, flags | getattr(os, "O_NONBLOCK", 0))


def mapped(file: Any) -> mmap.mmap:
    """The content of an open local file that is not empty."""
    return mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)


def pieces(content: Any) -> Iterator[memoryview]:
    """The content from beginning to end; a piece is to be used before the next is asked for."""
    for view in content if isinstance(content, Parts) else [memoryview(content)]:
        for start in range(0, len(view), _PIECE):
            yield view[start : start + _PIECE]
            forget(content)


def forget(content: Any) -> None:
    """Let the system take back the memory of a mapped file; reading it again brings it back."""
    if isinstance(content, mmap.mmap) and hasattr(mmap, "MADV_DONTNEED"):
        content.madvise(mmap.MADV_DONTNEED)


def sha256_of(content: Any) -> str:
    """The content's sha256 as hexadecimal digits.

    Example:
        >>> sha256_of(b"")[:8]
        'e3b0c442'
    """
    digest = hashlib.sha256()
    for piece in pieces(content):
        digest.update(piece)
    return digest.hexdigest()
