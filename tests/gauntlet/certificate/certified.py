"""A small run that may be certified, its certificate, and forgeries by somebody who holds the key."""

from __future__ import annotations

from typing import Any

import orjson
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from gauntlet.assembly import Circumstances, Record, assemble
from gauntlet.certificate.bundle import MANIFEST, SIGNATURE, canonical, content, sha256, signed
from gauntlet.certificate.examination import Examination, Installed, examine
from gauntlet.certificate.signing import sign
from gauntlet.certificate.suite import Suite
from gauntlet.result import CheckResult, RunResult
from gauntlet.verdict import Verdict
from reports.text import redacted
from tests.gauntlet.samples import ROWS, STARTED, catalogue, check_id, described, result, target, waiver

KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
PUBLIC = KEY.public_key().public_bytes_raw()
OTHER_KEY = Ed25519PrivateKey.from_private_bytes(bytes(32))
SUITE = Suite("0.1.0", "digest")
RAW: dict[str, Any] = {"gateway": {"name": "G"}, "claims": {"write": {"types": ["Condition"]}, "load": {}}}


def run_of(*changed: CheckResult, waivers: tuple[dict[str, Any], ...] = (), deselected: int = 0) -> RunResult:
    """A run in which every check passed but those given, which take the place of their namesakes."""
    results = {row: result(row, measured={"x": 1.0}) for row in ROWS}
    results |= {item.requirement: item for item in changed}
    rows = list(ROWS)[: len(ROWS) - deselected]
    record = Record(
        collected=[described(row) for row in rows],
        deselected=[described(row) for row in ROWS if row not in rows],
        results=[results[row] for row in rows],
        ended=True,
    )
    facts = Circumstances("r1", STARTED, 1.0, SUITE.version, 7, "gauntlet certify t")
    return redacted(assemble(record, target(waivers=waivers), catalogue(), facts))


def waived_run(row: str = "IDE-01") -> RunResult:
    return run_of(result(row, Verdict.FAIL), waivers=(waiver(check_id(row)),))


def certificate(run: RunResult, key: Ed25519PrivateKey = KEY, raw: dict[str, Any] | None = None) -> dict[str, bytes]:
    return signed(run, content(run, RAW if raw is None else raw, None), SUITE, key)


def resigned(files: dict[str, bytes], key: Ed25519PrivateKey = KEY, **manifest: Any) -> dict[str, bytes]:
    """The certificate with members of its manifest replaced, file digests put right, and signed again."""
    told = orjson.loads(files[MANIFEST])
    listed = {name: data for name, data in files.items() if name not in (MANIFEST, SIGNATURE)}
    told["files"] = {name: {"sha256": sha256(data), "bytes": len(data)} for name, data in listed.items()}
    raw = canonical({**told, **manifest})
    return {**files, MANIFEST: raw, SIGNATURE: sign(raw, key).to_json()}


def seen(files: dict[str, bytes], *, trusted: tuple[bytes, ...] = (PUBLIC,), suite: Suite = SUITE) -> Examination:
    run = run_of()
    return examine(files, trusted, Installed(suite, run.requirements))


def kinds(found: Examination) -> set[str]:
    return {problem.kind for problem in found.problems}


def only(files, **options):
    """The one thing that is wrong with a certificate."""
    problems = seen(files, **options).problems
    assert len(problems) == 1, problems
    return (problems[0].kind, problems[0].message)
