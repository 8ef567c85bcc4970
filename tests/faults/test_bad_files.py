"""One file of many that cannot be read: the run fails and names it, or leaves it out and counts."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import spine
from faulty_runs import MODES, TABLE, Place, assert_same_rows, ended

import taurus_beam as tb

FILES = 200
BAD = 137


@pytest.fixture
def place(tmp_path: Path) -> Place:
    """One file is damaged in its middle: in a column that the first pass does not look at."""
    place = Place.at(tmp_path, FILES)
    path = tmp_path / "data" / f"{BAD:03d}.parquet"
    content = bytearray(path.read_bytes())
    start = pq.ParquetFile(path).metadata.row_group(0).column(3).data_page_offset
    content[start : start + 60] = b"\xff" * 60
    path.write_bytes(content)
    return place


@pytest.mark.parametrize("mode", MODES)
def test_a_bad_file_is_left_out_where_that_is_asked_for(place: Place, mode: str) -> None:
    code, output, errors = ended(place.fit(mode, skip_bad_files=True))

    assert (code, errors) == (0, "")
    assert output.splitlines()[-1] == f"Left out 1 of {FILES} files: data/{BAD:03d}.parquet"
    rows = len(TABLE) // FILES
    good = pa.concat_tables([TABLE.slice(0, BAD * rows), TABLE.slice((BAD + 1) * rows)])
    wanted = tb.fit(good, spine.preprocess)
    found = tb.load(str(place.folder / "out" / "fn"))
    assert found.digest == wanted.digest
    assert found.provenance["data"]["rows"] == len(good)
    [left_out] = found.provenance["data"]["left_out"]
    assert left_out["name"] == f"data/{BAD:03d}.parquet"
    assert "parquet" in left_out["reason"]
    batches = tb.io.Source(f"{place.folder}/out/data-*").batches()
    assert_same_rows(pa.Table.from_batches(batches), wanted.transform(good))
    assert tb.load_statistics(f"{place.folder}/out/stats.pb") == tb.statistics(good)


@pytest.mark.parametrize("mode", MODES)
def test_a_bad_file_fails_the_run_and_is_named(place: Place, mode: str) -> None:
    code, _, errors = ended(place.fit(mode))
    assert code == 4
    assert f"data/{BAD:03d}.parquet" in errors
    assert place.assert_nothing_partial() == []
    assert place.temporary == []
