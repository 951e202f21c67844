"""Examining a certificate: pure, from its files by name to everything that is wrong with it.

In this order, each only when what came before holds: the signature; the list of files; the results, which are added up
again; what the manifest states of them; the documents, which are drawn again; and the suite's own table.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import orjson

from gauntlet.applicability import unclaimed_options
from gauntlet.certificate.bundle import (
    FORMAT,
    FORMAT_VERSION,
    MANIFEST,
    RESULTS,
    SCHEMA,
    SIGNATURE,
    TARGET,
    TEETH,
    canonical,
    sha256,
)
from gauntlet.certificate.signing import fingerprint, read_signature
from gauntlet.certificate.soundness import Problem, problems
from gauntlet.certificate.statement import obstacles, statement
from gauntlet.certificate.suite import Suite
from gauntlet.publish import documents
from gauntlet.result import RequirementRow, RunResult, from_json
from gauntlet.target_ehr import OTHER_EHR
from gauntlet.verdict import Verdict
from reports import schema
from reports.text import redacted

_MEMBERS = {"format", "format_version", "suite", "own_checks", "key", "teeth", "statement", "files"}
_OPTION = re.compile(r"\(\[claims\.(\w+)\] (\w+)\)$")  # the key of the target file that a reason names


@dataclass(frozen=True)
class Examination:
    """What is wrong with a certificate (nothing: it holds), what could not be looked at, and what it says."""

    problems: list[Problem]
    notes: list[str] = field(default_factory=list)
    manifest: Mapping[str, Any] = field(default_factory=dict)
    run: RunResult | None = None
    digest: str = ""  # SHA-256 of the manifest: the certificate's own name


@dataclass(frozen=True)
class Installed:
    """What the verifier has of its own: the suite, its requirements, and the EHRs behind which each check judges."""

    suite: Suite
    requirements: Collection[RequirementRow] = ()  # with the number of checks of each
    upstreams: Mapping[str, Collection[str]] = field(default_factory=dict)  # by check id


def examine(files: Mapping[str, bytes], trusted: Collection[bytes], installed: Installed) -> Examination:
    """Examine a certificate. `trusted` are the public keys that may have signed it; none: every key may."""
    unsigned = _signature(files, trusted)
    if unsigned:
        return Examination([unsigned])
    raw = files[MANIFEST]
    manifest = _manifest(raw)
    if isinstance(manifest, Problem):
        return Examination([manifest])
    found = [*_files(files, manifest)]
    if found:
        return Examination(found, manifest=manifest, digest=sha256(raw))
    same = manifest["suite"] == {"version": installed.suite.version, "digest": installed.suite.digest}
    notes = [] if same else [_another_suite(manifest, installed.suite)]
    try:
        run = from_json(files.get(RESULTS, b""))
        found = [*_results(run), *_stated(run, manifest), *_target(files, run)]
        found += [*_drawn(files, run), *_table(run, installed, manifest)] if same else []
    except (ValueError, LookupError, TypeError, AttributeError) as error:
        told = Problem("results", f"{RESULTS} is no results.json of this schema version: {type(error).__name__}")
        return Examination([told], notes, manifest, digest=sha256(raw))
    return Examination(found, notes, manifest, run, sha256(raw))


def _signature(files: Mapping[str, bytes], trusted: Collection[bytes]) -> Problem | None:
    for name in (MANIFEST, SIGNATURE):
        if name not in files:
            return Problem("missing", f"{name} is missing: this is no certificate, or not a whole one")
    try:
        signature = read_signature(files[SIGNATURE])
    except ValueError as error:
        return Problem("signature", f"{SIGNATURE} cannot be read: {error}")
    if not signature.fits(files[MANIFEST]):
        return Problem("signature", f"{MANIFEST} was edited after it was signed: the signature does not fit")
    if trusted and signature.public_key not in trusted:
        mine = ", ".join(fingerprint(key)[:16] for key in trusted)
        return Problem(
            "key", f"signed with another key ({fingerprint(signature.public_key)[:16]}) than the one given ({mine})"
        )
    named = _json(files[MANIFEST])
    if isinstance(named, dict) and named.get("key") != fingerprint(signature.public_key):
        return Problem("key", f"signed again: {MANIFEST} names another key than the one that signed it")
    return None


def _json(data: bytes) -> Any:
    try:
        return orjson.loads(data)
    except ValueError:
        return None


def _manifest(raw: bytes) -> dict[str, Any] | Problem:
    manifest = _json(raw)
    if not isinstance(manifest, dict) or manifest.get("format") != FORMAT:
        return Problem("manifest", f"{MANIFEST} is not the manifest of a certificate")
    if manifest.get("format_version") != FORMAT_VERSION:
        told = manifest.get("format_version")
        return Problem("manifest", f"{MANIFEST} has format version {told!r}, this reads {FORMAT_VERSION}")
    files, suite = manifest.get("files"), manifest.get("suite")
    tables = isinstance(files, dict) and isinstance(suite, dict) and all(isinstance(v, dict) for v in files.values())
    if not (tables and set(manifest) == _MEMBERS and canonical(manifest) == raw):
        return Problem("manifest", f"{MANIFEST} does not have the form of a manifest")
    return manifest


def _files(files: Mapping[str, bytes], manifest: Mapping[str, Any]) -> Iterator[Problem]:
    listed = manifest["files"]
    for name in (RESULTS, TARGET, SCHEMA):
        if name not in listed:
            yield Problem("missing", f"the manifest lists no {name}: it is no whole certificate")
    for name, told in listed.items():
        if name not in files:
            yield Problem("missing", f"{name} is missing")
        elif (sha256(files[name]), len(files[name])) != (told.get("sha256"), told.get("bytes")):
            yield Problem("edited", f"{name} was edited: its digest is not the one that was signed")
    for name in sorted(files.keys() - listed.keys() - {MANIFEST, SIGNATURE}):
        yield Problem("extra", f"{name} is extra: nobody signed it")
    if manifest["teeth"] != (sha256(files[TEETH]) if TEETH in files else None):
        yield Problem("edited", f"the manifest names another matrix of teeth than {TEETH}")


def _results(run: RunResult) -> Iterator[Problem]:
    unsound = problems(run)
    yield from unsound
    if not unsound:
        yield from (Problem("not-certifiable", sentence) for sentence in obstacles(run))
    if redacted(run) != run:
        yield Problem("secret", f"{RESULTS} holds a credential: it was not written by `gauntlet certify`")


def _stated(run: RunResult, manifest: Mapping[str, Any]) -> Iterator[Problem]:
    told, true = manifest["statement"], statement(run)
    if not isinstance(told, dict) or told.keys() != true.keys():
        yield Problem("statement", "the manifest's statement does not have the form of one")
        return
    for name in sorted(true):
        if told[name] != true[name]:
            yield Problem("statement", f"the manifest's {name} does not follow from {RESULTS}")
    if manifest["suite"].get("version") != run.suite_version:
        yield Problem("statement", f"the manifest names another suite version than {RESULTS}")


def _target(files: Mapping[str, bytes], run: RunResult) -> Iterator[Problem]:
    raw = _json(files.get(TARGET, b""))
    if not isinstance(raw, dict) or not isinstance(raw.get("gateway"), dict):
        yield Problem("target", f"{TARGET} is no target file")
        return
    claims = {"core", *_of_kind(dict, raw.get("claims"))}
    if raw["gateway"].get("name") != run.target.name or claims != {*run.target.claims}:
        yield Problem("target", f"{TARGET} is not the target file of this run: name or claims differ")
    for name, reason in unclaimed_options(run).items():
        if (key := _OPTION.search(reason)) and _of_kind(dict, raw["claims"].get(key[1])).get(key[2]):
            yield Problem("target", f"{name} is told as not claimed, but {TARGET} claims [claims.{key[1]}] {key[2]}")
    waivable = {item.get("check") for item in _of_kind(list, raw.get("waiver")) if isinstance(item, dict)}
    for check in run.checks:
        if check.verdict is Verdict.WAIVED and check.check not in waivable:
            yield Problem("target", f"{check.check} is told as waived, but {TARGET} carries no waiver of it")


def _of_kind(kind: type[dict[str, Any]] | type[list[Any]], value: Any) -> Any:
    return value if isinstance(value, kind) else kind()


def _drawn(files: Mapping[str, bytes], run: RunResult) -> Iterator[Problem]:
    for name, data in {**documents(run), SCHEMA: schema.text()}.items():
        if name in files and files[name] != data:
            yield Problem("document", f"{name} does not show what {RESULTS} holds")


def _table(run: RunResult, installed: Installed, manifest: Mapping[str, Any]) -> Iterator[Problem]:
    """Compare the list of requirements with the suite's; a vendor's own checks come on top of it."""
    told = {row.id: (row.level, row.feature, row.checks) for row in run.requirements}
    behind = {row.id: row.behind for row in run.requirements}
    for row in installed.requirements:
        mine = (row.level, row.feature, row.checks)
        theirs = told.get(row.id)
        if theirs is None:
            yield Problem("table", f"{row.id} of this suite is not in the results: they are not of a whole run")
        elif theirs[:2] != mine[:2] or (theirs[2] < row.checks if manifest["own_checks"] else theirs != mine):
            yield Problem("table", f"{row.id} has {row.checks} checks in this suite, but is told otherwise")
        elif behind[row.id] != row.behind:
            yield Problem("table", f"{row.id} applies behind other EHRs in this suite than is told")
    for check in run.checks:
        if check.reason.startswith(OTHER_EHR) and run.target.ehr in installed.upstreams.get(check.check, ()):
            yield Problem("table", f"{check.check} judges behind {run.target.ehr} in this suite, but was not run")


def _another_suite(manifest: Mapping[str, Any], suite: Suite) -> str:
    return (
        f"judged by another build of the suite ({manifest['suite'].get('version')}, here {suite.version}): "
        "its documents and its table of requirements were not compared"
    )
