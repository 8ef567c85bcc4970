"""What differs between two runs, printed for people."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from taurus_beam.cli.diff_artifacts import show_artifacts
from taurus_beam.cli.terminal import count, show_heading, show_table

if TYPE_CHECKING:
    from rich.console import Console

__all__ = ["show_runs"]

_DIGITS = 12


def show_runs(console: Console, found: dict[str, Any]) -> None:
    """Print what `taurus_beam.cli.run_comparison.compared_runs` found."""
    runs = [(side.upper(), found[side]) for side in "ab"]
    show_table(
        console,
        [(s, r["run"][:8], r["command"], r["state"], f"{r['began']} UTC") for s, r in runs],
    )
    if found["same"]:
        console.print("They were told, read and wrote the same.")
    _show(console, "Configuration", list(_parameters(found["configuration"])), "parameter")
    for title, section in (("Read", "inputs"), ("Written", "outputs")):
        _show(console, title, [_thing(each) for each in found[section]], "option", "what")
    for name, differences in found["schemas"].items():
        rows = [(each["path"], each["kind"], each["a"], each["b"]) for each in differences]
        rows = rows or [("", "what is said beside types, presence and domains", "", "")]
        _show(console, f"Schema: {name}", rows, "feature", "what")
    for name, statistics in found["statistics"].items():
        _show(console, f"Statistics: {name}", list(_statistics(statistics)), "feature", "what")
    for name, artifacts in found["graphs"].items():
        show_heading(console, f"Artifact: {name}")
        show_artifacts(console, artifacts)
    if found["not_compared"]:
        show_heading(console, "Not compared")
        show_table(console, [(each,) for each in found["not_compared"]])
    versions = [(n, str(a or ""), str(b or "")) for n, (a, b) in found["versions"].items()]
    _show(console, "Versions", versions, "")


def _show(console: Console, title: str, rows: Sequence[tuple[str, ...]], *columns: str) -> None:
    if rows:
        show_heading(console, title)
        show_table(console, rows, (*columns, "A", "B"))


def _parameters(found: Mapping[str, Any]) -> Iterator[tuple[str, ...]]:
    for name, sides in found["changed"].items():
        yield name, *(_parameter(sides[side]) for side in "ab")
    for name, sources in found["sources"].items():
        yield name, *(f"({each or 'unknown'})" for each in sources)


def _parameter(parameter: Mapping[str, Any] | None) -> str:
    if parameter is None:
        return ""
    return f"{json.dumps(parameter['value'], ensure_ascii=False)} ({parameter['source']})"


def _thing(each: Mapping[str, Any]) -> tuple[str, ...]:
    same = "the same " if each["same"] else ""
    return each["option"], f"{same}{each['type']}", *(_used(each[side]) for side in "ab")


def _used(side: Mapping[str, Any] | None) -> str:
    if side is None:
        return ""
    rows = f", {count(side['rows'], 'row')}" if "rows" in side else ""
    digest: str = side["digest"]
    return f"{digest.partition(':')[2][:_DIGITS]}{rows}"


def _statistics(found: Mapping[str, Any]) -> Iterator[tuple[str, ...]]:
    if found["rows"][0] != found["rows"][1]:
        yield "", "rows", *(count(int(each)) for each in found["rows"])
    for what, side in (("removed", 0), ("added", 1)):
        for name in found[what]:
            yield name, what, *("" if i != side else "there" for i in range(2))
    for name, sides in found["changed"].items():
        label = name
        for what in ("type", "missing", "values"):
            if sides["a"][what] != sides["b"][what]:
                yield label, what, sides["a"][what], sides["b"][what]
                label = ""
        apart = sides["distances"].get("jensen_shannon_divergence")
        if apart:
            yield label, f"{apart:.3g} apart (JSD)", "", ""
