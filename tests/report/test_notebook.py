from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from report_protos import anomaly, dataset, listed, numeric, string
from tensorflow_metadata.proto.v0 import anomalies_pb2, path_pb2, schema_pb2

import taurus_beam as tb
from taurus_beam.errors import DataError

STATISTICS = listed(
    dataset(numeric("fare"), string("city", {"Rome": 1}), numeric("tip")),
    dataset(numeric("fare"), name="day_1"),
    dataset(numeric("fare"), name="day_2"),
)
STATISTICS.datasets[0].features[2].path.step[:] = ["trip", "tip"]


def summary(html: str) -> Any:
    """What the page inside a frame knows of its features and data sets."""
    page = unescape(html.split('srcdoc="')[1].split('"')[0])
    found = re.search('id="report-data">(.*?)</script>', page)
    assert found
    return json.loads(found[1])


def paths(**lists: Any) -> list[str]:
    told = summary(tb.visualize_statistics(STATISTICS, **lists)._repr_html_())
    return [each["path"] for each in told["features"]]


def test_features_are_chosen_by_name_or_path() -> None:
    assert paths() == ["fare", "city", "trip.tip"]
    assert paths(allowlist_features=["city", path_pb2.Path(step=["trip"])]) == ["city", "trip.tip"]
    assert paths(denylist_features=[["trip", "tip"], "fare"]) == ["city"]
    assert paths(allowlist_features=[]) == []
    with pytest.raises(DataError, match="Both"):
        paths(allowlist_features=["city"], denylist_features=["city"])


def test_two_data_sets_have_their_names() -> None:
    html = tb.get_statistics_html(STATISTICS, STATISTICS, lhs_name="June", rhs_name="July")
    assert [each["name"] for each in summary(html)["series"]] == ["June", "July"]


def test_slices_are_compared_by_key() -> None:
    html = tb.compare_slices(STATISTICS, "day_2", "day_1")._repr_html_()
    assert [each["name"] for each in summary(html)["series"]] == ["day_2", "day_1"]
    with pytest.raises(DataError, match="no slice 'day_3'"):
        tb.compare_slices(STATISTICS, "day_1", "day_3")


def test_schema_and_anomalies_are_tables_that_need_no_script() -> None:
    schema = tb.display_schema(schema_pb2.Schema(feature=[{"name": "<x>"}]))._repr_html_()
    anomalies = tb.display_anomalies(
        anomaly("<x>", (anomalies_pb2.AnomalyInfo.SCHEMA_NEW_COLUMN, "New", "text"))
    )._repr_html_()
    for html in (schema, anomalies):
        assert "&lt;x&gt;" in html
        assert "<script" not in html
        assert html.startswith('<div class="taurus-beam">')


@pytest.mark.parametrize("show", [tb.visualize_statistics, tb.display_schema, tb.display_anomalies])
def test_something_else_is_refused(show: Any) -> None:
    with pytest.raises(DataError):
        show("text")


# Run by a real IPython shell, as the cells of a notebook are.
CELL = """
import sys
import taurus_beam as tb
assert "tensorflow_metadata" not in sys.modules
import pyarrow as pa
statistics = tb.statistics(pa.table({"fare": [7.5, 12.0], "zone": ["north", None]}))
schema = tb.infer_schema(statistics)
anomalies = tb.validate_statistics(statistics, schema)
"""
SESSION = f"""
from IPython.core.interactiveshell import InteractiveShell
shell = InteractiveShell.instance()
shell.run_cell({CELL!r}).raise_error()
for name, text in (("statistics", "<iframe"), ("schema", "fare"), ("anomalies", "No anomalies")):
    shown, _ = shell.display_formatter.format(shell.user_ns[name])
    assert text in shown["text/html"], name
"""


def test_protos_show_as_html_where_ipython_runs(tmp_path: Path) -> None:
    environment = {**os.environ, "IPYTHONDIR": str(tmp_path)}
    subprocess.run([sys.executable, "-c", SESSION], check=True, env=environment)


def test_outside_of_ipython_nothing_is_loaded() -> None:
    program = "import sys, taurus_beam; assert 'taurus_beam.report' not in sys.modules"
    subprocess.run([sys.executable, "-c", program], check=True)
