"""The same rows through every way that an artifact can be applied, and where the ways differ.

The batch path is what the others are held to: an artifact means one thing, so they give the same,
bit for bit, or ONNX within the numbers that its documentation states.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa

from taurus_beam.errors import DataError, EngineError, TaurusError
from taurus_beam.runners.ways import WAYS, Outcome
from taurus_beam.serving.differences import differing_rows
from taurus_beam.serving.frames import as_table
from taurus_beam.serving.transform_fn import TransformFn, load

__all__ = ["Difference", "Verification", "WayResult", "verify"]

_SAMPLES = 5


@dataclass(frozen=True)
class Difference:
    """A feature that a way gives otherwise than the batch path.

    Attributes:
        feature: The output.
        rows: In how many rows.
        samples: Of the first of them: the row's number, what the batch path gives, what this way.
    """

    feature: str
    rows: int
    samples: tuple[tuple[int, Any, Any], ...]


@dataclass(frozen=True)
class WayResult:
    """How one way compares with the batch path.

    Attributes:
        way: Its name.
        rows: How many rows went through.
        features: How many outputs were compared.
        left_out: Why outputs were not compared, by their names.
        differences: The outputs that differ.
    """

    way: str
    rows: int
    features: int
    left_out: Mapping[str, str]
    differences: tuple[Difference, ...]


@dataclass(frozen=True)
class Verification:
    """What `verify` found.

    Attributes:
        rows: How many rows were asked about.
        ways: One result for each way.
        not_run: Why a way could not be gone, by its name.
    """

    rows: int
    ways: tuple[WayResult, ...]
    not_run: Mapping[str, str]

    @property
    def same(self) -> bool:
        """Whether no way differs in any feature."""
        return not any(way.differences for way in self.ways)

    def __str__(self) -> str:
        return "\n".join(_told(self))


def verify(
    artifact: TransformFn | str,
    data: Any,
    ways: Iterable[str] | None = None,
    ulps: int = 5,
) -> Verification:
    """Apply an artifact to the same rows in every way, and compare each with the batch path.

    The ways are ``split`` (the same rows in small and uneven batches), ``row`` (one row at a
    time), ``beam`` (`TransformDataset` in a pipeline), ``onnx`` (exported, in ONNX Runtime) and
    ``rest`` (a server on this machine, asked over HTTP).

    Args:
        artifact: The frozen function, or its path.
        data: The rows: ``pa.Table``, ``pa.RecordBatch``, DataFrame or dict of arrays.
        ways: Names of the ways to go; all by default, those whose packages are missing then being
            told as not run.
        ulps: How far a float of ONNX, whose mathematical functions are another library's, may lie
            from the batch path's, in units in the last place of the column's largest value.

    Returns:
        How each way compares, with samples of what differs.

    Raises:
        DataError: If the data do not fit the artifact, or there is no such way.
        EngineError: If a way that was asked for cannot be gone.

    Example:
        >>> import taurus_beam as tb, pyarrow as pa
        >>> table = pa.table({"x": [0.0, 4.0, None]})
        >>> fn = tb.fit(table, lambda i: {"y": tb.scale_to_0_1(i["x"])})
        >>> print(tb.verify(fn, table, ["split", "row"]))
        split  the same: 3 rows, 1 feature
        row    the same: 3 rows, 1 feature
    """
    asked = _checked_ways(ways)
    fn = load(artifact) if isinstance(artifact, str) else artifact
    table = as_table(data)
    table = table.select([n for n in fn.input_arrow_schema.names if n in table.column_names])
    expected = fn.transform(table)
    results, not_run = [], {}
    with tempfile.TemporaryDirectory(prefix="taurus_beam-") as folder:
        path = f"{folder}/transform_fn"
        fn.save(path)
        for way in asked:
            try:
                outcome = WAYS[way](fn, path, table)
            except EngineError as problem:
                if ways is not None:
                    raise
                not_run[way] = problem.what
                continue
            except TaurusError as problem:
                raise type(problem)(
                    f"The way {way!r} fails where the batch path does not: {problem.what}",
                    where=problem.where,
                    expected=problem.expected,
                    fix=problem.fix,
                ) from problem
            results.append(_compared(way, expected, outcome, ulps if way == "onnx" else 0))
    return Verification(table.num_rows, tuple(results), not_run)


def _checked_ways(ways: Iterable[str] | None) -> list[str]:
    asked = list(WAYS) if ways is None else list(dict.fromkeys(ways))
    unknown = [way for way in asked if way not in WAYS]
    if unknown or not asked:
        raise DataError(
            f"There is no way {', '.join(map(repr, unknown))}." if unknown else "No way is asked.",
            expected=f"some of: {', '.join(WAYS)}",
        )
    return asked


def _compared(way: str, expected: pa.Table, outcome: Outcome, ulps: int) -> WayResult:
    found, differences = outcome.table, []
    if found.num_rows != expected.num_rows:
        raise DataError(
            f"The way {way!r} gives {found.num_rows:,} rows for {expected.num_rows:,}.",
            expected="a row of features for each row",
        )
    for name in found.column_names:
        one, other = expected[name], found[name]
        if one.type != other.type:
            differences.append(
                Difference(name, found.num_rows, ((0, str(one.type), str(other.type)),))
            )
            continue
        rows = np.flatnonzero(differing_rows(one, other, ulps))
        if len(rows):
            shown = [(int(r), one[int(r)].as_py(), other[int(r)].as_py()) for r in rows[:_SAMPLES]]
            differences.append(Difference(name, len(rows), tuple(shown)))
    return WayResult(
        way, found.num_rows, len(found.column_names), dict(outcome.left_out), tuple(differences)
    )


def _told(found: Verification) -> Iterable[str]:
    width = max(map(len, [*(w.way for w in found.ways), *found.not_run]), default=0)
    for way in found.ways:
        verdict = f"{len(way.differences)} differ" if way.differences else "the same"
        yield f"{way.way:{width}}  {verdict}: {_count(way.rows, 'row')}, " + _count(
            way.features, "feature"
        )
        for difference in way.differences:
            yield f"  {difference.feature}: {_count(difference.rows, 'row')}"
            for row, one, other in difference.samples:
                yield f"    row {row:,}: {one!r} and not {other!r}"
        for name, reason in way.left_out.items():
            yield f"  {name} is left out: {reason}"
    for name, reason in found.not_run.items():
        yield f"{name:{width}}  not run: {reason}"


def _count(number: int, what: str) -> str:
    return f"{number:,} {what}{'' if number == 1 else 's'}"
