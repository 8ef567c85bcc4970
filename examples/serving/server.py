"""``taurus-beam serve`` for as long as the example needs it."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_COMMAND = "from taurus_beam.cli import main; main()"


@contextmanager
def serving(models: Path, names: list[str]) -> Iterator[str]:
    """The address of a server of a folder of artifacts, with a model behind each of some."""
    behind = [word for name in names for word in ("--with-model", name)]
    words = ["serve", "--models", str(models), *behind, "--port", "0"]
    process = subprocess.Popen(
        [sys.executable, "-c", _COMMAND, *words], stderr=subprocess.PIPE, text=True
    )
    assert process.stderr is not None
    try:
        said = process.stderr.readline()
        _, on, url = said.rpartition(" on ")
        if not (on and url.startswith("http")):
            raise RuntimeError(f"The server did not start: {said}{process.stderr.read()}")
        yield url.strip()
    finally:
        process.terminate()
        process.wait(30)
        process.stderr.close()
