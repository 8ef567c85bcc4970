from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from taurus_beam.io.temporary import make_owned_folder, owned_folder, remove_owned_folder

_KILLED = """
import os, signal
from taurus_beam.io.temporary import make_owned_folder
open(make_owned_folder() + "/large", "w").close()
os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr(tempfile, "tempdir", None)
    return tmp_path


def test_what_a_killed_process_left_is_removed_by_the_next_one(place: Path) -> None:
    subprocess.run([sys.executable, "-c", _KILLED], check=False)
    [left] = place.iterdir()
    assert (left / "large").exists()
    with owned_folder() as folder:
        assert [str(path) for path in place.iterdir()] == [folder]
    assert list(place.iterdir()) == []


def test_what_others_use_is_left_alone(place: Path) -> None:
    with owned_folder() as other:
        (place / "taurus_beam-of-a-user").mkdir()
        mine = make_owned_folder()
        assert os.path.isdir(other)
        remove_owned_folder(mine)
    assert [path.name for path in place.iterdir()] == ["taurus_beam-of-a-user"]
