"""The life cycle around a preprocessing function: one class holds what belongs together, and a
controller runs the right components on the right data for each stage.

It knows jobs, statistics, schemas and the lineage store; how any of them works is not its matter.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from taurus_beam.controller.callbacks import Callback as Callback
    from taurus_beam.controller.callbacks import JsonLines as JsonLines
    from taurus_beam.controller.callbacks import PrintAlerts as PrintAlerts
    from taurus_beam.controller.callbacks import RaiseOnFindings as RaiseOnFindings
    from taurus_beam.controller.callbacks import Step as Step
    from taurus_beam.controller.comparisons import Drift as Drift
    from taurus_beam.controller.comparisons import Leakage as Leakage
    from taurus_beam.controller.components import Comparison as Comparison
    from taurus_beam.controller.components import Monitor as Monitor
    from taurus_beam.controller.components import Transform as Transform
    from taurus_beam.controller.controller import Controller as Controller
    from taurus_beam.controller.data_set import DataSet as DataSet
    from taurus_beam.controller.findings import Distance as Distance
    from taurus_beam.controller.findings import Finding as Finding
    from taurus_beam.controller.findings import Severity as Severity
    from taurus_beam.controller.module import PipelineModule as PipelineModule
    from taurus_beam.controller.monitors import Rows as Rows
    from taurus_beam.controller.monitors import SchemaFit as SchemaFit
    from taurus_beam.controller.result import Result as Result
    from taurus_beam.controller.stage_record import StageRecord as StageRecord
    from taurus_beam.controller.transforms import Filter as Filter
    from taurus_beam.controller.transforms import Sample as Sample

_HOME = {
    **dict.fromkeys(
        ("Callback", "JsonLines", "PrintAlerts", "RaiseOnFindings", "Step"), "callbacks"
    ),
    **dict.fromkeys(("Drift", "Leakage"), "comparisons"),
    **dict.fromkeys(("Comparison", "Monitor", "Transform"), "components"),
    **dict.fromkeys(("Distance", "Finding", "Severity"), "findings"),
    **dict.fromkeys(("Rows", "SchemaFit"), "monitors"),
    **dict.fromkeys(("Filter", "Sample"), "transforms"),
    "Controller": "controller",
    "DataSet": "data_set",
    "PipelineModule": "module",
    "Result": "result",
    "StageRecord": "stage_record",
}

__all__ = sorted(_HOME)


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"{__name__}.{_HOME[name]}"), name)
