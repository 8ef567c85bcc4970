"""The commands where nothing is installed but what ``pip install taurus-beam`` brings."""

from __future__ import annotations

import importlib.metadata
import subprocess
import sys
from pathlib import Path

import pytest
from packaging.requirements import Requirement

FUNCTION = """\
import taurus_beam as tb


def preprocessing_fn(inputs):
    return {
        "z": tb.scale_to_z_score(inputs["x"]),
        "total": tb.sum(inputs["n"]),
        "mode": tb.mode(inputs["n"]),
        "id": tb.compute_and_apply_vocabulary(inputs["s"]),
    }
"""

ONLY = """\
import sys


class Hiding:
    def __init__(self, finder):
        self.find = finder.find_spec

    def find_spec(self, name, path=None, target=None):
        hidden = name.partition(".")[0] in {unavailable!r}
        return None if hidden else self.find(name, path, target)


sys.meta_path[:] = map(Hiding, sys.meta_path)
from taurus_beam.cli.app import app

app(sys.argv[1:], prog_name="taurus-beam")
"""

CHAIN = """\
stats -i x.csv -o stats.pb
stats -i new.csv -o new.pb
schema infer --stats stats.pb --output schema.pbtxt
validate --stats new.pb --schema schema.pbtxt
validate-rows -s schema.pbtxt -i new.csv
skew distances new.pb stats.pb
fit -p prep.py -i x.csv --schema schema.pbtxt -o fn --transformed out/x --statistics s.pb
transform -a fn -i new.csv -o out/new
inspect fn
diff fn fn
verify fn -i x.csv
split -i x.csv -o parts --key n --ratio train=0.8 --ratio eval=0.2
leakage parts
report --stats new.pb --schema schema.pbtxt --output report.html
runs
lineage fn
doctor
""".splitlines()


@pytest.fixture(scope="module")
def unavailable() -> set[str]:
    """The modules that are here and that the core does not require, directly or otherwise."""
    required: set[str] = set()
    waiting = ["taurus-beam"]
    while waiting:
        name = waiting.pop().lower().replace("_", "-")
        if name in required:
            continue
        required.add(name)
        try:
            needs = importlib.metadata.requires(name) or []
        except importlib.metadata.PackageNotFoundError:
            continue  # another system's or another Python's
        asked = map(Requirement, needs)
        here = (one for one in asked if not one.marker or one.marker.evaluate({"extra": ""}))
        waiting.extend(one.name for one in here)
    providers = importlib.metadata.packages_distributions()
    return {
        module
        for module, names in providers.items()
        if required.isdisjoint(name.lower().replace("_", "-") for name in names)
    }


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory, unavailable: set[str]) -> Path:
    path = tmp_path_factory.mktemp("core")
    rows = [f"{i % 7}.5,{i},{'abc'[i % 3]}" for i in range(60)]
    (path / "x.csv").write_text("\n".join(["x,n,s", *rows, ""]))
    (path / "new.csv").write_text("\n".join(["x,n,s", *rows[:20], ""]))
    (path / "prep.py").write_text(FUNCTION)
    (path / "only.py").write_text(ONLY.format(unavailable=unavailable))
    return path


def test_pandas_is_among_what_the_core_does_without(unavailable: set[str]) -> None:
    assert {"pandas", "polars", "sklearn", "onnx"} <= unavailable
    assert {"numpy", "pyarrow", "apache_beam", "sqlalchemy"}.isdisjoint(unavailable)


def test_a_chain_of_commands(folder: Path) -> None:
    environment = {
        "PYTHONPATH": str(Path(__file__).parents[2]),
        "TAURUS_BEAM_LINEAGE": "lineage.sqlite",
    }
    for line in CHAIN:
        run = subprocess.run(
            [sys.executable, "only.py", *line.split()],
            cwd=folder,
            env=environment,
            capture_output=True,
            text=True,
        )
        assert run.returncode == 0, f"{line}\n{run.stderr}"
