"""Flink: a cluster, or one that is started in this machine's Java for the job."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any, ClassVar

from apache_beam.options.pipeline_options import FlinkRunnerOptions

from taurus_beam.runners.machine.capacity import cores
from taurus_beam.runners.machine.java import find_java, java_needs, opened_packages
from taurus_beam.runners.machine.job_server import jar_needs
from taurus_beam.runners.machine.need import Need
from taurus_beam.runners.machine.network import SECONDS, answer
from taurus_beam.runners.profiles.base import Job, setting
from taurus_beam.runners.profiles.portable import PortableProfile

__all__ = ["Flink"]

_IN_JAVA_HERE = ("[local]", "[auto]", "[collection]")
_VERSIONS: tuple[str, ...] = tuple(FlinkRunnerOptions.PUBLISHED_FLINK_VERSIONS)
_VERSION_HERE = "1.20"


@dataclass(frozen=True)
class Flink(PortableProfile):
    """Apache Flink.

    Attributes:
        master: The cluster's REST address, or ``[local]``.
        version: The cluster's, as far as the minor number; asked for where it is left out.
        parallelism: How many parts of the data are worked on at a time.
        job_server_jar: The Java program between Beam and Flink.
        java: The Java it runs on.
    """

    key: ClassVar[str] = "flink"
    title: ClassVar[str] = "Apache Flink"
    master: str = setting(
        str,
        "HOST:PORT of the cluster's REST address, or [local]: a Flink for this job alone",
        default="[local]",
        beam="flink_master",
    )
    version: str | None = setting(
        str,
        "as the cluster's; the cluster is asked where it is left out",
        beam="flink_version",
        choices=_VERSIONS,
    )
    parallelism: int | None = setting(
        int,
        "how many parts of the data are worked on at a time; all slots of the cluster, or all "
        "cores, where it is left out",
        beam="parallelism",
    )
    job_server_jar: str | None = setting(
        str,
        "the job server; fetched from Maven Central once where it is left out",
        beam="flink_job_server_jar",
    )
    java: str | None = setting(
        str, "the Java it runs on; that of JAVA_HOME or PATH where it is left out"
    )

    @property
    def name(self) -> str:
        """What Beam calls it."""
        return "PortableRunner" if self.job_endpoint else "FlinkRunner"

    @property
    def cluster(self) -> str | None:
        """The REST address."""
        return None if self.master in _IN_JAVA_HERE else self.master

    @property
    def chosen_version(self) -> str:
        """As said, or what the cluster says, or the one that is started here."""
        return self.version or _minor(self._told.get("flink-version")) or _VERSION_HERE

    def words(self, job: Job) -> list[str]:
        """Where Flink is, and how its job server is started."""
        words = super().words(job)
        parallelism = self.parallelism or self._slots
        if parallelism:
            words.append(f"--parallelism={parallelism}")
        if self.job_endpoint:
            return words
        java = find_java(self.java)
        return [
            *words,
            f"--flink_master={self.master}",
            f"--flink_version={self.chosen_version}",
            *([f"--flink_job_server_jar={self.job_server_jar}"] if self.job_server_jar else []),
            *([f"--job_server_java_launcher={java.path}"] if java else []),
            *(f"--job_server_jvm_properties={each}" for each in opened_packages()),
        ]

    def needs_to_run(self, job: Job) -> Iterator[Need]:
        """Java, the job server, a cluster of a version that fits, with workers."""
        if not self.job_endpoint:
            yield from java_needs(self.java)
            target = f"runners:flink:{self.chosen_version}:job-server"
            if self.chosen_version in _VERSIONS:
                yield from jar_needs(self.job_server_jar, target, self.key)
            yield from self._cluster_needs()
        yield from super().needs_to_run(job)

    def _cluster_needs(self) -> Iterator[Need]:
        if self.cluster is None:
            return
        version = _minor(self._told.get("flink-version"))
        if version is None:
            yield Need(
                f"No Flink answers at {self.master} within {SECONDS:.0f} s.",
                "Start the cluster, or correct master (--flink-master) to the HOST:PORT of its "
                "REST address, usually port 8081.",
            )
            return
        if version not in _VERSIONS:
            yield Need(
                f"The cluster at {self.master} is Flink {version}, for which Beam has no runner.",
                f"Use a cluster of one of: {', '.join(_VERSIONS)}.",
            )
        elif self.version not in (None, version):
            yield Need(
                f"The cluster at {self.master} is Flink {version}, not {self.version}.",
                f"Leave version out, or set it to {version}.",
            )
        if not self._told.get("taskmanagers"):
            yield Need(
                f"The cluster at {self.master} has no task managers.",
                "Start some: bin/taskmanager.sh start.",
            )

    @property
    def _slots(self) -> int:
        if self.cluster is None:
            return 0 if self.job_endpoint else cores()
        return int(self._told.get("slots-total") or 0)

    @cached_property
    def _told(self) -> dict[str, Any]:
        """What the cluster says of itself; nothing where it says nothing."""
        if self.cluster is None or self.job_endpoint:
            return {}
        base = self.master if "://" in self.master else f"http://{self.master}"
        overview = answer(f"{base.rstrip('/')}/overview")
        return overview if isinstance(overview, dict) else {}


def _minor(version: str | None) -> str | None:
    return None if version is None else ".".join(version.split(".")[:2])
