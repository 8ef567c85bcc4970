"""Whether somebody listens at an address; every question has a time limit."""

from __future__ import annotations

import json
import socket
import urllib.error
import urllib.request
from typing import Any

__all__ = ["SECONDS", "answer", "is_this_machine", "listens", "reachable"]

SECONDS = 5.0
"""How long an answer is waited for."""


def host_and_port(address: str, port: int = 0) -> tuple[str, int]:
    """The parts of an address, with or without a scheme.

    Example:
        >>> host_and_port("http://flink:8081/"), host_and_port("spark://[::1]:7077")
        (('flink', 8081), ('::1', 7077))
    """
    place = address.rpartition("//")[2].partition("/")[0]
    host, colon, number = place.rpartition(":")
    if not colon or not number.isdecimal():
        host, number = place, str(port)
    return host.strip("[]"), int(number)


def listens(address: str, port: int = 0) -> bool:
    """Whether a connection to HOST:PORT is taken."""
    try:
        with socket.create_connection(host_and_port(address, port), SECONDS):
            return True
    except (OSError, OverflowError):
        return False


def is_this_machine(address: str) -> bool:
    """Whether an address means this machine.

    Example:
        >>> is_this_machine("localhost:8081"), is_this_machine("http://127.0.0.1:8081")
        (True, True)
    """
    host = host_and_port(address)[0]
    return host in ("localhost", "::1", socket.gethostname()) or host.startswith("127.")


def answer(url: str) -> Any | None:
    """The JSON that a URL answers with; None where there is none."""
    try:
        with urllib.request.urlopen(url, timeout=SECONDS) as reply:
            return json.load(reply)
    except (OSError, ValueError):
        return None


def reachable(url: str) -> bool:
    """Whether a file can be fetched from a URL, by asking for its headers."""
    try:
        with urllib.request.urlopen(urllib.request.Request(url, method="HEAD"), timeout=SECONDS):
            return True
    except (OSError, ValueError):
        return False
