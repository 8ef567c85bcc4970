"""Spark: a standalone cluster, or one that is started in this machine's Java for the job."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from taurus_beam.runners.machine.capacity import cores
from taurus_beam.runners.machine.java import find_java, java_needs, opened_packages
from taurus_beam.runners.machine.job_server import jar_needs
from taurus_beam.runners.machine.need import Need
from taurus_beam.runners.machine.network import SECONDS, listens
from taurus_beam.runners.profiles.base import Job, setting
from taurus_beam.runners.profiles.portable import PortableProfile

__all__ = ["Spark"]

_PORT = 7077


@dataclass(frozen=True)
class Spark(PortableProfile):
    """Apache Spark 3.

    Attributes:
        master: The cluster's address, or ``local[N]``.
        job_server_jar: The Java program between Beam and Spark.
        java: The Java it runs on.
    """

    key: ClassVar[str] = "spark"
    title: ClassVar[str] = "Apache Spark 3"
    master: str = setting(
        str,
        "spark://HOST:PORT of a standalone cluster, or local[N]: a Spark for this job alone, with "
        "N threads; local[*] has one for each core",
        default="local[*]",
        beam="spark_master_url",
    )
    job_server_jar: str | None = setting(
        str,
        "the job server; fetched from Maven Central once where it is left out",
        beam="spark_job_server_jar",
    )
    java: str | None = setting(
        str, "the Java it runs on; that of JAVA_HOME or PATH where it is left out"
    )

    @property
    def name(self) -> str:
        """What Beam calls it."""
        return "PortableRunner" if self.job_endpoint else "SparkRunner"

    @property
    def cluster(self) -> str | None:
        """The master's address."""
        return None if self.master.startswith("local") else self.master

    def words(self, job: Job) -> list[str]:
        """Where Spark is, and how its job server is started."""
        words = super().words(job)
        if self.job_endpoint:
            return words
        java = find_java(self.java)
        # Beam opens only what Spark itself needs.
        return [
            *words,
            f"--spark_master_url={self.master.replace('*', str(cores()))}",
            *([f"--spark_job_server_jar={self.job_server_jar}"] if self.job_server_jar else []),
            *([f"--job_server_java_launcher={java.path}"] if java else []),
            *(f"--job_server_jvm_properties={each}" for each in opened_packages()),
        ]

    def needs(self, job: Job) -> Iterator[Need]:
        """An address that is one of a master, besides workers."""
        if self._is_no_master:
            yield Need(
                f"{self.master} is no address of a Spark master.",
                "Write spark://HOST:7077 or local[N]; for YARN and Kubernetes start the job "
                "server there and set job_endpoint.",
            )
        yield from super().needs(job)

    def needs_to_run(self, job: Job) -> Iterator[Need]:
        """Java, the job server, and a master that takes connections."""
        if not self.job_endpoint:
            yield from java_needs(self.java)
            yield from jar_needs(self.job_server_jar, "runners:spark:3:job-server", self.key)
            if self.cluster and not self._is_no_master and not listens(self.cluster, _PORT):
                yield Need(
                    f"No Spark master takes connections at {self.master} within {SECONDS:.0f} s.",
                    "Start the cluster, or correct master (--spark-master).",
                )
        yield from super().needs_to_run(job)

    @property
    def _is_no_master(self) -> bool:
        place = None if self.job_endpoint else self.cluster
        return place is not None and not place.startswith("spark://")
