"""The functions against TFT as one page: a row for each, with how many times faster ours is."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict

from benchmarks import data, report
from benchmarks.environments import TFT
from benchmarks.harness import Result

HEADS = ("", "TFT s", "taurus s", "TFT ÷ taurus", "through Beam s", "TFT ÷ that", "TFT MiB", "MiB")


def write(found: Mapping[str, Sequence[Result]]) -> None:
    """Keeps a run as ``results/tft.json`` and ``results/tft.md``."""
    report.FOLDER.mkdir(exist_ok=True)
    record = {
        "machine": report.machine(),
        "peer": TFT.versions(),
        "results": {name: [asdict(one) for one in results] for name, results in found.items()},
    }
    text = json.dumps(record, indent=1, ensure_ascii=False) + "\n"
    (report.FOLDER / "tft.json").write_text(text, encoding="utf-8")
    (report.FOLDER / "tft.md").write_text(markdown(found), encoding="utf-8")


def markdown(found: Mapping[str, Sequence[Result]]) -> str:
    here, theirs = report.machine(), TFT.versions()
    packages = ", ".join(f"{name} {version}" for name, version in here["packages"].items())
    lines = [
        "# Functions against TensorFlow Transform",
        "",
        f"Analyze and transform {data.ROWS:,} rows from a table in memory. TFT runs through its "
        "Beam transforms on Beam's runner, as its users run it, and is handed record batches "
        "without serialising them; taurus in this process (`tb.fit_transform`), and through Beam "
        "on the same runner. One process each, imports and input not timed, one warm-up, then "
        "interleaved repeats: medians. A ratio above 1 means that taurus is faster. "
        "Text has four words a row. TFT gets batches of 65,536 rows, but of 512 in bag_of_words "
        "and deduplicate_per_row, where its time for a batch grows with the square of the rows.",
        "",
        f"{here['cpu']}, {here['cores']} cores, {here['system']}; Python {here['python']}, "
        f"{packages}. TFT: "
        + ", ".join(f"{name} {version}" for name, version in theirs.items())
        + ".",
        "",
        report.row(HEADS),
        report.row(["---", *["---:"] * (len(HEADS) - 1)]),
        *(line(name, *results) for name, results in found.items()),
    ]
    return "\n".join(lines) + "\n"


def line(name: str, tft: Result, ours: Result, on_beam: Result) -> str:
    return report.row(
        [
            f"`{name}`" if name.isidentifier() else name,
            seconds(tft),
            seconds(ours),
            times(tft, ours),
            seconds(on_beam),
            times(tft, on_beam),
            *("" if one.failure else f"{one.peak / report.MIB:,.0f}" for one in (tft, ours)),
        ]
    )


def seconds(result: Result) -> str:
    if result.failure:
        return f"failed: {result.failure}"
    return report.short(report.median(result, "seconds"))


def times(tft: Result, ours: Result) -> str:
    if tft.failure or ours.failure:
        return ""
    return f"{report.median(tft, 'seconds') / report.median(ours, 'seconds'):.1f}"
