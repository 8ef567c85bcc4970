"""``taurus-beam diff``: what differs between two artifacts."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Annotated, Any

import typer
from rich.console import Console

from taurus_beam.cli.exits import DIFFERENT, reported
from taurus_beam.cli.parameters import AsJson, Debug
from taurus_beam.cli.terminal import count, listed, show_heading, show_table, stdout
from taurus_beam.specs import document

__all__ = ["diff"]

_MOST_ELEMENTS = 10


@reported
def diff(
    a: Annotated[str, typer.Argument(metavar="A", help="An artifact.")],
    b: Annotated[str, typer.Argument(metavar="B", help="Another one.")],
    as_json: AsJson = False,
    debug: Debug = False,
) -> None:
    """Compare two artifacts: what they take, give, compute and know.

    Example: taurus-beam diff yesterday/transform_fn today/transform_fn

    Exits with 0 if they compute the same, 1 if not, more if one cannot be read. Versions, data
    and lines of the source are told, but do not count.
    """
    from taurus_beam.cli.comparison import compared
    from taurus_beam.cli.open_artifact import open_artifact

    found = compared(open_artifact(a), open_artifact(b))
    if as_json:
        typer.echo(json.dumps(document("artifact-diff", found), indent=2, ensure_ascii=False))
    else:
        _show(found)
    if not found["same"]:
        raise typer.Exit(DIFFERENT)


def _show(found: dict[str, Any]) -> None:
    console = stdout()
    show_table(console, [("A", found["a"]), ("B", found["b"])])
    if found["same"]:
        console.print(
            "They are the same."
            if found["identical"]
            else "They compute the same; the lines of their source differ."
        )
    _show_mapping(console, "Inputs", found["inputs"])
    _show_mapping(console, "Outputs", found["outputs"])
    if found["outputs"]["reordered"]:
        console.print(" The outputs are in another order.")
    _show_mapping(console, "Monitors", found["monitors"])
    if found["computation"]:
        show_heading(console, "Computation")
        rows = [row for each in found["computation"] for row in _computation_rows(each)]
        show_table(console, rows, ("output", "what", "A", "B", "change"))
    _show_vocabularies(console, found["vocabularies"])
    _show_mapping(console, "Versions", found["versions"])
    _show_mapping(console, "Made from", found["provenance"])


def _show_mapping(console: Console, title: str, mappings: dict[str, Any]) -> None:
    rows = [("+", name, "", _cell(new)) for name, new in mappings["added"].items()]
    rows += [("-", name, _cell(old), "") for name, old in mappings["removed"].items()]
    rows += [("~", name, _cell(o), _cell(n)) for name, (o, n) in mappings["changed"].items()]
    if rows:
        show_heading(console, title)
        show_table(console, rows, ("", "", "A", "B"))


def _cells(a: Any, b: Any) -> tuple[str, str]:
    """Two values side by side; of long numbers, as many digits as tell them apart."""
    if isinstance(a, float) and isinstance(b, float) and f"{a:.8g}" != f"{b:.8g}":
        return f"{a:.8g}", f"{b:.8g}"
    return _cell(a), _cell(b)


def _cell(value: Any) -> str:
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
