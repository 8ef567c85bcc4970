"""Callbacks: who is told what and when, and what a failing one does not break."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from trips_pipeline import Trips, trips

import taurus_beam as tb
from taurus_beam.controller import Callback, JsonLines, PrintAlerts, RaiseOnFindings, Severity


class Told(Callback):
    """Keeps what it is told."""

    def __init__(self) -> None:
        self.events: list[str] = []

    def on_stage_start(self, stage: str, path: str) -> None:
        self.events.append(f"start {stage}")

    def on_stage_end(self, result: Any) -> None:
        self.events.append(f"end {result.stage} {result.passed}")

    def on_stage_error(self, stage: str, error: BaseException) -> None:
        self.events.append(f"error {stage} {type(error).__name__}")

    def on_component_start(self, step: Any) -> None:
        self.events.append(f"start {step.name} on {step.data}")

    def on_component_end(self, step: Any, findings: Any) -> None:
        self.events.append(f"end {step.name}: {len(findings)}")

    def on_alert(self, finding: Any) -> None:
        self.events.append(f"alert {finding.column}")


class Failing(Callback):
    """Fails at each alert."""

    def on_alert(self, finding: Any) -> None:
        raise ConnectionError("no pager")


@pytest.fixture(scope="module")
def lacking(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Trips without fares."""
    path = tmp_path_factory.mktemp("lacking") / "x.parquet"
    pq.write_table(trips(50).drop_columns(["fare"]), path)
    return str(path)


def test_each_is_told_in_order(trained: tb.Controller, lacking: str, tmp_path: Path) -> None:
    told, file = Told(), io.StringIO()
    callbacks = [told, PrintAlerts(file), JsonLines(tmp_path / "log" / "alerts.jsonl")]
    controller = tb.Controller(Trips(), trained.directory, callbacks=callbacks)
    controller.production(lacking)
    assert told.events == [
        "start production",
        "start statistics on production",
        "end statistics: 0",
        "start schema_fit on production",
        "end schema_fit: 1",
        "alert fare",
        "start drift on production/train",
        "end drift: 0",
        "end production False",
    ]
    assert file.getvalue().startswith("ERROR: production: fare: ")
    events = [json.loads(line) for line in (tmp_path / "log/alerts.jsonl").read_text().splitlines()]
    assert [each["event"] for each in events] == ["alert", "stage"]
    assert Path(events[1]["folder"]).is_dir()
    with pytest.raises(tb.DataError):
        controller.production(str(tmp_path / "missing.parquet"))


def test_a_failing_callback_breaks_nothing_and_is_told_at_the_end(
    trained: tb.Controller, lacking: str
) -> None:
    told = Told()
    controller = tb.Controller(Trips(), trained.directory, callbacks=[Failing(), told])
    before = len(controller.stages())
    with pytest.raises(tb.EngineError, match="callback Failing failed in on_alert: ConnectionErr"):
        controller.production(lacking)
    assert told.events[-1] == "end production False"
    record = controller.stages()[-1]
    assert (len(controller.stages()), record.state) == (before + 1, "STOPPED")
    assert (Path(record.path) / "monitoring.json").exists()


def test_findings_can_be_raised(trained: tb.Controller, lacking: str) -> None:
    controller = tb.Controller(Trips(), trained.directory, callbacks=[RaiseOnFindings()])
    with pytest.raises(tb.DataError, match="production: fare") as raised:
        controller.production(lacking)
    assert Path(str(raised.value.fix).split(" in ")[1].rstrip(".")).exists()
    assert controller.validate().passed


def test_what_is_no_callback_is_refused(tmp_path: Path) -> None:
    with pytest.raises(tb.EngineError, match="is no callback"):
        tb.Controller(Trips(), tmp_path, callbacks=[print])  # type: ignore[list-item]  # what is refused


def test_printing_can_leave_out_warnings(capsys: pytest.CaptureFixture[str]) -> None:
    callback = PrintAlerts(least=Severity.ERROR)
    for severity in Severity:
        callback.on_alert(tb.controller.Finding("So.", severity))
    assert capsys.readouterr().err == "ERROR: So.\n"
