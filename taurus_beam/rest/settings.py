"""What a server can be told: limits, the request log, who may call, where it listens.

Plain values with safe defaults; nothing here opens a file or a socket.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field

from tensorflow_metadata.proto.v0 import schema_pb2, statistics_pb2

from taurus_beam.rest.record_signing import SigningKey
from taurus_beam.rest.routing import Route

__all__ = ["Address", "Limits", "LiveSettings", "LogSettings", "Settings"]


@dataclass(frozen=True)
class Limits:
    """What one client may ask for, and what all of them together may.

    Attributes:
        body_bytes: The largest body of a request; also the most text bytes it may decode to.
        rows: The most rows of a request.
        requests: So many requests are worked on at a time; more are refused with 429.
        read_seconds: Within this time the head of a request must have come, and then its body.
        work_seconds: Within this time the answer must be ready.
        shutdown_seconds: So long a stopping server waits for requests that began.
    """

    body_bytes: int = 16 * 2**20
    rows: int = 100_000
    requests: int = 512
    read_seconds: float = 30.0
    work_seconds: float = 60.0
    shutdown_seconds: int = 30


@dataclass(frozen=True)
class LogSettings:
    """The sampled log of requests.

    Attributes:
        folder: Where its Parquet files appear.
        share: The share of requests that is logged, 0 to 1, chosen by the request's id.
        file_rows: A file is closed when it has so many rows …
        file_seconds: … or when its first row is so old.
        waiting_bytes: The most bytes that wait to be written; what comes beyond is dropped and
            counted.
        key: Signs a record of each request, written beside the file; None for none.
    """

    folder: str
    share: float = 0.01
    file_rows: int = 100_000
    file_seconds: float = 300.0
    waiting_bytes: int = 64 * 2**20
    key: SigningKey | None = None


@dataclass(frozen=True)
class LiveSettings:
    """Statistics of the inputs, and what they are compared with.

    Attributes:
        window_seconds: How long a window is.
        windows: How many are kept, the present one among them.
        share: The share of requests that is counted, 0 to 1, chosen by the request's id.
        training: Statistics of the training data by the model's name, for all its versions; for
            other models a file beside the artifact is looked for.
        schemas: Schemas, likewise.
        waiting_bytes: The most bytes that wait to be counted; what comes beyond is dropped and
            counted.
        kept_bytes: The most bytes of windows that have ended; the oldest are given up before.
    """

    window_seconds: float = 300.0
    windows: int = 12
    share: float = 1.0
    training: Mapping[str, statistics_pb2.DatasetFeatureStatisticsList] = field(
        default_factory=dict
    )
    schemas: Mapping[str, schema_pb2.Schema] = field(default_factory=dict)
    waiting_bytes: int = 32 * 2**20
    kept_bytes: int = 256 * 2**20


@dataclass(frozen=True)
class Settings:
    """How an application answers.

    Attributes:
        limits: What may be asked for.
        routes: Which version answers, by the model's name; the newest where nothing is said.
        token: The bearer token that every call must carry, health checks aside; None for none.
        log: The request log; None for none.
        live: Statistics of the inputs; None for none.
        extra_features: Whether features that a model does not read are ignored. By default a
            request that carries one is refused, because its name may be a misspelt one.
        reload_seconds: How often folders are looked at for new versions; None for never.
        threads: How many threads work on large requests.
    """

    limits: Limits = field(default_factory=Limits)
    routes: Mapping[str, Route] = field(default_factory=dict)
    token: str | None = None
    log: LogSettings | None = None
    live: LiveSettings | None = None
    extra_features: bool = False
    reload_seconds: float | None = 5.0
    threads: int = field(default_factory=lambda: os.cpu_count() or 1)


@dataclass(frozen=True)
class Address:
    """Where a server listens, and how it proves who it is.

    Attributes:
        host: Name or address; by default only this machine can connect.
        port: 0 takes one that is free.
        certificate: PEM file of the server's certificate chain; makes it HTTPS.
        key: PEM file of its private key.
        client_authority: PEM file of the authorities whose certificates clients must show (mTLS).
    """

    host: str = "127.0.0.1"
    port: int = 8080
    certificate: str | None = None
    key: str | None = None
    client_authority: str | None = None
