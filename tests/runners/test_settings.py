from __future__ import annotations

from pathlib import Path

import pytest

from taurus_beam.runners.options import OptionsError, pipeline_options
from taurus_beam.runners.profiles import profile
from taurus_beam.runners.profiles.base import Job
from taurus_beam.runners.profiles.flink import Flink
from taurus_beam.runners.settings import asked

FILE = """\
engine = "flink"
temp_location = "/shared/tmp"

[flink]
master = "flink:8081"
version = "1.20"
parallelism = 8

[dataflow]
labels = ["team=ads", "env=test"]
public_ips = false

[beam]
max_parallelism = 64
experiments = ["a", "b"]
no_auth = false
"""


@pytest.fixture
def file(tmp_path: Path) -> str:
    (tmp_path / "engine.toml").write_text(FILE)
    return str(tmp_path / "engine.toml")


def test_a_file_names_the_engine_and_its_settings(file: str) -> None:
    found = asked(file=file)

    assert found.profile == Flink(master="flink:8081", version="1.20", parallelism=8)
    assert found.temp_location == "/shared/tmp"
    assert found.words == ("--max_parallelism=64", "--experiments=a", "--experiments=b")


def test_the_command_line_wins_over_the_file(file: str) -> None:
    words = ["--flink-master=other:1", "--parallelism", "2", "--max_parallelism=3"]
    found = asked(None, words, file, "/my/tmp")

    assert found.profile == Flink(master="other:1", version="1.20", parallelism=2)
    assert found.temp_location == "/my/tmp"
    assert found.words[-1] == "--max_parallelism=3"
    assert asked("dataflow", [], file).profile == profile(
        "dataflow", {"labels": ("team=ads", "env=test"), "public_ips": False}
    )


@pytest.mark.parametrize("name", ["flink", "Flink", "FlinkRunner", "flinkrunner"])
def test_beams_own_words_set_the_same(name: str) -> None:
    words = ["--flink_master=a:1", "--flink-version", "2.1", "--sdk_worker_parallelism=2"]

    assert asked(name, words).profile == Flink(master="a:1", version="2.1", workers_per_node=2)


def test_an_environment_of_beam_stays_with_beam() -> None:
    word = "--environment_type=beam:env:harness_subprocess_python:v1"
    found = asked("prism", [word])

    assert found.words == (word,)
    assert not [w for w in found.profile.words(Job()) if w.startswith("--environment")]


@pytest.mark.parametrize(
    ("words", "value"),
    [
        (["--dataflow-public-ips"], True),
        (["--no-dataflow-public-ips"], False),
        ([], None),
    ],
)
def test_truths(words: list[str], value: bool | None) -> None:
    assert asked("dataflow", words).profile == profile("dataflow", {"public_ips": value})


@pytest.mark.parametrize("words", [["--temp_location=/beams"], ["--temp_location", "/beams"]])
def test_beams_own_word_names_the_folder_for_intermediate_files(
    words: list[str], file: str
) -> None:
    found = asked("flink", [*words, "--max_parallelism=8"], file)

    assert (found.temp_location, found.words[-1]) == ("/beams", "--max_parallelism=8")
    assert asked("flink", words, file, temp_location="/ours").temp_location == "/ours"
    with pytest.raises(OptionsError, match="--temp_location needs a value"):
        asked("flink", ["--temp_location"])


def test_lists_grow_word_by_word() -> None:
    found = asked("dataflow", ["--labels=a=1", "--dataflow-labels", "b=2"])

    assert found.profile == profile("dataflow", {"labels": ("a=1", "b=2")})


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--flink-mastr=x"], "Did you mean --flink-master?"),
        (["--spark-master=x"], "--spark-master is for the engine spark, not flink."),
        (["--flink-parallelism=many"], "an integer"),
        (["--flink-version=2.3"], "one of: 1.19, 1.20, 2.0, 2.1, 2.2"),
        (["--flink-master"], "--flink-master needs a value."),
    ],
)
def test_wrong_words(words: list[str], message: str) -> None:
    with pytest.raises(OptionsError) as caught:
        asked("flink", words)

    assert message in str(caught.value)


def test_a_word_that_nobody_knows_may_be_meant_for_a_setting() -> None:
    with pytest.raises(OptionsError, match="Did you mean --direct-workers"):
        pipeline_options(profile(), ["--direct-worker=2"])


@pytest.mark.parametrize(
    ("text", "where", "message"),
    [
        ('engin = "flink"', ":1", "Did you mean engine?"),
        ('\n[flink]\nmastr = "x"', ":3", "There is no setting 'mastr' of flink."),
        ("[direct]\nworkers = 1\n[flink]\nparallelism = '8'", ":4", "an integer"),
        ("[flink]\nparallelism = true", ":2", "an integer"),
        ("[dataflow]\nlabels = 'a'", ":2", "a list of strings"),
        ('[flink]\nversion = "2.3"', ":2", "one of: 1.19"),
        ("[flank]\n", ":1", "Did you mean flink?"),
        ("flink = 3", ":1", "a table [flink]"),
        ("[flink\n", "", "no TOML"),
    ],
)
def test_what_is_wrong_in_a_file_is_told_by_its_line(
    tmp_path: Path, text: str, where: str, message: str
) -> None:
    path = tmp_path / "engine.toml"
    path.write_text(text)

    with pytest.raises(OptionsError) as caught:
        asked(file=str(path))

    assert message in str(caught.value)
    assert caught.value.where == f"{path}{where}"


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(OptionsError, match="cannot be read"):
        asked(file=str(tmp_path / "none.toml"))
