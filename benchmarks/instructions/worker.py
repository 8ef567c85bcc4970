"""The process that Valgrind watches: make everything ready, then run each kernel once, counted."""

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
    chosen = [k for k in kernels() if is_chosen(k.name, words)]
    with np.errstate(all="ignore"):
        for kernel in chosen * WARM_UPS:
            kernel.run(*kernel.given())
        # Neither the collector's visits nor what it would find belong to a kernel.
        gc.collect()
        gc.disable()
        callgrind.start()
        for kernel in chosen:
            _count(callgrind, kernel)
        callgrind.stop()


def _count(callgrind: Callgrind, kernel: Kernel) -> None:
    given, run = kernel.given(), kernel.run
    callgrind.count(kernel.name, lambda: run(*given))


if __name__ == "__main__":
    main(sys.argv[1:])
