"""The flights example as its users run it, on fewer flights, and what it leaves behind."""

from __future__ import annotations

import runpy
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest

import taurus_beam as tb

ROOT = Path(__file__).parents[2]
ROWS = 4_000


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "examples.flights", *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What two runs into the same folder leave behind."""
    output = tmp_path_factory.mktemp("demo") / "new" / "folder"
    for rows in (ROWS - 1_000, ROWS):
        result = run("--rows", str(rows), "--output", str(output))
        assert result.returncode == 0, result.stderr
        assert "1,000 rows compared with training, bit for bit: 0 differ" in result.stdout
        assert f"taurus-beam inspect {output}/transform_fn" in result.stdout
    return output


def test_a_second_run_replaces_the_first(folder: Path) -> None:
    assert pq.read_table(folder / "flights").num_rows == ROWS
    assert pq.read_table(folder / "transformed").num_rows == ROWS
    assert sorted(path.name for path in folder.iterdir()) == [
        "flights",
        "model.joblib",
        "transform_fn",
        "transformed",
    ]
    assert [path.name for path in sorted((folder / "transformed").iterdir())] == [
        f"flights-0000{shard}-of-00004.parquet" for shard in range(4)
    ]


def test_features_are_what_the_readme_says(folder: Path) -> None:
    raw = pq.read_table(folder / "flights").to_pandas()
    raw.index = raw["carrier"] + raw["flight"].astype(str) + "@" + raw["time_hour"]
    made = pq.read_table(folder / "transformed").to_pandas().set_index("key").loc[raw.index]
    minutes = (raw["sched_dep_time"] // 100 * 60 + raw["sched_dep_time"] % 100) % 1440
    log_delay = np.log1p(raw["dep_delay"] - raw["dep_delay"].min())
    log_distance = np.log1p(raw["distance"])
    distance = raw["distance"]
    expected = pd.DataFrame(
        {
            "late": (raw["arr_delay"] > 15).where(raw["arr_delay"].notna()).astype(float),
            "hour": minutes // 60,
            "minute": minutes % 60,
            "time_sin": np.sin(minutes * 2 * np.pi / 1440),
            "time_cos": np.cos(minutes * 2 * np.pi / 1440),
            "distance_01": (distance - distance.min()) / (distance.max() - distance.min()),
            "distance_log_z": (log_distance - log_distance.mean()) / log_distance.std(ddof=0),
            "delay_log_z": ((log_delay - log_delay.mean()) / log_delay.std(ddof=0)).fillna(0.0),
            "delay_unknown": raw["dep_delay"].isna(),
        }
    )
    pd.testing.assert_frame_equal(
        made[expected.columns], expected, check_dtype=False, check_names=False, rtol=1e-6
    )


def test_artifact_tells_of_its_run(folder: Path) -> None:
    fn = tb.load(str(folder / "transform_fn"))
    assert fn.provenance["run"]["passes"] == 2
    assert fn.provenance["data"]["rows"] == ROWS
    assert set(fn.vocabularies) == {"carrier", "origin", "dest", "plane"}


def test_a_preprocessing_file_stands_alone(folder: Path) -> None:
    """As the command line loads it: by its path, outside any package."""
    raw = pq.read_table(folder / "flights")
    names = runpy.run_path(str(ROOT / "examples" / "flights" / "preprocessing.py"))
    fn = tb.fit(raw, names["preprocessing_fn"])
    assert fn.digest == tb.load(str(folder / "transform_fn")).digest


def test_too_few_rows_are_refused() -> None:
    result = run("--rows", "10")
    assert result.returncode == 2
    assert "--rows must be at least" in result.stderr
