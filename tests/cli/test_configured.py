"""Where parameters come from: command line over environment over file over default."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from taurus_beam.configuration import Configuration, Source
from taurus_beam.lineage import LineageStore
from taurus_beam.lineage.configurations import configuration_of
from taurus_beam.serving import load

Command = Callable[..., Any]


@pytest.fixture(autouse=True)
def folder(work: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TAURUS_BEAM_LINEAGE", "l.sqlite")
    (tmp_path / "run.toml").write_text(
        f"[fit]\npreprocessing = '{work}/prep.py'\ninput = ['{work}/flights.parquet']\n"
        "output = 'from_file'\noverwrite = true\n"
    )
    return tmp_path


def last_run() -> Configuration:
    return configuration_of(LineageStore("l.sqlite").executions(most=1)[0])


def test_line_over_environment_over_file_over_default(
    command: Command, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def source_of_output(*words: str) -> tuple[Any, Source]:
        assert command("fit", "--config", "run.toml", *words).exit_code == 0
        output = last_run().parameters["output"]
        assert (folder / str(output.value) / "manifest.json").exists()
        return output.value, output.source

    assert source_of_output() == ("from_file", Source.FILE)
    monkeypatch.setenv("TAURUS_BEAM_FIT_OUTPUT", "from_environment")
    assert source_of_output() == ("from_environment", Source.ENVIRONMENT)
    assert source_of_output("-o", "from_line") == ("from_line", Source.COMMAND_LINE)
    others = last_run().parameters
    assert others["overwrite"].model_dump() == {"value": True, "source": Source.FILE}
    assert others["skip_bad_files"].model_dump() == {"value": False, "source": Source.DEFAULT}


def test_it_lies_beside_the_artifact_and_changes_nothing_of_it(
    command: Command, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    digests = []
    for output in ("one", "two"):
        assert command("fit", "--config", "run.toml", "-o", output).exit_code == 0
        written = (folder / output / "configuration.json").read_text()
        assert Configuration.from_json(written) == last_run()
        manifest = json.loads((folder / output / "manifest.json").read_text())
        assert "configuration.json" not in manifest["files"]
        digests.append(manifest["digest"])
        load(folder / output)
    assert digests[0] == digests[1]
    monkeypatch.setenv("TAURUS_BEAM_LINEAGE", "off")
    assert command("fit", "--config", "run.toml", "-o", "three").exit_code == 0
    three = Configuration.from_json((folder / "three" / "configuration.json").read_text())
    assert three.parameters["output"].value == "three"


def test_what_it_said_is_stored_as_an_artifact(command: Command, folder: Path) -> None:
    assert command("fit", "--config", "run.toml").exit_code == 0
    [found] = LineageStore("l.sqlite").artifacts_of_digest(last_run().digest)
    assert found.type == "Configuration"
    assert found.properties["configuration"]["output"] == "from_file"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[fit]\nouput = 'fn'", "Did you mean output?"),
        ("[fit]\nskip_bad_files = 'yes'", "a boolean"),
        ("[fit]\nformat = 'xml'", "'parquet'"),
        ("[schema.infer]\nstat = 'x'", "Did you mean stats?"),
        ("[fit]\nengine_file = 'x'", "fit has no parameter 'engine_file'"),
    ],
)
def test_a_slip_in_the_file_is_an_error_of_the_command_line(
    command: Command, folder: Path, text: str, message: str
) -> None:
    (folder / "run.toml").write_text(text)
    result = command("fit", "--config", "run.toml")
    assert result.exit_code == 2
    assert message in result.stderr
    assert "run.toml:2" in result.stderr


def test_a_value_that_typer_refuses_is_refused_wherever_it_comes_from(
    command: Command, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TAURUS_BEAM_FIT_FORMAT", "xml")
    result = command("fit", "--config", "run.toml")
    assert result.exit_code == 2
    assert "xml" in result.stderr


def test_arguments_and_parsed_pairs_come_from_files_too(
    command: Command, work: Path, folder: Path
) -> None:
    (folder / "run.toml").write_text(
        f"[verify]\nartifact = '{work}/fitted'\ninput = ['{work}/flights.parquet']\nrows = 5\n"
        "[serve]\nmodel = ['trips=none']\n"
    )
    assert command("verify", "--config", "run.toml").exit_code == 0
    assert last_run().parameters["rows"].model_dump() == {"value": 5, "source": Source.FILE}
    assert command("serve", "--config", "run.toml").exit_code == 5
    assert last_run().parameters["models"].value == ["trips=none"]


def test_the_environment_alone_may_say_it_all(
    command: Command, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "Usage" in command("fit").output
    monkeypatch.setenv("TAURUS_BEAM_CONFIG", "run.toml")
    assert command("fit").exit_code == 0
    assert (folder / "from_file" / "manifest.json").exists()


def test_what_would_be_said_is_shown_without_a_run(
    command: Command, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TAURUS_BEAM_FIT_OUTPUT", "from_environment")
    line = ("fit", "--config", "run.toml", "--skip-bad-files", "--direct_num_workers=2")
    shown = Configuration.from_json(command("config", "--json", *line).stdout)
    sources = {name: each.source for name, each in shown.parameters.items()}
    assert {name for name, each in sources.items() if each is not Source.DEFAULT} == {
        *("preprocessing", "output", "input", "overwrite", "skip_bad_files", "beam_options")
    }
    assert shown.parameters["output"].source is Source.ENVIRONMENT
    assert "environment" in command("config", *line).stdout
    assert not list(folder.glob("from_*"))
    assert not (folder / "l.sqlite").exists()


@pytest.mark.parametrize("line", [("fitt",), ("fit", "-o"), ("schema", "infer", "--nonsense")])
def test_a_line_that_cannot_be_meant_is_shown_as_an_error_of_it(
    command: Command, line: tuple[str, ...]
) -> None:
    assert command("config", *line).exit_code == 2


def test_a_group_has_a_table_of_its_own(command: Command, work: Path, folder: Path) -> None:
    assert command("stats", "-i", work / "flights.parquet", "-o", "stats.pb").exit_code == 0
    (folder / "run.toml").write_text("[schema.infer]\nstats = 'stats.pb'\noutput = 's.pbtxt'\n")
    assert command("schema", "infer", "--config", "run.toml").exit_code == 0
    assert last_run().parameters["output"].model_dump() == {
        "value": "s.pbtxt",
        "source": Source.FILE,
    }
