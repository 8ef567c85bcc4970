"""``python -m benchmarks.peers.record_statistics``: asks TFDV for statistics, and keeps them.

TFDV runs in TFT's environment (see `environments`). What it says goes to
``tests/parity/statistics``: a ``DatasetFeatureStatisticsList`` and the inferred ``Schema`` for
each frame, both in TFDV's own files, and the names TFDV is known by.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from benchmarks.environments import ROOT, TFT
from benchmarks.peers.record import write
from benchmarks.peers.statistics_frames import FRAMES, as_lists

RESULTS = ROOT / "tests" / "parity" / "statistics"


def main() -> int:
    RESULTS.mkdir(parents=True, exist_ok=True)
    python = TFT.make()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for frame, table in FRAMES.items():
            write(folder / f"{frame}.arrow", as_lists(table()))
        command = [python, "-m", "benchmarks.peers.tfdv_recorder", str(folder)]
        done = subprocess.run(command, cwd=ROOT, check=False)
        if done.returncode:
            return done.returncode
        for kind in ("*.stats", "*.pbtxt", "names.json"):
            for file in folder.glob(kind):
                shutil.copy(file, RESULTS)
    return 0


if __name__ == "__main__":
    sys.exit(main())
