from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.csv as arrow_csv
import pyarrow.parquet as pq
import pytest

import taurus_beam as tb

Command = Callable[..., Any]


def expected(flights: pd.DataFrame) -> pd.DataFrame:
    delay_log = np.log1p(flights.dep_delay - flights.dep_delay.min())
    terms = sorted(flights.carrier.value_counts().items(), key=lambda t: (t[1], t[0]), reverse=True)
    ids = {carrier: i for i, (carrier, _) in enumerate(terms)}
    low, high = flights.distance.min(), flights.distance.max()
    return pd.DataFrame(
        {
            "distance_01": (flights.distance - low) / (high - low),
            "delay_z": (delay_log - delay_log.mean()) / delay_log.std(ddof=0),
            "carrier_id": flights.carrier.map(ids),
        }
    )


def sorted_rows(frame: pd.DataFrame) -> np.ndarray:
    rows = frame.to_numpy(dtype=float)
    return rows[np.lexsort(np.nan_to_num(rows, nan=-9e9).round(4).T)]


def test_artifact_and_data_equal_pandas(
    fit: Command, flights: pd.DataFrame, tmp_path: Path
) -> None:
    result = fit("-o", tmp_path / "fn", "--transformed", tmp_path / "data" / "part")

    assert result.exit_code == 0, result.output
    out = pq.read_table(tmp_path / "data").to_pandas()
    wanted = expected(flights)
    np.testing.assert_allclose(
        sorted_rows(out[wanted.columns]), sorted_rows(wanted), rtol=1e-6, atol=1e-7
    )
    fn = tb.load(str(tmp_path / "fn"))
    assert fn.provenance["data"]["rows"] == len(flights)
    assert fn.provenance["run"]["passes"] == 2
    assert fn.provenance["run"]["runner"] == "local"


def test_summary_says_rows_passes_places_and_the_next_step(fit: Command, tmp_path: Path) -> None:
    result = fit("-o", tmp_path / "fn", "--transformed", tmp_path / "d.csv")

    for words in ("2,000", "passes    2", "4 outputs from 3 columns"):
        assert words in result.stdout
    # A long path is folded.
    assert f"{tmp_path}/d-00000-of-00001.csv" in "".join(result.stdout.split())
    assert f"taurus-beam inspect {tmp_path}/fn" in result.stdout
    assert result.stderr == ""


@pytest.mark.parametrize("runner", ["local", "direct"])
def test_a_bad_file_is_left_out_and_told(
    work: Path, command: Command, tmp_path: Path, runner: str
) -> None:
    good = pq.read_table(work / "flights.parquet")
    pq.write_table(good, tmp_path / "a.parquet")
    (tmp_path / "b.parquet").write_bytes((tmp_path / "a.parquet").read_bytes()[:-100])

    result = command(
        *("fit", "-p", work / "prep.py", "-i", tmp_path / "*.parquet", "-o", tmp_path / "fn"),
        *("--skip-bad-files", "--runner", runner),
    )

    assert result.exit_code == 0, result.output
    assert "Left out 1 of 2 files" in " ".join(result.output.split())
    assert tb.load(str(tmp_path / "fn")).digest == tb.load(str(work / "fitted")).digest


def test_the_same_artifact_from_csv_as_from_parquet(
    work: Path, command: Command, tmp_path: Path
) -> None:
    result = command(
        "fit", "-p", work / "prep.py", "-i", work / "flights.csv", "-o", tmp_path / "fn"
    )

    assert result.exit_code == 0, result.output
    assert tb.load(str(tmp_path / "fn")).digest == tb.load(str(work / "fitted")).digest


def test_the_schema_gives_text_its_types(work: Path, command: Command, tmp_path: Path) -> None:
    (tmp_path / "prep.py").write_text(
        "def preprocessing_fn(inputs):\n    return {'d': inputs['distance']}\n"
    )
    (tmp_path / "schema.pbtxt").write_text(
        'feature { name: "distance" type: FLOAT shape {} }\n'
        'feature { name: "carrier" type: BYTES shape {} }\n'
    )
    words = ("fit", "-p", tmp_path / "prep.py", "-i", work / "flights.csv")
    result = command(*words, "-o", tmp_path / "fn", "--schema", tmp_path / "schema.pbtxt")

    assert result.exit_code == 0, result.output
    assert tb.load(str(tmp_path / "fn")).output_arrow_schema == pa.schema({"d": pa.float32()})


@pytest.mark.parametrize("text", ['feature { name: "x" oops }', "", None])
def test_a_wrong_schema_file(fit: Command, tmp_path: Path, text: str | None) -> None:
    path = tmp_path / "schema.pbtxt"
    if text is not None:
        path.write_text(text)

    result = fit("-o", tmp_path / "fn", "--schema", path)

    assert result.exit_code == 4
    assert "schema file" in result.stderr
    assert str(path) in result.stderr


def test_beam_options_pass_through(fit: Command, work: Path, tmp_path: Path) -> None:
    words = ("--runner", "DirectRunner", "--direct_num_workers", "2", "-o", tmp_path / "fn")
    result = fit(*words, "--direct_running_mode=multi_threading", f"--temp_location={tmp_path}/t")

    assert result.exit_code == 0, result.output
    fn = tb.load(str(tmp_path / "fn"))
    assert fn.provenance["run"]["runner"] == "FnApiRunner"
    assert fn.digest == tb.load(str(work / "fitted")).digest
    assert (tmp_path / "t" / "taurus_beam").is_dir()


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--outptu", "x"], "Did you mean --output?"),
        (["--direct_num_wrkers=2"], "Did you mean --direct_num_workers?"),
        (["--direct_num_workers=many"], "has a wrong value: 'many'"),
        (["second.parquet"], "Put a pattern in quotes"),
        (["--format", "xml"], "xml"),
    ],
)
def test_a_wrong_command_line(fit: Command, tmp_path: Path, words: list[str], message: str) -> None:
    result = fit("-o", tmp_path / "fn", *words)

    assert result.exit_code == 2
    assert message in result.stderr
    assert os.listdir(tmp_path) == []


def test_an_unknown_runner(fit: Command, tmp_path: Path) -> None:
    result = fit("-o", tmp_path / "fn", "--runner", "Sparkle")

    assert result.exit_code == 6
    assert "Sparkle" in result.stderr
    assert "SparkRunner" in result.stderr


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ("return {'x': inputs['distanc']}", "Did you mean 'distance'?"),
        ("return None", "returned nothing"),
        ("return {'x': 1 if inputs['distance'] > 3 else 0}", "prep.py:2"),
        ("return {'x': 1 / 0}", "ZeroDivisionError"),
    ],
)
def test_a_wrong_function_names_its_line(
    work: Path, command: Command, tmp_path: Path, body: str, message: str
) -> None:
    (tmp_path / "prep.py").write_text(f"def preprocessing_fn(inputs):\n    {body}\n")

    result = command(
        "fit", "-p", tmp_path / "prep.py", "-i", work / "flights.csv", "-o", tmp_path / "fn"
    )

    assert result.exit_code == 3
    assert message in result.stderr
    assert "Traceback" not in result.stderr
    assert os.listdir(tmp_path) == ["prep.py"]


def test_no_file_matches(work: Path, command: Command, tmp_path: Path) -> None:
    result = command(
        "fit", "-p", work / "prep.py", "-i", tmp_path / "*.parquet", "-o", tmp_path / "fn"
    )

    assert result.exit_code == 4
    assert "No file matches" in result.stderr


def test_a_file_that_is_cut_off(work: Path, command: Command, tmp_path: Path) -> None:
    whole = (work / "flights.parquet").read_bytes()
    (tmp_path / "cut.parquet").write_bytes(whole[: len(whole) // 2])

    result = command(
        "fit", "-p", work / "prep.py", "-i", tmp_path / "cut.parquet", "-o", tmp_path / "fn"
    )

    assert result.exit_code == 4
    assert "cut.parquet" in result.stderr
    assert not (tmp_path / "fn").exists()


@pytest.mark.parametrize("mode", ["in_memory", "multi_processing"])
def test_a_bad_value_found_by_a_worker_is_one_message(
    work: Path, command: Command, tmp_path: Path, mode: str
) -> None:
    header, *rows = (work / "flights.csv").read_text().splitlines()
    # Behind the 4 MiB from which types are guessed.
    far = [*(rows * (5 * 2**20 // len("\n".join(rows)) + 1)), "AA,far,1.0,JFK"]
    (tmp_path / "far.csv").write_text("\n".join([header, *far]))

    result = command(
        *("fit", "-p", work / "prep.py", "-i", tmp_path / "far.csv", "-o", tmp_path / "fn"),
        *("--transformed", tmp_path / "out" / "data"),
        *(f"--direct_running_mode={mode}", "--direct_num_workers=2"),
    )

    assert result.exit_code == 4
    assert result.stderr.count("'far'") == 1
    assert "column 'distance'" in result.stderr
    assert "Traceback" not in result.stderr
    assert "while running" not in result.stderr
    assert not (tmp_path / "fn").exists()
    assert os.listdir(tmp_path / "out") == []


def test_output_that_exists_needs_overwrite(fit: Command, work: Path, tmp_path: Path) -> None:
    words = ("-o", tmp_path / "fn", "--transformed", tmp_path / "data.csv")
    assert fit(*words).exit_code == 0

    again = fit(*words)
    assert again.exit_code == 6
    assert "--overwrite" in again.stderr

    replaced = fit(*words, "--overwrite")
    assert replaced.exit_code == 0, replaced.output
    assert arrow_csv.read_csv(tmp_path / "data-00000-of-00001.csv").num_rows == 2000


def test_overwrite_replaces_only_an_artifact(fit: Command, tmp_path: Path) -> None:
    (tmp_path / "fn").mkdir()
    (tmp_path / "fn" / "thesis.txt").write_text("years of work")

    result = fit("-o", tmp_path / "fn", "--overwrite")

    assert result.exit_code == 6
    assert (tmp_path / "fn" / "thesis.txt").read_text() == "years of work"


@pytest.mark.parametrize("option", ["--output", "--transformed"])
def test_output_that_cannot_be_written(fit: Command, tmp_path: Path, option: str) -> None:
    (tmp_path / "file").write_text("")
    places = {"--output": tmp_path / "fn", "--transformed": tmp_path / "data"}
    places[option] = tmp_path / "file" / "x"

    result = fit(*(word for pair in places.items() for word in pair))

    assert result.exit_code == 6
    assert f"{tmp_path}/file" in result.stderr
    assert os.listdir(tmp_path) == ["file"]


def test_data_do_not_go_into_the_artifact(fit: Command, tmp_path: Path) -> None:
    result = fit("-o", tmp_path / "fn", "--transformed", tmp_path / "fn" / "data")

    assert result.exit_code == 2
    assert "inside the artifact" in result.stderr


BESIDE = """\
import apache_beam as beam


class Most(beam.DoFn):
    def process(self, arrays):
        yield float(arrays[0].max())
"""
WITH_TRANSFORM = """\
import apache_beam as beam
import pyarrow as pa

import BESIDE
import taurus_beam as tb


class Greatest(beam.PTransform):
    def expand(self, batches):
        return batches | beam.ParDo(BESIDE.Most()) | beam.CombineGlobally(largest)


def largest(numbers):
    return max(numbers, default=0.0)


def preprocessing_fn(inputs):
    (most,) = tb.ptransform_analyzer([inputs["distance"]], Greatest(), [pa.float64()], [()])
    return {"share": inputs["distance"] / most}
"""


@pytest.mark.parametrize("mode", ["in_memory", "multi_processing"])
def test_workers_get_the_code_of_a_transform_out_of_the_file(
    command: Command, work: Path, flights: pd.DataFrame, tmp_path: Path, mode: str
) -> None:
    beside = f"beside_{mode}"  # a name of its own: what is imported stays
    (tmp_path / f"{beside}.py").write_text(BESIDE)
    (tmp_path / "prep.py").write_text(WITH_TRANSFORM.replace("BESIDE", beside))
    words = ("--input", work / "flights.parquet", "--output", tmp_path / "fn")
    flags = (f"--direct_running_mode={mode}", "--direct_num_workers=2")
    result = command("fit", "-p", tmp_path / "prep.py", *words, *flags)
    assert result.exit_code == 0, result.output
    assert tb.load(tmp_path / "fn").row({"distance": flights.distance.max()}) == {"share": 1.0}
