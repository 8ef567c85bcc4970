"""Records of the request log signed by Ed25519, as JSON Web Signatures (RFC 7515, RFC 8037).

A signature is a line of JSON that libraries of any language verify. Keys are PEM files, as OpenSSL
writes them; `cryptography` does the arithmetic.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from taurus_beam.errors import DataError, EngineError
from taurus_beam.rest.canonical_rows import canonical

__all__ = [
    "SIGNATURES",
    "ForgedError",
    "SigningKey",
    "VerifyingKey",
    "signing_key",
    "verifying_key",
]

SIGNATURES = ".jws.jsonl"
"""How the name of the file of signatures ends, in place of the log's own ``.parquet``."""

_TYPE = "vnd.taurus-beam.request-log-record+json"


class ForgedError(Exception):
    """A signature that is not one of the key; the text says why."""


@dataclass(frozen=True)
class SigningKey:
    """A private key; `signing_key` reads one.

    Attributes:
        id: SHA-256 of the public key in DER.
    """

    id: str
    _sign: Callable[[bytes], bytes] = field(repr=False)

    def signed(self, record: dict[str, Any]) -> str:
        """The line of a signed record."""
        header = {"alg": "EdDSA", "kid": self.id, "typ": _TYPE}
        protected, payload = (_encoded(canonical(each).encode()) for each in (header, record))
        signature = _encoded(self._sign(f"{protected}.{payload}".encode()))
        return json.dumps({"payload": payload, "protected": protected, "signature": signature})


@dataclass(frozen=True)
class VerifyingKey:
    """A public key; `verifying_key` reads one.

    Attributes:
        id: SHA-256 of the key in DER.
    """

    id: str
    _verify: Callable[[bytes, bytes], bool] = field(repr=False)

    def record(self, line: str) -> dict[str, Any]:
        """The record in a line.

        Raises:
            ForgedError: The line is not what this key has signed.
        """
        try:
            found = json.loads(line)
            protected, payload = found["protected"], found["payload"]
            header = json.loads(_decoded(protected))
            signature = _decoded(found["signature"])
            if (header["alg"], header["typ"]) != ("EdDSA", _TYPE):
                raise ForgedError(f"It is a {header['typ']} by {header['alg']}.")
            if header["kid"] != self.id:
                raise ForgedError(f"It is signed by another key, {header['kid']}.")
            if not self._verify(signature, f"{protected}.{payload}".encode()):
                raise ForgedError("The signature does not belong to the record.")
            record: dict[str, Any] = json.loads(_decoded(payload))
        except (ValueError, KeyError, TypeError, AttributeError) as problem:
            raise ForgedError(f"It is no signed record: {problem!r:.100}") from problem
        return record


def signing_key(path: str) -> SigningKey:
    """The private key in a PEM file.

    Raises:
        EngineError: `cryptography` is not installed.
        DataError: The file cannot be read, or holds no private Ed25519 key without a password.
    """
    serialization, ed25519 = _cryptography()
    key = _loaded(
        path, lambda text: serialization.load_pem_private_key(text, None), ed25519.Ed25519PrivateKey
    )
    return SigningKey(_id(serialization, key.public_key()), key.sign)


def verifying_key(path: str) -> VerifyingKey:
    """The public key in a PEM file; of a private key, the public one that belongs to it.

    Raises:
        EngineError: `cryptography` is not installed.
        DataError: The file cannot be read, or holds no Ed25519 key.
    """
    from cryptography.exceptions import InvalidSignature

    serialization, ed25519 = _cryptography()

    def load(text: bytes) -> Any:
        if b"PRIVATE" in text:
            return serialization.load_pem_private_key(text, None).public_key()
        return serialization.load_pem_public_key(text)

    key = _loaded(path, load, ed25519.Ed25519PublicKey)

    def verify(signature: bytes, signed: bytes) -> bool:
        try:
            key.verify(signature, signed)
        except InvalidSignature:
            return False
        return True

    return VerifyingKey(_id(serialization, key), verify)


def _cryptography() -> tuple[Any, Any]:
    try:
        from cryptography.hazmat.primitives import serialization
        from cryptography.hazmat.primitives.asymmetric import ed25519
    except ImportError as problem:
        raise EngineError(
            "Signatures need cryptography, which is not installed.",
            fix="pip install 'taurus-beam[signing]'",
        ) from problem
    return serialization, ed25519


def _loaded(path: str, load: Callable[[bytes], Any], kind: type) -> Any:
    from cryptography.exceptions import UnsupportedAlgorithm

    try:
        with open(path, "rb") as file:
            key = load(file.read())
        if not isinstance(key, kind):
            raise ValueError(f"it is a {type(key).__name__}")
    except (OSError, ValueError, TypeError, UnsupportedAlgorithm) as problem:
        reason = getattr(problem, "strerror", None) or problem
        private = "private" if "Private" in kind.__name__ else "public"
        raise DataError(
            f"The key cannot be used: {reason}",
            where=path,
            expected=f"a {private} Ed25519 key in PEM, without a password",
            fix="openssl genpkey -algorithm ed25519 -out key.pem makes a private one, "
            "openssl pkey -in key.pem -pubout -out public.pem the public one of it.",
        ) from problem
    return key


def _id(serialization: Any, public: Any) -> str:
    der = public.public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    return f"sha256:{hashlib.sha256(der).hexdigest()}"


def _encoded(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()


def _decoded(text: str) -> bytes:
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except binascii.Error as problem:
        raise ValueError(str(problem)) from problem
