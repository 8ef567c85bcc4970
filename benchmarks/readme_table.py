"""Writes the tables of README.md and docs/performance.md from the kept results.

``python -m benchmarks.readme_table`` puts them between the comments that mark their places, and so
does every run of the benchmarks that is kept; a test holds the pages equal to the results.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from benchmarks.aims import AIMS, FLIGHTS, HUNDREDFOLD, TENFOLD, Aim
from benchmarks.standings import BY_HAND, OURS, Page, Standing, pages

ROOT = Path(__file__).parent.parent
README, PERFORMANCE = ROOT / "README.md", ROOT / "docs" / "performance.md"
BEGIN, END = "<!-- {}: written by benchmarks/readme_table.py -->", "<!-- end of {} -->"

AS_TABLE, ON_BEAM = "taurus, table in memory", "taurus, through Beam"
LOCAL = "taurus, local"


@dataclass(frozen=True)
class Line:
    """A line of the README: a comparison, and what it is called there."""

    told: str
    work: str
    rows: int = FLIGHTS
    cores: int | None = None
    ours: str = OURS


LINES = (
    Line("flights, table to table", "reference", FLIGHTS),
    Line("flights × 10, table to table", "reference", TENFOLD),
    Line("flights × 10, Parquet to Parquet", "reference_parquet", TENFOLD, ours=AS_TABLE),
    Line("the same as files, in batches", "reference_parquet", TENFOLD, ours=LOCAL),
    Line("the same through Beam", "reference_parquet", TENFOLD, ours=ON_BEAM),
    Line("flights × 100, Parquet to Parquet", "reference_parquet", HUNDREDFOLD, ours=AS_TABLE),
    Line("the same as files, in batches", "reference_parquet", HUNDREDFOLD, ours=LOCAL),
    Line("the same through Beam", "reference_parquet", HUNDREDFOLD, ours=ON_BEAM),
    Line("1,000 columns × 100,000 rows", "wide", 100_000),
    Line("1 million texts, TF-IDF", "text/tfidf", 1_000_000),
    Line("1 million texts, n-grams", "text/ngrams", 1_000_000),
    Line("vocabulary of 20 million terms", "vocabulary", 30_000_000),
    Line("the frozen graph, 1 row", "throughput", 1, cores=1),
    Line("the frozen graph, 100 rows", "throughput", 100, cores=1),
    Line("the frozen graph, 1,000 rows", "throughput", 1_000, cores=1),
    Line("the frozen graph, 10,000 rows", "throughput", 10_000),
    Line("the frozen graph, 1 million rows", "throughput", 1_000_000),
    Line("one row as a dict, median", "row"),
    Line("from a fresh process to a first row", "first_row"),
    Line("import, for serving", "import", ours="taurus (serving)"),
    Line("import, with Beam", "import", ours="taurus (with Beam)"),
    Line("statistics of a data frame", "statistics_frame", FLIGHTS),
    Line("statistics of a data frame, × 10", "statistics_frame", TENFOLD),
    Line("statistics of CSV", "statistics_csv", FLIGHTS),
    Line("statistics of Parquet, × 10", "statistics_parquet", TENFOLD),
    Line("validation of 1,000 features", "validation"),
)


def main() -> None:
    found = pages()
    rewrite(README, "comparison", comparison(found))
    rewrite(PERFORMANCE, "aims", aims(found))
    rewrite(PERFORMANCE, "standings", standings(found))


def rewrite(file: Path, part: str, lines: Iterable[str]) -> None:
    """Puts lines between the comments that mark a part of a file."""
    file.write_text(replaced(file.read_text("utf-8"), part, lines), encoding="utf-8")


def replaced(text: str, part: str, lines: Iterable[str]) -> str:
    begin, end = BEGIN.format(part), END.format(part)
    before, rest = text.split(begin)
    _, after = rest.split(end)
    return "\n".join([before + begin, "", *lines, "", end + after])


# -- the README ------------------------------------------------------------------------------------


def comparison(found: Mapping[str, Page]) -> list[str]:
    """A line for each piece of work, ratios to the limit written by hand."""
    known = [(line, standing) for line in LINES if (standing := of(line, found)) is not None]
    behind = [sentence for line, standing in known for sentence in behind_in(line, standing)]
    return [
        measured_on(found.values()),
        "",
        row("", "by hand", "taurus_beam", "fastest peer", "", "the next", ""),
        row("---", *["---:"] * 3, "---", "---:", "---"),
        *(compared(line, standing) for line, standing in known),
        "",
        verdict(behind),
        "",
        met_of(found),
    ]


def of(line: Line, found: Mapping[str, Page]) -> Standing | None:
    """The comparison of a line, with the one contender of ours that it is about."""
    standing = found[line.work].at(line.rows, line.cores) if line.work in found else None
    if standing is None or standing.of(line.ours) is None:
        return None
    kept = {
        name: took
        for name, took in standing.medians.items()
        if name.startswith(line.ours) or not name.startswith(OURS)
    }
    return replace(standing, medians=kept)


def compared(line: Line, standing: Standing) -> str:
    base, page = limit(standing), line.work.partition("/")[0]
    ours, hand = standing.of(OURS), standing.of(BY_HAND)
    assert ours is not None
    peers = [cell for peer in list(standing.peers.items())[:2] for cell in told(peer, base)]
    told_ours = short(ours[1] / base)
    return row(
        f"[{line.told}](benchmarks/results/{page}.md)",
        short(hand[1] / base) if hand else "",
        told_ours if standing.ahead else f"**{told_ours}**",
        *peers,
        *[""] * (4 - len(peers)),
    )


def limit(standing: Standing) -> float:
    """What ratios are to: the limit written by hand or, where there is none, ours."""
    found = standing.of(BY_HAND) or standing.of(OURS)
    assert found is not None
    return found[1]


def told(peer: tuple[str, float], base: float) -> tuple[str, str]:
    return short(peer[1] / base), called(peer[0])


def called(name: str) -> str:
    return name.removesuffix(", one core")


def behind_in(line: Line, standing: Standing) -> list[str]:
    return [
        f"{called(name)} takes {short(share)} of its time on: {line.told}"
        for name, share in standing.ahead.items()
    ]


def verdict(behind: Sequence[str]) -> str:
    if not behind:
        return "No peer is ahead of taurus_beam on any of these lines."
    return "**Where a peer is ahead of taurus_beam**: " + "; ".join(behind) + "."


def met_of(found: Mapping[str, Page]) -> str:
    measured = [aim for aim in AIMS if aim.measured(found) is not None]
    met = [aim for aim in measured if aim.met(found)]
    missed = [
        f"{aim.told} ({aim.value(found)}, aim {aim.bound})" for aim in measured if aim not in met
    ]
    counts = f"Of {len(measured)} aims that were set for this design {len(met)} are met"
    missed_told = f"; not met: {'; '.join(missed)}" if missed else ""
    return f"{counts}{missed_told}. [Performance](docs/performance.md) has all of them."


# -- docs/performance.md ---------------------------------------------------------------------------


def aims(found: Mapping[str, Page]) -> list[str]:
    """Each aim with what was measured."""
    return [
        measured_on(found.values()),
        "",
        row("aim", "", "measured", "met"),
        row("---", "---:", "---:", "---"),
        *(aimed(aim, found) for aim in AIMS),
    ]


def aimed(aim: Aim, found: Mapping[str, Page]) -> str:
    if aim.measured(found) is None:
        return row(aim.told, aim.bound, "", "not measured")
    return row(aim.told, aim.bound, aim.value(found), "yes" if aim.met(found) else "**no**")


def standings(found: Mapping[str, Page]) -> list[str]:
    """Every comparison: the limit, ours, and each peer, as ratios."""
    return [
        row("", "rows", "cores", "by hand", "taurus_beam", "peers, fastest first"),
        row("---", *["---:"] * 4, "---"),
        *(
            standing_line(page, standing)
            for page in found.values()
            for standing in page.standings
            if standing.peers and standing.of(OURS)
        ),
    ]


def standing_line(page: Page, standing: Standing) -> str:
    base = limit(standing)
    hand, ours = standing.of(BY_HAND), standing.of(OURS)
    assert ours is not None
    peers = [f"{name} {short(took / base)}" for name, took in standing.peers.items()]
    failed = [f"{name} failed" for name in standing.failed]
    return row(
        f"[{page.title}](../benchmarks/results/{page.file}.md)",
        f"{standing.rows:,}",
        "all" if standing.cores is None else str(standing.cores),
        short(hand[1] / base) if hand else "",
        short(ours[1] / base),
        ", ".join([*peers, *failed]),
    )


# -- words -----------------------------------------------------------------------------------------


def measured_on(found: Iterable[Page]) -> str:
    """The machines and the days of the results."""
    machines = dict.fromkeys(
        f"{page.machine['cpu']}, {page.machine['cores']} cores, {page.machine['system']}, "
        f"Python {page.machine['python']}"
        for page in found
    )
    dates = sorted({page.date for page in found})
    days = dates[0] if len(dates) == 1 else f"{dates[0]} to {dates[-1]}"
    return f"Measured on {'; '.join(machines)}; {days}."


def short(ratio: float) -> str:
    """Two digits, more of large numbers, and never an exponent."""
    return f"{ratio:,.0f}" if ratio >= 10 else f"{ratio:.2g}"


def row(*cells: str) -> str:
    return "| " + " | ".join(cells) + " |"


if __name__ == "__main__":
    main()
