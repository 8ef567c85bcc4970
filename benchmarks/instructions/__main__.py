"""``python -m benchmarks.instructions``: count, and compare with the counts that are kept.

Where Python or a library is another than the counts were made with, those would say nothing: then
the commit that last renewed them is counted here and now, and compared with.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from benchmarks.instructions.counting import conditions, counted
from benchmarks.instructions.counts import MOST, Counts, changes

TREE = Path(__file__).parents[2]
KEPT = Path(__file__).with_name("counts.json")
RENEW = "make count-instructions ARGS=--renew"


def main() -> int:
    """Does what is asked for; 1 when a kernel takes more than it may."""
    options = arguments()
    if options.renew:
        counts = counted(TREE)
        counts.write(KEPT)
        print(f"{len(counts.instructions)} counts are in {KEPT.relative_to(TREE)}")
        return 0
    before, after = known(options.kernels), counted(TREE, options.kernels)
    if options.kernels:
        for name, count in after.instructions.items():
            print(f"  {count:13,}  {name}")
    return told(before, after)


def known(words: Sequence[str]) -> Counts:
    """What to compare with: the counts that are kept or, if they do not hold here, new ones."""
    kept, here = Counts.read(KEPT), conditions()
    if kept.conditions == here:
        return kept.of(words)
    for name in sorted({*kept.conditions, *here}):
        was, now = kept.conditions.get(name, "none"), here.get(name, "none")
        if was != now:
            print(f"{name} is {now}; the counts that are kept are of {was}")
    commit = renewed_in()
    print(f"so commit {commit[:12]}, which renewed them, is counted here as well", flush=True)
    with tempfile.TemporaryDirectory() as folder:
        git("worktree", "add", "--detach", folder, commit)
        try:
            return counted(Path(folder), words)
        finally:
            git("worktree", "remove", "--force", folder)


def renewed_in() -> str:
    """The commit that wrote the counts that are kept.

    Raises:
        SystemExit: If the history does not tell; then there is nothing to compare with.
    """
    is_shallow = git("rev-parse", "--is-shallow-repository") != "false"
    commit = "" if is_shallow else git("log", "-1", "--format=%H", "--", str(KEPT))
    if not commit:
        raise SystemExit(
            "Nothing to compare with: no counts of these versions are kept, and this checkout has "
            f"no history to count.\nFetch the history, or {RENEW} at the commit to compare with."
        )
    return commit


def git(*words: str) -> str:
    """What git says."""
    done = subprocess.run(["git", *words], cwd=TREE, capture_output=True, text=True, check=True)
    return done.stdout.strip()


def told(before: Counts, after: Counts) -> int:
    """Say what changed; 1 when something of it fails."""
    found = changes(before, after)
    worse = [change for change in found if change.fails]
    better = [change for change in found if not change.fails]
    for change in worse:
        print(f"  FAILED  {change}")
    for change in better:
        print(f"  better  {change}")
    print(
        f"{len(after.instructions)} kernels counted: {len(worse)} fail (more than {MOST:.0%} above "
        f"what is kept, new, or gone), {len(better)} are more than {MOST:.0%} below"
    )
    if found:
        print(f"if this is as it should be: {RENEW}, and say why in the commit")
    return int(bool(worse))


def arguments() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.instructions", description=__doc__)
    parser.add_argument("--renew", action="store_true", help="keep what is counted now, of all")
    parser.add_argument(
        "kernels",
        nargs="*",
        help="only those whose names hold one of these words; prints their counts",
    )
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
