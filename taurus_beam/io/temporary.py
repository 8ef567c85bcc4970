"""Folders for intermediate files that outlive no run, not even one that was killed.

A folder's owner holds a lock on a file in it, which ends with the process however that ends. Who
makes a new folder removes those whose owner is gone. Where files cannot be locked they stay.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from taurus_beam.io.lock import CAN_LOCK, FileLock

__all__ = ["make_owned_folder", "owned_folder", "remove_owned_folder"]

_PREFIX = "taurus_beam-"
_OWNER = ".owner"

_locks: dict[str, FileLock] = {}


@contextmanager
def owned_folder() -> Iterator[str]:
    """A new folder, removed when the block ends, or by a later run where the process is killed.

    Example:
        >>> with owned_folder() as folder:
        ...     os.path.isdir(folder)
        True
        >>> os.path.exists(folder)
        False
    """
    folder = make_owned_folder()
    try:
        yield folder
    finally:
        remove_owned_folder(folder)


def make_owned_folder() -> str:
    """A new folder, for `remove_owned_folder`; removes those that killed processes left.

    Raises:
        OSError: There is no place for temporary files.
    """
    _remove_abandoned(tempfile.gettempdir())
    folder = tempfile.mkdtemp(prefix=_PREFIX)
    try:
        with suppress(OSError):
            _own(folder)
    except BaseException:
        # Interrupted here, nobody else knows the folder.
        remove_owned_folder(folder)
        raise
    return folder


def remove_owned_folder(folder: str) -> None:
    """Remove a folder as well as that is possible."""
    shutil.rmtree(folder, ignore_errors=True)
    lock = _locks.pop(folder, None)
    if lock is not None:
        lock.release()


def _own(folder: str) -> None:
    if not CAN_LOCK:
        return
    path = os.path.join(folder, _OWNER)
    lock = FileLock(f"{path}-new")
    try:
        # Whoever finds the file under its name finds it locked.
        os.rename(f"{path}-new", path)
    except OSError:
        lock.release()
        raise
    _locks[folder] = lock


def _remove_abandoned(place: str) -> None:
    if not CAN_LOCK:
        return
    with suppress(OSError):
        for entry in os.scandir(place):
            if entry.name.startswith(_PREFIX) and _is_abandoned(os.path.join(entry.path, _OWNER)):
                shutil.rmtree(entry.path, ignore_errors=True)


def _is_abandoned(path: str) -> bool:
    try:
        FileLock(path, make=False).release()
    except OSError:
        return False  # it is locked, or there is no folder of this kind, or it is somebody else's
    return True
