"""What identifies a file or an artifact's folder: the digest of its content, wherever it lies.

Only what the operating system can open is read here. Of what is too much to read, or lies
elsewhere, the listing of its file system stands for the content.
"""

from __future__ import annotations

import json
import os
from typing import Any

__all__ = ["absolute", "file_digest", "listing_digest", "manifest_digest"]

_MANIFEST = "manifest.json"
_CHUNK = 1 << 20


def file_digest(path: str) -> str:
    """``sha256:…`` of a local file's bytes.

    Raises:
        OSError: If it cannot be read.
    """
    import hashlib  # as below: what only asks for help need not load OpenSSL

    found = hashlib.sha256()
    with open(path, "rb") as file:
        while chunk := file.read(_CHUNK):
            found.update(chunk)
    return f"sha256:{found.hexdigest()}"


def manifest_digest(folder: str) -> str | None:
    """``sha256:…`` of the artifact in a local folder, as its manifest tells; None for no artifact.

    Example:
        >>> manifest_digest("/") is None
        True
    """
    try:
        with open(os.path.join(folder, _MANIFEST), encoding="utf-8") as file:
            manifest = json.load(file)
    except (OSError, ValueError):
        return None
    digest = manifest.get("digest") if isinstance(manifest, dict) else None
    return f"sha256:{digest}" if isinstance(digest, str) else None


def listing_digest(*facts: Any) -> str:
    """``listing:…`` of what a file system tells of files: their paths, sizes, times of change."""
    import hashlib

    text = json.dumps(facts, sort_keys=True, separators=(",", ":"))
    return f"listing:{hashlib.sha256(text.encode()).hexdigest()}"


def absolute(path: str) -> str:
    """A local path from the root, anything else as it is.

    Example:
        >>> absolute("/data/../trips.csv"), absolute("file:///trips.csv"), absolute("gs://b/x")
        ('/trips.csv', '/trips.csv', 'gs://b/x')
    """
    path = path.removeprefix("file://")
    return path if "://" in path else os.path.abspath(path)
