"""Direct: Beam's own runner in Python on this machine, in this process or in several."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from taurus_beam.runners.machine.cores import cores
from taurus_beam.runners.machine.need import Need
from taurus_beam.runners.profiles.base import Job, Profile, setting

__all__ = ["LOCAL", "Direct"]

LOCAL = "FnApiRunner"
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
        "how many threads or processes; 0 for one per core",
        beam="direct_num_workers",
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
    def in_process(self) -> bool:
        """Unless there are processes."""
        return self.mode != PROCESSES

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

    def chosen(self, job: Job) -> tuple[str, int]:
        """The mode and the number of workers.

        Example:
            >>> Direct().chosen(Job()), Direct(workers=3).chosen(Job())
            (('in_memory', 1), ('multi_processing', 3))
        """
        workers = self.workers or (cores() if self.workers == 0 else None)
        if self.mode is not None:
            return self.mode, workers or (1 if self.mode == IN_PROCESS else cores())
        return (IN_PROCESS, 1) if workers in (None, 1) else (PROCESSES, workers or 1)
