"""Direct: Beam's own runner in Python on this machine, in this process or in several."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from taurus_beam.runners.machine.capacity import THREAD_BYTES, cores, memory
from taurus_beam.runners.machine.need import Need
from taurus_beam.runners.profiles.base import Job, Profile, setting

__all__ = ["LOCAL", "Direct"]

LOCAL = "FnApiRunner"
# Measured: docs/engines.md. Below, one thread is done before others would pay.
WORTH_THREADS = 256 << 20
IN_PROCESS, THREADS, PROCESSES = "in_memory", "multi_threading", "multi_processing"


@dataclass(frozen=True)
class Direct(Profile):
    """Beam's local runner.

    Attributes:
        workers: How many parts of the data are worked on at a time; 0 for one per core.
        mode: In one thread, threads or processes.
    """

    key: ClassVar[str] = "direct"
    title: ClassVar[str] = "this machine, no installation"
    workers: int | None = setting(
        int,
        "how many processes (or threads, by mode); 0 for one per core; where it is left out, this "
        "process, with a thread per core for large input",
        beam="direct_num_workers",
        short="--workers",
    )
    mode: str | None = setting(
        str,
        "in this process, in threads of it, or in processes",
        beam="direct_running_mode",
        choices=(IN_PROCESS, THREADS, PROCESSES),
    )

    @property
    def name(self) -> str:
        """What Beam calls it."""
        return LOCAL

    @property
    def on_this_machine(self) -> bool:
        """Always."""
        return True

    @property
    def weighs_input(self) -> bool:
        """Unless it is said how many workers there are, or where."""
        return self.workers is None and self.mode is None

    @property
    def in_process(self) -> bool:
        """Unless there are processes."""
        return self.chosen(Job())[0] != PROCESSES

    def words(self, job: Job) -> list[str]:
        """The runner, and its workers."""
        mode, workers = self.chosen(job)
        return [
            *super().words(job),
            f"--direct_running_mode={mode}",
            f"--direct_num_workers={workers}",
        ]

    def needs(self, job: Job) -> Iterator[Need]:
        """Nothing but sense."""
        if self.workers is not None and self.workers < 0:
            yield Need(f"There cannot be {self.workers} workers.", "Give a number, or 0 for all.")

    def describe(self, job: Job) -> str:
        """Where the work is done."""
        mode, workers = self.chosen(job)
        number = f"{workers} {'processes' if mode == PROCESSES else 'threads'}"
        return "this process" if mode == IN_PROCESS else f"{number} of this machine"

    def chosen(self, job: Job) -> tuple[str, int]:
        """The mode and the number of workers.

        Example:
            >>> Direct().chosen(Job(input_bytes=10**6)), Direct(workers=3).chosen(Job())
            (('in_memory', 1), ('multi_processing', 3))
        """
        workers = cores() if self.workers == 0 else self.workers
        if self.mode is not None:
            return self.mode, workers or (1 if self.mode == IN_PROCESS else cores())
        if workers is not None:
            return (IN_PROCESS, 1) if workers == 1 else (PROCESSES, workers)
        borne = (memory() or 0) // THREAD_BYTES
        threads = min(cores(), borne) if (job.input_bytes or 0) >= WORTH_THREADS else 1
        return (IN_PROCESS, 1) if threads <= 1 else (THREADS, threads)
