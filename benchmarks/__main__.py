"""``python -m benchmarks``: times the contenders of each work, whose outputs must agree first.

A full run (all sizes, all contenders of a work) is kept in ``benchmarks/results``, and the tables
of README.md and docs/performance.md are written anew; a partial one is printed. Peers are installed
in environments of their own when they are first needed.
"""

from __future__ import annotations

import argparse
import sys
import time

from benchmarks import harness, readme_table, report
from benchmarks.harness import Pace, Result
from benchmarks.peers import tft_report
from benchmarks.works import GROUPS, USUAL, WORKS
from benchmarks.works.work import Work

Found = dict[str, dict[int, list[Result]]]


def main() -> int:
    """Runs what is asked for; 1 when a contender failed or disagreed."""
    options = arguments()
    whole = not options.quick and options.peers is None
    failed = False
    for name in options.only:
        started = time.monotonic()
        members = [one for one in WORKS if one == name or one.startswith(f"{name}/")]
        found = {member: measured(member, WORKS[member], options) for member in members}
        failed |= any(
            result.failure
            for sizes in found.values()
            for results in sizes.values()
            for result in results
        )
        publish(name, found, whole)
        if whole:
            readme_table.main()
        say(f"{name}: {time.monotonic() - started:.0f} s")
    return int(failed)


def measured(name: str, work: Work, options: argparse.Namespace) -> dict[int, list[Result]]:
    """The results of a work by size."""
    found = {}
    for size in work.sizes[:1] if options.quick else work.sizes:
        work.prepare(size)
        contenders = chosen(work, size, options.peers)
        found[size] = harness.compare(name, contenders, size, options.pace, say)
    return found


def chosen(work: Work, size: int, peers: list[str] | None) -> list[str]:
    """The contenders at a size; always those that the others are measured by."""
    measures: set[int | None] = set()
    names = []
    for name, contender in work.contenders.items():
        is_measure = contender.cores not in measures
        measures.add(contender.cores)
        wanted = peers is None or any(name.startswith(peer) for peer in peers)
        if (wanted or is_measure) and size in (contender.sizes or work.sizes):
            names.append(name)
    return names


def publish(name: str, found: Found, whole: bool) -> None:
    """Prints a page of results, and keeps it if nothing was left out."""
    if name == "tft":
        functions = {member.partition("/")[2]: sizes[1] for member, sizes in found.items()}
        print(tft_report.markdown(functions))
        if whole:
            tft_report.write(functions)
    else:
        works = {member: (WORKS[member], sizes) for member, sizes in found.items()}
        title = GROUPS.get(name, "")
        print(report.markdown(works, title))
        if whole:
            report.write(name, works, title)


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    works = [name for name in WORKS if "/" not in name]
    parser.add_argument("--quick", action="store_true", help="smallest sizes, three repeats")
    parser.add_argument(
        "--only",
        nargs="+",
        choices=[*works, *GROUPS],
        default=list(USUAL),
        metavar="WORK",
        help=f"of {[*works, *GROUPS]}; default {list(USUAL)}",
    )
    parser.add_argument(
        "--peers", nargs="+", metavar="NAME", help="contenders whose name starts so; default all"
    )
    parser.add_argument("--repeats", type=int, help="default 3 to 7, by how long they take")
    options = parser.parse_args()
    options.pace = Pace(most=3) if options.quick else Pace()
    if options.repeats:
        always = float("inf")
        options.pace = Pace(options.repeats, options.repeats, long=always, endless=always)
    return options


def say(what: str) -> None:
    print(what, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
