"""The page as text: it holds everything, loads nothing, and is the same for the same protos."""

from __future__ import annotations

import base64
import hashlib
import re
from pathlib import Path

import pytest
from report_protos import HOSTILE, anomaly, dataset, listed, numeric, string
from tensorflow_metadata.proto.v0 import anomalies_pb2, schema_pb2, statistics_pb2

import taurus_beam as tb
from taurus_beam.errors import DataError, EngineError

STATISTICS = listed(dataset(numeric("fare"), string("city", {"Rome": 3})))


def test_only_the_packages_own_script_and_style_may_run() -> None:
    html = tb.report_html(STATISTICS)
    policy = re.search('Content-Security-Policy" content="([^"]*)"', html)
    assert policy
    assert "default-src 'none'" in policy[1].replace("&#x27;", "'")
    for tag in ("style", "script"):
        (text,) = re.findall(f"<{tag}>(.*?)</{tag}>", html, re.DOTALL)
        digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
        assert f"{tag}-src 'sha256-{digest}'" in policy[1]
    assert not re.search(
        r"\s(src|srcset|style|on\w+)=", html.split("<body>")[1].split("<script")[0]
    )


def test_no_address_of_anything_outside() -> None:
    html = tb.report_html(STATISTICS)
    assert set(re.findall(r"\w+://[^\s\"']+", html)) == {"http://www.w3.org/2000/svg"}


def test_the_same_protos_give_the_same_page() -> None:
    assert tb.report_html(STATISTICS) == tb.report_html(STATISTICS)


def test_text_from_data_closes_no_element() -> None:
    features = [string(name, {name: 1}) for name in HOSTILE]
    anomalies = anomaly(HOSTILE[0], (anomalies_pb2.AnomalyInfo.SCHEMA_NEW_COLUMN, *HOSTILE[:2]))
    schema = schema_pb2.Schema(feature=[{"name": name} for name in HOSTILE])
    html = tb.report_html(
        listed(dataset(*features, name=HOSTILE[0])),
        schema=schema,
        anomalies=anomalies,
        title=HOSTILE[0],
    )
    body = html.split("<body>")[1]
    # Two blocks of data and the page's own script.
    assert len(re.findall("<script", body)) == len(re.findall("</script>", body)) == 3
    assert "<img" not in body


def test_one_data_set_alone_is_a_list_of_one() -> None:
    assert tb.report_html(STATISTICS.datasets[0]) == tb.report_html(STATISTICS)


def test_no_data_is_told() -> None:
    assert "Empty dataset." in tb.report_html(statistics_pb2.DatasetFeatureStatisticsList())


@pytest.mark.parametrize(
    ("argument", "value"),
    [("serving_statistics", schema_pb2.Schema()), ("schema", STATISTICS), ("anomalies", "text")],
)
def test_another_proto_is_refused_by_name(argument: str, value: object) -> None:
    with pytest.raises(DataError, match=argument):
        tb.report_html(STATISTICS, **{argument: value})


def test_a_report_is_written_whole_and_replaced(tmp_path: Path) -> None:
    path = tmp_path / "report.html"
    path.write_text("old")
    tb.write_report(path, STATISTICS, title="Taxi & more")
    assert path.read_text(encoding="utf-8") == tb.report_html(STATISTICS, title="Taxi & more")
    assert "<h1>Taxi &amp; more</h1>" in path.read_text(encoding="utf-8")
    assert [each.name for each in tmp_path.iterdir()] == ["report.html"]


def test_a_place_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    with pytest.raises(EngineError, match="nowhere"):
        tb.write_report(tmp_path / "nowhere" / "report.html", STATISTICS)
    (tmp_path / "folder").mkdir()
    with pytest.raises(EngineError, match="folder"):
        tb.write_report(tmp_path / "folder", STATISTICS)
    assert [each.name for each in tmp_path.iterdir()] == ["folder"]


def test_pairs_of_features_have_tables() -> None:
    data = dataset(numeric("x"), numeric("y"))
    cross = data.cross_features.add(path_x={"step": ["x"]}, path_y={"step": ["y"]}, count=3)
    cross.num_cross_stats.correlation = -0.75
    lift = data.cross_features.add(path_x={"step": ["a"]}, path_y={"step": ["b"]})
    series = lift.categorical_cross_stats.lift.lift_series.add(y_string="yes", y_count=2)
    series.lift_values.add(x_string="<red>", lift=1.5)
    html = tb.report_html(listed(data))
    for text in ("-0.75", "yes", "&lt;red&gt;", "1.5"):
        assert text in html.split('id="crosses"')[1].split("</section>")[0]
