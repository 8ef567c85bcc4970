"""Engines behind Beam's job API: where their Python workers come from, and how they are reached.

A job server takes the pipeline; the workers are threads or processes of this machine, processes
that the cluster starts, a pool that runs already, or containers.
"""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from taurus_beam.runners.machine.folders import shared_folder_needs, unwritable_folder_needs
from taurus_beam.runners.machine.need import Need
from taurus_beam.runners.machine.network import is_this_machine, listens
from taurus_beam.runners.profiles.base import Job, Profile, setting

__all__ = ["BOOT", "ENVIRONMENTS", "PortableProfile"]

ENVIRONMENTS = ("loopback", "process", "external", "docker", "beam")
BOOT = "taurus-beam-worker"
_KEEP_WORKERS_MILLIS = 30_000


@dataclass(frozen=True)
class PortableProfile(Profile):
    """What the engines behind the job API share.

    Attributes:
        environment: Where Python workers come from.
        worker_command: The program that starts one, for ``process``.
        worker_pool: The address of a pool that starts them, for ``external``.
        image: The container they run in, for ``docker``.
        workers_per_node: How many Python processes each node of the cluster starts.
        job_endpoint: A job server that runs already.
    """

    environment: str | None = setting(
        str,
        "where the Python workers come from: threads of this process (loopback), a program on "
        "each node, a pool that runs already, containers, or as Beam's own options say",
        beam="environment_type",
        choices=ENVIRONMENTS,
        left_to_beam="beam",
    )
    worker_command: str | None = setting(
        str, f"environment process: the program that starts a worker; {BOOT} where it is left out"
    )
    worker_pool: str | None = setting(
        str, "environment external: HOST:PORT of a pool of workers, on each node"
    )
    image: str | None = setting(
        str, "environment docker: the image the workers run in", beam="sdk_container_image"
    )
    workers_per_node: int | None = setting(
        int, "how many Python processes a node starts", beam="sdk_worker_parallelism"
    )
    job_endpoint: str | None = setting(
        str, "HOST:PORT of a job server that runs already", beam="job_endpoint"
    )

    @property
    def brings_options(self) -> bool:
        """Its job server knows more options than Beam's Python does."""
        return True

    @property
    def cluster(self) -> str | None:
        """The address of the cluster; None where the engine is started here for the job."""
        return None

    @property
    def on_this_machine(self) -> bool:
        """Whether the engine is started here for the job."""
        return self.cluster is None and self.job_endpoint is None

    @property
    def chosen_environment(self) -> str:
        """Where workers come from: as said, or as the other settings imply."""
        if self.environment is not None:
            return self.environment
        if self.image:
            return "docker"
        if self.worker_pool:
            return "external"
        if self.worker_command or not self.on_this_machine:
            return "process"
        return "loopback"

    def describe(self, job: Job) -> str:
        """The engine, where it is, and where its workers come from."""
        place = self.job_endpoint or self.cluster or "this machine"
        return f"{self.key} at {place}, workers: {self.chosen_environment}"

    def words(self, job: Job) -> list[str]:
        """The runner, the workers, and the job server."""
        words = [*super().words(job), *self._worker_words()]
        if self.workers_per_node is not None:
            words.append(f"--sdk_worker_parallelism={self.workers_per_node}")
        if self.job_endpoint:
            words.append(f"--job_endpoint={self.job_endpoint}")
        if not self.on_this_machine:
            # Otherwise each stage of a batch job starts its workers anew.
            words.append(f"--environment_cache_millis={_KEEP_WORKERS_MILLIS}")
        return words

    def needs(self, job: Job) -> Iterator[Need]:
        """Where workers come from, and a folder that all see."""
        chosen, place = self.chosen_environment, self._elsewhere
        if chosen == "docker" and not self.image:
            yield Need(
                "No container image is named for the workers.",
                f"Set image to one that has taurus_beam (--{self.key}-image).",
            )
        if chosen == "external" and not self.worker_pool:
            yield Need(
                "No pool of workers is named.",
                f"Set worker_pool to its HOST:PORT (--{self.key}-worker-pool).",
            )
        if chosen == "loopback" and place:
            yield Need(
                f"Workers in this process (loopback) cannot be reached from {place}.",
                "Set image, worker_pool or worker_command, so that the cluster has workers.",
            )
        if not self.on_this_machine:
            yield from shared_folder_needs(job.temp_location)

    def needs_to_run(self, job: Job) -> Iterator[Need]:
        """A job server that answers, workers that can be started, a folder that takes files."""
        if self.job_endpoint and not listens(self.job_endpoint):
            yield Need(
                f"No job server answers at {self.job_endpoint}.",
                "Start it, or correct job_endpoint (HOST:PORT).",
            )
        if not self._elsewhere:
            yield from self._worker_needs_here()
        if not self.on_this_machine:
            yield from unwritable_folder_needs(job.temp_location)

    def _worker_words(self) -> list[str]:
        chosen = self.chosen_environment
        if chosen == "beam":
            return []
        words = [f"--environment_type={chosen.upper()}"]
        if chosen == "process":
            command = {"command": self.worker_program or BOOT}
            words.append(f"--environment_config={json.dumps(command)}")
        elif chosen == "external":
            words.append(f"--environment_config={self.worker_pool}")
        elif chosen == "docker" and self.image:
            words.append(f"--environment_config={self.image}")
        return words

    @property
    def worker_program(self) -> str | None:
        """The program that starts a worker: as said, or ours beside this Python or on PATH."""
        if self.worker_command:
            return self.worker_command
        beside = Path(sys.executable).with_name(BOOT)
        return str(beside) if beside.exists() else shutil.which(BOOT)

    @property
    def _elsewhere(self) -> str | None:
        """The address of the engine where that is not on this machine."""
        place = self.cluster or self.job_endpoint
        return None if place is None or is_this_machine(place) else place

    def _worker_needs_here(self) -> Iterator[Need]:
        chosen = self.chosen_environment
        if chosen == "external" and self.worker_pool and not listens(self.worker_pool):
            yield Need(
                f"No pool of workers answers at {self.worker_pool}.",
                "Start one on each node: python -m apache_beam.runners.worker."
                "worker_pool_main --service_port=PORT",
            )
        if chosen == "process" and self.worker_program is None:
            yield Need(
                f"The program that starts workers, {BOOT}, is not installed beside this Python.",
                "Install taurus-beam again, or set worker_command to its path on the workers.",
            )
