from __future__ import annotations

from collections.abc import Iterator

import apache_beam as beam
import pytest

from taurus_beam.errors import DataError, EngineError, TaurusError, TraceError
from taurus_beam.runners.failures import meaning, parsed, was_interrupted
from taurus_beam.runners.options import pipeline_options
from taurus_beam.runners.profiles import profile
from taurus_beam.runners.run import run

WRONG = DataError("Wrong.", where="a.csv:3", expected="a number\nor nothing", fix="Correct it.")
MODES = {
    "in memory": [],
    "threads": ["--direct_running_mode=multi_threading", "--direct_num_workers=2"],
    "processes": ["--direct_running_mode=multi_processing", "--direct_num_workers=2"],
    "job service": ["--job_endpoint=embed", "--environment_type=LOOPBACK"],
}


class Fail(beam.DoFn):
    """Raises as our own code does: with the context of another error of ours below."""

    def __init__(self, failure: BaseException) -> None:
        self._failure = failure

    def process(self, element: int) -> Iterator[int]:
        try:
            raise DataError("A detail.")
        except DataError as detail:
            raise self._failure from detail
        yield element


@pytest.mark.parametrize("mode", MODES)
def test_an_error_of_ours_comes_out_as_it_was_raised(mode: str) -> None:
    runner = profile("PortableRunner" if mode == "job service" else None)

    with pytest.raises(DataError) as caught:
        run(
            lambda p: (
                p | beam.Create([1, 2]) | beam.Reshuffle() | "Step" >> beam.ParDo(Fail(WRONG))
            ),
            pipeline_options(runner, MODES[mode]),
        )

    assert str(caught.value) == str(WRONG)
    assert (caught.value.where, caught.value.fix) == (WRONG.where, WRONG.fix)


@pytest.mark.parametrize("mode", ["in memory", "processes"])
def test_another_error_is_quoted_with_its_step(mode: str) -> None:
    with pytest.raises(EngineError) as caught:
        run(
            lambda p: p | beam.Create([1]) | "Step" >> beam.ParDo(Fail(ValueError("no luck"))),
            pipeline_options(profile(), MODES[mode]),
        )

    assert "no luck" in caught.value.what
    assert caught.value.where == "step 'Step'"
    assert "Traceback" not in str(caught.value)


def test_ctrl_c_in_a_worker_is_ctrl_c() -> None:
    with pytest.raises(KeyboardInterrupt):
        run(
            lambda p: p | beam.Create([1]) | beam.ParDo(Fail(KeyboardInterrupt())),
            pipeline_options(profile()),
        )


def test_an_error_while_the_pipeline_is_built_is_left_as_it_is() -> None:
    failure = TraceError("Wrong.")

    def build(pipeline: object) -> None:
        raise failure

    with pytest.raises(TraceError) as caught:
        run(build, pipeline_options(profile()))

    assert caught.value is failure


def test_an_error_in_the_text_of_a_java_runner() -> None:
    text = (
        "Pipeline job-1 failed in state FAILED: java.lang.RuntimeException: Error received from "
        "SDK harness for instruction 4: Traceback (most recent call last):\n"
        '  File "x.py", line 1, in f\n'
        f"taurus_beam.errors.DataError: {WRONG}\n\n"
        "During handling of the above exception, another exception occurred:\n\n"
        "Traceback (most recent call last):\n"
        f"taurus_beam.errors.DataError: {WRONG} [while running 'Read/Read-ptransform-42']\n\n"
        "\tat java.base/java.util.concurrent.CompletableFuture.reportGet(Unknown Source)\n"
    )

    assert str(meaning(RuntimeError(text), "FlinkRunner")) == str(WRONG)


@pytest.mark.parametrize(
    "error",
    [
        DataError("What."),
        DataError("What,\non two lines.", fix="Do."),
        EngineError("What.", where="here", expected="that\nand that", fix="Do."),
    ],
)
def test_a_message_is_read_back_as_it_was_printed(error: TaurusError) -> None:
    again = parsed(type(error), str(error))

    assert vars(again) == vars(error)


def test_a_failure_without_words_is_named() -> None:
    assert "ZeroDivisionError" in str(meaning(ZeroDivisionError(), "FnApiRunner"))
    assert not was_interrupted(ZeroDivisionError())
