"""Words of the form ``NAME=VALUE``, read in one way by all commands."""

from __future__ import annotations

from collections.abc import Iterable

from taurus_beam.runners.options_error import OptionsError

__all__ = ["pair", "pairs"]


def pair(
    text: str, option: str = "", form: str = "NAME=VALUE", may_be_empty: bool = False
) -> tuple[str, str]:
    """A name and the value it is given, which may have ``=`` in it.

    Args:
        text: What was given.
        option: Where, for the message.
        form: What it should look like, for the message.
        may_be_empty: Whether there may be no value after the ``=``.

    Raises:
        OptionsError: If it is of another form.

    Example:
        >>> pair("flights=gs://data/day=1")
        ('flights', 'gs://data/day=1')
        >>> pair("flights", "--model", "NAME=DIR")
        Traceback (most recent call last):
        taurus_beam.runners.options_error.OptionsError: 'flights' is not of the form NAME=DIR.
          where:    --model flights
    """
    name, equals, value = text.partition("=")
    if not (name and equals and (value or may_be_empty)):
        where = f"{option} {text}" if option else None
        raise OptionsError(f"{text!r} is not of the form {form}.", where=where)
    return name, value


def pairs(
    texts: Iterable[str], option: str, form: str = "NAME=VALUE", may_be_empty: bool = False
) -> dict[str, str]:
    """Values by name, each name given once.

    Raises:
        OptionsError: If a text is of another form, or a name is given twice.

    Example:
        >>> pairs(["train=0.8", "test=0.2"], "--ratio")
        {'train': '0.8', 'test': '0.2'}
    """
    found: dict[str, str] = {}
    for text in texts:
        name, value = pair(text, option, form, may_be_empty)
        if name in found:
            raise OptionsError(
                f"{name!r} is given twice.",
                where=f"{option} {name}={found[name]} and {text}",
                expected=f"{form}, once for each name",
            )
        found[name] = value
    return found
