"""The words of ``taurus-beam serve`` that have a form of their own, read without the server."""

from __future__ import annotations

from dataclasses import dataclass

import typer

from taurus_beam.cli.pairs import pair
from taurus_beam.runners.options_error import OptionsError

__all__ = ["Followed", "Named", "Shared", "followed", "named", "share", "shared"]


@dataclass(frozen=True)
class Named:
    """``NAME=VALUE``: a model's artifact, or its version."""

    name: str
    value: str

    def __str__(self) -> str:
        return f"{self.name}={self.value}"


@dataclass(frozen=True)
class Followed:
    """``NAME`` or ``NAME=FILE``: a model behind a transform; no file for one in its folder."""

    name: str
    file: str | None

    def __str__(self) -> str:
        return self.name if self.file is None else f"{self.name}={self.file}"


@dataclass(frozen=True)
class Shared:
    """``NAME=VERSION:SHARE``."""

    name: str
    version: str
    share: float

    def __str__(self) -> str:
        return f"{self.name}={self.version}:{self.share}"


def named(text: str) -> Named:
    """A pair; typer.BadParameter if it is none.

    Example:
        >>> named("flights=models/flights")
        Named(name='flights', value='models/flights')
    """
    try:
        return Named(*pair(text))
    except OptionsError as problem:
        raise typer.BadParameter(problem.what) from None


def followed(text: str) -> Followed:
    """A name with a file or without; typer.BadParameter if it is none.

    Example:
        >>> followed("flights"), followed("flights=late.onnx")
        (Followed(name='flights', file=None), Followed(name='flights', file='late.onnx'))
    """
    if "=" not in text and text:
        return Followed(text, None)
    model = named(text)
    return Followed(model.name, model.value)


def shared(text: str) -> Shared:
    """A version and its share; typer.BadParameter if it is none.

    Example:
        >>> shared("flights=2:5%")
        Shared(name='flights', version='2', share=0.05)
    """
    model = named(text)
    version, colon, part = model.value.rpartition(":")
    if not (version and colon):
        raise typer.BadParameter(f"{text!r} is not of the form NAME=VERSION:SHARE.")
    return Shared(model.name, version, share(part))


def share(text: str) -> float:
    """A share, 0 to 1 or in percent; typer.BadParameter if it is none.

    Example:
        >>> share("0.25"), share("25%")
        (0.25, 0.25)
    """
    try:
        value = float(text.removesuffix("%")) / (100 if text.endswith("%") else 1)
    except ValueError:
        value = -1.0
    if not 0 <= value <= 1:
        raise typer.BadParameter(f"{text!r} is no share.", param_hint="such as 5% or 0.05")
    return value
