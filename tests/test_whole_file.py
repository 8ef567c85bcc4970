from __future__ import annotations

import os
import signal
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from taurus_beam.whole_file import remove_unfinished, replace_file

_KILLED = """
import os, signal, sys
from taurus_beam.whole_file import replacing
with replacing(sys.argv[1], durable=True) as file:
    file.write(b"new")
    file.flush()
    os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.mark.parametrize("durable", [False, True])
def test_a_file_is_replaced(tmp_path: Path, durable: bool) -> None:
    path = tmp_path / "x"
    replace_file(str(path), b"a long content", durable)
    replace_file(str(path), b"new", durable)
    assert path.read_bytes() == b"new"
    assert os.listdir(tmp_path) == ["x"]


def test_what_fails_leaves_what_is_there_and_nothing_else(tmp_path: Path) -> None:
    (tmp_path / "x").mkdir()
    with pytest.raises(IsADirectoryError):
        replace_file(str(tmp_path / "x"), b"new")
    assert os.listdir(tmp_path) == ["x"]


def test_a_file_may_be_read_by_whom_the_umask_lets(tmp_path: Path) -> None:
    before = os.umask(0o027)
    try:
        replace_file(str(tmp_path / "x"), b"")
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "x").stat().st_mode) == 0o640


def test_what_others_may_read_is_not_changed_meanwhile(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The umask is the whole process's: another thread's files would be open to all."""
    changed: list[int] = []
    monkeypatch.setattr(os, "umask", lambda mask: changed.append(mask) or 0o022)
    replace_file(str(tmp_path / "x"), b"")
    assert not changed


def test_what_a_killed_process_left_can_be_removed(tmp_path: Path) -> None:
    path = tmp_path / "inner" / "x"
    path.parent.mkdir()
    path.write_bytes(b"old")
    (tmp_path / ".hidden").touch()
    ended = subprocess.run([sys.executable, "-c", _KILLED, str(path)], check=False)
    assert ended.returncode == -signal.SIGKILL
    assert len(os.listdir(path.parent)) == 2
    remove_unfinished(str(tmp_path))
    assert os.listdir(path.parent) == ["x"]
    assert path.read_bytes() == b"old"
    assert (tmp_path / ".hidden").exists()
