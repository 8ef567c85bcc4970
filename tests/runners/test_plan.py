from __future__ import annotations

from pathlib import Path
from typing import Any

import apache_beam as beam
import pytest
from apache_beam.portability.api import beam_runner_api_pb2 as api
from google.protobuf import text_format

from taurus_beam.errors import DataError, EngineError
from taurus_beam.runners.options import pipeline_options
from taurus_beam.runners.plan import Plan, plan
from taurus_beam.runners.profiles import profile

RAN: list[int] = []


def build(pipeline: Any) -> None:
    _ = pipeline | beam.Create([1, 2]) | "Run" >> beam.Map(RAN.append)


def planned(runner: str, *words: str) -> Plan:
    chosen = profile(runner)
    return plan(build, pipeline_options(chosen, words), chosen)


@pytest.mark.parametrize(
    ("runner", "words", "workers"),
    [
        ("FnApiRunner", (), "threads of this process"),
        ("FlinkRunner", ("--flink_master=[local]",), "threads of this process"),
        (
            "FlinkRunner",
            ("--flink_master=host:8081", "--environment_type=DOCKER", "--environment_config=a/b:1"),
            "container a/b:1",
        ),
        (
            "SparkRunner",
            ("--environment_type=EXTERNAL", "--environment_config=localhost:15000"),
            "environment beam:env:external:v1",
        ),
        (
            "PortableRunner",
            (
                "--job_endpoint=host:1",
                "--environment_type=PROCESS",
                '--environment_config={"command":"x"}',
            ),
            "environment beam:env:process:v1",
        ),
    ],
)
def test_a_plan_names_the_workers_and_runs_nothing(
    runner: str, words: tuple[str, ...], workers: str
) -> None:
    RAN.clear()

    made = planned(runner, *words)

    assert made.findings[0].told == workers
    assert "Run" in {step.unique_name for step in made.graph.components.transforms.values()}
    assert made.request is None
    assert RAN == []


def test_a_plan_is_written_as_binary_and_as_text(tmp_path: Path) -> None:
    made = planned("FnApiRunner")
    made.write(str(tmp_path / "plan.pb"))
    made.write(str(tmp_path / "plan.pbtxt"))

    assert api.Pipeline.FromString((tmp_path / "plan.pb").read_bytes()) == made.graph
    text = (tmp_path / "plan.pbtxt").read_text()
    assert text_format.Parse(text, api.Pipeline()) == made.graph


def test_what_is_wrong_while_building_stays_what_it_is() -> None:
    def fails(pipeline: Any) -> None:
        raise DataError("No file.", where="a.csv")

    with pytest.raises(DataError, match="No file"):
        plan(fails, pipeline_options(profile()), profile())


def test_missing_options_of_the_cloud_are_one_error() -> None:
    with pytest.raises(EngineError, match="region"):
        planned("DataflowRunner", "--project=a-project")
