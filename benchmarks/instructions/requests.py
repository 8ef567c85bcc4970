"""What a program running under Valgrind asks of it: when to count instructions, and for what.

Valgrind listens for an instruction sequence that does nothing on a processor by itself. C programs
get it from a header; here it is written to a page of memory and called. It knows x86-64 only.
"""

from __future__ import annotations

import ctypes
import mmap
from collections.abc import Callable
from typing import Any

__all__ = ["Callgrind"]

# mov rax, rdi; xor edx, edx; rol rdi by 3, 13, 61 and 51; xchg rbx, rbx; mov rax, rdx; ret
_CODE = (
    "48 89 f8  31 d2  48 c1 c7 03  48 c1 c7 0d  48 c1 c7 3d  48 c1 c7 33  48 87 db  48 89 d0  c3"
)
_RUNNING_ON_VALGRIND = 0x1001
_CALLGRIND = ord("C") << 24 | ord("T") << 16
_ZERO, _DUMP_AT, _START, _STOP = (_CALLGRIND + n for n in (1, 3, 4, 5))
_Arguments = ctypes.c_uint64 * 6


class Callgrind:
    """Requests to the Valgrind tool that this process runs under.

    Raises:
        RuntimeError: If it runs under none.
    """

    def __init__(self) -> None:
        self._page = mmap.mmap(
            -1, mmap.PAGESIZE, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC
        )
        self._page.write(bytes.fromhex(_CODE))
        address = ctypes.addressof(ctypes.c_char.from_buffer(self._page))
        # PYFUNCTYPE keeps the interpreter's lock: nothing else may run while one kernel is counted.
        self._call: Any = ctypes.PYFUNCTYPE(ctypes.c_uint64, ctypes.c_void_p)(address)
        if not self._request(_RUNNING_ON_VALGRIND):
            raise RuntimeError("This process does not run under Valgrind.")

    def start(self) -> None:
        """Begin to see instructions, which makes all that follows many times slower."""
        self._request(_START)

    def stop(self) -> None:
        """See no more of them."""
        self._request(_STOP)

    def count(self, name: str, run: Callable[[], object]) -> None:
        """Write down the instructions of a call under a name."""
        label = ctypes.create_string_buffer(name.encode())
        zero, dump = _Arguments(_ZERO), _Arguments(_DUMP_AT, ctypes.addressof(label))
        before, after = ctypes.addressof(zero), ctypes.addressof(dump)
        self._call(before)
        run()
        self._call(after)

    def _request(self, number: int) -> int:
        arguments = _Arguments(number)
        return int(self._call(ctypes.addressof(arguments)))
