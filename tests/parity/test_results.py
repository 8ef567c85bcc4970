"""taurus_beam gives what TFT gave when it was asked the same; see ``benchmarks/peers``.

Integers and strings are equal, floats within 1e-6 of their size unless a case says why not: then
NumPy in float64 shows that ours is the truer of the two.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import taurus_beam as tb
from benchmarks.peers.case import Case, Difference
from benchmarks.peers.cases import FAMILIES
from benchmarks.peers.frames import FRAMES
from benchmarks.peers.record import fingerprint
from benchmarks.peers.recording import digest, lists

ALL = [case for family in FAMILIES.values() for case in family]
SAME = [case for case in ALL if not isinstance(case, Difference)]
DIFFERENT = [case for case in ALL if isinstance(case, Difference)]

Rows = list[list[Any]]
Answers = dict[str, dict[str, Any]]


def by_name(cases: list[Any]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("case", cases, ids=[case.name for case in cases])


@by_name(ALL)
def test_tft_was_asked_this(case: Case, answers: Answers) -> None:
    """A case that was changed is to be recorded again: ``python -m benchmarks.peers.record``."""
    record = answers[case.name]
    assert record["tft"] == case.tft
    assert (record["frame"], record["serve"]) == (case.frame, case.serve)
    assert record["only_served"] == case.only_served
    assert record["data"] == fingerprint(case.frame)


@by_name(SAME)
def test_same(case: Case, answers: Answers) -> None:
    record = answers[case.name]
    assert "error" not in record, record.get("error")
    outputs, fn = ours(case)
    for part, found in outputs.items():
        if not len(FRAMES[case.frame]()) and part == "fitted":
            continue  # of no rows TFT writes no batch
        assert set(found) == set(record[part])
        for name, rows in found.items():
            where = f"{case.name}: {name} ({part})"
            check(where, rows, record[part][name], case)
    # Of no data TFT writes a random term into the file, which must not be empty.
    assets = record["assets"] if len(FRAMES[case.frame]()) else {}
    for name, lines in assets.items():
        check_terms(name, lines, fn, counted="store_frequency" in case.tft)


@by_name([case for case in SAME if case.absolute or case.relative > 1e-6])
def test_ours_is_truer_where_the_bound_is_looser(case: Case, answers: Answers) -> None:
    assert case.looser
    assert case.truth is not None
    found, record = ours(case)[0], answers[case.name]
    part = "served" if case.only_served else "fitted"
    data = FRAMES[case.frame]()
    served = FRAMES[case.serve]() if case.only_served and case.serve else data
    for name, expected in case.truth(data, served).items():
        rows = [row[~np.isnan(row)].tolist() for row in expected.reshape(len(expected), -1)]
        truth, mine, theirs = (
            np.asarray(each, np.float64)
            for each in (
                written(rows, record[part][name]),
                written(found[part][name], record[part][name]),
                flat(record[part][name]),
            )
        )
        np.testing.assert_allclose(mine, truth, rtol=1e-6, atol=0, err_msg=name)
        assert np.abs(mine - truth).max() <= np.abs(theirs - truth).max(), name


@by_name(DIFFERENT)
def test_deliberately_different(case: Difference, answers: Answers) -> None:
    """Ours is what was worked out, and TFT's still is something else."""
    assert case.reason
    assert case.expected or case.proof
    record = answers[case.name]
    found = ours(case)[0][case.part]
    for name, expected in case.expected.items():
        np.testing.assert_equal(rounded(found[name]), rounded(expected), err_msg=name)
    if case.error:
        assert case.error in record["error"]
        return
    theirs = record[case.part]
    differing = {
        n for n in found if rounded([written(found[n], theirs[n])]) != rounded([flat(theirs[n])])
    }
    assert differing >= set(case.expected), "no difference any more"
    assert differing


def ours(case: Case) -> tuple[dict[str, dict[str, Rows]], tb.TransformFn]:
    """The rows of each output, of the data fitted on and of those that came later."""
    fn = tb.fit(FRAMES[case.frame](), lambda i: dict(case.ours(i)))
    parts = {} if case.only_served else {"fitted": fn.transform(FRAMES[case.frame]())}
    if case.serve:
        parts["served"] = fn.transform(FRAMES[case.serve]())
    return {
        part: {name: lists(found[name]) for name in found.column_names}
        for part, found in parts.items()
    }, fn


def check(where: str, rows: Rows, record: dict[str, Any], case: Case) -> None:
    assert len(rows) == record["rows"], where
    mine, theirs = written(rows, record), flat(record)
    assert len(mine) == len(theirs), f"{where}: {mine[:9]} and {theirs[:9]}"
    if record["kind"] == "float":
        np.testing.assert_allclose(mine, theirs, case.relative, case.absolute, err_msg=where)
        return
    assert mine == theirs, where
    if "sha256" in record:
        assert digest(rows) == record["sha256"], where


def written(rows: Rows, record: dict[str, Any]) -> list[Any]:
    """The values of ours at the rows that were written down."""
    if "constant" in record:
        assert all(len(row) == len(record["constant"]) for row in rows)
        return [value for row in rows[:1] + rows[-1:] for value in row]
    chosen = rows[:: record.get("every", 1)]
    lengths = [len(row) for row in record.get("sample", record.get("values", []))]
    assert [len(row) for row in chosen] == lengths
    return [value for row in chosen for value in row]


def flat(record: dict[str, Any]) -> list[Any]:
    if "constant" in record:
        return record["constant"] * 2
    return [value for row in record.get("sample", record.get("values", [])) for value in row]


def check_terms(name: str, lines: list[str], fn: tb.TransformFn, counted: bool) -> None:
    """A vocabulary file of TFT against ours: terms in order and what they were ordered by."""
    if counted:
        pairs = [line.split(" ", 1) for line in lines]
        lines = [term for _, term in pairs]
        counts = [float(count) for count, _ in pairs]
        mine = fn.vocabulary(name).counts.to_pylist()
        np.testing.assert_allclose(mine, counts, rtol=1e-6, atol=1e-6)
    assert [str(term) for term in fn.vocabulary_by_name(name)] == lines


def rounded(rows: Any) -> Any:
    """Rows that compare as equal where numbers agree to six digits."""
    return [[f"{v:.6g}" if isinstance(v, float | int) else v for v in row] for row in rows]
