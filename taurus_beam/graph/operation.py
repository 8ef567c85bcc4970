"""What an operation is, and the register of all that exist.

An operation is a frozen dataclass: its name and version, its attributes as fields, a type
rule (`infer`), a batch kernel, a row kernel and an ONNX form. Registering it makes it traceable,
serialisable and executable. Modules that declare operations are imported when one of theirs is
first asked for, so that serving loads only what its artifact needs; see `extensions` for those of
other packages.
"""

from __future__ import annotations

import dataclasses
import importlib
from collections.abc import Callable, Hashable, Mapping, Sequence
from typing import Any, ClassVar, TypeVar

from taurus_beam.errors import ArtifactError, EngineError, TraceError
from taurus_beam.graph.extensions import (
    Origin,
    check_declaration,
    import_declared,
    is_foreign,
    not_installed,
    of_another_version,
)
from taurus_beam.graph.types import ValueType
from taurus_beam.graph.values import Values

__all__ = [
    "BatchFunction",
    "Domain",
    "Operation",
    "RowFunction",
    "homes",
    "operation",
    "operation_named",
    "operations",
]

BatchFunction = Callable[..., Values]
RowFunction = Callable[..., Any]


@dataclasses.dataclass(frozen=True)
class Domain:
    """Which integers a result can be, for the output schema.

    Attributes:
        low: The least value.
        high: The greatest; None where only a vocabulary's size decides it.
        of_vocabulary: The greatest is at least the vocabulary's size - 1 + ``extra``.
        extra: Ids after the vocabulary's.
    """

    low: int
    high: int | None
    of_vocabulary: bool = False
    extra: int = 0


@dataclasses.dataclass(frozen=True)
class Operation:
    """One kind of node. Subclasses declare ``name`` and the four rules below.

    Attributes:
        name: What it is called in an artifact; never reused for another meaning.
        version: Raised when its results change; an artifact names the version it was made with.
        null_in_null_out: A missing input gives a missing output, and so does a missing element
            where each element of the output is that of one place.
        grows: A row of the result can be larger than its inputs by more than a constant factor,
            so that a few such nodes in a row can fill any memory; see `graph.budget`.
        no_onnx: Why `onnx` refuses, where an operation has no ONNX form.
    """

    name: ClassVar[str]
    version: ClassVar[int] = 1
    null_in_null_out: ClassVar[bool] = True
    grows: ClassVar[bool] = False
    no_onnx: ClassVar[str] = ""

    @property
    def called(self) -> str:
        """What users call it, for messages."""
        return self.name

    def infer(self, *types: ValueType) -> ValueType:
        """The type of the result; TraceError where the inputs' types do not fit."""
        raise TraceError(f"Operation {self.name!r} has no type rule.")

    def batch(self, *types: ValueType) -> BatchFunction:
        """The kernel for inputs of these types: ``(rows, *inputs) -> Values``."""
        raise TraceError(f"Operation {self.name!r} cannot be applied to rows.")

    def row(self, *types: ValueType) -> RowFunction:
        """A function of one row's Python values that equals `batch` bit for bit.

        Where `row_skips_missing`, it is only called with present values.
        """
        raise TraceError(f"Operation {self.name!r} cannot be applied to a row.")

    def row_skips_missing(self, *types: ValueType) -> bool:
        """Whether a missing argument makes the row's result missing without calling `row`."""
        return self.null_in_null_out

    def onnx(self, build: Any, *inputs: Any) -> Any:
        """The same in ONNX: what `build` writes for inputs that are already written.

        Args:
            build: Writes ONNX operators (`taurus_beam.onnx.builder.Builder`).
            inputs: A `taurus_beam.graph.lowered.Lowered` for each input, or a `Vocabulary`.

        Returns:
            A `Lowered` that equals `batch`.

        Raises:
            EngineError: If there is no ONNX form, for these inputs or at all.
        """
        why = self.no_onnx or "none was written"
        raise EngineError(f"{self.called!r} has no ONNX form: {why}.")

    def domain(self, *types: ValueType) -> Domain | None:
        """The categories that the result's integers are, where they are categories."""
        return None

    def key(self) -> Hashable:
        """Equal for operations that compute the same from the same inputs."""
        return (self.name, self.version, *(getattr(self, f.name) for f in dataclasses.fields(self)))

    def attributes(self) -> dict[str, Any]:
        """The fields by name, as they are written to an artifact."""
        return {f.name: getattr(self, f.name) for f in dataclasses.fields(self)}

    @classmethod
    def from_attributes(cls, attributes: Mapping[str, Any]) -> Operation:
        """The operation that `attributes` describes."""
        return cls(**attributes)


_REGISTER: dict[str, type[Operation]] = {}
_HOMES: dict[str, str] = {}

Declared = TypeVar("Declared", bound=type[Operation])


def operation(cls: Declared) -> Declared:
    """Register an operation class under its name (decorator).

    Raises:
        TraceError: If another class has the name, or a class of another package has none of its
            own: "acme.log_odds".
    """
    if not (isinstance(cls, type) and issubclass(cls, Operation)):
        raise TraceError(f"{cls!r:.80} is no Operation class.", fix="Decorate a subclass of it.")
    check_declaration(cls)
    known = _REGISTER.get(cls.name)
    if known is not None and (known.__module__, known.__qualname__) != (
        cls.__module__,
        cls.__qualname__,
    ):
        raise TraceError(
            f"Two operations are called {cls.name!r}: {known.__module__}.{known.__qualname__} "
            f"and {cls.__module__}.{cls.__qualname__}.",
            fix="Give one of them another name.",
        )
    _REGISTER[cls.name] = cls
    return cls


def homes(package: str, modules: Mapping[str, Sequence[str]]) -> None:
    """Say which operations each module of a package declares."""
    for module, names in modules.items():
        _HOMES.update(dict.fromkeys(names, f"{package}.{module}"))


def operations() -> Mapping[str, type[Operation]]:
    """All operations of this package by name, their modules imported."""
    for home in dict.fromkeys(_HOMES.values()):
        importlib.import_module(home)
    return {name: cls for name, cls in sorted(_REGISTER.items()) if not is_foreign(name)}


def operation_named(
    name: str, version: int | None = None, origin: Origin | None = None
) -> type[Operation]:
    """The operation of a name; ArtifactError where it or its version is unknown.

    Args:
        name: As in an artifact.
        version: Which version is needed; None for any.
        origin: The package that declared it where it is another's, for messages.
    """
    if name not in _REGISTER:
        if name in _HOMES:
            importlib.import_module(_HOMES[name])
        elif is_foreign(name):
            import_declared(name)
    cls = _REGISTER.get(name)
    if is_foreign(name):
        if cls is None:
            raise not_installed(name, version, origin)
        if version is not None and version != cls.version:
            raise of_another_version(cls, version, origin)
        return cls
    if cls is None:
        raise ArtifactError(
            f"Unknown operation {name!r}.",
            expected=f"one of: {', '.join(operations())}",
            fix="Install the package (or the newer taurus_beam) that defines it.",
        )
    if version is not None and version != cls.version:
        raise ArtifactError(
            f"Operation {name!r} is needed in version {version}; installed is {cls.version}.",
            fix="Use the taurus_beam that wrote the artifact, or fit again.",
        )
    return cls
