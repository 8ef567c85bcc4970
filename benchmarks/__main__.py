"""``python -m benchmarks``: checks that the peers agree, then times them.

A full run (all sizes, all contenders) is kept in ``benchmarks/results``; a partial one is printed.
"""

from __future__ import annotations

import argparse
import subprocess
import sys

from benchmarks import data, harness, report
from benchmarks.contenders import WORKS
from benchmarks.peers import tft_environment, tft_report

TFT = "tft"


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
        if name == TFT:
            failed |= against_tft(options)
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
    try:
        tft_environment.interpreter()
    except tft_environment.NoEnvironmentError:
        say("making TFT's environment: some minutes, 2.5 GB")
        tft_environment.make()
    found = {}
    for name in (name for name in WORKS if name.startswith(f"{TFT}/")):
        contenders = list(WORKS[name].contenders)
        found[name.partition("/")[2]] = harness.compare(name, contenders, 1, options.repeats, say)
    print(tft_report.markdown(found, options.repeats))
    if not options.quick:
        tft_report.write(found, options.repeats)
    return any(result.failure for results in found.values() for result in results)


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    works = [*(name for name in WORKS if not name.startswith(f"{TFT}/")), TFT]
    parser.add_argument("--quick", action="store_true", help="smallest size, three repeats")
    parser.add_argument(
        "--only",
        nargs="+",
        choices=works,
        default=[name for name in works if name != TFT],
        metavar="WORK",
        help=f"{works}; default all but {TFT}, which needs an environment of its own",
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


if __name__ == "__main__":
    sys.exit(main())
