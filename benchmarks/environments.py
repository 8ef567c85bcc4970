"""An environment of its own for each peer: none pins what another has, none is among our own.

One is made under ``.peers`` when a contender first needs it, from PyPI, in the versions written
here; ``python -m benchmarks.environments NAME`` makes one (or, without a name, lists them) and
prints its interpreter. ``TAURUS_PEER_NAME`` names the Python of one that is there already.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import venv
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).parent.parent
FOLDER = ROOT / ".peers"


class NoEnvironmentError(RuntimeError):
    """An environment is not there, or cannot be made."""


@dataclass(frozen=True)
class Environment:
    """Where a peer is installed.

    Attributes:
        name: Of its folder.
        requirements: What pip installs; none means the environment of this project.
        packages: Whose versions a page of results tells; the first is the peer itself.
        pythons: What its wheels are made for, newest first; none means any.
        variable: Names the Python of an environment that is there already.
    """

    name: str
    requirements: tuple[str, ...] = ()
    packages: tuple[str, ...] = ()
    pythons: tuple[str, ...] = ()
    variable: str = field(default="")

    def interpreter(self) -> str:
        """Its Python.

        Raises:
            NoEnvironmentError: If it has not been made.
        """
        if not self.requirements:
            return sys.executable
        variable = self.variable or f"TAURUS_PEER_{self.name.upper().replace('-', '_')}"
        named = os.environ.get(variable)
        python = Path(named) if named else program(FOLDER / self.name, "python")
        if not python.exists():
            raise NoEnvironmentError(
                f"there is no {python}: make the environment with "
                f"'python -m benchmarks.environments {self.name}', or name its Python in {variable}"
            )
        return str(python)

    def make(self) -> str:
        """Makes it where it is not there yet; its interpreter.

        Raises:
            NoEnvironmentError: If it cannot be made.
        """
        try:
            return self.interpreter()
        except NoEnvironmentError:
            pass
        print(f"making the environment of {self.name}", file=sys.stderr, flush=True)
        uv = installer()
        # Under another name until it is whole, so a run cut short leaves nothing that looks ready.
        unfinished = FOLDER / f"{self.name}.unfinished"
        base = base_python(self.pythons)
        run([uv, "venv", "--quiet", "--clear", "--relocatable", "--python", base, unfinished])
        python = program(unfinished, "python")
        run([uv, "pip", "install", "--quiet", "--python", python, *self.requirements])
        unfinished.rename(FOLDER / self.name)
        return self.interpreter()

    def versions(self, packages: tuple[str, ...] = ()) -> dict[str, str]:
        """The versions of packages, by default its own, as they are installed."""
        names = packages or self.packages
        code = f"from importlib.metadata import version\nfor p in {names}: print(version(p))"
        done = subprocess.run(
            [self.interpreter(), "-c", code], check=True, capture_output=True, text=True
        )
        return dict(zip(names, done.stdout.split(), strict=True))


def installer() -> Path:
    """uv, in a small environment of its own: pip gives up on TFT's requirements, uv does not."""
    place = FOLDER / "uv"
    if not program(place, "uv").exists():
        FOLDER.mkdir(exist_ok=True)
        venv.create(place, with_pip=True, clear=True)
        pip = [program(place, "python"), "-m", "pip", "--disable-pip-version-check"]
        run([*pip, "install", "--quiet", "uv"])
    return program(place, "uv")


def base_python(pythons: tuple[str, ...]) -> str:
    """A Python that wheels are made for: this one, or one on the path."""
    here = f"{sys.version_info.major}.{sys.version_info.minor}"
    if not pythons or here in pythons:
        return sys.executable
    for version in pythons:
        found = shutil.which(f"python{version}")
        if found:
            return found
    # uv fetches one where it may.
    return pythons[0]


def program(environment: Path, name: str) -> Path:
    return environment / ("Scripts" if os.name == "nt" else "bin") / name


def run(command: list[str | Path]) -> None:
    done = subprocess.run([str(word) for word in command], check=False)
    if done.returncode:
        raise NoEnvironmentError(f"'{command[0]}' ended with {done.returncode}; see above")


HERE = Environment("taurus", packages=("taurus-beam", "apache-beam", "numpy", "pyarrow", "pandas"))
SKLEARN = Environment(
    "scikit-learn",
    ("scikit-learn==1.9.1", "pandas==3.1.1", "pyarrow==25.0.1"),
    ("scikit-learn", "pandas"),
)
POLARS = Environment("polars", ("polars==2.1.0", "pyarrow==25.0.1", "numpy==2.4.6"), ("polars",))
DUCKDB = Environment("duckdb", ("duckdb==2.0.0", "pyarrow==25.0.1", "numpy==2.4.6"), ("duckdb",))
FEATURE_ENGINE = Environment(
    "feature-engine",
    ("feature-engine==1.9.4", "pyarrow==25.0.1"),
    ("feature-engine", "scikit-learn", "pandas"),
)
ONNX_RUNTIME = Environment(
    "onnxruntime", ("onnxruntime==1.31.1", "numpy==2.4.6", "pyarrow==25.0.1"), ("onnxruntime",)
)
WHYLOGS = Environment(
    "whylogs",
    # It calls what NumPy 2 no longer has.
    ("whylogs==1.6.4", "numpy<2", "pandas<3", "pyarrow==25.0.1"),
    ("whylogs", "numpy", "pandas"),
    # NumPy 1 has no wheels beyond.
    pythons=("3.12", "3.11", "3.10"),
)
IBIS_ML = Environment(
    "ibis-ml",
    # The newest Ibis that still has what ibis-ml calls, and the newest DuckDB that it works with.
    ("ibis-ml==0.1.4", "ibis-framework[duckdb]==10.8.0", "duckdb==1.3.2", "pyarrow==25.0.1"),
    ("ibis-ml", "ibis-framework", "duckdb"),
)
TFT = Environment(
    "tft",
    # dill must be what Beam pickles with.
    (
        "tensorflow-transform>=1.16",
        "tensorflow-data-validation>=1.16.1",
        "dill==0.3.1.1",
    ),
    ("tensorflow-transform", "tensorflow-data-validation", "tensorflow", "apache-beam", "pandas"),
    # TFT's wheels end with Python 3.11.
    pythons=("3.11", "3.10", "3.9"),
    variable="TAURUS_TFT_PYTHON",
)
ENVIRONMENTS = {
    one.name: one
    for one in (SKLEARN, POLARS, DUCKDB, FEATURE_ENGINE, ONNX_RUNTIME, WHYLOGS, IBIS_ML, TFT)
}


if __name__ == "__main__":
    if len(sys.argv) == 1:
        print(*ENVIRONMENTS, sep="\n")
    for name in sys.argv[1:]:
        print(ENVIRONMENTS[name].make())
