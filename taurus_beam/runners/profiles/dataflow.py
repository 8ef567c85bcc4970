"""Dataflow: Google's service, given a container image and a bucket.

All is checked without asking Google: what the options say, and what is installed here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from taurus_beam.runners.machine.google import credentials_needs, google_extra_needs
from taurus_beam.runners.machine.need import Need
from taurus_beam.runners.profiles.base import Job, Profile, setting

__all__ = ["Dataflow"]

_PROJECT = re.compile(r"([a-z0-9.-]+:)?[a-z][a-z0-9-]{4,28}[a-z0-9]")
_REGION = re.compile(r"[a-z]+-[a-z]+[0-9]+")
_MACHINE = re.compile(r"[a-z][a-z0-9]*-[a-z0-9]+(-[a-z0-9]+)*")
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")


@dataclass(frozen=True)
class Dataflow(Profile):
    """Google Cloud Dataflow; each field is the option of Beam that its setting names."""

    key: ClassVar[str] = "dataflow"
    title: ClassVar[str] = "Google Cloud Dataflow"
    project: str | None = setting(str, "the project that pays", beam="project")
    region: str | None = setting(str, "where the workers are: us-central1, ...", beam="region")
    staging_location: str | None = setting(
        str,
        "gs:// folder for what is sent to the service; beside the temporary one where left out",
        beam="staging_location",
    )
    image: str | None = setting(
        str,
        "the container image of the workers, with taurus_beam in it",
        beam="sdk_container_image",
    )
    packages: tuple[str, ...] = setting(
        tuple,
        "wheels that are sent along and installed by each worker, in place of an image",
        default=(),
        beam="extra_package",
    )
    requirements: str | None = setting(
        str, "a file of packages that each worker installs", beam="requirements_file"
    )
    setup_file: str | None = setting(
        str, "a setup.py whose package each worker installs", beam="setup_file"
    )
    machine_type: str | None = setting(
        str, "of the workers: n2-standard-4, ...", beam="worker_machine_type"
    )
    workers: int | None = setting(int, "how many there are at the beginning", beam="num_workers")
    max_workers: int | None = setting(
        int, "how many there may be in the end", beam="max_num_workers"
    )
    autoscaling: str | None = setting(
        str,
        "whether the number of workers follows the work",
        beam="autoscaling_algorithm",
        choices=("NONE", "THROUGHPUT_BASED"),
    )
    disk_gb: int | None = setting(int, "disk of each worker, in GB", beam="disk_size_gb")
    service_account: str | None = setting(
        str, "the e-mail address of whom the workers act for", beam="service_account_email"
    )
    network: str | None = setting(str, "the network of the workers", beam="network")
    subnetwork: str | None = setting(
        str, "their subnetwork: regions/REGION/subnetworks/NAME", beam="subnetwork"
    )
    public_ips: bool | None = setting(bool, "whether workers have public addresses")
    labels: tuple[str, ...] = setting(tuple, "KEY=VALUE for the job", default=(), beam="labels")
    job_name: str | None = setting(str, "what the job is called", beam="job_name")

    @property
    def name(self) -> str:
        """What Beam calls it."""
        return "DataflowRunner"

    def describe(self, job: Job) -> str:
        """The project and the region."""
        return f"dataflow, project {self.project} in {self.region}"

    def words(self, job: Job) -> list[str]:
        """Every setting as Beam's option; runner v2 is what portable pipelines run on."""
        words = super().words(job)
        for each in self.settings():
            value = getattr(self, each.name)
            # Beam takes "False" for true where it expects no value.
            if each.beam is None or value in (None, (), False):
                continue
            values = value if isinstance(value, tuple) else (value,)
            words += [f"--{each.beam}={one}" for one in values]
        if self.public_ips is not None:
            words.append("--use_public_ips" if self.public_ips else "--no_use_public_ips")
        return words

    def needs(self, job: Job) -> Iterator[Need]:
        """The extra, and options that the service would refuse later."""
        yield from google_extra_needs()
        yield from self._missing(job)
        yield from self._malformed()

    def needs_to_run(self, job: Job) -> Iterator[Need]:
        """Credentials."""
        yield from credentials_needs()

    def _missing(self, job: Job) -> Iterator[Need]:
        wanted = {
            "project": (self.project, "the ID of the project"),
            "region": (self.region, "such as us-central1"),
            "image": (
                self.image or self.packages or self.requirements or self.setup_file,
                "a container image that has taurus_beam (docs/deploy.md), or send its wheel "
                "along (--dataflow-packages)",
            ),
        }
        for name, (value, what) in wanted.items():
            if not value:
                yield Need(f"No {name} is named.", f"Set {name} (--dataflow-{name}): {what}.")
        places = {
            "temp_location": (job.temp_location, "--temp-location"),
            "staging_location": (self.staging_location, "--dataflow-staging-location"),
        }
        for name, (place, flag) in places.items():
            if place is None and name == "staging_location":
                continue
            if not (place or "").startswith("gs://"):
                yield Need(
                    f"The {name} is {place!r}." if place else f"No {name} is named.",
                    f"Set {name} ({flag}) to a folder of a bucket: gs://BUCKET/tmp.",
                )

    def _malformed(self) -> Iterator[Need]:
        shapes = (
            ("project", _PROJECT, "6 to 30 lower-case letters, digits and hyphens"),
            ("region", _REGION, "a region such as us-central1 (a zone has a letter more)"),
            ("machine_type", _MACHINE, "such as n2-standard-4"),
            ("service_account", _EMAIL, "an e-mail address"),
        )
        for name, shape, what in shapes:
            value = getattr(self, name)
            if value and not shape.fullmatch(value):
                yield Need(f"The {name} cannot be {value!r}.", f"Give {what}.")
        least, most = self.workers, self.max_workers
        for name, number in (("workers", least), ("max_workers", most), ("disk_gb", self.disk_gb)):
            if number is not None and number < 1:
                yield Need(f"The number of {name} cannot be {number}.", "Give one of 1 or more.")
        if least is not None and most is not None and least > most:
            yield Need(
                f"There are to be {least} workers, but no more than {most}.",
                "Raise max_workers, or lower workers.",
            )
