"""Submissions to Dataflow, prepared in full and not sent: this needs apache-beam[gcp], no cloud."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import apache_beam as beam
import pyarrow.parquet as pq
import pytest
from apache_beam.portability import common_urns
from apache_beam.portability.api import beam_runner_api_pb2 as api
from object_store import STORE
from spine import table
from typer.testing import CliRunner

from taurus_beam.cli.app import app
from taurus_beam.runners.options import pipeline_options
from taurus_beam.runners.plan import plan
from taurus_beam.runners.profiles import profile

IMAGE = "europe-docker.pkg.dev/a-project/images/taurus-beam:0.1.0"
CLOUD = (
    *("--runner=DataflowRunner", "--project=a-project", "--region=europe-west4"),
    *("--temp_location=gs://a-bucket/tmp", f"--sdk_container_image={IMAGE}"),
)
FUNCTION = """\
import taurus_beam as tb

def preprocessing_fn(inputs):
    return {
        "z": tb.scale_to_z_score(inputs["x"] - tb.min(inputs["x"])),
        "id": tb.compute_and_apply_vocabulary(inputs["s"], top_k=20),
        "n": tb.scale_to_z_score_per_key(inputs["n"], inputs["s"]),
    }
"""
Command = Callable[..., Any]


@pytest.fixture
def fit(tmp_path: Path) -> Command:
    """``taurus-beam fit --dry-run`` on data in an object store, with further words."""
    STORE.clear()
    local = tmp_path / "data.parquet"
    pq.write_table(table(300), local)
    STORE["inmemory://data/in.parquet"] = local.read_bytes()
    (tmp_path / "prep.py").write_text(FUNCTION)

    def run(*words: object) -> Any:
        command = ("fit", "-p", tmp_path / "prep.py", "--dry-run", *words)
        return CliRunner().invoke(app, [str(word) for word in command], env={"COLUMNS": "1000"})

    return run


IN_STORE = ("-i", "inmemory://data/in.parquet", "-o", "inmemory://out/fn")


def test_a_submission_is_right_and_nothing_is_sent(fit: Command, tmp_path: Path) -> None:
    result = fit(
        *(*IN_STORE, *CLOUD, "--transformed", "inmemory://out/part"),
        *("--plan", tmp_path / "plan.pb"),
    )

    assert result.exit_code == 0, result.output
    assert "WRONG" not in result.stdout
    assert f"container {IMAGE}" in result.stdout
    assert "of 10,000,000 allowed" in result.stdout
    assert "a-project, europe-west4" in result.stdout
    assert list(STORE) == ["inmemory://data/in.parquet"]
    graph = api.Pipeline.FromString((tmp_path / "plan.pb").read_bytes())
    images = {
        api.DockerPayload.FromString(each.payload).container_image
        for each in graph.components.environments.values()
    }
    urns = {step.spec.urn for step in graph.components.transforms.values()}
    assert images == {IMAGE}
    assert common_urns.composites.COMBINE_PER_KEY.urn in urns
    assert graph.ByteSize() < 500_000


def test_settings_that_lack_something_are_told_before_a_graph_is_made(fit: Command) -> None:
    result = fit(*IN_STORE, *CLOUD[:3])

    assert result.exit_code == 6
    assert "2 things are missing" in result.stderr
    assert "No image is named." in result.stderr
    assert "No temp_location is named." in result.stderr


def test_paths_of_this_machine_are_told(fit: Command, tmp_path: Path) -> None:
    result = fit("-i", tmp_path / "data.parquet", "-o", tmp_path / "fn", *CLOUD)

    assert result.exit_code == 6
    assert f"{tmp_path / 'fn'} on this machine" in result.stderr
    assert not (tmp_path / "fn").exists()


def test_a_wheel_that_is_sent_along_serves_as_well(fit: Command, tmp_path: Path) -> None:
    wheel = tmp_path / "taurus_beam-0.1.0-py3-none-any.whl"
    wheel.write_bytes(b"")

    result = fit(*IN_STORE, *CLOUD[:4], f"--extra_package={wheel}")

    assert result.exit_code == 0, result.output
    assert "with taurus_beam-0.1.0-py3-none-any.whl" in result.stdout


@pytest.mark.parametrize(
    ("words", "told", "pool"),
    [
        (
            ("--num_workers=3", "--max_num_workers=40", "--machine_type=n2-highmem-4"),
            "3 workers, at most 40",
            {"numWorkers": 3, "machineType": "n2-highmem-4", "autoscalingSettings": 40},
        ),
        (
            ("--num_workers=5", "--autoscaling_algorithm=NONE", "--disk_size_gb=50"),
            "5 workers\n",
            {"numWorkers": 5, "diskSizeGb": 50, "autoscalingSettings": 0},
        ),
    ],
)
def test_machines_and_scaling_reach_the_request(
    fit: Command, words: tuple[str, ...], told: str, pool: dict[str, Any]
) -> None:
    assert told in fit(*IN_STORE, *CLOUD, *words).stdout

    chosen = profile("DataflowRunner")
    made = plan(
        lambda pipeline: pipeline | beam.Create([1]),
        pipeline_options(chosen, [*CLOUD[1:], *words]),
        chosen,
    )
    assert made.request is not None
    [asked] = made.request["environment"]["workerPools"]
    assert {**asked, "autoscalingSettings": asked["autoscalingSettings"]["maxNumWorkers"]} == {
        **asked,
        **pool,
    }
    assert asked["sdkHarnessContainerImages"][0]["containerImage"] == IMAGE
    assert len(json.dumps(made.request)) < 20_000_000
