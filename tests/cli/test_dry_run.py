from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from apache_beam.portability.api import beam_runner_api_pb2 as api

Command = Callable[..., Any]


def test_fit_plans_and_writes_nothing_but_the_plan(fit: Command, tmp_path: Path) -> None:
    result = fit(
        *("-o", tmp_path / "fn", "--transformed", tmp_path / "data" / "part"),
        *("--dry-run", "--plan", tmp_path / "plan.pb"),
    )

    assert result.exit_code == 0, result.output
    assert "A job for FnApiRunner, not run" in result.stdout
    assert not (tmp_path / "fn").exists()
    assert [file for file in (tmp_path / "data").rglob("*") if file.is_file()] == []
    graph = api.Pipeline.FromString((tmp_path / "plan.pb").read_bytes())
    assert f"{graph.ByteSize():,} bytes" in result.stdout


def test_transform_plans_too(command: Command, work: Path, tmp_path: Path) -> None:
    result = command(
        *("transform", "-a", work / "fitted", "-i", work / "flights.parquet"),
        *("-o", tmp_path / "part", "--dry-run"),
    )

    assert result.exit_code == 0, result.output
    assert "collections of rows as Arrow IPC" in result.stdout
    assert list(tmp_path.iterdir()) == []


def test_statistics_are_planned_and_not_computed(
    command: Command, work: Path, tmp_path: Path
) -> None:
    words = ("stats", "-i", work / "flights.parquet", "-o", tmp_path / "stats.pb")
    result = command(*words, "--dry-run", "--plan", tmp_path / "plan.pb")

    assert result.exit_code == 0, result.output
    assert "A job for FnApiRunner, not run" in result.stdout
    assert [file.name for file in tmp_path.iterdir()] == ["plan.pb"]
    graph = api.Pipeline.FromString((tmp_path / "plan.pb").read_bytes())
    names = {step.unique_name for step in graph.components.transforms.values()}
    assert {"Statistics", "WriteStatistics"} <= names

    assert command(*words, "--plan", tmp_path / "other.pb").exit_code == 2
    assert command(*words).exit_code == 0
    assert command(*words, "--dry-run").exit_code == 6  # the output exists


def test_what_is_wrong_is_an_error_after_the_table(fit: Command, tmp_path: Path) -> None:
    result = fit(
        *("-o", tmp_path / "fn", "--temp-location", tmp_path, "--dry-run"),
        *("--runner", "PortableRunner", "--job_endpoint=host:8099"),
    )

    assert result.exit_code == 6
    assert "WRONG" in result.stdout
    assert "which has no taurus_beam" in result.stderr
    assert "--sdk_container_image" in result.stderr


def test_a_plan_needs_a_dry_run(fit: Command, tmp_path: Path) -> None:
    result = fit("-o", tmp_path / "fn", "--plan", tmp_path / "plan.pb")

    assert result.exit_code == 2
    assert "Add --dry-run" in result.stderr


def test_no_cluster_is_asked(fit: Command, tmp_path: Path) -> None:
    result = fit(
        *("-o", tmp_path / "fn", "--temp-location", tmp_path / "tmp", "--dry-run"),
        *("--runner", "spark", "--spark-master", "spark://cluster.invalid:7077"),
        *("--spark-image", "images/taurus-beam:1"),
    )

    assert result.exit_code == 0, result.output
    assert "A job for SparkRunner, not run" in result.stdout
    assert "images/taurus-beam:1" in result.stdout
    assert not (tmp_path / "tmp").exists()
