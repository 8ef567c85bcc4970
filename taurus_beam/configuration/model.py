"""The configuration of a run as a document: what is in it, its digest, and how it is read back."""

from __future__ import annotations

import json
from collections.abc import Mapping
from enum import Enum
from typing import Any, Literal

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    JsonValue,
    ValidationError,
    field_validator,
)

from taurus_beam import __version__
from taurus_beam.configuration.digest import json_digest
from taurus_beam.configuration.plain import is_secret, plain
from taurus_beam.errors import ArtifactError

__all__ = ["Configuration", "Parameter", "Source", "configured", "json_schema"]

_ID = "urn:taurus-beam:spec:configuration:1"


class Source(str, Enum):
    """Where a value came from; what stands first wins."""

    COMMAND_LINE = "command line"
    ENVIRONMENT = "environment"
    FILE = "configuration file"
    DEFAULT = "default"
    RUN = "earlier run"
    PROGRAM = "program"


class Parameter(BaseModel):
    """A value, and where it came from."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    value: JsonValue = Field(description="As the command understood it; secrets are asterisks.")
    source: Source = Field(description="Where the value came from.")


class _Content(BaseModel):
    """What a configuration says, whether or not its digest stands beside it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    format_version: Literal[1] = Field(description="The version of this form.")
    command: str = Field(min_length=1, description='What ran, such as "fit" or "schema infer".')
    parameters: dict[str, Parameter] = Field(description="Every parameter by its name.")
    taurus_beam: str = Field(description="The version of taurus_beam.")

    @field_validator("parameters", mode="before")
    @classmethod
    def _without_secrets(cls, given: Any) -> Any:
        if not isinstance(given, Mapping):
            return given
        return {plain(name): _without_secret(name, each) for name, each in given.items()}


class _Document(_Content):
    """The configuration of a run of taurus_beam: what it was told, and what told it."""

    model_config = ConfigDict(title="Configuration")

    digest: str = Field(
        pattern="^sha256:[0-9a-f]{64}$",
        description='sha256 of {"command": …, "configuration": {name: value, …}} as JSON with '
        "sorted names, without blanks, in ASCII: not of the sources, nor of the version.",
    )


class Configuration(_Content):
    """Every parameter of a run. It cannot be changed and holds no passwords; see `configured`.

    Example:
        >>> first = configured("fit", {"input": ["a.csv"], "overwrite": False})
        >>> told = {"overwrite": Source.DEFAULT, "input": Source.ENVIRONMENT}
        >>> again = configured("fit", {"overwrite": False, "input": ["a.csv"]}, told)
        >>> first.digest == again.digest, first == again
        (True, False)
        >>> Configuration.from_json(first.to_json()) == first
        True
    """

    @property
    def digest(self) -> str:
        """``sha256:…``: equal for equal command and values, wherever these came from."""
        return json_digest({"command": self.command, "configuration": self.values})

    @property
    def values(self) -> dict[str, Any]:
        """The values by name."""
        return {name: each.value for name, each in self.parameters.items()}

    @property
    def sources(self) -> dict[str, str]:
        """Where each came from, by name."""
        return {name: each.source.value for name, each in self.parameters.items()}

    def to_json(self) -> str:
        """The document, as `docs/spec/configuration.v1.json` describes it."""
        document = _Document(**dict(self), digest=self.digest)
        return document.model_dump_json(indent=2) + "\n"

    @classmethod
    def from_json(cls, text: str, where: str = "the configuration") -> Configuration:
        """Read a document back.

        Args:
            text: What `to_json` gave.
            where: What to call it in an error.

        Raises:
            ArtifactError: If it is damaged, changed or of another version, naming the key.
        """
        try:
            document = _Document.model_validate_json(text)
        except ValidationError as problem:
            first = problem.errors()[0]
            key = ".".join(map(str, first["loc"])) or "the document"
            raise ArtifactError(
                f"This is no configuration: {key}: {first['msg']}.",
                where=where,
                expected="what taurus_beam wrote, in a version of its form that is known",
            ) from problem
        found = cls(**{name: getattr(document, name) for name in cls.model_fields})
        if found.digest != document.digest:
            raise ArtifactError(
                "The configuration was changed: its digest is not that of what it says.",
                where=where,
                expected=found.digest,
            )
        return found


def configured(
    command: str,
    values: Mapping[str, Any],
    sources: Mapping[str, Source] | None = None,
    taurus_beam: str = __version__,
) -> Configuration:
    """The configuration of a run.

    Args:
        command: What runs.
        values: The parameters' values; what is no JSON is taken as its text.
        sources: Where they came from, by name; a program, where that is not told.
        taurus_beam: The version that ran.
    """
    known = sources or {}
    parameters = {
        name: Parameter(value=plain(value), source=known.get(name, Source.PROGRAM))
        for name, value in values.items()
    }
    return Configuration(
        format_version=1, command=command, parameters=parameters, taurus_beam=taurus_beam
    )


def json_schema() -> dict[str, Any]:
    """The JSON Schema of the document."""
    described = _Document.model_json_schema(mode="serialization")
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": _ID,
        **described,
        "examples": [json.loads(_example().to_json())],
    }


def _example() -> Configuration:
    told = {"input": Source.COMMAND_LINE, "overwrite": Source.DEFAULT}
    return configured("fit", {"input": ["trips.parquet"], "overwrite": False}, told, "0.1.0")


def _without_secret(name: str, given: Any) -> Any:
    known = given.model_dump() if isinstance(given, Parameter) else given
    if not isinstance(known, Mapping) or "value" not in known:
        return given
    value = plain(known["value"])
    return {**known, "value": "***" if is_secret(name) and value is not None else value}
