"""What all profiles have in common: settings with types and words for them, and needs.

A setting knows what it is for and which option of Beam means the same, so that the command line,
a file and `taurus-beam doctor` all follow from the fields of one dataclass.
"""

from __future__ import annotations

import abc
import inspect
from collections.abc import Iterable, Iterator
from dataclasses import Field, dataclass, field, fields
from typing import Any, ClassVar

from taurus_beam.runners.machine.need import Need

__all__ = ["Job", "Profile", "Setting", "setting"]


@dataclass(frozen=True)
class Job:
    """What is known of a job before it runs, as far as engines care.

    Attributes:
        temp_location: Folder for intermediate files, if one was named.
        input_bytes: How large the files are that it reads; None where that is not known.
    """

    temp_location: str | None = None
    input_bytes: int | None = None


@dataclass(frozen=True)
class Setting:
    """One field of a profile, as users meet it.

    Attributes:
        name: The key in a file.
        kind: ``str``, ``int``, ``bool`` or ``tuple`` (of strings).
        default: The value where nothing is said.
        text: What it is for.
        beam: The option of Beam that means the same; None where there is none.
        flags: The words that set it on a command line.
        choices: The values it may have; empty for any.
        left_to_beam: What it is where Beam's own option is given, which then stays Beam's matter;
            None where that option simply sets it.
    """

    name: str
    kind: type
    default: Any
    text: str
    beam: str | None
    flags: tuple[str, ...]
    choices: tuple[str, ...]
    left_to_beam: str | None


def setting(
    kind: type,
    text: str,
    *,
    default: Any = None,
    beam: str | None = None,
    choices: Iterable[str] = (),
    left_to_beam: str | None = None,
    short: str | None = None,
) -> Any:
    """A field of a profile, with what users have to know about it."""
    return field(
        default=default,
        metadata={
            "kind": kind,
            "text": text,
            "beam": beam,
            "choices": tuple(choices),
            "left_to_beam": left_to_beam,
            "short": short,
        },
    )


@dataclass(frozen=True)
class Profile(abc.ABC):
    """An engine, with its settings.

    Attributes:
        key: What users call it.
        title: What it is, in a few words.
    """

    key: ClassVar[str] = ""
    title: ClassVar[str] = ""

    @property
    @abc.abstractmethod
    def name(self) -> str:
        """What Beam calls the runner."""

    @property
    def on_this_machine(self) -> bool:
        """Whether all workers are on this machine, see its files, and end with the job."""
        return False

    @property
    def in_process(self) -> bool:
        """Whether this very process does the work, so that its counters tell how far it is."""
        return False

    @property
    def brings_options(self) -> bool:
        """Whether options that Beam's Python does not know may be meant for the runner."""
        return False

    @property
    def weighs_input(self) -> bool:
        """Whether it makes a difference how large the input is."""
        return False

    def describe(self, job: Job) -> str:
        """Where and how a job runs, in a few words."""
        return self.title

    def words(self, job: Job) -> list[str]:
        """The options that Beam needs for a job, as words of a command line."""
        return [f"--runner={self.name}"]

    def needs(self, job: Job) -> Iterator[Need]:
        """What the settings lack for the job, or have wrong; nobody is asked for that."""
        yield from ()

    def needs_to_run(self, job: Job) -> Iterator[Need]:
        """What is not here, or does not answer, when the job is to run; a dry run does without."""
        yield from ()

    @classmethod
    def settings(cls) -> tuple[Setting, ...]:
        """The settings, its own before those it shares with others."""
        own = inspect.get_annotations(cls)
        return tuple(
            Setting(
                each.name,
                each.metadata["kind"],
                each.default,
                each.metadata["text"],
                each.metadata["beam"],
                _flags(cls.key, each),
                each.metadata["choices"],
                each.metadata["left_to_beam"],
            )
            for each in sorted(fields(cls), key=lambda each: each.name not in own)
            if "kind" in each.metadata
        )


def _flags(key: str, each: Field[Any]) -> tuple[str, ...]:
    """Ours first; Beam's own word sets the same, so that checks see what will count."""
    own = f"--{key}-{each.name.replace('_', '-')}"
    beam = each.metadata["beam"]
    further = (each.metadata["short"], f"--{beam}" if beam else None)
    return (own, *filter(None, further))
