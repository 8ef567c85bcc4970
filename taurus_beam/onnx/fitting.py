"""Whether a model can take outputs of a transform: by their names, types and widths.

Asked before a model is merged with its features, and before a server puts one behind them; of what
it is asked it knows only a description, neither protos nor a session.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TypeAlias

from taurus_beam.errors import EngineError

__all__ = ["FLOATS", "Offered", "Widths", "becomes_matrix", "check_fit", "no_such_output"]

Widths: TypeAlias = list[int | None]
"""The sizes behind the rows, None for one that is open."""

FLOATS = ("float", "double", "float16")
"""Elements of which a missing one is NaN, by ONNX's names."""


@dataclass(frozen=True)
class Offered:
    """An output as a model could take it.

    Attributes:
        element: ONNX's name of its element type, such as ``float`` or ``int64``.
        widths: The sizes behind its rows.
        ragged: Whether it has rows of different lengths.
        nullable: Whether it is known that it may be missing.
    """

    element: str
    widths: Widths
    ragged: bool = False
    nullable: bool = False


def check_fit(
    name: str,
    element: str,
    widths: Widths | None,
    outputs: Mapping[str, Offered],
    where: str | None = None,
) -> None:
    """Refuse an input of a model that the output of its name does not fit.

    Args:
        name: The input.
        element: ONNX's name of the type that it takes.
        widths: The sizes that it takes behind the rows; None where it says nothing about them.
        outputs: The outputs by name.
        where: The model's file, if it is known.

    Raises:
        EngineError: If there is no such output, or one of another type or width, or a ragged one,
            or one that may be missing and is no float.
    """
    found = outputs.get(name)
    if found is None:
        raise no_such_output(name, outputs, where)
    if element != found.element:
        raise EngineError(
            f"The model takes {name!r} as {element}, and the output is {found.element}.",
            where=where,
            fix="Cast the output in the preprocessing function: tb.cast(x, dtype).",
        )
    if found.nullable and element not in FLOATS:
        raise EngineError(
            f"Output {name!r} may be missing, which the model would take for a value.",
            where=where,
            fix="Fill it in the preprocessing function (tb.fill_null), or say that the columns "
            "it comes from are never missing (required).",
        )
    if found.ragged:
        raise EngineError(
            f"Output {name!r} is of ragged lists, which the model cannot tell from their padding.",
            where=where,
            fix="Give the lists a fixed length: tb.to_dense(x, size).",
        )
    if widths is not None and not _fits(widths, found.widths):
        raise EngineError(
            f"The model takes {name!r} with {_shown(widths)}, "
            f"and the output has {_shown(found.widths)}.",
            where=where,
            fix="Put the columns that the model was trained with in one output: tb.stack([...]).",
        )


def no_such_output(name: str, outputs: Iterable[str], where: str | None = None) -> EngineError:
    """The error for an input of a model that is named like no output."""
    return EngineError(
        f"The model takes {name!r}, and there is no such output.",
        where=where,
        expected=f"inputs named like outputs: {', '.join(outputs)}",
        fix=f"Call the output {name!r}; columns are put side by side by tb.stack([...]).",
    )


def becomes_matrix(wanted: Widths | None, found: Widths) -> bool:
    """Whether one value a row is given to a model as a matrix of one column.

    Example:
        >>> becomes_matrix([1], []), becomes_matrix([], []), becomes_matrix([2], [2])
        (True, False, False)
    """
    return not found and wanted in ([1], [None])


def _fits(wanted: Widths, found: Widths) -> bool:
    return becomes_matrix(wanted, found) or (
        len(wanted) == len(found)
        and all(w is None or f is None or w == f for w, f in zip(wanted, found, strict=True))
    )


def _shown(widths: Widths) -> str:
    return f"rows of {'×'.join(str(w or '?') for w in widths)}" if widths else "one value a row"
