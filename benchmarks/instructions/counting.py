"""Counting the instructions of a source tree's kernels: one process under Valgrind, pinned down.

What would make a count depend on the machine is fixed: the processor's vector units (to
x86-64-v2, which all have), hash seeds, threads, and Arrow's allocator, whose default looks at the
clock. What would make it depend on the kernels before it is, too: the C library joins freed memory
at once, and does not leave it to be joined by whoever next asks for much.
"""

from __future__ import annotations

import importlib.metadata
import os
import platform
import re
import subprocess
import sys
import sysconfig
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from benchmarks.instructions.counts import Counts

__all__ = ["conditions", "counted", "summaries"]

_LIBRARIES = ("numpy", "pyarrow", "mmh3", "pyfarmhash", "siphashc")
_PINNED = {
    "PYTHONHASHSEED": "0",
    "PYTHONDONTWRITEBYTECODE": "1",
    "ARROW_DEFAULT_MEMORY_POOL": "system",
    "ARROW_USER_SIMD_LEVEL": "SSE4_2",
    "ARROW_IO_THREADS": "1",
    "NPY_DISABLE_CPU_FEATURES": "X86_V3 X86_V4 AVX512_ICL AVX512_SPR",
    "OPENBLAS_CORETYPE": "Nehalem",
    "OPENBLAS_NUM_THREADS": "1",
    "OMP_NUM_THREADS": "1",
    # Two spellings: glibc renamed them.
    "GLIBC_TUNABLES": "glibc.cpu.hwcaps=-AVX,-AVX2,-FMA,-AVX_Usable,-AVX2_Usable,-FMA_Usable"
    ":glibc.malloc.mxfast=0",
    "TAURUS_BEAM_THREADS": "1",
    "TZ": "UTC",
    "LC_ALL": "C.UTF-8",
}
_CALLGRIND = ("--tool=callgrind", "--instr-atstart=no", "--combine-dumps=yes", "--quiet")
_NAME = re.compile(r"desc: Trigger: Client Request: (.*)")


def counted(tree: Path, words: Sequence[str] = ()) -> Counts:
    """The counts of the kernels of a source tree, by its own list of kernels.

    Args:
        tree: A checkout.
        words: Only kernels whose names hold one of these; all, if there are none.

    Raises:
        SystemExit: If Valgrind is missing or the process failed.
    """
    with tempfile.TemporaryDirectory() as folder:
        dump = Path(folder, "counts")
        worker = [sys.executable, "-m", "benchmarks.instructions.worker", *words]
        command = ["valgrind", *_CALLGRIND, f"--callgrind-out-file={dump}", *worker]
        # Nothing else of the caller's environment: its size moves the stack.
        environment = {"PATH": os.environ["PATH"], "PYTHONPATH": f"{tree}:{tree}/tests/support"}
        done = subprocess.run(command, cwd=tree, env={**environment, **_PINNED}, check=False)
        if done.returncode:
            raise SystemExit("Counting failed.")
        with dump.open(errors="replace") as lines:
            return Counts(conditions(), dict(summaries(lines)))


def conditions() -> dict[str, str]:
    """All that counts depend on besides the source tree.

    Raises:
        SystemExit: If Valgrind is missing, or this is not the only machine that `requests` knows.
    """
    if platform.machine() != "x86_64":
        raise SystemExit(f"Instructions are counted on x86_64, not on {platform.machine()}.")
    try:
        said = subprocess.run(["valgrind", "--version"], capture_output=True, text=True, check=True)
    except OSError as problem:
        raise SystemExit("There is no Valgrind here: apt-get install valgrind") from problem
    options = (sysconfig.get_config_var("CONFIG_ARGS") or "").replace("'", "").split()
    built = " ".join(sorted(o for o in options if o.startswith(("--enable", "--with-"))))
    return {
        "machine": platform.machine(),
        "libc": " ".join(platform.libc_ver()),
        "python": f"{platform.python_version()}, {platform.python_compiler()}, {built}",
        "valgrind": said.stdout.strip().removeprefix("valgrind-"),
        **{name: importlib.metadata.version(name) for name in _LIBRARIES},
    }


def summaries(lines: Iterable[str]) -> Iterator[tuple[str, int]]:
    """The name of each request to write down the counts, and the count that follows.

    Not the ``totals``, the sum over functions: Valgrind adds some of what ran before the counts
    were set to zero, to a short kernel as much as it takes itself.
    """
    name = None
    for line in lines:
        if line.startswith("desc: Trigger:"):
            said = _NAME.fullmatch(line.rstrip("\n"))
            name = said and said[1]
        elif name and line.startswith("summary:"):
            yield name, int(line.split()[1])
            name = None
