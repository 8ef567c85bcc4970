"""Statistics and validation against TFDV as one page: a section for each work."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict

from benchmarks import data, report
from benchmarks.environments import TFT
from benchmarks.harness import Result
from benchmarks.works import WORKS

PACKAGES = ("tensorflow-data-validation", "tfx-bsl", "apache-beam", "pandas")

Found = Mapping[str, Mapping[int, list[Result]]]


def write(found: Found) -> None:
    """Keeps a run as ``results/statistics.json`` and ``results/statistics.md``."""
    report.FOLDER.mkdir(exist_ok=True)
    record = {
        "machine": report.machine(),
        "peer": TFT.versions(PACKAGES),
        "results": {
            name: {size: [asdict(one) for one in results] for size, results in sizes.items()}
            for name, sizes in found.items()
        },
    }
    text = json.dumps(record, indent=1, ensure_ascii=False) + "\n"
    (report.FOLDER / "statistics.json").write_text(text, encoding="utf-8")
    (report.FOLDER / "statistics.md").write_text(markdown(found), encoding="utf-8")


def markdown(found: Found) -> str:
    here, theirs = report.machine(), TFT.versions(PACKAGES)
    packages = ", ".join(f"{name} {version}" for name, version in here["packages"].items())
    lines = [
        "# Statistics and validation against TensorFlow Data Validation",
        "",
        f"All 19 columns of the flights, {data.ROWS:,} rows. One process each, imports and data "
        "frames not timed, one warm-up, then interleaved repeats: median (smallest – "
        "largest). Read the ratios; the seconds are this machine's. TFDV is called by its "
        "functions for data frames and CSV files. By hand is NumPy and pandas on one core, without "
        "protos. Arrow reads some 130 MB of a CSV file ahead, so one of 34 MB takes less memory "
        "than larger ones, which are alike.",
        "",
        f"{here['cpu']}, {here['cores']} cores, {here['system']}; Python {here['python']}, "
        f"{packages}. TFDV: "
        + ", ".join(f"{name} {version}" for name, version in theirs.items())
        + ".",
    ]
    for name, sizes in found.items():
        work = WORKS[f"statistics/{name}"]
        lines += ["", f"## {work.title}"]
        for size, results in sizes.items():
            if len(sizes) > 1:
                lines += ["", f"{data.ROWS * size:,} rows:"]
            lines += ["", *report.table(work, results)]
        if len(sizes) > 1:
            lines += ["", "Memory by size:", "", *report.memory(dict(sizes))]
    return "\n".join(lines) + "\n"
