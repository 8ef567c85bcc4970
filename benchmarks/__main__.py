"""``python -m benchmarks``: checks that the peers agree, then times them.

A full run (all sizes, all contenders) is kept in ``benchmarks/results``; a partial one is printed.
"""

from __future__ import annotations

import argparse
import subprocess
import sys

from benchmarks import data, harness, report, statistics_by_hand
from benchmarks.contenders import WORKS
from benchmarks.peers import tfdv_report, tft_environment, tft_report

TFT = "tft"
STATISTICS = "statistics"


def main() -> int:
    """Runs what is asked for; 1 when a contender failed or disagreed."""
    options = arguments()
    peers = [name for name in ("taurus", "scikit-learn") if chosen(name, options.peers)]
    for size in data.SIZES:
        data.path(size)
    say("comparing the outputs of the peers")
    agreed = subprocess.run([sys.executable, "-m", "benchmarks.agreement", *peers], check=False)
    failed = agreed.returncode != 0

    for name in options.only:
        if name in GROUPS:
            failed |= GROUPS[name](options)
            continue
        work = WORKS[name]
        contenders = [
            contender
            for at, contender in enumerate(work.contenders)
            if at == 0 or chosen(contender, options.peers)
        ]
        sizes = work.sizes[:1] if options.quick else work.sizes
        found = {
            size: harness.compare(name, contenders, size, options.repeats, say) for size in sizes
        }
        failed |= any(result.failure for results in found.values() for result in results)
        print(report.markdown(work, found, options.repeats))
        if not options.quick and options.peers is None:
            report.write(name, work, found, options.repeats)
    return int(failed)


def against_tft(options: argparse.Namespace) -> bool:
    """Every function against TFT; True when a contender failed."""
    found = {name: results[1] for name, results in in_environment_of_tft(TFT, options).items()}
    print(tft_report.markdown(found, options.repeats))
    if not options.quick:
        tft_report.write(found, options.repeats)
    return any(result.failure for results in found.values() for result in results)


def against_tfdv(options: argparse.Namespace) -> bool:
    """Statistics and validation against TFDV; True when a contender failed or disagreed."""
    for size in data.SIZES:
        # Now, for TFDV's Python does not have the package of the data.
        data.csv_path(size)
        data.whole_parquet_path(size)
    statistics_by_hand.check()
    found = in_environment_of_tft(STATISTICS, options)
    print(tfdv_report.markdown(found, options.repeats))
    if not options.quick:
        tfdv_report.write(found, options.repeats)
    return any(
        result.failure
        for sizes in found.values()
        for results in sizes.values()
        for result in results
    )


def in_environment_of_tft(
    group: str, options: argparse.Namespace
) -> dict[str, dict[int, list[harness.Result]]]:
    """The results of all the works of a group, by name and size."""
    try:
        tft_environment.interpreter()
    except tft_environment.NoEnvironmentError:
        say("making TFT's environment: some minutes, 2.5 GB")
        tft_environment.make()
    return {
        name.partition("/")[2]: {
            size: harness.compare(name, list(work.contenders), size, options.repeats, say)
            for size in (work.sizes[:1] if options.quick else work.sizes)
        }
        for name, work in WORKS.items()
        if name.startswith(f"{group}/")
    }


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    works = [name for name in WORKS if "/" not in name]
    parser.add_argument("--quick", action="store_true", help="smallest size, three repeats")
    parser.add_argument(
        "--only",
        nargs="+",
        choices=[*works, *GROUPS],
        default=works,
        metavar="WORK",
        help=f"{works}, or {[*GROUPS]}, which need an environment of their own; default the first",
    )
    parser.add_argument(
        "--peers", nargs="+", metavar="NAME", help="contenders whose name starts so; default all"
    )
    parser.add_argument("--repeats", type=int, help="default 7, with --quick 3")
    options = parser.parse_args()
    options.repeats = options.repeats or (3 if options.quick else 7)
    return options


def chosen(contender: str, peers: list[str] | None) -> bool:
    return peers is None or any(contender.startswith(peer) for peer in peers)


def say(what: str) -> None:
    print(what, file=sys.stderr, flush=True)


GROUPS = {TFT: against_tft, STATISTICS: against_tfdv}

if __name__ == "__main__":
    sys.exit(main())
