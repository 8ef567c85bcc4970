"""``taurus-beam leakage`` and ``split --check``: what is shared, as text, JSON and exit code."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Command = Callable[..., Any]
RATIOS = ("--ratio", "train=0.7", "--ratio", "test=0.3")


@pytest.fixture
def shared(tmp_path: Path) -> tuple[str, str]:
    (tmp_path / "a.csv").write_text("id,x\n1,1\n2,2\n,3\n")
    (tmp_path / "b.csv").write_text("id,x\n2,9\n3,3\n")
    return f"a={tmp_path / 'a.csv'}", f"b={tmp_path / 'b.csv'}"


def test_shared_keys_are_shown_and_exit_with_1(
    command: Command, shared: tuple[str, str], tmp_path: Path
) -> None:
    result = command("leakage", *shared, "--key", "id", "--rows", "-o", tmp_path / "report.json")
    assert result.exit_code == 1, result.output
    assert "Shared keys (id)  (2 splits, 5 rows, 1 without a key)" in result.stdout
    assert '{"id": 2}' in result.stdout
    assert "No rows in two splits." in result.stdout
    report = json.loads((tmp_path / "report.json").read_text())
    assert report["leaks"] is True
    assert [check["compared"] for check in report["checks"]] == [["id"], "rows"]
    assert report["checks"][0]["leaks"] == [
        {"splits": ["a", "b"], "keys": 1, "rows": {"a": 1, "b": 1}, "examples": [{"id": 2}]}
    ]


def test_nothing_shared_exits_with_0(command: Command, shared: tuple[str, str]) -> None:
    result = command("leakage", *shared, "--json", "--direct_num_workers=1")
    assert result.exit_code == 0, result.output
    assert json.loads(result.stdout)["leaks"] is False


def test_splits_are_checked_by_their_own_key(command: Command, work: Path, tmp_path: Path) -> None:
    words = ("split", "-i", work / "flights.parquet", *RATIOS, "--check")
    apart = command(*words, "-o", tmp_path / "apart", "--key", "carrier")
    assert apart.exit_code == 0, apart.output
    assert "No keys (carrier) in two splits." in apart.stdout
    assert not json.loads((tmp_path / "apart" / "leakage.json").read_text())["leaks"]

    # The flights have equal rows, as only four columns are left of them.
    rows = command(*words, "-o", tmp_path / "rows", "--stratum", "origin", "--json")
    assert rows.exit_code == 1
    assert json.loads(rows.stdout)["leakage"]["leaks"] is True
    again = command("leakage", tmp_path / "rows")
    assert again.exit_code == 1
    assert "train and test" in again.stdout


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("nowhere",), "There are no splits at nowhere"),
        (("a=x.csv", "a=y.csv"), "'a' is given twice"),
        (("a=x.csv",), "nothing to compare"),
        (("a=x.csv", "b=y.csv", "--nonsense"), "--nonsense"),
    ],
)
def test_what_cannot_be_decided_exits_with_2(
    command: Command, words: tuple[str, ...], said: str
) -> None:
    result = command("leakage", *words)
    assert result.exit_code == 2
    assert said in result.stderr
