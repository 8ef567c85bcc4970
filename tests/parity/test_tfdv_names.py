"""Every public name of TFDV is on the migration page, and what the page names is there."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

import taurus_beam as tb

PAGE = (Path(__file__).parents[2] / "docs" / "migrate-from-tfdv.md").read_text()
NAMES = json.loads((Path(__file__).parent / "statistics" / "names.json").read_text())["names"]
ROWS = [line.split("|")[1:3] for line in PAGE.splitlines() if line.startswith("| `")]


@pytest.mark.parametrize("name", NAMES)
def test_every_name_is_in_the_table(name: str) -> None:
    (row,) = [row for row in ROWS if name in re.findall(r"`(\w+)`", row[0])]
    if "the same names" in row[1]:
        assert hasattr(tb, name)


@pytest.mark.parametrize("name", sorted(set(re.findall(r"`tb\.(\w+)", PAGE))))
def test_what_the_page_names_is_there(name: str) -> None:
    assert hasattr(tb, name)
