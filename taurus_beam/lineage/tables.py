"""The tables of the store and their version, for any database that SQLAlchemy Core knows.

Types, artifacts, executions, contexts, events, attributions and associations, as ML Metadata has
them; properties are JSON. Every name begins with ``lineage_``, so that a database can be shared.
"""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    BigInteger,
    Column,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
)

__all__ = [
    "VERSION",
    "artifacts",
    "associations",
    "attributions",
    "contexts",
    "events",
    "executions",
    "metadata",
    "types",
    "version",
]

VERSION = 1
"""Changes whenever a table does; a store of another version is refused."""

metadata = MetaData()
# SQLite numbers rows by itself only where the type is INTEGER.
_ID = BigInteger().with_variant(Integer(), "sqlite")


def _id() -> Column[int]:
    return Column("id", _ID, primary_key=True, autoincrement=True)


def _to(table: str, index: bool = False, primary_key: bool = False) -> Column[int]:
    key = ForeignKey(f"lineage_{table}s.id")
    return Column(f"{table}_id", _ID, key, nullable=False, index=index, primary_key=primary_key)


def _time(name: str) -> Column[int]:
    return Column(name, BigInteger, nullable=False)


version = Table("lineage_version", metadata, Column("version", Integer, nullable=False))

types = Table(
    "lineage_types",
    metadata,
    _id(),
    Column("kind", String(16), nullable=False),
    Column("name", String(255), nullable=False),
    UniqueConstraint("kind", "name"),
)

artifacts = Table(
    "lineage_artifacts",
    metadata,
    _id(),
    _to("type"),
    Column("digest", String(255), nullable=False, unique=True),
    Column("uri", Text, nullable=False),
    Column("state", String(32), nullable=False),
    Column("properties", JSON, nullable=False),
    _time("created"),
    _time("updated"),
)

executions = Table(
    "lineage_executions",
    metadata,
    _id(),
    _to("type"),
    Column("name", String(255), nullable=False, unique=True),
    Column("state", String(32), nullable=False),
    Column("properties", JSON, nullable=False),
    Column("created", BigInteger, nullable=False, index=True),
    _time("updated"),
)

contexts = Table(
    "lineage_contexts",
    metadata,
    _id(),
    _to("type"),
    Column("name", String(1024), nullable=False),
    Column("properties", JSON, nullable=False),
    _time("created"),
    UniqueConstraint("type_id", "name"),
)

events = Table(
    "lineage_events",
    metadata,
    _id(),
    _to("artifact", index=True),
    _to("execution", index=True),
    Column("type", String(32), nullable=False),
    Column("key", String(255), nullable=False),
    Column("index", Integer, nullable=False),
    Column("given", Text, nullable=False),
    Column("uri", Text, nullable=False),
    _time("time"),
)
Index("lineage_events_uri", events.c.uri)

attributions = Table(
    "lineage_attributions",
    metadata,
    _to("artifact", primary_key=True),
    _to("context", primary_key=True),
)

associations = Table(
    "lineage_associations",
    metadata,
    _to("execution", primary_key=True),
    _to("context", primary_key=True),
)
