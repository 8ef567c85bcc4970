"""What a failed pipeline means: one error of ours out of whatever a runner makes of it.

A runner may raise our error again with the step's name added, or know it only as text in a worker's
traceback.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from taurus_beam import errors
from taurus_beam.errors import EngineError, TaurusError

__all__ = ["meaning", "was_interrupted"]

_STEP = re.compile(r" \[while running '([^\n]*?)'\]")
_OURS = re.compile(
    r"taurus_beam\.errors\.(?P<kind>\w+): (?P<text>.*?)"
    r"(?= \[while running |\n\n|\n\s+at |\n\S*Traceback |\Z)",
    re.DOTALL,
)
# How a Python traceback ends; Java names its own exceptions in the same way.
_RAISED = re.compile(r"^(?!java|org\.|com\.)[\w.]+(?:Error|Exception|Interrupt|Exit)\b", re.M)
_PART = re.compile(r"  (where|expected|fix): +(.*)")


def meaning(failure: BaseException, runner: str) -> TaurusError:
    """The error to tell the user about.

    Args:
        failure: What running the pipeline raised.
        runner: The runner's name.

    Returns:
        The `TaurusError` that it is, as a worker raised it; where it is none, an `EngineError`
        that quotes it.

    Example:
        >>> text = "Traceback ...\\ntaurus_beam.errors.DataError: Bad.\\n  where:    a.csv"
        >>> print(repr(meaning(RuntimeError(text + " [while running 'Read']"), "FnApiRunner")))
        DataError('Bad.\\n  where:    a.csv')
    """
    text = str(failure)
    if isinstance(failure, TaurusError):
        return parsed(type(failure), _STEP.split(text)[0]) if _STEP.search(text) else failure
    ours = _OURS.match(text, _last_raised(text))
    if ours:
        return parsed(getattr(errors, ours["kind"], EngineError), ours["text"])
    return _foreign(failure, runner)


def was_interrupted(failure: BaseException) -> bool:
    """Whether the user stopped it (Ctrl-C), whatever a worker made of that.

    Example:
        >>> was_interrupted(RuntimeError("KeyboardInterrupt [while running 'Read']"))
        True
    """
    return any(
        isinstance(each, KeyboardInterrupt) or str(each).startswith("KeyboardInterrupt")
        for each in _chain(failure)
    )


def parsed(kind: type[TaurusError], text: str) -> TaurusError:
    """The error that printed as this text.

    Example:
        >>> parsed(errors.DataError, "No file.\\n  where:    x.csv\\n  fix:      Look.").fix
        'Look.'
    """
    parts: dict[str, str] = {"what": ""}
    current = "what"
    for line in text.rstrip().split("\n"):
        match = _PART.fullmatch(line)
        if match:
            current = match[1]
            parts[current] = match[2]
        else:
            parts[current] = f"{parts[current]}\n{line}" if parts[current] else line
    return kind(
        parts["what"],
        where=parts.get("where"),
        expected=parts.get("expected"),
        fix=parts.get("fix"),
    )


def _chain(failure: BaseException) -> Iterator[BaseException]:
    """An exception and those it came from, the last one first."""
    seen: set[int] = set()
    each: BaseException | None = failure
    while each is not None and id(each) not in seen:
        seen.add(id(each))
        yield each
        each = each.__cause__ or each.__context__


def _last_raised(text: str) -> int:
    """Where the last exception in a traceback, which is the one that came out, begins."""
    return max((match.start() for match in _RAISED.finditer(text)), default=0)


def _foreign(failure: BaseException, runner: str) -> EngineError:
    text = str(failure) or type(failure).__name__
    step = _STEP.search(text)
    return EngineError(
        f"{runner} could not run the pipeline: {_essence(text)}",
        where=f"step {step[1]!r}" if step else None,
        fix="Run it again with --debug to see all that the runner tells.",
    )


def _essence(text: str) -> str:
    """A message without the traceback it may bring along."""
    text = _STEP.sub("", text).strip()
    if "Traceback (most recent call last)" not in text:
        return text
    return text[_last_raised(text) :].partition("\n")[0]
