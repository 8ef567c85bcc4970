"""An environment of its own for TensorFlow Transform, which pins what nothing else here pins.

``python -m benchmarks.peers.tft_environment`` makes it under ``.peers/tft`` (some minutes, 2.5 GB)
and prints its interpreter; nothing of it reaches the project's own environment.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import venv
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
FOLDER = ROOT / ".peers"
# Names the interpreter of an environment that is there already.
VARIABLE = "TAURUS_TFT_PYTHON"
# The contenders that run there.
RESIDENTS = ("TFT", "TFDV")
# TFT's wheels end with Python 3.11, and dill must be what Beam pickles with.
PYTHONS = ("3.11", "3.10", "3.9")
REQUIREMENTS = (
    "tensorflow-transform>=1.16",
    "tensorflow-data-validation>=1.16.1",
    "dill==0.3.1.1",
)


class NoEnvironmentError(RuntimeError):
    """TFT's environment is not there, or cannot be made."""


def interpreter() -> str:
    """The Python that has TFT.

    Raises:
        NoEnvironmentError: If its environment has not been made.
    """
    named = os.environ.get(VARIABLE)
    python = Path(named) if named else program(FOLDER / "tft", "python")
    if not python.exists():
        raise NoEnvironmentError(
            f"there is no {python}: make TFT's environment with "
            f"'python -m benchmarks.peers.tft_environment', or name its Python in {VARIABLE}"
        )
    return str(python)


def python_of(contender: str) -> str:
    """Whose Python runs a contender."""
    return interpreter() if contender in RESIDENTS else sys.executable


def make() -> str:
    """Makes the environment where it is not there yet; its interpreter.

    A first small environment holds uv: pip gives up on TFT's requirements, uv resolves them.
    """
    place = FOLDER / "tft"
    if program(place, "python").exists():
        return interpreter()
    FOLDER.mkdir(exist_ok=True)
    installer = FOLDER / "uv"
    venv.create(installer, with_pip=True, clear=True)
    pip = [str(program(installer, "python")), "-m", "pip", "--disable-pip-version-check"]
    run([*pip, "install", "--quiet", "uv"])
    uv = str(program(installer, "uv"))
    # Under another name until it is whole, so that a run cut short leaves nothing that looks ready.
    unfinished = FOLDER / "tft.unfinished"
    run([uv, "venv", "--quiet", "--clear", "--relocatable", "--python", base_python(), unfinished])
    run([uv, "pip", "install", "--python", program(unfinished, "python"), *REQUIREMENTS])
    unfinished.rename(place)
    return interpreter()


def base_python() -> str:
    """A Python that TFT's wheels are made for: this one, or one on the path."""
    here = f"{sys.version_info.major}.{sys.version_info.minor}"
    if here in PYTHONS:
        return sys.executable
    for version in PYTHONS:
        found = shutil.which(f"python{version}")
        if found:
            return found
    # uv fetches one where it may.
    return PYTHONS[0]


def program(environment: Path, name: str) -> Path:
    return environment / ("Scripts" if os.name == "nt" else "bin") / name


def run(command: list[str | Path]) -> None:
    done = subprocess.run([str(word) for word in command], check=False)
    if done.returncode:
        raise NoEnvironmentError(f"'{command[0]}' ended with {done.returncode}; see above")


if __name__ == "__main__":
    print(make())
