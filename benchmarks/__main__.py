"""``python -m benchmarks``: checks that the peers agree, then times them.

A full run (all sizes, all contenders) is kept in ``benchmarks/results``; a partial one is printed.
"""

from __future__ import annotations

import argparse
import subprocess
import sys

from benchmarks import data, harness, report
from benchmarks.contenders import WORKS


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


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="smallest size, three repeats")
    parser.add_argument(
        "--only",
        nargs="+",
        choices=WORKS,
        default=list(WORKS),
        metavar="WORK",
        help=str(list(WORKS)),
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
