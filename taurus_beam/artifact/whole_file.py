"""One local file, replaced at once: a reader sees the old content or the new, never a part."""

from __future__ import annotations

import os
import tempfile
from contextlib import suppress

__all__ = ["replace_file"]


def replace_file(path: str, content: bytes) -> None:
    """Write a file, or replace the one that is there; what fails leaves nothing behind.

    Raises:
        OSError: If it cannot be written there.

    Example:
        >>> path = os.path.join(tempfile.mkdtemp(), "x")
        >>> replace_file(path, b"old"), replace_file(path, b"new")
        (None, None)
        >>> open(path, "rb").read()
        b'new'
    """
    folder, name = os.path.split(path)
    waiting, temporary = tempfile.mkstemp(prefix=f".{name}-", dir=folder or ".")
    try:
        with os.fdopen(waiting, "wb") as file:
            file.write(content)
        # A temporary file is its owner's alone; this one is to be as any other that is written.
        os.chmod(temporary, 0o666 & ~_umask())
        os.replace(temporary, path)
    except BaseException:
        with suppress(OSError):
            os.remove(temporary)
        raise


def _umask() -> int:
    mask = os.umask(0o022)
    os.umask(mask)
    return mask
