"""The store: what is written of a run while it goes on, and how all of it is found again.

Transactions are as short as one step of a run. What two writers store at the same time is both
kept; an artifact that both have met is stored once.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, Row, Select, Table, and_, func, or_, select

from taurus_beam.configuration.plain import plain
from taurus_beam.lineage import tables as t
from taurus_beam.lineage.database import Database
from taurus_beam.lineage.model import (
    Artifact,
    ArtifactState,
    Context,
    Event,
    EventType,
    Execution,
    ExecutionState,
    Use,
)

__all__ = ["LineageStore"]

_AT_ONCE = 500


class LineageStore:
    """Artifacts, executions, contexts and events in a database.

    Args:
        url: The path of a SQLite file, or a URL (``sqlite:///PATH``, ``postgresql://HOST/NAME``).
            Tables are created where there are none.

    Attributes:
        shown: The URL without a password.

    Raises:
        EngineError: If it cannot be reached, or is of another version. So does every method.

    Example:
        >>> import tempfile
        >>> store = LineageStore(tempfile.mkdtemp() + "/lineage.sqlite")
        >>> run = store.begin(Execution("fit", "00ff"))
        >>> raw = Use(Artifact("Data", "sha256:ab", "/data/trips.csv"), "input")
        >>> made = Use(Artifact("TransformFn", "sha256:cd", "/data/fn"), "output")
        >>> store.record(run, EventType.INPUT, [raw])
        >>> store.record(run, EventType.OUTPUT, [made])
        >>> store.end(run, ExecutionState.COMPLETE, {"seconds": 2.5})
        >>> [(e.type, e.state.value) for e in store.executions()]
        [('fit', 'COMPLETE')]
        >>> store.artifacts_of_digest("cd")[0].uri
        '/data/fn'
    """

    def __init__(self, url: str) -> None:
        self._database = Database(url)
        self.shown = self._database.shown

    def close(self) -> None:
        """Close its connections."""
        self._database.close()

    # what a run writes

    def begin(self, execution: Execution, contexts: Sequence[Context] = ()) -> int:
        """Store an execution that begins now; its number.

        Args:
            execution: Its name must be new.
            contexts: What it belongs to.
        """
        now = _now()
        with self._database.writing() as connection:
            row = {
                "type_id": self._type(connection, "execution", execution.type),
                "name": execution.name,
                "state": execution.state.value,
                "properties": plain(execution.properties),
                "created": now,
                "updated": now,
            }
            inserted: Any = connection.execute(t.executions.insert(), row).inserted_primary_key
            number: int = inserted[0]
            for context in contexts:
                row = {
                    "execution_id": number,
                    "context_id": self._context(connection, context, now),
                }
                self._add(connection, t.associations, [row])
        return number

    def record(self, execution: int, type: EventType, uses: Iterable[Use]) -> None:
        """Store that an execution read or wrote artifacts, which belong to its contexts then."""
        uses = list(uses)
        if not uses:
            return
        # In one order for all writers: two that wait for each other would wait for ever.
        artifacts = sorted((use.artifact for use in uses), key=lambda artifact: artifact.digest)
        now = _now()
        with self._database.writing() as connection:
            numbers = self._artifacts(connection, artifacts, now)
            rows = [
                {
                    "artifact_id": numbers[use.artifact.digest],
                    "execution_id": execution,
                    "type": type.value,
                    "key": use.key,
                    "index": use.index,
                    "given": plain(use.given),
                    "uri": plain(use.artifact.uri),
                    "time": now,
                }
                for use in uses
            ]
            connection.execute(t.events.insert(), rows)
            of_execution = t.associations.c.execution_id == execution
            contexts = connection.execute(
                select(t.associations.c.context_id).where(of_execution)
            ).scalars()
            self._add(
                connection,
                t.attributions,
                [
                    {"artifact_id": number, "context_id": context}
                    for context in contexts
                    for number in sorted(set(numbers.values()))
                ],
            )

    def beat(self, execution: int) -> None:
        """Store that an execution is still running."""
        with self._database.writing() as connection:
            change = t.executions.update().where(t.executions.c.id == execution)
            connection.execute(change.values(updated=_now()))

    def end(
        self, execution: int, state: ExecutionState, properties: Mapping[str, Any] | None = None
    ) -> None:
        """Store how an execution ended.

        Args:
            execution: Its number.
            state: What became of it.
            properties: What is to be added to its properties.
        """
        is_it = t.executions.c.id == execution
        with self._database.writing() as connection:
            known = connection.execute(select(t.executions.c.properties).where(is_it)).scalar_one()
            values = {
                "state": state.value,
                "properties": {**known, **plain(properties or {})},
                "updated": _now(),
            }
            connection.execute(t.executions.update().where(is_it).values(values))

    # what is asked

    def executions(
        self,
        *,
        numbers: Iterable[int] | None = None,
        name: str = "",
        type: str | None = None,
        context: str | None = None,
        since: int = 0,
        most: int | None = None,
    ) -> list[Execution]:
        """Executions, the newest first.

        Args:
            numbers: Only these.
            name: What the name begins with.
            type: Only of this type.
            context: Only in the context of this name.
            since: Only those that began then or later, in milliseconds since 1970, UTC.
            most: At most so many.
        """
        if numbers is not None:
            found = self._rows(_EXECUTIONS, t.executions.c.id, numbers)
            return sorted(map(_execution, found), key=lambda e: (-e.created, -(e.id or 0)))
        wanted = _EXECUTIONS.where(
            t.executions.c.name.startswith(name, autoescape=True), t.executions.c.created >= since
        )
        if type is not None:
            wanted = wanted.where(t.types.c.name == type)
        if context is not None:
            inside = (
                select(t.associations.c.execution_id)
                .join(t.contexts, t.contexts.c.id == t.associations.c.context_id)
                .where(t.contexts.c.name == context)
            )
            wanted = wanted.where(t.executions.c.id.in_(inside))
        newest = t.executions.c.created.desc(), t.executions.c.id.desc()
        with self._database.reading() as connection:
            return list(
                map(_execution, connection.execute(wanted.order_by(*newest).limit(most)).all())
            )

    def artifacts(self, numbers: Iterable[int]) -> list[Artifact]:
        """The artifacts of these numbers, in order."""
        found = self._rows(_ARTIFACTS, t.artifacts.c.id, numbers)
        return sorted(map(_artifact, found), key=lambda a: a.id or 0)

    def artifacts_of_digest(self, beginning: str) -> list[Artifact]:
        """The artifacts whose digest begins so, with or without its ``sha256:``."""
        digest = t.artifacts.c.digest
        kinds = [""] if ":" in beginning else ["sha256:", "listing:"]
        fits = [digest.startswith(kind + beginning.lower(), autoescape=True) for kind in kinds]
        with self._database.reading() as connection:
            found = connection.execute(_ARTIFACTS.where(or_(*fits)).order_by(t.artifacts.c.id))
            return list(map(_artifact, found.all()))

    def artifact_at(self, uri: str) -> Artifact | None:
        """The artifact that was last read or written at an absolute path or URL."""
        newest = select(func.max(t.events.c.id)).where(t.events.c.uri == uri).scalar_subquery()
        number = select(t.events.c.artifact_id).where(t.events.c.id == newest).scalar_subquery()
        with self._database.reading() as connection:
            found = connection.execute(_ARTIFACTS.where(t.artifacts.c.id == number)).first()
        return None if found is None else _artifact(found)

    def events_of_artifacts(
        self, numbers: Iterable[int], type: EventType | None = None
    ) -> list[Event]:
        """The events of these artifacts, in the order in which they were stored."""
        return self._events(t.events.c.artifact_id, numbers, type)

    def events_of_executions(
        self, numbers: Iterable[int], type: EventType | None = None
    ) -> list[Event]:
        """The events of these executions, in the order in which they were stored."""
        return self._events(t.events.c.execution_id, numbers, type)

    def contexts_of(self, execution: int) -> list[Context]:
        """What an execution belongs to."""
        wanted = (
            select(t.contexts, t.types.c.name.label("type"))
            .join(t.types, t.types.c.id == t.contexts.c.type_id)
            .join(t.associations, t.associations.c.context_id == t.contexts.c.id)
            .where(t.associations.c.execution_id == execution)
            .order_by(t.contexts.c.id)
        )
        with self._database.reading() as connection:
            return [
                Context(row.type, row.name, row.properties, row.id, row.created)
                for row in connection.execute(wanted).all()
            ]

    def _events(self, column: Any, numbers: Iterable[int], type: EventType | None) -> list[Event]:
        wanted = select(t.events)
        if type is not None:
            wanted = wanted.where(t.events.c.type == type.value)
        rows = sorted(self._rows(wanted, column, numbers), key=lambda row: row.id)
        return [
            Event(
                row.artifact_id,
                row.execution_id,
                EventType(row.type),
                row.key,
                row._mapping["index"],
                row.given,
                row.uri,
                row.time,
            )
            for row in rows
        ]

    def _rows(self, wanted: Select[Any], column: Any, numbers: Iterable[int]) -> list[Row[Any]]:
        numbers = sorted(set(numbers))
        found: list[Row[Any]] = []
        with self._database.reading() as connection:
            for start in range(0, len(numbers), _AT_ONCE):
                chosen = column.in_(numbers[start : start + _AT_ONCE])
                found += connection.execute(wanted.where(chosen)).all()
        return found

    def _artifacts(
        self, connection: Connection, artifacts: Sequence[Artifact], now: int
    ) -> dict[str, int]:
        """The numbers of artifacts by digest, those that are new stored."""
        names = sorted({artifact.type for artifact in artifacts})
        types = {name: self._type(connection, "artifact", name) for name in names}
        rows = {
            artifact.digest: {
                "type_id": types[artifact.type],
                "digest": artifact.digest,
                "uri": plain(artifact.uri),
                "state": artifact.state.value,
                "properties": plain(artifact.properties),
                "created": now,
                "updated": now,
            }
            for artifact in artifacts
        }
        self._add(connection, t.artifacts, list(rows.values()))
        wanted, numbers = list(rows), {}
        for start in range(0, len(wanted), _AT_ONCE):
            chosen = t.artifacts.c.digest.in_(wanted[start : start + _AT_ONCE])
            found = connection.execute(select(t.artifacts.c.digest, t.artifacts.c.id).where(chosen))
            numbers.update({row.digest: row.id for row in found})
        return numbers

    def _type(self, connection: Connection, kind: str, name: str) -> int:
        is_it = and_(t.types.c.kind == kind, t.types.c.name == name)
        return self._number(connection, t.types, {"kind": kind, "name": name}, is_it)

    def _context(self, connection: Connection, context: Context, now: int) -> int:
        type_id = self._type(connection, "context", context.type)
        name = plain(context.name)[:1024]
        row = {
            "type_id": type_id,
            "name": name,
            "properties": plain(context.properties),
            "created": now,
        }
        is_it = and_(t.contexts.c.type_id == type_id, t.contexts.c.name == name)
        return self._number(connection, t.contexts, row, is_it)

    def _number(self, connection: Connection, table: Table, row: dict[str, Any], is_it: Any) -> int:
        wanted = select(table.c.id).where(is_it)
        found = connection.execute(wanted).scalar()
        if found is None:
            self._add(connection, table, [row])
            found = connection.execute(wanted).scalar_one()
        return int(found)

    def _add(self, connection: Connection, table: Table, rows: Sequence[Mapping[str, Any]]) -> None:
        """Insert the rows that are not there yet, whoever else inserts them now."""
        if not rows:
            return
        # Each takes time to load, and only one is used.
        if self._database.dialect == "postgresql":
            from sqlalchemy.dialects import postgresql

            connection.execute(postgresql.insert(table).on_conflict_do_nothing(), list(rows))
        else:
            from sqlalchemy.dialects import sqlite

            connection.execute(sqlite.insert(table).on_conflict_do_nothing(), list(rows))


_EXECUTIONS = select(t.executions, t.types.c.name.label("type")).join(
    t.types, t.types.c.id == t.executions.c.type_id
)
_ARTIFACTS = select(t.artifacts, t.types.c.name.label("type")).join(
    t.types, t.types.c.id == t.artifacts.c.type_id
)


def _execution(row: Row[Any]) -> Execution:
    state = ExecutionState(row.state)
    return Execution(row.type, row.name, state, row.properties, row.id, row.created, row.updated)


def _artifact(row: Row[Any]) -> Artifact:
    state = ArtifactState(row.state)
    times = row.created, row.updated
    return Artifact(row.type, row.digest, row.uri, row.properties, state, row.id, *times)


def _now() -> int:
    return time.time_ns() // 1_000_000
