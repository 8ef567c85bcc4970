"""Writing HTML that cannot be broken by what it shows: text is escaped unless it is `Html`.

It knows elements and tables, nothing of statistics or schemas.
"""

from __future__ import annotations

import html
import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from taurus_beam.report.names import shown

__all__ = ["Html", "bdi", "data_block", "element", "joined", "table"]


class Html(str):
    """Text that is HTML already; only this module's functions make it."""

    __slots__ = ()


def element(
    tag: str, *content: str, attributes: Mapping[str, str | bool] | None = None, **more: str | bool
) -> Html:
    """An element; strings among its content and all attributes are escaped.

    Args:
        tag: Its name.
        content: What is inside; `Html` is kept as it is.
        attributes: Attributes whose names are no Python names.
        more: Further attributes; an underscore at the end is dropped (``class_``). False leaves
            the attribute out, True writes it without a value.

    Example:
        >>> element("p", "1 < 2", class_="note")
        '<p class="note">1 &lt; 2</p>'
    """
    written = ""
    for name, value in {**(attributes or {}), **more}.items():
        if value is True:
            written += f" {name.rstrip('_')}"
        elif value is not False:
            written += f' {name.rstrip("_")}="{html.escape(value)}"'
    return Html(f"<{tag}{written}>{joined(content)}</{tag}>")


def joined(parts: Iterable[str]) -> Html:
    """Parts one after the other, those that are no `Html` escaped."""
    return Html(
        "".join(
            part if isinstance(part, Html) else html.escape(shown(part, 5000)) for part in parts
        )
    )


def bdi(text: str) -> Html:
    """Text from data, which may be written from right to left, apart from what is around it."""
    return element("bdi", shown(text)) if text else Html()


def table(
    columns: Sequence[str],
    rows: Iterable[Sequence[str]],
    caption: str,
    sort_values: Iterable[Sequence[float | None]] | None = None,
    search: str = "",
) -> Html:
    """A table whose columns the page lets one sort, in a frame that scrolls by itself.

    Args:
        columns: Headings; the first column names the row.
        rows: Cells.
        caption: What it holds, for those who cannot see it.
        sort_values: For each row, what each cell sorts by where that is not its text.
        search: Label of a search field above it; empty for none.
    """
    keys = iter(sort_values) if sort_values is not None else None
    head = element("tr", *(element("th", each, scope="col") for each in columns), role="row")
    body = []
    for row in rows:
        values = next(keys) if keys else [None] * len(row)
        cells = [
            element(
                "td" if position else "th",
                cell,
                attributes={
                    "data-label": columns[position],
                    "data-value": False if value is None else repr(value),
                    "scope": False if position else "row",
                    "role": "cell" if position else "rowheader",
                },
            )
            for position, (cell, value) in enumerate(zip(row, values, strict=True))
        ]
        body.append(element("tr", *cells, role="row"))
    return element(
        "div",
        element(
            "table",
            element("caption", caption, class_="hidden"),
            element("thead", head, role="rowgroup"),
            element("tbody", *body, role="rowgroup"),
            attributes={"data-sortable": True, "data-search": search or False, "role": "table"},
            class_="cards plain",
        ),
        class_="scroll",
    )


def data_block(name: str, data: Any) -> Html:
    """Data for the page's script, which no browser runs or reads as markup."""
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    for mark in "<>&\u2028\u2029":
        text = text.replace(mark, f"\\u{ord(mark):04x}")
    return Html(f'<script type="application/json" id="{html.escape(name)}">{text}</script>')
