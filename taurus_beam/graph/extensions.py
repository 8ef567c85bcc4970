"""Operations of other packages: their names, and which installed package declares them.

A name with a dot ("acme.log_odds") is another package's; the package's own have none, so neither
can stand in for the other. What is looked up by such a name is listed by installed packages as
entry points; nothing that an artifact says is imported.
"""

from __future__ import annotations

import inspect
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any

from taurus_beam.errors import ArtifactError, TraceError
from taurus_beam.graph.types import ColumnType

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint

    from taurus_beam.graph.operation import Operation

__all__ = [
    "ENTRY_POINTS",
    "Origin",
    "check_attributes",
    "check_declaration",
    "import_declared",
    "is_foreign",
    "not_installed",
    "of_another_version",
    "origin_of",
]

ENTRY_POINTS = "taurus_beam.operations"
"""The entry point group: the name of an operation = the module that declares it."""

_OWN = "taurus_beam"
_NAME = re.compile(r"[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)+")


def is_foreign(name: str) -> bool:
    """Whether an operation of this name is another package's."""
    return "." in name


@dataclass(frozen=True)
class Origin:
    """Where an operation of another package comes from.

    Attributes:
        distribution: The installed package, None for a module that belongs to none.
        release: The package's version, None where that is not known.
        module: The module that declares it, None where the package is known.
    """

    distribution: str | None
    release: str | None = None
    module: str | None = None

    def __str__(self) -> str:
        if self.distribution is None:
            return f"the module {self.module!r}, which belongs to no installed package"
        return f"the package {self.distribution}{f' {self.release}' if self.release else ''}"

    def document(self) -> dict[str, str]:
        """What an artifact's graph says of it: not the release, which decides no value."""
        if self.distribution is not None:
            return {"package": self.distribution}
        return {"module": str(self.module)}

    @staticmethod
    def read(document: Mapping[str, str], releases: Mapping[str, str]) -> Origin:
        """The origin that `document` wrote; `releases` are versions by package."""
        if "package" in document:
            return Origin(document["package"], releases.get(document["package"]))
        return Origin(None, None, document["module"])


def check_declaration(cls: type[Operation]) -> None:
    """Refuse a class of another package that could not be found again by name and version.

    Raises:
        TraceError: For a name without a namespace or in this package's own, a version that is no
            positive integer, or attributes that are no fields.
    """
    if cls.__module__.partition(".")[0] == _OWN:
        return
    place = f"{cls.__module__}.{cls.__qualname__}"
    name: Any = getattr(cls, "name", None)
    if not isinstance(name, str) or not _NAME.fullmatch(name) or name.split(".")[0] == _OWN:
        raise TraceError(
            f"An operation of another package cannot be called {name!r}.",
            where=place,
            expected="a name of your own: lower case, your package before a dot, such as "
            '"acme.log_odds"',
            fix=f'Write name = "{place.split(".")[0].strip("_")}.'
            f'{str(name or cls.__name__).rpartition(".")[2].lower()}".',
        )
    if type(cls.version) is not int or cls.version < 1:
        raise TraceError(
            f"Operation {name!r} has version {cls.version!r}.",
            where=place,
            expected="an integer of at least 1, raised when its results change",
        )
    known = {field.name for field in fields(cls)}
    annotations = inspect.get_annotations(cls)
    forgotten = [a for a, kind in annotations.items() if a not in known and not _is_class(kind)]
    if forgotten:
        raise TraceError(
            f"Operation {name!r} has attributes that are no fields: {', '.join(forgotten)}.",
            where=place,
            fix="Write @operation above @dataclass(frozen=True), and both above the class.",
        )


def _is_class(annotation: Any) -> bool:
    return "ClassVar" in str(annotation)


def check_attributes(op: Operation) -> None:
    """Refuse attributes that an artifact cannot hold.

    Raises:
        TraceError: Naming the attribute and what it may be.
    """
    for name, value in op.attributes().items():
        if not _is_plain(value):
            raise TraceError(
                f"Attribute {name!r} of operation {op.name!r} is {value!r:.60}, "
                "which an artifact cannot hold.",
                expected="None, a bool, int, finite float, str, bytes or ColumnType, or a tuple "
                "of these",
                fix="Give what is large or computed as an input: apply(op, x, values).",
            )


def _is_plain(value: Any) -> bool:
    if type(value) is tuple:
        return all(map(_is_plain, value))
    if type(value) is float:
        return math.isfinite(value)
    return value is None or type(value) in (bool, int, str, bytes, ColumnType)


def origin_of(cls: type[Operation]) -> Origin:
    """Which installed package declares a class, by its entry point or else by its module."""
    from importlib import metadata

    top = cls.__module__.partition(".")[0]
    for entry in _entries(cls.name):
        if entry.dist is not None and entry.module.partition(".")[0] == top:
            return Origin(entry.dist.metadata["Name"], entry.dist.version)
    named = sorted(set(metadata.packages_distributions().get(top, ())))
    if named:
        return Origin(named[0], metadata.version(named[0]))
    return Origin(None, None, cls.__module__)


def import_declared(name: str) -> None:
    """Import the module that an installed package lists for an operation, if one does.

    Raises:
        ArtifactError: If two packages list it, or the module cannot be imported.
    """
    entries = _entries(name)
    if len(entries) > 1:
        packages = ", ".join(sorted(str(_package(entry)) for entry in entries))
        raise ArtifactError(
            f"Operation {name!r} is declared by more than one package: {packages}.",
            fix="Uninstall all but the one that is meant.",
        )
    if not entries:
        return
    (entry,) = entries
    try:
        entry.load()
    except Exception as problem:
        raise ArtifactError(
            f"Operation {name!r} of {_package(entry)} cannot be imported: "
            f"{type(problem).__name__}: {problem}",
            where=f"entry point {name} = {entry.value}",
            fix=f"Try `python -c 'import {entry.module}'` and mend what it reports.",
        ) from problem


def not_installed(name: str, version: int | None, origin: Origin | None) -> ArtifactError:
    """The error for an operation of another package that is not there."""
    wanted = f"Operation {name!r}" + ("" if version is None else f" (version {version})")
    if origin is None:
        return ArtifactError(
            f"{wanted} is not installed.",
            expected=f"a package that lists it as an entry point of {ENTRY_POINTS!r}",
            fix="Install the package that declares it, or import the module that does.",
        )
    if origin.distribution is None:
        return ArtifactError(
            f"{wanted} is not known here.",
            expected=f"what declared it when it was fitted: {origin}",
            fix="Import that module first; workers and servers find an operation by themselves "
            f"where an installed package lists it as an entry point of {ENTRY_POINTS!r}.",
        )
    release = _installed_release(origin.distribution)
    if release is None:
        return ArtifactError(
            f"{wanted} is not installed.",
            expected=f"{origin}, which declares it",
            fix=f"{_pip_install(origin)}, here and on every worker.",
        )
    return ArtifactError(
        f"{wanted} is not known here, though {origin.distribution} {release} is installed.",
        expected=f"{origin}, which declares it, with an entry point of {ENTRY_POINTS!r}",
        fix=f"{_pip_install(origin)}, or import the module that declares it first.",
    )


def of_another_version(cls: type[Operation], version: int, origin: Origin | None) -> ArtifactError:
    """The error for an operation of another package that is there in another version."""
    wanted = f"version {version}" + (f", of {origin}" if origin else "")
    fix = "Install the package's release that has it, or fit again."
    if origin is not None and origin.release is not None:
        fix = f"{_pip_install(origin)}, or fit again."
    return ArtifactError(
        f"Operation {cls.name!r} is needed in version {version}; installed is version "
        f"{cls.version}, of {origin_of(cls)}.",
        expected=wanted,
        fix=fix,
    )


def _entries(name: str) -> tuple[EntryPoint, ...]:
    from importlib import metadata

    return tuple(metadata.entry_points(group=ENTRY_POINTS, name=name))


def _package(entry: EntryPoint) -> Origin:
    if entry.dist is None:
        return Origin(None, None, entry.module)
    return Origin(entry.dist.metadata["Name"], entry.dist.version)


def _installed_release(distribution: str) -> str | None:
    from importlib import metadata

    try:
        return metadata.version(distribution)
    except (metadata.PackageNotFoundError, ValueError):
        return None


def _pip_install(origin: Origin) -> str:
    return f"pip install {origin.distribution}{f'=={origin.release}' if origin.release else ''}"
