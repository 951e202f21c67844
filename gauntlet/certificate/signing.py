"""Keys and signatures of certificates: Ed25519 (RFC 8032), keys as PEM files that `openssl genpkey` writes as well."""

from __future__ import annotations

import base64
import binascii
import hashlib
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from gauntlet.errors import UsageError

ALGORITHM = "Ed25519"
_CONTEXT = b"gauntlet certificate 1\n"  # a signature made for anything else never fits
_HINT = "`gauntlet certify --new-key FILE` or `openssl genpkey -algorithm ed25519 -out FILE` makes one"


@dataclass(frozen=True, slots=True)
class Signature:
    """A signature with the public key it claims to be made with, both as raw bytes."""

    public_key: bytes
    value: bytes

    def to_json(self) -> bytes:
        """Return the signature as the file `signature.json`."""
        fields = {"algorithm": ALGORITHM, "public_key": _text(self.public_key), "signature": _text(self.value)}
        return orjson.dumps(fields, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)

    def fits(self, manifest: bytes) -> bool:
        """Return whether the key it names has signed `manifest`."""
        try:
            Ed25519PublicKey.from_public_bytes(self.public_key).verify(self.value, _CONTEXT + manifest)
        except (InvalidSignature, ValueError):
            return False
        return True


def read_signature(data: bytes) -> Signature:
    """Read what `Signature.to_json` wrote. Raises ValueError for anything else."""
    raw: Any = orjson.loads(data)
    if not isinstance(raw, dict) or set(raw) != {"algorithm", "public_key", "signature"}:
        raise ValueError("signature.json has the members algorithm, public_key and signature")
    if raw["algorithm"] != ALGORITHM:
        raise ValueError(f"the algorithm is {raw['algorithm']!r}, not {ALGORITHM}")
    try:
        found = Signature(_bytes(raw["public_key"]), _bytes(raw["signature"]))
    except (TypeError, binascii.Error):
        raise ValueError("public_key and signature are base64") from None
    if (len(found.public_key), len(found.value)) != (32, 64):
        raise ValueError("a public key has 32 bytes and a signature 64")
    return found


def sign(manifest: bytes, key: Ed25519PrivateKey) -> Signature:
    """Return the signature of `manifest`: the same bytes and key always give the same."""
    return Signature(key.public_key().public_bytes_raw(), key.sign(_CONTEXT + manifest))


def fingerprint(public_key: bytes) -> str:
    """Return how people compare a public key: SHA-256 of its 32 raw bytes, in hexadecimal."""
    return hashlib.sha256(public_key).hexdigest()


def read_private_key(path: Path) -> Ed25519PrivateKey:
    """Read a private key. Raises UsageError for a file that is none, or none without a password."""
    try:
        key = serialization.load_pem_private_key(_content(path), password=None)
    except (ValueError, TypeError):
        raise UsageError(f"{path} holds no private key that can be read without a password", hint=_HINT) from None
    if not isinstance(key, Ed25519PrivateKey):
        raise UsageError(f"{path} holds a key of another kind than {ALGORITHM}", hint=_HINT)
    return key


def read_public_key(path: Path) -> bytes:
    """Read a public key as raw bytes. Raises UsageError for anything else, a private key among it."""
    content = _content(path)
    if b"PRIVATE KEY" in content:
        raise UsageError(f"{path} is a private key: give the public one", hint="it is in the file that ends with .pub")
    try:
        key = serialization.load_pem_public_key(content)
    except ValueError:
        raise UsageError(f"{path} holds no public key in PEM form", hint=_PUBLIC_HINT) from None
    if not isinstance(key, Ed25519PublicKey):
        raise UsageError(f"{path} holds a key of another kind than {ALGORITHM}", hint=_PUBLIC_HINT)
    return key.public_bytes_raw()


_PUBLIC_HINT = "`openssl pkey -in PRIVATE -pubout -out FILE` writes the public half of a key"


def write_new_key(path: Path) -> tuple[Path, str]:
    """Write a new private key to `path` (mode 600) and its public half beside it; return that path and fingerprint.

    Raises UsageError when one of them exists or cannot be written: a key is never overwritten.
    """
    key, public_path = Ed25519PrivateKey.generate(), path.with_name(f"{path.name}.pub")
    pem = serialization.Encoding.PEM
    private = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    public = key.public_key().public_bytes(pem, serialization.PublicFormat.SubjectPublicKeyInfo)
    for place, content, mode in ((path, private, 0o600), (public_path, public, 0o644)):
        try:
            descriptor = os.open(place, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
        except OSError as error:
            raise UsageError(f"{place} cannot be written: {error.strerror}", hint="give another name") from None
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
    return public_path, fingerprint(key.public_key().public_bytes_raw())


def _content(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise UsageError(f"the key {path} cannot be read: {error.strerror}", hint=_HINT) from None


def _text(value: bytes) -> str:
    return base64.b64encode(value).decode()


def _bytes(text: str) -> bytes:
    return base64.b64decode(text, validate=True)
