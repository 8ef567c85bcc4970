from __future__ import annotations

import re
from html.parser import HTMLParser

from hypothesis import given, settings
from hypothesis import strategies as st
from report_protos import dataset, listed, numeric

import taurus_beam as tb
from taurus_beam.report.lineage import Box, LineageGraph, lineage_html

KEYS = "abcdefgh"
GRAPHS = st.lists(st.tuples(st.sampled_from(KEYS), st.sampled_from(KEYS)), max_size=14, unique=True)


class Places(HTMLParser):
    """Where the boxes of a picture are, by the name in their titles."""

    def __init__(self) -> None:
        super().__init__()
        self.found: dict[str, tuple[int, int]] = {}
        self._at = (0, 0)
        self._in_title = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._in_title = tag == "title"
        if tag == "g":
            match = re.fullmatch(r"translate\((\d+) (\d+)\)", dict(attrs)["transform"] or "")
            assert match
            self._at = int(match[1]), int(match[2])

    def handle_data(self, data: str) -> None:
        if self._in_title:
            self.found[data.split()[1]] = self._at
            self._in_title = False


def places(arrows: list[tuple[str, str]]) -> dict[str, tuple[int, int]]:
    graph = LineageGraph({key: Box("Data", key, False) for key in KEYS}, arrows)
    parser = Places()
    parser.feed(lineage_html(graph))
    return parser.found


@settings(max_examples=40, deadline=None)
@given(GRAPHS)
def test_no_two_boxes_are_in_one_place(arrows: list[tuple[str, str]]) -> None:
    found = places(arrows)
    assert set(found) == set(KEYS)
    assert len(set(found.values())) == len(KEYS)


@settings(max_examples=40, deadline=None)
@given(GRAPHS)
def test_arrows_lead_to_the_right_where_nothing_goes_in_a_circle(
    arrows: list[tuple[str, str]],
) -> None:
    arrows = [(start, end) for start, end in arrows if start < end]
    found = places(arrows)
    assert all(found[start][0] < found[end][0] for start, end in arrows)


def test_names_are_escaped_and_told_whole_in_the_table() -> None:
    name = "<script>" + "x" * 40
    html = lineage_html(LineageGraph({"a": Box("Data", name, False, "/tmp/x")}, []))
    assert "<script>" not in html
    assert html.count("&lt;script&gt;" + "x" * 40) >= 2


def test_the_page_has_the_section_only_where_there_is_a_graph() -> None:
    statistics = listed(dataset(numeric("fare")))
    graph = LineageGraph(
        {"a": Box("Data", "x.csv", False), "e": Box("fit", "00ff", True)}, [("a", "e")]
    )
    assert 'id="lineage"' in tb.report_html(statistics, lineage=graph)
    assert 'id="lineage"' not in tb.report_html(statistics)
