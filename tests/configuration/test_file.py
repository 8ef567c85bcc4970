"""A TOML file of parameters: what it may say, and how it is told what it may not."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import pytest

from taurus_beam.configuration import Key, read_file
from taurus_beam.errors import EngineError

COMMANDS = {
    "fit": {
        "input": Key("input", list[str]),
        "engine": Key("engine_file", str),
        "skip_bad_files": Key("skip_bad_files", bool),
        "sample": Key("sample", float | None),
        "rows": Key("rows", int),
        "format": Key("format", Literal["csv", "parquet"]),
    },
    "schema infer": {"stats": Key("stats", str)},
}


def read(folder: Path, text: str) -> dict[str, dict[str, object]]:
    file = folder / "run.toml"
    file.write_text(text)
    return read_file(str(file), COMMANDS)


@pytest.mark.filterwarnings("error")
def test_tables_are_the_parameters_of_commands(tmp_path: Path) -> None:
    text = (
        "[fit]\ninput = ['a.csv', 'b.csv']\nengine = 'flink.toml'\nskip-bad-files = true\n"
        "sample = 1\nrows = 3\nformat = 'csv'\n[schema.infer]\nstats = 'stats.pb'\n"
    )
    assert read(tmp_path, text) == {
        "fit": {
            "input": ["a.csv", "b.csv"],
            "engine_file": "flink.toml",
            "skip_bad_files": True,
            "sample": 1,
            "rows": 3,
            "format": "csv",
        },
        "schema infer": {"stats": "stats.pb"},
    }


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ("[fit]\n\nouput = 'x'", 3, "fit has no parameter 'ouput'."),
        ("[fit]\ninputs = ['x']", 2, "Did you mean input?"),
        ("[fit]\nskip-bad-file = true", 2, "Did you mean skip_bad_files?"),
        ("[fitt]", 1, "Did you mean fit?"),
        ("fit = 3", 1, "a table [fit]"),
        ("schema = 3", 1, "There is no recorded command 'schema'"),
        ("[schema.infr]", 1, "Did you mean infer?"),
        ("[schema.infer]\nstat = 'x'", 2, "Did you mean stats?"),
        ("[fit]\ninput = 'a.csv'", 2, "a list"),
        ("[fit]\ninput = ['a.csv', 3]", 2, "a string"),
        ("[fit]\nengine = true", 2, "a string"),
        ("[fit]\nskip_bad_files = 'yes'", 2, "a boolean"),
        ("[fit]\nrows = 2.5", 2, "an integer"),
        ("[fit]\nrows = '2'", 2, "an integer"),
        ("[fit]\nformat = 'xml'", 2, "'csv' or 'parquet'"),
    ],
)
def test_what_is_wrong_is_told_by_line_and_key(
    tmp_path: Path, text: str, line: int, message: str
) -> None:
    with pytest.raises(EngineError) as caught:
        read(tmp_path, text)
    assert message in str(caught.value)
    assert caught.value.where == f"{tmp_path}/run.toml:{line}"


@pytest.mark.parametrize("text", ["[fit", "output = fn"])
def test_no_toml_is_refused(tmp_path: Path, text: str) -> None:
    with pytest.raises(EngineError, match="no TOML"):
        read(tmp_path, text)


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(EngineError, match="cannot be read"):
        read_file(str(tmp_path / "none.toml"), COMMANDS)
