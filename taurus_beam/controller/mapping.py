"""Which components run on which data: a mapping from the names of data, or a list for all."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, TypeAlias, TypeVar

from taurus_beam.controller.components import Comparison, Component
from taurus_beam.errors import EngineError

__all__ = ["Components", "Pair", "comparisons_of", "components_of", "named"]

C = TypeVar("C", bound=Component)
Components: TypeAlias = "Sequence[C] | Mapping[str, Sequence[C]]"
Pair: TypeAlias = tuple[str, str]
"""The names of the data, and of those that they are compared with."""


def components_of(asked: Any, kind: type[C], data: str, what: str) -> list[C]:
    """The components that run on data of a name.

    Args:
        asked: What the user's class says: a sequence for all data, or one by name.
        kind: What they have to be.
        data: The name.
        what: What the user's class calls them.

    Raises:
        EngineError: There is something else among them.
    """
    chosen = asked.get(data, ()) if isinstance(asked, Mapping) else asked
    return _checked(chosen, kind, what)


def comparisons_of(asked: Any, data: str, reference: str) -> list[tuple[Pair, Comparison]]:
    """The comparisons that data of a name take part in, with what they are compared with.

    Args:
        asked: A sequence, for any data against the reference; or by name of the data, or by a
            pair of names.
        data: The name.
        reference: The name of the reference where only the data are named.

    Raises:
        EngineError: There is something else among them.
    """
    if not isinstance(asked, Mapping):
        pairs: Iterable[tuple[Any, Any]] = [(data, asked)]
    else:
        pairs = asked.items()
    found: list[tuple[Pair, Comparison]] = []
    for names, chosen in pairs:
        pair = (names, reference) if isinstance(names, str) else tuple(names)
        if len(pair) != 2 or not all(isinstance(name, str) for name in pair):
            raise EngineError(
                f"Comparisons are asked for of {names!r}.",
                where="comparisons",
                expected='the name of data, such as "eval", or of two, as ("test", "train")',
            )
        each = _checked(chosen, Comparison, "comparisons")  # type: ignore[type-abstract]  # a kind, to check by
        if pair[0] == data and pair[0] != pair[1]:
            found += [((pair[0], pair[1]), comparison) for comparison in each]
    return found


def named(components: Iterable[C]) -> list[tuple[str, C]]:
    """Components with their names; of several of one name, the later ones numbered.

    Example:
        >>> from taurus_beam.controller import Rows, SchemaFit
        >>> [name for name, _ in named([SchemaFit(), Rows(), Rows(0.1)])]
        ['schema_fit', 'rows', 'rows_2']
    """
    counts: dict[str, int] = {}
    found = []
    for each in components:
        name = each.name
        counts[name] = counts.get(name, 0) + 1
        found.append((name if counts[name] == 1 else f"{name}_{counts[name]}", each))
    return found


def _checked(chosen: Any, kind: type[C], what: str) -> list[C]:
    components: list[Any] = [chosen] if isinstance(chosen, Component) else list(chosen)
    for each in components:
        if not isinstance(each, kind):
            raise EngineError(
                f"{each!r} is no {kind.__name__}.",
                where=what,
                expected=f"instances of classes that extend {kind.__module__}.{kind.__name__}",
                fix="Make an instance of it: a class alone is none."
                if isinstance(each, type)
                else None,
            )
    return components
