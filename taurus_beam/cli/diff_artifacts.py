"""What differs between two artifacts, printed for people."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from taurus_beam.cli.terminal import count, listed, show_heading, show_table

if TYPE_CHECKING:
    from rich.console import Console

__all__ = ["cell_of", "show_artifacts", "show_mapping"]

_MOST_ELEMENTS = 10


def show_artifacts(console: Console, found: dict[str, Any]) -> None:
    """Print what `taurus_beam.cli.comparison.compared` found."""
    show_table(console, [("A", found["a"]), ("B", found["b"])])
    if found["same"]:
        console.print(
            "They are the same."
            if found["identical"]
            else "They compute the same; the lines of their source differ."
        )
    show_mapping(console, "Inputs", found["inputs"])
    show_mapping(console, "Outputs", found["outputs"])
    if found["outputs"]["reordered"]:
        console.print(" The outputs are in another order.")
    show_mapping(console, "Monitors", found["monitors"])
    if found["computation"]:
        show_heading(console, "Computation")
        rows = [row for each in found["computation"] for row in _computation_rows(each)]
        show_table(console, rows, ("output", "what", "A", "B", "change"))
    _show_vocabularies(console, found["vocabularies"])
    show_mapping(console, "Versions", found["versions"])
    show_mapping(console, "Made from", found["provenance"])


def show_mapping(console: Console, title: str, mappings: dict[str, Any]) -> None:
    """Print what was added, removed and changed, under a title; nothing where nothing was."""
    rows = [("+", name, "", cell_of(new)) for name, new in mappings["added"].items()]
    rows += [("-", name, cell_of(old), "") for name, old in mappings["removed"].items()]
    rows += [("~", name, cell_of(o), cell_of(n)) for name, (o, n) in mappings["changed"].items()]
    if rows:
        show_heading(console, title)
        show_table(console, rows, ("", "", "A", "B"))


def _cells(a: Any, b: Any) -> tuple[str, str]:
    """Two values side by side; of long numbers, as many digits as tell them apart."""
    if isinstance(a, float) and isinstance(b, float) and f"{a:.8g}" != f"{b:.8g}":
        return f"{a:.8g}", f"{b:.8g}"
    return cell_of(a), cell_of(b)


def cell_of(value: Any) -> str:
    """A value in a table; of a long list the first."""
    if isinstance(value, list):
        return listed(map(str, value), 3)
    text = str(value)
    # A digest is for telling two apart, not for reading.
    return f"{text[:12]}…" if len(text) == 64 and text.isalnum() else text


def _computation_rows(each: dict[str, Any]) -> Iterator[tuple[str, ...]]:
    a, b = each["a"], each["b"]
    outputs = listed(each["outputs"], 2)
    what = f"{each['role']} ({each['a_at']})"
    if not isinstance(a, list) or not isinstance(b, list):
        yield outputs, what, *_cells(a, b), _change(a, b)
        return
    if len(a) != len(b):
        yield outputs, what, count(len(a), "value"), count(len(b), "value"), ""
    pairs = [(i, *p) for i, p in enumerate(zip(a, b, strict=False)) if p[0] != p[1]]
    for position, one, other in pairs[:_MOST_ELEMENTS]:
        yield outputs, f"{what} [{position}]".strip(), *_cells(one, other), _change(one, other)
        outputs, what = "", ""
    if len(pairs) > _MOST_ELEMENTS:
        yield "", f"and {len(pairs) - _MOST_ELEMENTS:,} more values", "", "", ""


def _change(a: Any, b: Any) -> str:
    """By how much a number grew, in parts of itself."""
    if any(isinstance(x, bool) or not isinstance(x, (int, float)) for x in (a, b)) or a == 0:
        return ""
    return f"{100 * (b - a) / abs(a):+.3g} %"


def _show_vocabularies(console: Console, found: dict[str, Any]) -> None:
    rows = [("+", name, count(terms, "term")) for name, terms in found["added"].items()]
    rows += [("-", name, count(terms, "term")) for name, terms in found["removed"].items()]
    for name, terms in found["changed"].items():
        first, *rest = list(_vocabulary_lines(terms))
        rows += [("~", name, first), *(("", "", line) for line in rest)]
    if rows:
        show_heading(console, "Vocabularies")
        show_table(console, rows)


def _vocabulary_lines(terms: dict[str, Any]) -> Iterator[str]:
    old, new = terms["sizes"]
    yield f"{count(old)} → {count(new, 'term')}" if old != new else count(old, "term")
    if terms["types"][0] != terms["types"][1]:
        yield f"type: {terms['types'][0]} → {terms['types'][1]}"
    for what in ("added", "removed"):
        if terms[what]:
            yield f"{what} {count(len(terms[what]))}: {listed(terms[what])}"
    if terms["moved"]:
        moved = [f"{term} {i} → {j}" for term, i, j in terms["moved"]]
        yield f"other id {count(len(moved))}: {listed(moved)}"
    if terms["recounted"]:
        yield f"other frequency: {count(terms['recounted'], 'term')}"
