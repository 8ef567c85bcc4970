"""Protos as HTML wherever IPython shows them: in Jupyter, VS Code, Colab and Databricks.

IPython is never imported here; a session of it that runs is told how to show the three protos.
"""

from __future__ import annotations

import sys
from typing import Any

__all__ = ["register"]

_PACKAGE = "tensorflow_metadata.proto.v0"


def register() -> bool:
    """Tells the running IPython session, if there is one, how to show the protos.

    Importing `taurus_beam` inside IPython does it. Where the protos' packages are not loaded yet,
    they are not loaded now either.

    Returns:
        Whether a session was told.
    """
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython is not None else None
    display_formatter = getattr(shell, "display_formatter", None)
    if display_formatter is None:
        return False
    html = display_formatter.formatters["text/html"]
    html.for_type_by_name(f"{_PACKAGE}.statistics_pb2", "DatasetFeatureStatisticsList", _statistics)
    html.for_type_by_name(f"{_PACKAGE}.schema_pb2", "Schema", _schema)
    html.for_type_by_name(f"{_PACKAGE}.anomalies_pb2", "Anomalies", _anomalies)
    return True


def _statistics(proto: Any) -> str:
    from taurus_beam.report.notebook import get_statistics_html

    return get_statistics_html(proto, lhs_name="Data")


def _schema(proto: Any) -> str:
    from taurus_beam.report.notebook import display_schema

    return display_schema(proto).html


def _anomalies(proto: Any) -> str:
    from taurus_beam.report.notebook import display_anomalies

    return display_anomalies(proto).html
