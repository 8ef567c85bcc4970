"""Which components run on which data: a mapping from the names of data, or a list for all."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, TypeAlias, TypeVar

from taurus_beam.controller.components import Component
from taurus_beam.errors import EngineError

__all__ = ["check_components", "comparisons_of", "components_of", "named"]

C = TypeVar("C", bound=Component)
Pair: TypeAlias = tuple[str, str]
"""The names of the data, and of those that they are compared with."""


def components_of(asked: Any, data: str) -> list[Any]:
    """The components that run on data of a name.

    Args:
        asked: What the user's class says: a sequence for all data, or one by name.
        data: The name.
    """
    return _listed(asked.get(data, ()) if isinstance(asked, Mapping) else asked)


def comparisons_of(asked: Any, data: str, reference: str) -> list[tuple[Pair, Any]]:
    """The comparisons that data of a name take part in, with what they are compared with.

    Args:
        asked: A sequence, for any data against the reference; or by name of the data, or by a
            pair of names.
        data: The name.
        reference: The name of the reference where only the data are named.
    """
    by_name = asked.items() if isinstance(asked, Mapping) else [(data, asked)]
    found = []
    for names, chosen in by_name:
        first, other = (names, reference) if isinstance(names, str) else names
        if first == data and first != other:
            found += [((first, other), comparison) for comparison in _listed(chosen)]
    return found


def check_components(asked: Any, kind: type[Component], what: str, pairs: bool = False) -> None:
    """Refuses what is no mapping of data to components.

    Args:
        asked: What the user's class says.
        kind: What all of them have to be.
        what: What the user's class calls them.
        pairs: Whether a pair of names may stand for one.

    Raises:
        EngineError: A name is none, or there is something else among the components.
    """
    for names, chosen in asked.items() if isinstance(asked, Mapping) else [("", asked)]:
        is_pair = isinstance(names, tuple) and len(names) == 2 and pairs
        if not is_pair and not isinstance(names, str):
            raise EngineError(
                f"There are components for {names!r}.",
                where=what,
                expected='the name of data, such as "eval"'
                + (', or of two, as ("test", "train")' if pairs else ""),
            )
        for each in _listed(chosen):
            _check(each, kind, what)


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


def _listed(chosen: Any) -> list[Any]:
    if isinstance(chosen, Sequence) and not isinstance(chosen, str):
        return list(chosen)
    return [chosen]


def _check(component: Any, kind: type[Component], what: str) -> None:
    if not isinstance(component, kind):
        raise EngineError(
            f"{component!r} is no {kind.__name__}.",
            where=what,
            expected=f"instances of classes that extend {kind.__module__}.{kind.__name__}",
            fix="Make an instance of it: a class alone is none."
            if isinstance(component, type)
            else None,
        )
