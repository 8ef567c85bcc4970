"""Locks on local files, which end with the process that holds them, however that ends.

Whoever finds a file unlocked knows that its owner is gone. Windows has no such locks: there
`CAN_LOCK` is false, and a lock keeps nobody out.
"""

from __future__ import annotations

import os

try:
    import fcntl
except ModuleNotFoundError:
    fcntl = None  # type: ignore[assignment]  # there are no such locks on Windows

__all__ = ["CAN_LOCK", "FileLock"]

CAN_LOCK = fcntl is not None


class FileLock:
    """A file that this process has locked, until it releases it or ends.

    Args:
        path: The file.
        make: Whether it is made where it is not there; it is its owner's alone.

    Raises:
        BlockingIOError: It is locked already, by this process or by another.
        OSError: It cannot be opened, or its file system has no locks.

    Example:
        >>> import tempfile
        >>> path = os.path.join(tempfile.mkdtemp(), "lock")
        >>> held = FileLock(path)
        >>> FileLock(path)
        Traceback (most recent call last):
        BlockingIOError: ...
        >>> held.release()
        >>> FileLock(path).release()
    """

    def __init__(self, path: str, make: bool = True) -> None:
        self._file = os.open(path, os.O_RDWR | (os.O_CREAT if make else 0), 0o600)
        if fcntl is None:
            return
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            self.release()
            raise

    def release(self) -> None:
        """Let another process lock it; once is enough."""
        file, self._file = self._file, -1
        if file >= 0:
            os.close(file)
