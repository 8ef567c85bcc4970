"""What was measured, as a Markdown page, a chart and JSON, one of each for a work."""

from __future__ import annotations

import datetime
import json
import os
import platform
import statistics
from collections.abc import Callable, Mapping, Sequence
from importlib import metadata
from pathlib import Path
from typing import Any

from benchmarks import standings
from benchmarks.environments import HERE
from benchmarks.harness import Result
from benchmarks.works.work import Work

FOLDER = Path(__file__).parent / "results"
PACKAGES = HERE.packages
MIB = 1 << 20

Sizes = Mapping[int, Sequence[Result]]


def write(name: str, works: Mapping[str, tuple[Work, Sizes]], title: str = "") -> None:
    """Keeps a run as ``results/NAME.json``, ``results/NAME.md`` and ``results/NAME.svg``.

    Args:
        works: What was run, by name; one of them, or several that share a page.
        title: Of a page that is shared.
    """
    # Not above: a page that is only printed needs no matplotlib.
    from benchmarks import chart

    FOLDER.mkdir(exist_ok=True)
    record = {
        "title": title,
        "date": datetime.date.today().isoformat(),
        "machine": machine(),
        "peers": peers(works),
        "works": {
            member: {
                "work": work.title,
                "rows": work.rows,
                "figures": list(work.figures),
                "cannot": dict(work.cannot),
                "results": {
                    size: [entry(work, result, found) for result in found]
                    for size, found in sizes.items()
                },
            }
            for member, (work, sizes) in works.items()
        },
    }
    text = json.dumps(record, indent=1, ensure_ascii=False) + "\n"
    (FOLDER / f"{name}.json").write_text(text, encoding="utf-8")
    picture = f"{name}.svg"
    (FOLDER / f"{name}.md").write_text(markdown(works, title, picture), encoding="utf-8")
    chart.write(standings.pages_in(name, json.loads(text)), FOLDER / picture)


def entry(work: Work, result: Result, found: Sequence[Result]) -> dict[str, Any]:
    """What is kept of one contender at one size: its runs, and what a reader makes of them."""
    kept: dict[str, Any] = {"contender": result.contender, "cores": result.cores}
    if result.failure:
        return kept | {"failure": result.failure}
    base = measure(result, found)
    first = work.figures[0]
    return kept | {
        "median": {figure: median(result, figure) for figure in work.figures},
        "least": {figure: min(values(result, figure)) for figure in work.figures},
        "most": {figure: max(values(result, figure)) for figure in work.figures},
        "measure": base.contender,
        "ratio": None if base.failure else median(result, first) / median(base, first),
        "peak": result.peak,
        "runs": result.runs,
    }


def machine() -> dict[str, Any]:
    return {
        "cpu": cpu(),
        "cores": os.cpu_count(),
        "memory": memory_bytes(),
        "system": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
        "packages": {name: metadata.version(name) for name in PACKAGES},
    }


def cpu() -> str:
    info = Path("/proc/cpuinfo")
    lines = info.read_text().splitlines() if info.exists() else []
    models = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return models[0] if models else platform.processor() or "unknown"


def memory_bytes() -> int | None:
    if "SC_PHYS_PAGES" not in os.sysconf_names:
        return None
    return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")


def peers(works: Mapping[str, tuple[Work, Sizes]]) -> dict[str, dict[str, str]]:
    """Packages of the environments of their own in which contenders ran."""
    used = {
        work.contenders[result.contender].environment
        for work, sizes in works.values()
        for found in sizes.values()
        for result in found
        if result.runs
    }
    return {one.name: one.versions() for one in sorted(used - {HERE}, key=lambda one: one.name)}


def markdown(works: Mapping[str, tuple[Work, Sizes]], title: str = "", picture: str = "") -> str:
    """A page of one work, or of several under a title."""
    head = [caption(peers(works)), ""]
    head += [f"![The same as a chart]({picture})", ""] if picture else []
    lines = [f"# {title}", "", *head] if title else []
    for work, sizes in works.values():
        lines += [f"{'#' * (2 if title else 1)} {work.title}", ""]
        lines += [] if title else head
        lines += section(work, sizes)
    return "\n".join(lines).rstrip() + "\n"


def section(work: Work, sizes: Sizes) -> list[str]:
    lines = [work.note, ""] if work.note else []
    lines += [f"- {peer}: {reason}" for peer, reason in work.cannot.items()]
    lines += [""] if work.cannot else []
    for size, results in sizes.items():
        if len(work.sizes) > 1:
            rows = work.rows * size
            lines += [f"**{rows:,} row{'s' if rows > 1 else ''}**", ""]
        by_cores = groups(results)
        for cores, group in by_cores.items():
            if len(by_cores) > 1:
                lines += [cores_named(cores), ""]
            lines += [*table(work, group, size), ""]
    if work.memory and len(sizes) > 1:
        lines += ["**Memory by size**", "", *memory(sizes), ""]
    return lines


def cores_named(cores: int | None) -> str:
    if cores is None:
        return "All cores:"
    return "One core:" if cores == 1 else f"{cores} cores:"


def caption(others: Mapping[str, Mapping[str, str]]) -> str:
    here = machine()
    told = [named(here["packages"]), *(named(packages) for packages in others.values())]
    memory = f"{here['memory'] / (1 << 30):.0f} GiB, " if here["memory"] else ""
    return (
        f"{here['cpu']}, {here['cores']} cores, {memory}{here['system']}; Python {here['python']}, "
        f"{'; '.join(told)}. One process each, input not timed unless it is a file, one warm-up, "
        "then interleaved repeats, more of them the faster a contender is (from 4 s the first run "
        "counts too, from 10 s it is the only one): median (smallest – largest). CPU s: processor "
        "seconds of all threads and processes, median. Peak: of the largest process. Read the "
        "ratios; the seconds are this machine's."
    )


def named(packages: Mapping[str, str]) -> str:
    return ", ".join(f"{name} {version}" for name, version in packages.items())


def groups(results: Sequence[Result]) -> dict[int | None, list[Result]]:
    """The results by how many cores they may use."""
    found: dict[int | None, list[Result]] = {}
    for result in results:
        found.setdefault(result.cores, []).append(result)
    return found


def measure(result: Result, results: Sequence[Result]) -> Result:
    """What a result is compared with: the first one with as many cores."""
    return next(one for one in results if one.cores == result.cores)


def table(work: Work, results: Sequence[Result], size: int | None = None) -> list[str]:
    base = results[0]
    timed = work.figures[0] == "seconds"
    heads = ["", *work.figures, f"× {base.contender}", *(["CPU s"] if timed else [])]
    heads += ["peak MiB"] if work.memory else []
    heads += ["runs"]
    lines = [row(heads), row(["---", *["---:"] * (len(heads) - 1)])]
    for result in results:
        if result.failure:
            cells = [f"failed: {result.failure[:160]}", *[""] * (len(heads) - 2)]
        else:
            cells = [spread(result, figure) for figure in work.figures]
            cells.append(ratio(result, base, lambda found: median(found, work.figures[0])))
            cells += [short(median(result, "cpu"))] if timed else []
            cells += [f"{result.peak / MIB:,.0f}"] if work.memory else []
            cells += [str(len(result.runs))]
        lines.append(row([result.contender, *cells]))
    for name, contender in work.contenders.items():
        left_out = contender.sizes is not None and size not in contender.sizes
        if contender.without and left_out and contender.cores == base.cores:
            lines.append(row([name, f"– ({contender.without})", *[""] * (len(heads) - 2)]))
    if base.cores is None:
        lines += [row([name, "–", *[""] * (len(heads) - 2)]) for name in work.cannot]
    return lines


def memory(sizes: Sizes) -> list[str]:
    """Peak memory of each contender at the smallest and at the largest size."""
    small, large = min(sizes), max(sizes)
    lines = [row(["", f"×{small} MiB", f"×{large} MiB", "ratio"]), row(["---", *["---:"] * 3])]
    after_by_name = {one.contender: one for one in sizes[large]}
    for before in sizes[small]:
        after = after_by_name.get(before.contender)
        if after is None or before.failure or after.failure:
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


def values(result: Result, figure: str) -> list[float]:
    return [run[figure] for run in result.runs]


def median(result: Result, figure: str) -> float:
    return statistics.median(values(result, figure))


def spread(result: Result, figure: str) -> str:
    found = values(result, figure)
    return f"{short(median(result, figure))} ({short(min(found))} – {short(max(found))})"


def short(value: float) -> str:
    """Three significant digits, never an exponent."""
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


def ratio(result: Result, base: Result, value: Callable[[Result], float]) -> str:
    return "" if base.failure else f"{value(result) / value(base):.2f}"


def row(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cell.replace("|", "/") for cell in cells) + " |"
