"""The process that Valgrind watches: make everything ready, then run each kernel once, counted.

What a kernel takes must not depend on which others are counted. So all of them are run before,
whichever are chosen: in Python's interpreter types and functions have a state that the order of
their first uses gives them.
"""

from __future__ import annotations

import gc
import sys
from collections.abc import Sequence

import numpy as np
import pyarrow as pa

from benchmarks.instructions.counts import is_chosen
from benchmarks.instructions.kernels import Kernel, kernels
from benchmarks.instructions.requests import Callgrind

__all__: list[str] = []

WARM_UPS = 2


def main(words: Sequence[str]) -> None:
    """Count the kernels whose names hold one of some words; without words, all."""
    pa.set_cpu_count(1)
    callgrind = Callgrind()
    all_of_them = list(kernels())
    with np.errstate(all="ignore"):
        for kernel in all_of_them * WARM_UPS:
            kernel.run(*kernel.given())
        # Neither the collector's visits nor what it would find belong to a kernel.
        gc.collect()
        gc.disable()
        callgrind.start()
        for kernel in all_of_them:
            if is_chosen(kernel.name, words):
                _count(callgrind, kernel)
        callgrind.stop()


def _count(callgrind: Callgrind, kernel: Kernel) -> None:
    # What others have displaced from caches, such as that of methods, is there again.
    kernel.run(*kernel.given())
    given, run = kernel.given(), kernel.run
    callgrind.count(kernel.name, lambda: run(*given))


if __name__ == "__main__":
    main(sys.argv[1:])
