"""Artifacts of every release load, and give what they gave when they were written."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

import taurus_beam as tb

FOLDER = Path(__file__).parent
PLACES = sorted(path.parent for path in FOLDER.glob("*/*/transform_fn"))
# Functions such as the sine may differ by some last bits between processors and NumPy versions.
TOLERANCES = {pa.float16(): 2e-3, pa.float32(): 1e-6, pa.float64(): 1e-12}

every_place = pytest.mark.parametrize("place", PLACES, ids=lambda p: f"{p.parent.name}-{p.name}")


def read(path: Path) -> pa.Table:
    with pa.OSFile(str(path)) as file:
        return pa.ipc.open_file(file).read_all()


def flat(column: Any) -> Iterator[Any]:
    """The layers of a column: which rows are missing, how long lists are, and the elements."""
    array = column.combine_chunks()
    yield array.is_null().to_pylist()
    while pa.types.is_list(array.type) or pa.types.is_fixed_size_list(array.type):
        yield [None if row is None else len(row) for row in array.to_pylist()]
        array = array.flatten()
    yield array.is_null().to_pylist()
    yield array.drop_null()


def check_equal(found: pa.Table, expected: pa.Table) -> None:
    assert found.schema == expected.schema
    for name in expected.schema.names:
        *layers, elements = flat(found[name])
        *expected_layers, wanted = flat(expected[name])
        assert layers == expected_layers, name
        if wanted.type in TOLERANCES:
            numbers, rtol = wanted.to_numpy().astype(np.float64), TOLERANCES[wanted.type]
            mine = elements.to_numpy().astype(np.float64)
            np.testing.assert_allclose(mine, numbers, rtol=rtol, atol=rtol, err_msg=name)
        else:
            assert elements.equals(wanted), name


@every_place
def test_batches_and_rows_are_transformed_as_when_it_was_written(place: Path) -> None:
    fn, given, expected = tb.load(place / "transform_fn"), *map(read, files(place))
    check_equal(fn.transform(given), expected)
    rows = [fn.row(row) for row in given.to_pylist()]
    check_equal(pa.Table.from_pylist(rows, expected.schema), expected)


@every_place
def test_it_can_be_written_and_read_again(place: Path, tmp_path: Path) -> None:
    given, expected = map(read, files(place))
    tb.load(place / "transform_fn").save(tmp_path / "again")
    check_equal(tb.load(tmp_path / "again").transform(given), expected)


def files(place: Path) -> tuple[Path, Path]:
    return place / "given.arrow", place / "found.arrow"


def test_this_version_has_its_own() -> None:
    assert {place.name for place in PLACES if place.parent.name == tb.__version__}
