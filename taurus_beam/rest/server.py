"""An application on a socket: uvicorn, TLS, and an end that waits for what began."""

from __future__ import annotations

import asyncio
import ipaddress
import os
import signal
import socket
import ssl
from collections.abc import Callable

import uvicorn
from starlette.types import ASGIApp

from taurus_beam.errors import EngineError
from taurus_beam.rest.connections import hurried
from taurus_beam.rest.settings import Address, Settings

__all__ = ["check_address", "serve", "server"]


def serve(
    app: ASGIApp, address: Address, settings: Settings, listening: Callable[[str], None]
) -> None:
    """Serve an application until SIGTERM or SIGINT; requests that began are answered first.

    Args:
        app: The application.
        address: Where.
        settings: How long it waits for requests at the end.
        listening: Called with the URL once connections are taken.

    Raises:
        EngineError: If the address cannot be listened on, or a certificate cannot be read.
    """
    running = server(app, address, settings)
    opened = open_socket(address)
    scheme = "https" if address.certificate else "http"
    host = f"[{address.host}]" if ":" in address.host else address.host
    listening(f"{scheme}://{host}:{opened.getsockname()[1]}")
    # uvicorn raises the signal again when it is done; for SIGTERM that is the end of a success.
    before = signal.signal(signal.SIGTERM, lambda *_: None)
    try:
        asyncio.run(running.serve(sockets=[opened]))
    finally:
        signal.signal(signal.SIGTERM, before)
        opened.close()


def server(app: ASGIApp, address: Address, settings: Settings) -> uvicorn.Server:
    """A uvicorn server that is not yet running.

    Raises:
        EngineError: If a certificate cannot be read.
    """
    authority = address.client_authority
    config = uvicorn.Config(
        app,
        lifespan="on",
        log_config=None,
        access_log=False,
        server_header=False,
        # The address that a client claims to be forwarded for is nobody's matter here.
        proxy_headers=False,
        ws="none",
        http=hurried(settings.limits.read_seconds),
        timeout_graceful_shutdown=settings.limits.shutdown_seconds,
        ssl_certfile=address.certificate,
        ssl_keyfile=address.key,
        ssl_ca_certs=authority,
        ssl_cert_reqs=ssl.CERT_REQUIRED if authority else ssl.CERT_NONE,
    )
    try:
        config.load()
    except (OSError, ssl.SSLError) as problem:
        raise EngineError(
            f"The certificate cannot be used: {problem}",
            where=", ".join(filter(None, (address.certificate, address.key, authority))),
            expected="PEM files: a certificate chain and its private key",
        ) from problem
    return uvicorn.Server(config)


def open_socket(address: Address) -> socket.socket:
    """A socket that listens.

    Raises:
        EngineError: If the address is taken, or is none of this machine.
    """
    family = socket.AF_INET6 if ":" in address.host else socket.AF_INET
    # asyncio sends without delay only where the protocol is named; answers came 40 ms late.
    opened = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        if os.name == "posix":
            opened.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        opened.bind((address.host, address.port))
        opened.listen(2048)
        return opened
    except OSError as problem:
        opened.close()
        raise EngineError(
            f"{address.host}:{address.port} cannot be listened on: {problem.strerror or problem}",
            fix="Choose another port with --port, or 0 for any that is free.",
        ) from problem


def check_address(address: Address, settings: Settings, anonymous: bool = False) -> None:
    """Refuse to serve other machines without knowing who calls.

    Args:
        address: Where the server will listen.
        settings: Whether it asks for a token.
        anonymous: Whether that is wanted all the same.

    Raises:
        EngineError: If others can connect and neither a token nor a client's certificate is asked
            for, or a file of the address is not there.
    """
    if address.client_authority and not address.certificate:
        raise EngineError("Client certificates need HTTPS.", fix="Give --certificate and --key.")
    for path in (address.certificate, address.key, address.client_authority):
        if path and not os.path.isfile(path):
            raise EngineError(f"There is no file {path}.", where=path)
    known = settings.token or address.client_authority
    if _is_loopback(address.host) or known or anonymous:
        return
    raise EngineError(
        f"Everybody who reaches {address.host} could call the server.",
        expected="an address of this machine only, a token, or client certificates",
        fix="Give --token-file or --client-ca, or --anonymous if something in front of it checks.",
    )


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
