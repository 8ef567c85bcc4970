"""What a `fit` reads: files, or spans with a cache; told by options that exclude each other."""

from __future__ import annotations

from collections.abc import Sequence

from taurus_beam.cli.pairs import pairs
from taurus_beam.io import Source
from taurus_beam.runners.analysis import InSpans
from taurus_beam.runners.options_error import OptionsError

__all__ = ["data_named", "patterns_of"]

_EITHER = "--input PATTERN, or --cache DIR with --span NAME=PATTERN for each part of the data"


def data_named(
    inputs: Sequence[str] | None,
    cache: str | None,
    spans: Sequence[str] | None,
    format: str | None,
    skip_bad_files: bool = False,
) -> Source | InSpans:
    """The data that the options of a command line name.

    Raises:
        OptionsError: If they do not go together, or a span has no name or no pattern.

    Example:
        >>> data_named(["trips/*.csv"], None, None, None)
        Source('trips/*.csv')
        >>> data_named(None, "cache", ["mon=trips/mon.csv"], None)
        InSpans(spans={'mon': Source('trips/mon.csv')}, cache_dir='cache')
    """
    if cache and skip_bad_files:
        raise OptionsError(
            "--skip-bad-files and --cache do not go together: what is kept of a span is of all "
            "of its files.",
            fix="Leave one of them out.",
        )
    if spans and cache and not inputs:
        named = pairs(spans, "--span", "NAME=PATTERN")
        return InSpans({n: Source(each, format=format) for n, each in named.items()}, cache)
    if inputs and not spans and not cache:
        return Source(inputs, format=format, skip_bad_files=skip_bad_files)
    if inputs:
        what = f"--input and {'--span' if spans else '--cache'} do not go together."
        fix = "Give all files as spans, or leave out " + " and ".join(
            option for option, value in (("--cache", cache), ("--span", spans)) if value
        )
    elif cache:
        what, fix = "--cache needs the data in spans.", "Add --span NAME=PATTERN for each part"
    elif spans:
        what, fix = "--span needs a cache.", "Add --cache DIR, or give the files with --input"
    else:
        what, fix = "There is nothing to read.", "Add --input PATTERN"
    raise OptionsError(what, expected=_EITHER, fix=f"{fix}.")


def patterns_of(data: Source | InSpans) -> list[str]:
    """Where the files are."""
    sources = data.spans.values() if isinstance(data, InSpans) else [data]
    return [pattern for source in sources for pattern in source.patterns]
