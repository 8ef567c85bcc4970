"""Loads and applies an artifact in a process of its own that may take little memory and time.

Run as a program it prints, as JSON, what each way of using the artifact came to: "done", or the
class and text of the error, and the most memory that the process had.
"""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

MEMORY = 3 << 30
SECONDS = 60
BATCH = 1 << 26

_PACKAGE = str(Path(__file__).parents[2])


def used(folder: Path, row: Mapping[str, Any], rows: int = 1) -> dict[str, Any]:
    """What came of loading, of the row and of a batch of as many equal rows."""
    words = [sys.executable, __file__, str(folder), json.dumps(row), str(rows)]
    limited = {**os.environ, "TAURUS_BEAM_BATCH_BYTES": str(BATCH), "PYTHONPATH": _PACKAGE}
    ended = subprocess.run(words, capture_output=True, text=True, timeout=2 * SECONDS, env=limited)
    assert ended.returncode == 0, ended.stderr[-2000:]
    result: dict[str, Any] = json.loads(ended.stdout.splitlines()[-1])
    return result


def _use(folder: str, row: Mapping[str, Any], rows: int) -> dict[str, Any]:
    from taurus_beam.errors import TaurusError
    from taurus_beam.serving import load

    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    found: dict[str, Any] = {}

    def attempt(what: str, action: Callable[[], Any]) -> Any:
        try:
            result = action()
            found[what] = "done"
            return result
        except TaurusError as problem:
            found[what] = f"{type(problem).__name__}: {problem}"
            return None

    fn = attempt("load", lambda: load(folder))
    if fn is not None:
        columns = {name: [value] * rows for name, value in row.items()}
        import pyarrow as pa

        attempt("row", lambda: fn.row(row))
        attempt("batch", lambda: fn.transform(pa.RecordBatch.from_pydict(columns)))
    found["megabytes"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10
    return found


if __name__ == "__main__":
    print(json.dumps(_use(sys.argv[1], json.loads(sys.argv[2]), int(sys.argv[3]))))
