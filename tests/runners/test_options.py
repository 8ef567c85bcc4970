from __future__ import annotations

import pytest
from apache_beam.options.pipeline_options import DirectOptions, GoogleCloudOptions, StandardOptions

from taurus_beam.runners.options import OptionsError, pipeline_options
from taurus_beam.runners.profiles import LOCAL, profile


@pytest.mark.parametrize("name", [None, "DirectRunner", "directrunner", "direct", "FnApiRunner"])
def test_the_local_runner_is_named_explicitly(name: str | None) -> None:
    assert profile(name).name == LOCAL == "FnApiRunner"
    assert profile(name).in_process


@pytest.mark.parametrize("name", ["PrismRunner", "DataflowRunner", "my.module.Runner"])
def test_other_runners_keep_their_names(name: str) -> None:
    assert profile(name).name == name
    assert not profile(name).in_process


def test_words_become_options() -> None:
    options = pipeline_options(
        profile(), ["--direct_num_workers=2", "--direct_running_mode", "multi_threading"], "/tmp/t"
    )

    assert options.view_as(StandardOptions).runner == "FnApiRunner"
    assert options.view_as(DirectOptions).direct_num_workers == 2
    assert options.view_as(DirectOptions).direct_running_mode == "multi_threading"
    assert options.view_as(GoogleCloudOptions).temp_location == "/tmp/t"


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--direct_num_worker=2"], "Did you mean --direct_num_workers?"),
        (["--out-put", "x"], "Did you mean --output?"),
        (["--zzz"], "no option"),
        (["b.parquet"], "a word too many: b.parquet"),
        (["--direct_num_workers=two"], "invalid int value: 'two'"),
        (["--direct_running_mode=fast"], "invalid choice: 'fast'"),
    ],
)
def test_no_word_is_ignored(words: list[str], message: str) -> None:
    expected = message.replace("no option", "has an option")

    with pytest.raises(OptionsError) as caught:
        pipeline_options(profile(), words, also_known=["--output"])

    assert expected in str(caught.value)


def test_a_job_server_may_know_more_options() -> None:
    words = ["--checkpointing_interval=1000"]

    pipeline_options(profile("FlinkRunner"), words)
    with pytest.raises(OptionsError):
        pipeline_options(profile("DataflowRunner"), words)
