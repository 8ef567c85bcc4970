"""What something was made from as a picture: boxes in columns, from the raw files to the right.

The picture is SVG in the page itself, its words stand in a table below it. It takes boxes and
arrows; the store they come from is not this room's matter.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from taurus_beam.report.markup import Html, element, joined, table

__all__ = ["Box", "LineageGraph", "lineage_html"]

_WIDTH, _HEIGHT, _ACROSS, _DOWN, _EDGE = 190, 46, 60, 18, 8
_CHARACTERS = 25


@dataclass(frozen=True)
class Box:
    """An artifact or a run.

    Attributes:
        title: What it is: "Data", "fit".
        name: The last part of its path, or the id of a run.
        is_run: Which of the two.
        facts: What the table tells of it: path, digest, time.
    """

    title: str
    name: str
    is_run: bool
    facts: str = ""


@dataclass(frozen=True)
class LineageGraph:
    """Boxes by key, and arrows from key to key in the direction of the data."""

    boxes: Mapping[str, Box]
    arrows: Sequence[tuple[str, str]]


def lineage_html(graph: LineageGraph) -> Html:
    """The picture and its table. The same graph gives the same text.

    Example:
        >>> graph = LineageGraph({"a": Box("Data", "x.csv", False)}, [])
        >>> "x.csv" in lineage_html(graph)
        True
    """
    rows = [
        (box.title, box.name, box.facts, ", ".join(_names(graph, key)))
        for key, box in graph.boxes.items()
    ]
    columns = ("What", "Name", "More", "Made from")
    return joined([_picture(graph), table(columns, rows, "Artifacts and runs")])


def _names(graph: LineageGraph, key: str) -> list[str]:
    return [graph.boxes[start].name for start, end in graph.arrows if end == key]


def _picture(graph: LineageGraph) -> Html:
    places = _places(graph)
    right = max((x for x, _ in places.values()), default=0) + _WIDTH + _EDGE
    bottom = max((y for _, y in places.values()), default=0) + _HEIGHT + _EDGE
    arrows = [_arrow(places[start], places[end]) for start, end in graph.arrows]
    boxes = [_box(box, *places[key]) for key, box in graph.boxes.items()]
    svg = element(
        "svg",
        *arrows,
        *boxes,
        class_="lineage",
        attributes={
            "width": str(right),
            "height": str(bottom),
            "viewBox": f"0 0 {right} {bottom}",
            "role": "img",
            "aria-label": "The lineage as a graph; the table below tells the same.",
        },
    )
    return element("div", svg, class_="scroll")


def _places(graph: LineageGraph) -> dict[str, tuple[int, int]]:
    """Left and top of each box."""
    filled: dict[int, int] = defaultdict(int)
    places = {}
    for key, across in _columns(graph).items():
        x = _EDGE + across * (_WIDTH + _ACROSS)
        places[key] = x, _EDGE + filled[across] * (_HEIGHT + _DOWN)
        filled[across] += 1
    return places


def _columns(graph: LineageGraph) -> dict[str, int]:
    """The column of each box, to the right of all that leads to it."""
    before: dict[str, set[str]] = {key: set() for key in graph.boxes}
    after: dict[str, list[str]] = {key: [] for key in graph.boxes}
    for start, end in graph.arrows:
        before[end].add(start)
        after[start].append(end)
    found = dict.fromkeys(graph.boxes, 0)
    left = {key: set(keys) for key, keys in before.items()}
    while left:
        # Content that was written as it was read leads in a circle, which is cut anywhere.
        key = next((key for key, keys in left.items() if not keys), next(iter(left)))
        del left[key]
        for each in after[key]:
            if each in left:
                left[each].discard(key)
                found[each] = max(found[each], found[key] + 1)
    # What nothing leads to stands beside what it leads to first.
    beside = {k: min(found[a] for a in after[k]) - 1 for k in found if after[k] and not before[k]}
    return {**found, **beside}


def _arrow(start: tuple[int, int], end: tuple[int, int]) -> Html:
    x, y = start[0] + _WIDTH, start[1] + _HEIGHT // 2
    to_x, to_y = end[0], end[1] + _HEIGHT // 2
    bend = _ACROSS // 2
    path = f"M{x} {y}C{x + bend} {y} {to_x - bend} {to_y} {to_x - 6} {to_y}"
    head = f"M{to_x} {to_y}l-7 -4v8z"
    return joined([element("path", d=path), element("path", d=head, class_="head")])


def _box(box: Box, x: int, y: int) -> Html:
    shape = {"width": str(_WIDTH), "height": str(_HEIGHT), "rx": "22" if box.is_run else "4"}
    return element(
        "g",
        element("title", f"{box.title} {box.name} {box.facts}"),
        element("rect", attributes=shape),
        element("text", box.title, attributes={"x": "14", "y": "18"}, class_="title"),
        element("text", _short(box.name), attributes={"x": "14", "y": "36"}),
        class_="run" if box.is_run else "artifact",
        attributes={"transform": f"translate({x} {y})"},
    )


def _short(name: str) -> str:
    return name if len(name) <= _CHARACTERS else f"{name[: _CHARACTERS - 1]}…"
