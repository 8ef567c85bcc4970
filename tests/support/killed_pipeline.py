"""A pipeline that kills its own process where the environment says, as `kill -9` does.

``python killed_pipeline.py DIRECTORY DATA`` trains it. ``KILL_AT`` names where: "component" within
a monitor, "function" within the preprocessing function, "end:NAME" after a component.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import taurus_beam as tb
from taurus_beam.controller import Callback, Finding, Monitor, SchemaFit, Severity

KILL_AT = os.environ.get("KILL_AT", "")


def killed_at(place: str) -> None:
    if place == KILL_AT:
        os.kill(os.getpid(), signal.SIGKILL)


@dataclass(frozen=True)
class Few(Monitor):
    """Warns of few rows."""

    least: int

    def check(self, data: Any) -> Iterator[Finding]:
        killed_at("component")
        if data.rows < self.least:
            yield Finding(f"Only {data.rows} rows.", Severity.WARNING)


class Killed(tb.PipelineModule):
    """Splits, checks and fits."""

    split = tb.SplitByHash({"train": 0.7, "eval": 0.3}, key="user")
    monitors = (SchemaFit({"ENUM_TYPE_UNEXPECTED_STRING_VALUES": "WARNING"}), Few(10**6))

    def preprocessing_fn(self, inputs: Any) -> dict[str, Any]:
        killed_at("function")
        return {"fare_z": tb.scale_to_z_score(inputs["fare"]), "user": inputs["user"]}


class KillAfter(Callback):
    """Kills after a component."""

    def on_component_end(self, step: Any, findings: Any) -> None:
        killed_at(f"end:{step.name}:{step.data}")

    def on_stage_end(self, result: Any) -> None:
        killed_at("end")


if __name__ == "__main__":
    controller = tb.Controller(Killed(), sys.argv[1], callbacks=[KillAfter()])
    done = controller.train(sys.argv[2])
    print(done.version, "|", ", ".join(done.reused))
