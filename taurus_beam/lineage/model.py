"""What the store holds, in the words of ML Metadata: artifacts, executions, contexts and events.

Plain data with MLMD's names of types and states; how they are stored is not this file's matter.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

__all__ = [
    "Artifact",
    "ArtifactState",
    "Context",
    "Event",
    "EventType",
    "Execution",
    "ExecutionState",
    "Use",
]


class ArtifactState(str, Enum):
    """MLMD's ``Artifact.State``."""

    UNKNOWN = "UNKNOWN"
    PENDING = "PENDING"
    LIVE = "LIVE"
    MARKED_FOR_DELETION = "MARKED_FOR_DELETION"
    DELETED = "DELETED"
    ABANDONED = "ABANDONED"
    REFERENCE = "REFERENCE"


class ExecutionState(str, Enum):
    """MLMD's ``Execution.State``."""

    UNKNOWN = "UNKNOWN"
    NEW = "NEW"
    RUNNING = "RUNNING"
    COMPLETE = "COMPLETE"
    FAILED = "FAILED"
    CACHED = "CACHED"
    CANCELED = "CANCELED"


class EventType(str, Enum):
    """MLMD's ``Event.Type``, of which INPUT and OUTPUT lead from artifact to artifact."""

    UNKNOWN = "UNKNOWN"
    DECLARED_OUTPUT = "DECLARED_OUTPUT"
    DECLARED_INPUT = "DECLARED_INPUT"
    INPUT = "INPUT"
    OUTPUT = "OUTPUT"
    INTERNAL_INPUT = "INTERNAL_INPUT"
    INTERNAL_OUTPUT = "INTERNAL_OUTPUT"
    PENDING_OUTPUT = "PENDING_OUTPUT"


@dataclass(frozen=True)
class Artifact:
    """A thing that is read or written, known by the digest of its content.

    Attributes:
        type: What it is: "Data", "TransformFn", "Schema", …
        digest: ``sha256:…`` of its content, or ``listing:…`` of what its file system tells of it.
        uri: Where it was when it was first met, absolute; empty for what lies nowhere.
        properties: What else is known of it, as JSON data.
        state: Whether it can still be expected to be there.
        id: The store's number for it; None before it is stored. So for the other classes.
        created: When it was first met, in milliseconds since 1970, UTC.
        updated: When it was last changed in the store, likewise.
    """

    type: str
    digest: str
    uri: str = ""
    properties: Mapping[str, Any] = field(default_factory=dict)
    state: ArtifactState = ArtifactState.LIVE
    id: int | None = None
    created: int = 0
    updated: int = 0


@dataclass(frozen=True)
class Execution:
    """A run of something that reads and writes artifacts.

    Attributes:
        type: What ran, such as "fit".
        name: Its id: 32 hexadecimal digits.
        state: How far it is, as the run itself told last.
        properties: Command line, configuration, versions, process, error, … as JSON data.
        id: As of artifacts.
        created: When it began, in milliseconds since 1970, UTC.
        updated: When the run was last heard of, likewise: its end, once it has ended.
    """

    type: str
    name: str
    state: ExecutionState = ExecutionState.RUNNING
    properties: Mapping[str, Any] = field(default_factory=dict)
    id: int | None = None
    created: int = 0
    updated: int = 0


@dataclass(frozen=True)
class Context:
    """What groups executions and artifacts: a project, a pipeline.

    Attributes:
        type: The kind of group.
        name: Unique among those of its type.
        properties: As JSON data.
        id: As of artifacts.
        created: When it was first met, in milliseconds since 1970, UTC.
    """

    type: str
    name: str
    properties: Mapping[str, Any] = field(default_factory=dict)
    id: int | None = None
    created: int = 0


@dataclass(frozen=True)
class Event:
    """That an execution read or wrote an artifact.

    Attributes:
        artifact: The artifact's number in the store.
        execution: The execution's.
        type: Which of the two.
        key: As what: the option or parameter that named it.
        index: The how many-th of it.
        given: The path as the user wrote it.
        uri: The same, absolute.
        time: When, in milliseconds since 1970, UTC.
    """

    artifact: int
    execution: int
    type: EventType
    key: str
    index: int
    given: str
    uri: str
    time: int


@dataclass(frozen=True)
class Use:
    """An artifact about to be stored with the event that tells as what it was read or written.

    Attributes:
        artifact: What it is.
        key: As of `Event`.
        index: As of `Event`.
        given: As of `Event`.
    """

    artifact: Artifact
    key: str
    index: int = 0
    given: str = ""
