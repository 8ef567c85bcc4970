"""Commands are recorded, and `runs` and `lineage` tell what was."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pyarrow.parquet as pq
import pytest
from serve_process import serving

from taurus_beam.lineage import LineageStore
from taurus_beam.lineage.identity import file_digest

SCRIPT = Path(sys.executable).with_name("taurus-beam")


@pytest.fixture(scope="module")
def made(
    work: Path, tmp_path_factory: pytest.TempPathFactory, command: Callable[..., Any]
) -> tuple[Path, Path]:
    """A folder in which a chain of commands was run, recorded in ``l.sqlite``, and a copy of it."""
    folder = tmp_path_factory.mktemp("chain")
    for name in ("flights.parquet", "prep.py"):
        shutil.copy(work / name, folder / name)
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        patch.setenv("TAURUS_BEAM_LINEAGE", "l.sqlite")
        for line in (
            "stats -i flights.parquet -o stats.pb",
            "schema infer -s stats.pb -o schema.pbtxt",
            "fit -p prep.py -i flights.parquet --schema schema.pbtxt -o fn",
            "transform -a fn -i fli*.parquet -o out/part",
        ):
            result = command(*line.split())
            assert result.exit_code == 0, result.output
    return folder, shutil.copytree(folder, tmp_path_factory.mktemp("copy") / "chain")


@pytest.fixture
def chain(made: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder as the chain left it, at the path that the store knows."""
    folder, copy = made
    shutil.rmtree(folder)
    shutil.copytree(copy, folder)
    monkeypatch.chdir(folder)
    monkeypatch.setenv("TAURUS_BEAM_LINEAGE", "l.sqlite")
    return folder


def test_from_an_output_back_to_file_code_schema_and_configuration(
    chain: Path, command: Callable[..., Any]
) -> None:
    result = command("lineage", "out/part-00000-of-00001.parquet", "--up", "--json")
    assert result.exit_code == 0, result.output
    found = json.loads(result.stdout)
    digests = {
        (a["type"], os.path.basename(a["uri"])): a["digest"]
        for a in found["artifacts"]
        if a["type"] != "Configuration"
    }
    manifest = json.loads((chain / "fn" / "manifest.json").read_text())
    assert digests == {
        ("Data", "flights.parquet"): file_digest("flights.parquet"),
        ("Data", "part-00000-of-00001.parquet"): file_digest("out/part-00000-of-00001.parquet"),
        ("Code", "prep.py"): file_digest("prep.py"),
        ("Schema", "schema.pbtxt"): file_digest("schema.pbtxt"),
        ("Statistics", "stats.pb"): file_digest("stats.pb"),
        ("TransformFn", "fn"): f"sha256:{manifest['digest']}",
    }
    configured = [a["properties"] for a in found["artifacts"] if a["type"] == "Configuration"]
    [fit] = [each["configuration"] for each in configured if each["command"] == "fit"]
    assert fit["input"] == ["flights.parquet"]
    assert [run["command"] for run in found["executions"]] == [
        "stats",
        "schema infer",
        "fit",
        "transform",
    ]
    [transform_fn] = [a for a in found["artifacts"] if a["type"] == "TransformFn"]
    provenance = json.loads((chain / "fn" / "provenance.json").read_text())["record"]
    assert transform_fn["properties"]["function"] == provenance["function"]


def test_a_split_stands_between_the_data_and_what_is_made_of_a_part(
    chain: Path, command: Callable[..., Any]
) -> None:
    (chain / "near.py").write_text('def near(inputs):\n    return inputs["distance"] < 1000\n')
    words = ("--key", "carrier", "--ratio", "train=0.5", "--ratio", "test=0.5", "--check")
    made = command("split", "-i", "flights.parquet", "-o", "s", *words, "--filter", "near.py:near")
    assert made.exit_code == 0, made.output
    assert command("leakage", "s", "--key", "carrier", "-o", "leaks.json").exit_code == 0
    assert command("fit", "-p", "prep.py", "-i", "s/train/*", "-o", "part").exit_code == 0

    told = command("lineage", "part", "--up").stdout
    assert told.index("input: s/train/part-") < told.index("split ") < told.index("near.py")
    assert told.index("split ") < told.index("input: flights.parquet")
    shown = {}
    for name in ("split", "leakage"):
        [run] = json.loads(command("runs", "--command", name, "--json").stdout)
        events = json.loads(command("runs", "show", run["run"], "--json").stdout)["events"]
        shown[name] = sorted((e["type"], e["artifact"]["type"]) for e in events)
    assert shown["split"] == [
        *(("INPUT", type) for type in ("Code", "Configuration", "Data")),
        *(("OUTPUT", type) for type in ("Data", "Data", "Leakage", "Split")),
    ]
    assert shown["leakage"] == [
        *(("INPUT", type) for type in ("Configuration", "Data", "Data", "Split")),
        ("OUTPUT", "Leakage"),
    ]


def test_the_tree_of_an_artifact(chain: Path, command: Callable[..., Any]) -> None:
    text = command("lineage", "fn").stdout
    assert text.index("Made from:") < text.index("└─ fit ") < text.index("prep.py")
    assert text.index("schema infer ") < text.index("stats: stats.pb") < text.index("Used by:")
    assert text.index("Used by:") < text.index("└─ transform ")


def test_a_copy_is_the_file_and_what_is_gone_is_known_by_its_path(
    chain: Path, command: Callable[..., Any]
) -> None:
    shutil.copy("flights.parquet", "copy.parquet")
    down = command("lineage", "copy.parquet", "--down").stdout
    assert {"stats", "fit", "transform"} <= set(down.replace("─", " ").split())
    shutil.rmtree("fn")
    gone = command("lineage", "fn", "--up")
    assert "prep.py" in gone.stdout
    assert "fn is gone" in gone.stderr
    (chain / "schema.pbtxt").write_text("")
    assert "schema.pbtxt has changed since" in command("lineage", "schema.pbtxt").stderr


def test_a_digest_tells_an_artifact(chain: Path, command: Callable[..., Any]) -> None:
    digest = file_digest("stats.pb").partition(":")[2]
    assert command("lineage", digest[:16]).stdout == command("lineage", "stats.pb").stdout
    unknown = command("lineage", "0" * 64)
    assert (unknown.exit_code, unknown.stdout) == (4, "")
    assert "knows nothing of" in unknown.stderr


def test_graphviz_reads_the_graph(chain: Path, command: Callable[..., Any]) -> None:
    lines = command("lineage", "fn", "--dot").stdout.splitlines()
    assert (lines[0], lines[-1]) == ("digraph lineage {", "}")
    assert sum("shape=ellipse" in line for line in lines) == 4
    assert any("-> " in line and 'label="preprocessing"' in line for line in lines)


def test_runs_are_listed_filtered_and_shown(chain: Path, command: Callable[..., Any]) -> None:
    failed = command("transform", "-a", "fn", "-i", "none.csv", "-o", "out/other")
    assert failed.exit_code == 4
    every = json.loads(command("runs", "--json").stdout)
    assert [(run["command"], run["state"]) for run in every] == [
        ("transform", "FAILED"),
        ("transform", "COMPLETE"),
        ("fit", "COMPLETE"),
        ("schema infer", "COMPLETE"),
        ("stats", "COMPLETE"),
    ]
    assert "none.csv" in every[0]["error"]["text"]
    assert "No file" in command("runs").stdout
    only = json.loads(command("runs", "--state", "failed", "--json").stdout)
    assert only == every[:1]
    assert json.loads(command("runs", "--command", "fit", "--json").stdout) == [every[2]]
    assert json.loads(command("runs", "--context", str(chain), "--json").stdout) == every
    shown = command("runs", "show", every[2]["run"][:12]).stdout
    for text in ("COMPLETE", "prep.py", "schema.pbtxt", every[2]["run"], "pyarrow"):
        assert text in shown
    assert command("runs", "show", "zz").exit_code == 4


def test_an_answer_of_yes_or_no_is_no_failure(chain: Path, command: Callable[..., Any]) -> None:
    (chain / "strict.pbtxt").write_text('feature { name: "distance" type: BYTES }')
    assert command("validate", "--stats", "stats.pb", "--schema", "strict.pbtxt").exit_code == 1
    [run] = json.loads(command("runs", "--command", "validate", "--json").stdout)
    assert (run["state"], run["exit_code"]) == ("COMPLETE", 1)


def test_only_what_changed_was_written(chain: Path, command: Callable[..., Any]) -> None:
    (chain / "strict.pbtxt").write_text('feature { name: "distance" type: INT }')
    for words, written in (((), []), (("--accept",), ["file"])):
        command("schema", "update", "strict.pbtxt", "-s", "stats.pb", *words)
        [run, *_] = json.loads(command("runs", "--command", "schema update", "--json").stdout)
        shown = json.loads(command("runs", "show", run["run"], "--json").stdout)
        assert [e["option"] for e in shown["events"] if e["type"] == "OUTPUT"] == written


def test_a_dry_run_and_the_word_off_record_nothing(
    work: Path, tmp_path: Path, fit: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    store = tmp_path / "l.sqlite"
    monkeypatch.setenv("TAURUS_BEAM_LINEAGE", str(store))
    assert fit("-o", tmp_path / "fn", "--dry-run").exit_code == 0
    assert fit("-o", tmp_path / "fn", "--lineage", "off").exit_code == 0
    assert not store.exists()


def test_a_store_that_was_asked_for_is_there_before_the_work_begins(
    tmp_path: Path, fit: Callable[..., Any]
) -> None:
    (tmp_path / "file").write_text("")
    result = fit("-o", tmp_path / "fn", "--lineage", tmp_path / "file" / "l.sqlite")
    assert result.exit_code == 6
    assert "lineage store" in result.stderr
    assert not (tmp_path / "fn").exists()


def test_a_store_that_was_not_asked_for_costs_nothing_but_a_warning(
    tmp_path: Path, fit: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("TAURUS_BEAM_LINEAGE", str(tmp_path / "file" / "l.sqlite"))
    result = fit("-o", tmp_path / "fn")
    assert result.exit_code == 0
    assert result.stderr.count("warning:") == 1
    assert (tmp_path / "fn" / "manifest.json").exists()


def test_no_password_is_recorded(tmp_path: Path, command: Callable[..., Any]) -> None:
    store = tmp_path / "l.sqlite"
    words = ("stats", "-i", "s3://me:secret@host/x.csv", "--lineage", store)
    assert command(*words).exit_code == 4
    content = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    assert b"s3://me:***@host" in content
    assert b"me:secret" not in content


def test_a_killed_run_is_told_and_runs_again(work: Path, tmp_path: Path, waiting: str) -> None:
    (tmp_path / "prep.py").write_text(waiting)

    def words(*given: str) -> list[str]:
        return [str(SCRIPT), *given]

    environment = {**os.environ, "TAURUS_BEAM_LINEAGE": "l.sqlite"}
    fit = words("fit", "-p", "prep.py", "-i", str(work / "flights.parquet"), "-o", "fn")

    def states() -> list[str]:
        listed = subprocess.run(
            words("runs", "--json"), cwd=tmp_path, env=environment, capture_output=True, check=True
        )
        return [run["state"] for run in json.loads(listed.stdout)]

    with subprocess.Popen(fit, cwd=tmp_path, env=environment, stdout=subprocess.DEVNULL) as killed:
        while not (tmp_path / "traced").exists():
            assert killed.poll() is None
            time.sleep(0.01)
        assert states() == ["RUNNING"]
        killed.send_signal(signal.SIGKILL)
    assert states() == ["KILLED"]
    store = LineageStore(str(tmp_path / "l.sqlite"))
    [run] = store.executions()
    assert {e.key for e in store.events_of_executions([run.id or 0])} == {
        "configuration",
        "input",
        "preprocessing",
    }
    (tmp_path / "go").touch()
    subprocess.run(fit, cwd=tmp_path, env=environment, check=True, capture_output=True)
    assert states() == ["COMPLETE", "KILLED"]


def test_looking_makes_no_store(tmp_path: Path, command: Callable[..., Any]) -> None:
    store = tmp_path / "l.sqlite"
    result = command("runs", "--lineage", store)
    assert result.exit_code == 6
    assert "There is no lineage store yet." in result.stderr
    assert not store.exists()


def test_from_a_served_answer_to_the_raw_file(chain: Path, command: Callable[..., Any]) -> None:
    with serving("--model", "flights=fn", "--log", "log", "--log-share", "100%") as (url, process):
        for request in ("first", "second"):
            row = {"carrier": "UA", "distance": 100, "dep_delay": 5.0}
            headers = {"x-request-id": request}
            httpx.post(f"{url}/v1/models/flights:transform", json=[row], headers=headers)
        process.send_signal(signal.SIGTERM)
        process.wait(30)

    told = command("lineage", "log", "--request", "second", "--up")
    assert told.exit_code == 0, told.output
    lines = told.stdout.splitlines()
    assert lines[0] == "request second, answered by flights 1"
    (file,) = (chain / "log").rglob("*.parquet")
    assert lines[2].startswith(f"  {file}  Answer ")
    whole = told.stdout
    steps = ("Answer ", "serve ", "models: fn  TransformFn ", "fit ")
    places = [whole.index(step) for step in steps]
    assert places == sorted(places)
    for below in ("prep.py  Code", "schema.pbtxt  Schema", "flights.parquet  Data"):
        assert places[-1] < whole.index(below)
    found = json.loads(command("lineage", "log", "--request", "second", "--up", "--json").stdout)
    assert file_digest("flights.parquet") in {a["digest"] for a in found["artifacts"]}
    [answer] = [a for a in found["artifacts"] if a["type"] == "Answer"]
    assert found["roots"] == [answer["digest"]]
    # A record leads there as well, and so do a line of the log and its file, from the artifact on.
    record = command("requests", "list", "log", "--request", "second", "--json").stdout
    of_record = command("lineage", record, "--up").stdout
    assert of_record.replace("(no place)", str(file)) == whole
    row = pq.read_table(file)["_serving"].to_pylist()[1]
    line = json.dumps({"_serving": {**row, "time": None}})
    from_fn = command("lineage", "fn", "--up").stdout
    assert command("lineage", line, "--up").stdout == f"{lines[0]}\n{from_fn}"
    assert command("lineage", file, "--up").stdout == f"2 requests of {file}\n{from_fn}"
    assert command("lineage", "log", "--request", "third").exit_code == 4

    [run] = json.loads(command("runs", "--command", "serve", "--json").stdout)
    assert run["state"] == "COMPLETE"
    events = json.loads(command("runs", "show", run["run"], "--json").stdout)["events"]
    assert [(e["option"], e["artifact"]["type"]) for e in events] == [
        ("configuration", "Configuration"),
        ("models", "TransformFn"),
        ("log_folder", "Data"),
    ]


def test_from_an_answer_of_a_version_that_was_loaded_later(
    chain: Path, command: Callable[..., Any]
) -> None:
    (chain / "later.py").write_text((chain / "prep.py").read_text().replace("delay, 4", "delay, 8"))
    for words in (("prep.py", "models/m/1"), ("later.py", "2")):
        made = command("fit", "-p", words[0], "-i", "flights.parquet", "-o", words[1])
        assert made.exit_code == 0, made.output
    words = ("--log", "log", "--log-share", "100%", "--log-seconds", 0.1, "--reload", 0.1)
    with serving("--models", "models", *words) as (url, _):
        os.rename("2", "models/m/2")
        row = {"carrier": "UA", "distance": 100, "dep_delay": 5.0}
        for number in range(200):
            headers = {"x-request-id": f"r{number}"}
            answer = httpx.post(f"{url}/v1/models/m:transform", json=[row], headers=headers)
            if answer.headers["taurus-model-version"] == "2":
                break
            time.sleep(0.05)
        while not list(Path("log/m/2").glob("*.parquet")):
            time.sleep(0.05)
        # The server goes on.
        told = command("lineage", "log", "--request", f"r{number}", "--up")
    assert told.exit_code == 0, told.output
    assert told.stdout.startswith(f"request r{number}, answered by m 2\n")
    serve = told.stdout.index("  RUNNING  ")
    loaded = told.stdout.index("loaded: ")
    assert serve < loaded < told.stdout.index("later.py  Code")
    assert "prep.py" not in told.stdout
    assert "input: flights.parquet  Data" in told.stdout


def test_a_report_draws_it(chain: Path, command: Callable[..., Any]) -> None:
    words = ("--stats", "stats.pb", "--lineage-of", "fn", "--output", "report.html")
    result = command("report", *words)
    assert result.exit_code == 0, result.output
    html = (chain / "report.html").read_text()
    picture = html[html.index("<svg") :]
    picture = picture[: picture.index("</svg>")]
    for name in ("flights.parquet", "prep.py", "schema.pbtxt", "stats.pb", "fn"):
        assert f">{name}</text>" in picture
    assert picture.count('class="run"') == 3
    assert command("report", *words[:2], "--lineage-of", "0000", *words[4:]).exit_code == 4
