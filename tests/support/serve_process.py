"""``taurus-beam serve`` in a process of its own."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

PROGRAM = "from taurus_beam.cli import main; main()"


@contextmanager
def serving(*words: object, **environment: str) -> Iterator[tuple[str, Any]]:
    """The address of a server, and its process."""
    command = [sys.executable, "-c", PROGRAM, "serve", "--port", "0", *map(str, words)]
    process = subprocess.Popen(
        command, stderr=subprocess.PIPE, text=True, env={**os.environ, **environment}
    )
    assert process.stderr is not None
    try:
        said = process.stderr.readline()
        match = re.search(r" on (https?://\S+)$", said)
        assert match, said + process.stderr.read()
        yield match[1], process
    finally:
        process.terminate()
        process.wait(30)
        process.stderr.close()
