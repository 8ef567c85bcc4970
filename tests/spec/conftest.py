"""Documents that commands and a server really wrote, by the names of their schemas."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import trips_pipeline
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ed25519
from serve_process import serving
from spec_schemas import of_text
from trips_pipeline import trips
from typer.testing import CliRunner

import taurus_beam as tb
from taurus_beam.cli.app import app

Written = dict[str, list[Any]]

ROWS = 300
TRIPS = pa.table(
    {
        "id": [str(n) for n in range(ROWS)],
        "fare": [
            None if n % 7 == 0 else float("nan") if n % 50 == 1 else n * 1.5 for n in range(ROWS)
        ],
        "zone": ["north", "south", "west"] * (ROWS // 3),
        "day": pa.array(range(20_000, 20_000 + ROWS), pa.date32()),
        "stops": [[n, n + 1] for n in range(ROWS)],
    }
)
FUNCTION = """\
import taurus_beam as tb


def preprocessing_fn(inputs):
    fare = tb.monitor_range(tb.fill_null(inputs["fare"], 0.0), max={most})
    return {{
        "fare": tb.scale_to_0_1(fare),
        "bucket": tb.bucketize(fare, {buckets}),
        "zone": tb.compute_and_apply_vocabulary(inputs["zone"], top_k={most}),
        "bytes": tb.fill_null(inputs["zone"], "none"),
    }}
"""


@pytest.fixture(scope="session")
def written(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Written]:
    folder = tmp_path_factory.mktemp("written")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        patch.setenv("TAURUS_BEAM_LINEAGE", str(folder / "l.sqlite"))
        found: Written = {}
        pq.write_table(TRIPS, "trips.parquet")
        pq.write_table(TRIPS.slice(0, 200), "a.parquet")
        pq.write_table(TRIPS.slice(100), "b.parquet")
        Path("prep.py").write_text(FUNCTION.format(most=100, buckets=3))
        Path("other.py").write_text(FUNCTION.format(most=2, buckets=4))

        def run(*words: object) -> Any:
            return CliRunner().invoke(app, list(map(str, words)))

        _analysis(run, found)
        _artifacts(run, found)
        _splits(run, found)
        _comparisons(run, found)
        _served(run, found)
        _lineage(run, found)
        _stages(run, found)
        yield found


def _file(found: Written, name: str, path: str) -> None:
    found.setdefault(name, []).append(of_text(Path(path).read_text()))


def _printed(found: Written, name: str, result: Any) -> Any:
    assert result.exit_code in (0, 1), result.output
    found.setdefault(name, []).append(of_text(result.stdout))
    return found[name][-1]


def _done(result: Any) -> None:
    assert result.exit_code == 0, result.output


def _analysis(run: Callable[..., Any], found: Written) -> None:
    _done(run("stats", "-i", "trips.parquet", "-o", "stats.json"))
    _file(found, "data-analysis", "stats.json")
    _done(run("stats", "-i", "b.parquet", "-o", "b.pb"))
    _done(run("schema", "infer", "-s", "stats.json", "-o", "schema.json"))
    _file(found, "schema", "schema.json")
    _done(run("schema", "infer", "-s", "b.pb", "-o", "b.pbtxt"))
    strict = 'feature { name: "zone" type: INT } feature { name: "fare" type: FLOAT '
    strict += "drift_comparator { jensen_shannon_divergence { threshold: 0.001 } } }"
    Path("strict.pbtxt").write_text(strict + ' feature { name: "x" int_domain { min: 3 max: 2 } }')
    for schema in ("schema.json", "strict.pbtxt"):
        words = ("--stats", "b.pb", "--previous", "stats.json", "--schema", schema)
        _printed(found, "validation", run("validate", *words, "--format", "json"))
        _printed(found, "schema-problems", run("schema", "check", schema, "--json"))
        _printed(
            found, "row-validation", run("validate-rows", "-s", schema, "-i", "b.parquet", "--json")
        )


def _artifacts(run: Callable[..., Any], found: Written) -> None:
    plain = ("fit", "-p", "prep.py", "-i", "trips.parquet", "--schema", "schema.json")
    _done(
        run(
            *plain,
            "-o",
            "models/m/1",
            "--statistics",
            "models/m/1.statistics.pb",
            "--profile-output",
            "profile.json",
        )
    )
    Path("models/m/1.schema.pbtxt").write_text(Path("strict.pbtxt").read_text())
    _file(found, "profile", "profile.json")
    spans = ("--span", "1=a.parquet", "--span", "2=b.parquet", "--cache", "cache")
    _done(run("fit", "-p", "other.py", *spans, "-o", "other"))
    # A constant without end, bytes, and what was fitted at a prompt.
    tb.fit({"x": [b"a", b"\xff"]}, eval("lambda i: {'same': i['x'] == b'\\xff'}", {})).save("third")
    for path in ("models/m/1", "other", "third"):
        for part in ("manifest", "graph", "provenance"):
            _file(found, f"transformation-{part}", f"{path}/{part}.json")
        _printed(found, "artifact-description", run("inspect", path, "--json"))
    for a, b in (("models/m/1", "other"), ("other", "other")):
        _printed(found, "artifact-diff", run("diff", a, b, "--json"))
    ways = ("--way", "split", "--way", "row", "--way", "onnx")
    for path in ("models/m/1", "other"):
        _file(found, "configuration", f"{path}/configuration.json")
    _printed(found, "configuration", run("config", "--json", *plain, "-o", "models/m/2"))
    words = ("verify", "other", "-i", "trips.parquet", "--rows", 20, *ways, "--json")
    _printed(found, "verification", run(*words))


def _splits(run: Callable[..., Any], found: Written) -> None:
    ratios = ("--ratio", "train=0.7", "--ratio", "test=0.3")
    Path("kept.py").write_text('def kept(inputs):\n    return inputs["fare"] < 400.0\n')
    for number, words in enumerate(
        [
            ("--key", "id", *ratios, "--label", "zone", "--check"),
            ("--time", "day", *ratios, "--gap", 86400),
            ("--time", "day", "--until", "train=2024-12-01", "--until", "test="),
            ("--stratum", "zone", "--key", "id", *ratios),
            ("--stratum", "zone", "--folds", 2, "--key", "id"),
            ("--group", "zone", "--folds", 2),
            ("--group", "zone", *ratios),
            ("--folds", 2, "--key", "id", "--filter", "kept.py:kept"),
            ("--sample-rate", 0.2, "--key", "id"),
            ("--sample-size", 5, "--key", "id"),
        ]
    ):
        out = f"splits/{number}"
        result = run("split", "-i", "trips.parquet", "-o", out, *words, "--json")
        _printed(found, "split", result)
        _file(found, "split", f"{out}/split.json")
    _file(found, "leakage", "splits/0/leakage.json")
    words = ("leakage", "x=a.parquet", "y=b.parquet", "--key", "id", "--rows", "--examples", 100)
    _printed(found, "leakage", run(*words, "--json"))


def _comparisons(run: Callable[..., Any], found: Written) -> None:
    _printed(found, "distances", run("skew", "distances", "b.pb", "stats.json", "--json"))
    changed = TRIPS.set_column(1, "fare", pa.array([1.0] * ROWS))
    pq.write_table(changed, "c.parquet")
    words = ("--base", "a.parquet", "--test", "c.parquet", "--id", "id", "--json")
    _printed(found, "feature-skew", run("skew", "features", *words))
    features = tb.load("other").transform(TRIPS)
    log = TRIPS
    for name in features.column_names[:2]:
        log = log.append_column(f"f_{name}", features[name])
    pq.write_table(log.set_column(5, "f_fare", pa.array([0.0] * ROWS)), "log.parquet")
    words = ("-a", "other", "--log", "log.parquet", "--prefix", "f_", "--json")
    _printed(found, "transform-skew", run("skew", "transform", *words))
    _printed(found, "doctor", run("doctor", "direct", "--json"))


def _served(run: Callable[..., Any], found: Written) -> None:
    _write_key()
    words = ("--log", "log", "--log-share", "100%", "--sign-log", "key.pem")
    with serving("--models", "models", "--drift", *words) as (url, _):
        address = f"{url}/v2/models/m"
        found["drift"] = [httpx.get(f"{address}/drift", timeout=30).json()]
        rows = [{"fare": 2.0, "zone": "east"}, {"fare": None, "zone": "north"}]
        assert httpx.post(f"{url}/v1/models/m:transform", json=rows).status_code == 200
        while not found["drift"][-1]["rows"]:
            found["drift"].append(httpx.get(f"{address}/drift", timeout=30).json())
        found["data-analysis"].append(httpx.get(f"{address}/statistics", timeout=30).json())

    result = run("requests", "list", "log", "--json")
    found["request-log-record"] = list(map(of_text, result.stdout.splitlines()))
    [signatures] = Path("log").rglob("*.jws.jsonl")
    found["signed-record"] = list(map(of_text, signatures.read_text().splitlines()))
    verify = ("requests", "verify", "log", "--key", "key.pem", "--json")
    _printed(found, "request-log-verification", run(*verify))
    with signatures.open("a") as lines:
        lines.write("no JSON\n")
    _printed(found, "request-log-verification", run(*verify))


def _write_key() -> None:
    key = ed25519.Ed25519PrivateKey.generate()
    form = (serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    Path("key.pem").write_bytes(key.private_bytes(serialization.Encoding.PEM, *form))


def _lineage(run: Callable[..., Any], found: Written) -> None:
    assert run("stats", "-i", "none.csv").exit_code == 4
    listed = _printed(found, "runs", run("runs", "--limit", 100, "--json"))
    assert {each["state"] for each in listed} >= {"COMPLETE", "FAILED"}
    for each in listed[:3]:
        _printed(found, "run", run("runs", "show", each["run"], "--json"))
    _printed(found, "lineage", run("lineage", "models/m/1", "--json"))
    request = found["request-log-record"][0]["id"]
    _printed(found, "lineage", run("lineage", "log", "--request", request, "--json"))
    for command in ("stats", "schema infer", "fit"):
        done = run("runs", "--command", command, "--limit", 100, "--json")
        a, b = [each["run"] for each in of_text(done.stdout) if each["state"] == "COMPLETE"][:2]
        for other in (a, b):
            told = _printed(found, "run-diff", run("diff", a, other, "--json"))
            found["artifact-diff"] += told["graphs"].values()
    sections = ("schemas", "statistics", "graphs")
    assert all(any(each[section] for each in found["run-diff"]) for section in sections)


def _stages(run: Callable[..., Any], found: Written) -> None:
    pq.write_table(trips(), "june.parquet")
    pq.write_table(trips(200, seed=1), "july.parquet")
    pq.write_table(trips(200, longer=9.0), "august.parquet")
    pq.write_table(trips(50).drop_columns(["fare"]), "without.parquet")

    def stage(name: str, *words: object) -> Any:
        pipeline = ("-p", trips_pipeline.__file__, "-d", "pipeline", "--alerts", "alerts.jsonl")
        return run("pipeline", name, *pipeline, *words, "--json")

    results = [
        stage("train", "-i", "june.parquet"),
        stage("validate"),
        stage("test"),
        stage("production", "-i", "july.parquet"),
        stage("production", "-i", "august.parquet"),
    ]
    for result in results:
        path = _printed(found, "stage-result", result)["path"]
        _file(found, "stage", f"{path}/stage.json")
        _file(found, "findings", f"{path}/findings.json")
        if "production" in path:
            _file(found, "monitoring-record", f"{path}/monitoring.json")
    assert [each["passed"] for each in found["stage-result"]] == [True] * 4 + [False]
    assert found["monitoring-record"][0]["monitors"]
    assert found["monitoring-record"][1]["anomalies"]
    assert stage("production", "-i", "without.parquet", "--stop-on", "NEVER").exit_code == 4
    listed = _printed(found, "stages", run("pipeline", "status", "-d", "pipeline", "--json"))
    assert {each["state"] for each in listed} == {"COMPLETE", "STOPPED", "FAILED"}
    found["alert"] = list(map(of_text, Path("alerts.jsonl").read_text().splitlines()))
    assert {each["event"] for each in found["alert"]} == {"alert", "stage", "error"}
