"""A disk without room: an error that says so, and no output."""

from __future__ import annotations

from pathlib import Path

import pytest
from faulty_runs import MODES, Place, ended


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize(
    ("kilobytes", "file"), [(1, "/out/stats.pb:"), (32, "out/.data-")], ids=["statistics", "data"]
)
def test_a_fit_without_room_fails_and_leaves_nothing(
    tmp_path: Path, mode: str, kilobytes: int, file: str
) -> None:
    place = Place.at(tmp_path)

    code, _, errors = ended(place.fit(mode, kilobytes=kilobytes))

    assert code == 6
    assert errors.startswith("error: Cannot write ")
    # What the system says of a file that may grow no further.
    assert "File too large" in errors
    assert file in errors
    assert "free space" in errors
    left = [path.name for path in (tmp_path / "out").iterdir()]
    assert left == (["stats.pb"] if kilobytes > 1 else [])
    assert place.temporary == []
    place.assert_nothing_partial()
