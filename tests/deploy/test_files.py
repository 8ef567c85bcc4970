"""What lies in `deploy`: its versions, options and chain of commands are those of the code."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import apache_beam as beam
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import typer.main
import yaml
from apache_beam.options.pipeline_options import FlinkRunnerOptions, PipelineOptions

import taurus_beam
from taurus_beam.cli.app import app

ROOT = Path(taurus_beam.__file__).parents[1]
DEPLOY = ROOT / "deploy"
FILES = sorted(path for path in DEPLOY.rglob("*") if path.is_file())
SCRIPTS = [path for path in FILES if path.suffix == ".sh"]
# The least version that pyproject.toml allows is the one that images are made of.
[BEAM] = re.findall(r'^    "apache-beam>=([\d.]+),', (ROOT / "pyproject.toml").read_text(), re.M)
BEAM += ".0"


def options_of(command: str) -> set[str]:
    found: Any = typer.main.get_command(app).commands[command]  # type: ignore[attr-defined]  # a group
    ours = {name for parameter in found.params for name in parameter.opts}
    return ours | {f"--{name}" for name in PipelineOptions([]).get_all_options()}


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(DEPLOY)))
def test_versions_are_those_of_the_code(path: Path) -> None:
    text = path.read_text()

    assert set(re.findall(r"(?:beam_python[\d.]+_sdk:|apache-beam\S*==)([\d.]+\d)", text)) <= {BEAM}
    assert set(re.findall(r"taurus-beam:([\d.]+\d)", text)) <= {taurus_beam.__version__}


def test_the_beam_of_the_images_is_the_tested_one() -> None:
    assert beam.__version__ == BEAM
    assert f"FROM apache/beam_python3.11_sdk:{BEAM}" in (DEPLOY / "docker/Dockerfile").read_text()


def test_what_an_image_is_built_of_exists() -> None:
    text = (DEPLOY / "docker/Dockerfile").read_text()
    sources = [name for line in re.findall(r"^COPY (.+)", text, re.M) for name in line.split()[:-1]]
    sent = (ROOT / ".dockerignore").read_text().splitlines()

    assert sources
    assert all((ROOT / name).exists() and f"!{name}" in sent for name in sources)


def test_parameters_of_the_template_are_options_of_fit() -> None:
    metadata = json.loads((DEPLOY / "dataflow/metadata.json").read_text())
    names = [parameter["name"] for parameter in metadata["parameters"]]

    assert len(set(names)) == len(names)
    assert {f"--{name}" for name in names} <= options_of("fit")
    required = {p["name"] for p in metadata["parameters"] if not p["isOptional"]}
    assert required == {"input", "output", "sdk_container_image"}
    for parameter in metadata["parameters"]:
        for pattern in parameter.get("regexes", ()):
            re.compile(pattern)


def test_the_flink_cluster_has_a_pool_of_workers_beside_each_task_manager() -> None:
    cluster = yaml.safe_load((DEPLOY / "flink-kubernetes/cluster.yaml").read_text())
    spec = cluster["spec"]
    [main, pool] = spec["taskManager"]["podTemplate"]["spec"]["containers"]

    assert (cluster["apiVersion"], cluster["kind"]) == (
        "flink.apache.org/v1beta1",
        "FlinkDeployment",
    )
    version = spec["image"].removeprefix("flink:")
    assert spec["flinkVersion"] == "v" + version.replace(".", "_")
    assert version in FlinkRunnerOptions.PUBLISHED_FLINK_VERSIONS
    assert main["name"] == "flink-main-container"
    assert pool["args"] == ["--worker_pool"]


def test_the_submission_fits_the_cluster() -> None:
    cluster = yaml.safe_load((DEPLOY / "flink-kubernetes/cluster.yaml").read_text())
    job = yaml.safe_load((DEPLOY / "flink-kubernetes/submit.yaml").read_text())
    [container] = job["spec"]["template"]["spec"]["containers"]
    words = dict(each.partition("=")[::2] for each in container["args"])
    pool = cluster["spec"]["taskManager"]["podTemplate"]["spec"]["containers"][1]

    assert set(words) <= options_of(container["command"][1])
    assert words["--flink_master"] == f"http://{cluster['metadata']['name']}-rest:8081"
    assert f"flink:{words['--flink_version']}" == cluster["spec"]["image"]
    assert words["--environment_config"] == f"localhost:{pool['ports'][0]['containerPort']}"
    assert container["image"] == pool["image"]
    slots = int(cluster["spec"]["flinkConfiguration"]["taskmanager.numberOfTaskSlots"])
    assert int(words["--parallelism"]) == slots * cluster["spec"]["taskManager"]["replicas"]


def test_the_server_is_one_that_serve_can_start() -> None:
    [service] = yaml.safe_load((DEPLOY / "docker/compose.yaml").read_text())["services"].values()
    options = {word for word in service["command"] if word.startswith("--")}

    assert service["entrypoint"] == ["taurus-beam", "serve"]
    assert options <= options_of("serve")


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.name)
def test_scripts_are_right_shell_and_use_options_there_are(script: Path) -> None:
    subprocess.run(["sh", "-n", script], check=True)
    for command, words in re.findall(
        r"(?:taurus-beam|\$tb) (fit|transform|stats|validate)((?:[^\n\\]|\\\n)+)",
        script.read_text(),
    ):
        assert set(re.findall(r"\s(--[\w-]+)", words)) <= options_of(command)


@pytest.mark.parametrize(("carrier", "code"), [("AA", 0), ("never seen", 1)])
def test_the_chain_runs_and_stops_at_anomalies(tmp_path: Path, carrier: str, code: int) -> None:
    def write(name: str, carriers: list[str]) -> None:
        table = pa.table({"carrier": carriers, "delay": [float(i) for i in range(len(carriers))]})
        pq.write_table(table, tmp_path / name)

    write("train.parquet", ["AA", "UA", "AA", "DL"])
    write("new.parquet", [carrier, "UA", "DL"])
    (tmp_path / "prep.py").write_text(
        "import taurus_beam as tb\n\n\ndef preprocessing_fn(inputs):\n"
        '    return {"id": tb.compute_and_apply_vocabulary(inputs["carrier"])}\n'
    )
    (tmp_path / "tb.py").write_text("from taurus_beam.cli import main\nmain()\n")
    command = [DEPLOY / "docker/chain.sh", "prep.py", "train.parquet", "new.parquet", "out"]
    environment = {
        **os.environ,
        "PYTHONPATH": str(ROOT),
        "TAURUS_BEAM": f"{sys.executable} {tmp_path / 'tb.py'}",
    }

    ran = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True)

    assert ran.returncode == code, ran.stdout + ran.stderr
    features = list((tmp_path / "out").glob("features/*.parquet"))
    assert bool(features) == (code == 0)
    assert (tmp_path / "out/transform_fn").is_dir()
