"""Fuzzing by atheris (libFuzzer), guided by what of the package is reached.

    PYTHONPATH=tests/support python tests/fuzz [TARGET ...] [--seconds N] [--seed N]

Each target runs in a process of its own for so many seconds; what it finds is left in the current
folder as ``crash-…``, ``timeout-…`` or ``oom-…``, and is tried again with ``--again FILE``.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from pathlib import Path


def main() -> int:
    parser = argparse.ArgumentParser(description="Fuzz the readers of what others wrote.")
    parser.add_argument("targets", nargs="*", help="all if none is named")
    parser.add_argument("--seconds", type=int, default=60, help="for each target")
    parser.add_argument("--seed", type=int, default=0, help="0: another one each time")
    parser.add_argument("--again", type=Path, help="a file that a target left, tried once")
    parser.add_argument("--here", action="store_true", help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.here:
        return _fuzz(asked.targets[0], asked.seconds, asked.seed)

    from fuzz_targets import TARGETS

    if unknown := set(asked.targets) - set(TARGETS):
        parser.error(f"no such target: {', '.join(unknown)}; there are: {', '.join(TARGETS)}")
    if asked.again:
        TARGETS[asked.targets[0]](asked.again.read_bytes())
        return 0
    failed = []
    for target in asked.targets or TARGETS:
        print(f"== {target}", flush=True)
        words = [__file__, "--here", target, f"--seconds={asked.seconds}", f"--seed={asked.seed}"]
        if subprocess.run([sys.executable, *words]).returncode:
            failed.append(target)
    if failed:
        print(f"found something: {', '.join(failed)}")
    return bool(failed)


def _fuzz(name: str, seconds: int, seed: int) -> int:
    import atheris

    with atheris.instrument_imports(include=["taurus_beam"], enable_loader_override=False):
        from fuzz_targets import TARGETS

        for number in range(200):  # what is imported when it is first needed
            TARGETS[name](bytes([number]) * 40)
    limits = [f"-max_total_time={seconds}", "-timeout=20", "-rss_limit_mb=6144", "-max_len=400"]
    atheris.Setup([name, *limits, f"-seed={seed}", "-verbosity=0", "-print_final_stats=1"],
                  TARGETS[name])  # fmt: skip
    atheris.Fuzz()
    return 0


if __name__ == "__main__":
    sys.exit(main())
