"""What was measured, as a Markdown page and as JSON, one of each for a work."""

from __future__ import annotations

import json
import os
import platform
import statistics
from collections.abc import Callable, Sequence
from dataclasses import asdict
from importlib import metadata
from pathlib import Path
from typing import Any

from benchmarks import data
from benchmarks.contenders import Work
from benchmarks.harness import Result

FOLDER = Path(__file__).parent / "results"
PACKAGES = ("taurus-beam", "apache-beam", "numpy", "pyarrow", "pandas", "scikit-learn")
MIB = 1 << 20


def write(name: str, work: Work, sizes: dict[int, list[Result]], repeats: int) -> None:
    """Keeps a run as ``results/NAME.json`` and ``results/NAME.md``."""
    FOLDER.mkdir(exist_ok=True)
    record = {
        "work": work.title,
        "machine": machine(),
        "repeats": repeats,
        "results": {size: [asdict(result) for result in found] for size, found in sizes.items()},
    }
    text = json.dumps(record, indent=1, ensure_ascii=False) + "\n"
    (FOLDER / f"{name}.json").write_text(text, encoding="utf-8")
    (FOLDER / f"{name}.md").write_text(markdown(work, sizes, repeats), encoding="utf-8")


def machine() -> dict[str, Any]:
    return {
        "cpu": cpu(),
        "cores": os.cpu_count(),
        "system": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
        "packages": {name: metadata.version(name) for name in PACKAGES},
    }


def cpu() -> str:
    info = Path("/proc/cpuinfo")
    lines = info.read_text().splitlines() if info.exists() else []
    models = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return models[0] if models else platform.processor() or "unknown"


def markdown(work: Work, sizes: dict[int, list[Result]], repeats: int) -> str:
    here = machine()
    packages = ", ".join(f"{name} {version}" for name, version in here["packages"].items())
    lines = [
        f"# {work.title}",
        "",
        f"{here['cpu']}, {here['cores']} cores, {here['system']}; Python {here['python']}, "
        f"{packages}. One process each, one warm-up, then {repeats} interleaved repeats: "
        "median (smallest – largest). Read the ratios; the seconds are this machine's.",
    ]
    for size, results in sizes.items():
        if len(work.sizes) > 1:
            rows = data.ROWS * size
            lines += ["", f"## {rows:,} rows"]
        lines += ["", *table(work, results)]
    if work.memory and len(sizes) > 1:
        lines += ["", "## Memory by size", "", *memory(sizes)]
    return "\n".join(lines) + "\n"


def table(work: Work, results: Sequence[Result]) -> list[str]:
    base = results[0]
    heads = ["", *work.figures, f"× {base.contender}", *(["peak MiB"] if work.memory else [])]
    lines = [row(heads), row(["---", *["---:"] * (len(heads) - 1)])]
    for result in results:
        if result.failure:
            cells = [f"failed: {result.failure}", *[""] * (len(heads) - 2)]
        else:
            cells = [spread(result, figure) for figure in work.figures]
            cells.append(ratio(result, base, lambda found: median(found, work.figures[0])))
            cells += [f"{result.peak / MIB:,.0f}"] if work.memory else []
        lines.append(row([result.contender, *cells]))
    return lines


def memory(sizes: dict[int, list[Result]]) -> list[str]:
    """Peak memory of each contender at the smallest and at the largest size."""
    small, large = min(sizes), max(sizes)
    lines = [row(["", f"×{small} MiB", f"×{large} MiB", "ratio"]), row(["---", *["---:"] * 3])]
    for before, after in zip(sizes[small], sizes[large], strict=True):
        if before.failure or after.failure:
            continue
        lines.append(
            row(
                [
                    before.contender,
                    f"{before.peak / MIB:,.0f}",
                    f"{after.peak / MIB:,.0f}",
                    ratio(after, before, lambda found: found.peak),
                ]
            )
        )
    return lines


def median(result: Result, figure: str) -> float:
    return statistics.median(run[figure] for run in result.runs)


def spread(result: Result, figure: str) -> str:
    values = [run[figure] for run in result.runs]
    return f"{short(median(result, figure))} ({short(min(values))} – {short(max(values))})"


def short(value: float) -> str:
    """Three significant digits, never an exponent."""
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


def ratio(result: Result, base: Result, value: Callable[[Result], float]) -> str:
    return "" if base.failure else f"{value(result) / value(base):.2f}"


def row(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cell.replace("|", "/") for cell in cells) + " |"
