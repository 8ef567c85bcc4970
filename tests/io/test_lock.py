from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from taurus_beam.io.lock import FileLock

_HOLDER = """
import sys, time
from taurus_beam.io.lock import FileLock
held = FileLock(sys.argv[1])
print("held", flush=True)
time.sleep(60)
"""


def test_a_lock_ends_with_the_process_that_is_killed(tmp_path: Path) -> None:
    path = str(tmp_path / "lock")
    command = [sys.executable, "-c", _HOLDER, path]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        with pytest.raises(BlockingIOError):
            FileLock(path)
        holder.send_signal(signal.SIGKILL)
    FileLock(path).release()


def test_what_was_refused_does_not_end_the_lock(tmp_path: Path) -> None:
    held = FileLock(str(tmp_path / "lock"))
    for _ in range(2):
        with pytest.raises(BlockingIOError):
            FileLock(str(tmp_path / "lock"))
    held.release()
    held.release()
    FileLock(str(tmp_path / "lock")).release()


def test_a_file_is_made_only_if_that_is_asked_for(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        FileLock(str(tmp_path / "lock"), make=False)
    assert list(tmp_path.iterdir()) == []
    FileLock(str(tmp_path / "lock")).release()
    assert [path.name for path in tmp_path.iterdir()] == ["lock"]
    FileLock(str(tmp_path / "lock"), make=False).release()
