"""The certificate as a folder of plain files: writing one, and reading one that somebody sent.

A folder and no archive: everything in it opens with a double click, and `gauntlet verify` never unpacks what a
stranger packed. However it travels (zip, tar, a repository), only names and bytes count. The same run and key give the
same bytes.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import orjson
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from gauntlet.certificate.signing import fingerprint, sign
from gauntlet.certificate.statement import statement
from gauntlet.certificate.suite import Suite
from gauntlet.errors import UsageError
from gauntlet.publish import documents
from gauntlet.result import RunResult
from reports import schema

FORMAT = "gauntlet-certificate"
FORMAT_VERSION = 1
MANIFEST, SIGNATURE, TARGET, TEETH = "manifest.json", "signature.json", "target.json", "teeth.json"
RESULTS, SCHEMA = "results.json", schema.FILE
_LARGEST = 64 * 2**20  # bytes of one file; a whole run has about 2 MB
_MOST_FILES = 200


def content(run: RunResult, target: Mapping[str, Any], teeth: bytes | None) -> dict[str, bytes]:
    """Return the files that a certificate of `run` (redacted) holds beside its manifest and signature.

    `target` is the target file without secrets, `teeth` the matrix of `gauntlet teeth`, if there is one.
    """
    files = {**documents(run), TARGET: canonical(target), SCHEMA: schema.text()}
    return files if teeth is None else {**files, TEETH: teeth}


def signed(
    run: RunResult, files: Mapping[str, bytes], suite: Suite, key: Ed25519PrivateKey, own_checks: str = ""
) -> dict[str, bytes]:
    """Return `files` with manifest and signature; `own_checks` is the digest of the folder of a vendor's own checks."""
    manifest = canonical(
        {
            "format": FORMAT,
            "format_version": FORMAT_VERSION,
            "suite": {"version": suite.version, "digest": suite.digest},
            "own_checks": own_checks or None,
            "key": fingerprint(key.public_key().public_bytes_raw()),
            "teeth": sha256(files[TEETH]) if TEETH in files else None,
            "statement": statement(run),
            "files": {name: {"sha256": sha256(data), "bytes": len(data)} for name, data in files.items()},
        }
    )
    return {**files, MANIFEST: manifest, SIGNATURE: sign(manifest, key).to_json()}


def canonical(value: Mapping[str, Any]) -> bytes:
    """Return `value` as JSON with sorted names: one value, one text."""
    options = orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS | orjson.OPT_APPEND_NEWLINE
    return orjson.dumps(value, option=options)


def sha256(data: bytes) -> str:
    """Return the digest by which the manifest names a file."""
    return hashlib.sha256(data).hexdigest()


def write_bundle(folder: Path, files: Mapping[str, bytes]) -> None:
    """Write a new folder. Raises UsageError when it exists or cannot be written."""
    try:
        folder.mkdir(parents=True)
        for name, data in files.items():
            (folder / name).write_bytes(data)
    except OSError as error:
        raise UsageError(f"cannot write {folder}: {error.strerror}", hint="choose another place with --out") from None


def read_bundle(folder: Path) -> dict[str, bytes]:
    """Return the files of a certificate by name; folders and links in it count as files without content.

    Raises UsageError when `folder` is no readable folder or is far too large to be a certificate.
    """
    if not folder.is_dir():
        raise UsageError(f"{folder} is no folder", hint="give the folder that `gauntlet certify` wrote, unpacked")
    try:
        entries = sorted(folder.iterdir())
        if len(entries) > _MOST_FILES:
            raise UsageError(f"{folder} holds {len(entries)} files: that is no certificate")
        return {path.name: _plain(path) for path in entries}
    except OSError as error:
        raise UsageError(f"{folder} cannot be read: {error.strerror}") from None


def _plain(path: Path) -> bytes:
    if path.is_symlink() or not path.is_file():
        return b""
    if path.stat().st_size > _LARGEST:
        raise UsageError(f"{path} is larger than {_LARGEST} bytes: that is no certificate")
    return path.read_bytes()
