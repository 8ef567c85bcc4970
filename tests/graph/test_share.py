"""Very many accumulators are divided into shares, which compute nothing twice."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

import taurus_beam as tb
from taurus_beam import local
from taurus_beam.errors import DataError
from taurus_beam.graph.freeze import substitute
from taurus_beam.graph.gathering import Gatherer
from taurus_beam.graph.phases import phases
from taurus_beam.graph.share import MANY, is_divided, parted
from taurus_beam.graph.trace import trace
from taurus_beam.serving.gathered import ways

COLUMNS = 700
DRAWN = np.random.default_rng(0).normal(size=(40, COLUMNS))
WIDE = pa.table({f"x{number}": DRAWN[:, number] for number in range(COLUMNS)})


def by_column(inputs: dict[str, Any]) -> dict[str, Any]:
    scaled = {f"{name}_z": tb.scale_to_z_score(column) for name, column in inputs.items()}
    return scaled | {f"{name}_01": tb.scale_to_0_1(column) for name, column in inputs.items()}


def of_one_sum(inputs: dict[str, Any]) -> dict[str, Any]:
    total = inputs["x0"] + inputs["x1"]
    return {f"{n}": tb.scale_to_z_score(total * (n + 1)) for n in range(COLUMNS * 2)}


def spans(function: Callable[[dict[str, Any]], dict[str, Any]]) -> list[slice]:
    (phase,) = phases(trace(function, WIDE.schema))
    return list(parted(phase.gatherings, substitute(phase.inputs, {})))


def test_they_cover_all_gatherings_in_order() -> None:
    found = spans(by_column)

    assert len(found) > 1
    assert [one.start for one in found] == [0, *(one.stop for one in found[:-1])]
    assert found[-1].stop == 2 * COLUMNS > MANY


def test_what_is_computed_for_several_stays_together() -> None:
    assert spans(of_one_sum) == [slice(0, 2 * COLUMNS)]


def test_few_accumulators_are_one_share() -> None:
    assert spans(lambda inputs: {"z": tb.scale_to_z_score(inputs["x0"])}) == [slice(0, 1)]


def test_it_is_known_before_whether_they_are_divided() -> None:
    phase = {f: phases(trace(f, WIDE.schema))[0] for f in (by_column, of_one_sum)}

    assert is_divided(phase[by_column])
    assert not is_divided(phase[of_one_sum])


def test_batches_of_divided_columns_are_cut_where_rows_are_made(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("TAURUS_BEAM_THREADS", "1")
    whole, fn = tb.fit_transform(WIDE, by_column)
    monkeypatch.setattr(local, "_BATCH_ROWS", 16)
    cut, other = tb.fit_transform(WIDE, by_column)

    assert [len(chunk) for chunk in cut["x0_z"].chunks] == [14, 14, 12]
    assert cut.equals(whole)
    assert other.digest == fn.digest


def test_a_column_is_as_if_it_were_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TAURUS_BEAM_THREADS", "2")
    together = tb.fit(WIDE, by_column).transform(WIDE)

    for name in ("x0", "x333", f"x{COLUMNS - 1}"):
        alone = tb.fit(WIDE.select([name]), by_column).transform(WIDE)
        assert together.select(alone.column_names).equals(alone)


def test_the_artifact_does_not_depend_on_threads(monkeypatch: pytest.MonkeyPatch) -> None:
    digests = []
    for threads in ("1", "3"):
        monkeypatch.setenv("TAURUS_BEAM_THREADS", threads)
        digests.append(tb.fit(WIDE, by_column).digest)

    assert digests[0] == digests[1]


def test_the_first_column_that_fails_is_told_with_any_number_of_threads() -> None:
    schema = pa.schema([(name, pa.int64()) for name in WIDE.column_names])
    batch = pa.record_batch({name: pa.array(["one", "two"]) for name in WIDE.column_names})
    gatherer = Gatherer(phases(trace(by_column, schema))[0], {})

    told = set()
    for threads in (1, 2, 5):
        _, mapped = ways(gatherer, threads)
        with pytest.raises(DataError) as caught:
            gatherer.add(gatherer.zero(), batch, mapped)
        told.add(str(caught.value))

    assert len(told) == 1
    assert "x0" in told.pop()


def test_threads_take_columns_only_where_these_are_many() -> None:
    few = Gatherer(phases(trace(lambda i: {"z": tb.scale_to_z_score(i["x0"])}, WIDE.schema))[0], {})
    many = Gatherer(phases(trace(by_column, WIDE.schema))[0], {})

    assert ways(few, 4) == (4, map)
    assert ways(many, 4)[0] == 1
