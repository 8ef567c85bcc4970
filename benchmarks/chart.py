"""A chart for a page of results: a bar for each contender, from the measure to its ratio to it.

One panel for each size and number of cores, on a logarithmic scale. The same results give the same
bytes; ``python -m benchmarks.chart`` draws all of them again.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from pathlib import Path

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from benchmarks.standings import BY_HAND, FOLDER, OURS, Page, Standing, pages

OUR_COLOUR, LIMIT_COLOUR, PEER_COLOUR = "#c2570c", "#57606a", "#9db2c9"
BAR_INCHES, PANEL_INCHES, WIDTH_INCHES = 0.24, 0.75, 7.2
STYLE = {
    # Text stays text, and identifiers do not depend on chance.
    "svg.fonttype": "none",
    "svg.hashsalt": "benchmarks",
    "font.size": 8.5,
    "font.family": "sans-serif",
    "axes.spines.top": False,
    "axes.spines.right": False,
}


def write(pages: Sequence[Page], file: Path) -> None:
    """Draws a page of results, of one work or of several that share it, as SVG."""
    shared = pages[0].shared
    panels = [(page, one) for page in pages for one in page.standings if one.medians]
    bars = [len(one.medians) for _, one in panels]
    height = BAR_INCHES * sum(bars) + PANEL_INCHES * len(panels)
    with mpl.rc_context(STYLE):
        figure = Figure(figsize=(WIDTH_INCHES, height), layout="constrained")
        axes = figure.subplots(len(panels), squeeze=False, height_ratios=[n + 2 for n in bars])
        for (page, standing), (panel,) in zip(panels, axes, strict=True):
            draw(panel, standing)
            if len(panels) > 1:
                told_of = [page.title] if shared else []
                panel.set_title(", ".join([*told_of, told(standing)]), loc="left", fontsize=8.5)
        figure.suptitle(shared or pages[0].title, x=0.01, ha="left", fontweight="bold")
        figure.savefig(file, format="svg", metadata={"Date": None, "Creator": None})


def draw(panel: Axes, standing: Standing) -> None:
    names = list(standing.medians)
    measure = names[0]
    ratios = [standing.medians[name] / standing.medians[measure] for name in names]
    beyond = [ratio - 1 for ratio in ratios]
    colours = [colour(name) for name in names]
    drawn = panel.barh(names, beyond, left=1, color=colours, height=0.7)
    panel.bar_label(drawn, [short(ratio) for ratio in ratios], padding=3)
    panel.set_xscale("log")
    panel.set_xlim(min(0.5, *ratios) / 2, max(2.0, *ratios) * 2)
    panel.xaxis.set_major_formatter("{x:,g}")
    panel.axvline(1, color=LIMIT_COLOUR, linewidth=1)
    panel.invert_yaxis()
    panel.tick_params(axis="y", length=0)
    panel.set_xticks([], minor=True)
    panel.set_xlabel(f"{standing.figure}, as a multiple of {measure}")


def told(standing: Standing) -> str:
    rows = f"{standing.rows:,} row{'s' if standing.rows > 1 else ''}"
    if standing.cores is None:
        return rows
    return f"{rows}, {standing.cores} core{'s' if standing.cores > 1 else ''}"


def colour(name: str) -> str:
    if name.startswith(OURS):
        return OUR_COLOUR
    return LIMIT_COLOUR if name.startswith(BY_HAND) else PEER_COLOUR


def short(ratio: float) -> str:
    return f"{ratio:,.0f}" if ratio >= 100 else f"{ratio:.2g}"


def main() -> None:
    """Draws all of the kept results again."""
    known = sorted(pages().values(), key=lambda page: page.file)
    for file, sharing in groupby(known, key=lambda page: page.file):
        write(list(sharing), FOLDER / f"{file}.svg")


if __name__ == "__main__":
    main()
