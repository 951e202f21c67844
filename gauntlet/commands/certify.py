"""`gauntlet certify` and `gauntlet verify`: make a signed certificate of a whole run, and check one."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from rich.console import Console

from gauntlet import places
from gauntlet.applicability import unclaimed_options
from gauntlet.assembly import requirement_row
from gauntlet.certificate.bundle import TARGET, canonical, content, read_bundle, sha256, signed, write_bundle
from gauntlet.certificate.examination import Examination, Installed, examine
from gauntlet.certificate.secrecy import leaks, target_without_secrets
from gauntlet.certificate.signing import read_private_key, read_public_key, write_new_key
from gauntlet.certificate.statement import obstacles, statement
from gauntlet.certificate.suite import Suite, digest, installed_suite
from gauntlet.checklist import list_checks
from gauntlet.console import say
from gauntlet.errors import TargetError, UsageError
from gauntlet.requirement import load_catalogue
from gauntlet.result import CheckResult, RunResult
from gauntlet.run import Request, carry_out
from gauntlet.runner import Listener
from gauntlet.target import Target, read_target
from gauntlet.teeth_file import read_matrix, to_json
from gauntlet.toml_file import read_toml
from gauntlet.verdict import UNCLAIMED, ExitCode, Verdict
from reports.text import redacted
from reports.words import counted
from synthetic.population import Population

FOLDER = "certificate"


def make_key(path: Path, console: Console) -> None:
    """Write a new key and say what to do with its halves."""
    public, name = write_new_key(path)
    say(console, f"wrote {path}: sign with it, and give it to nobody")
    say(console, f"wrote {public}: give it to everybody who is to trust your certificates; its fingerprint is")
    say(console, f"  {name}")


@dataclass(frozen=True)
class Certification:
    """A run of everything, its folder, and why there is no certificate of it (nothing: there is one)."""

    run: RunResult
    run_dir: Path
    refused: list[str]

    @property
    def folder(self) -> Path:
        """Where the certificate is, if there is one."""
        return self.run_dir / FOLDER


def certify_target(request: Request, key: Path, teeth: Path | None, listener: Listener) -> Certification:
    """Run everything and write a certificate unless something stands against it.

    Raises UsageError before anything is started when key, matrix or target file cannot be used.
    """
    private, matrix = read_private_key(key), _matrix(teeth)
    target = read_target(request.target, os.environ)
    suite = installed_suite()
    run, run_dir = carry_out(request, listener)
    refused = obstacles(redacted(run))
    if not refused:
        refused = write_certificate(run, target, matrix, suite, private, run_dir / FOLDER)
    return Certification(run, run_dir, refused)


def write_certificate(
    run: RunResult, target: Target, teeth: bytes | None, suite: Suite, key: Ed25519PrivateKey, folder: Path
) -> list[str]:
    """Write the certificate of a run that may have one; return what kept it from being written."""
    run = redacted(run)
    raw = read_toml(target.path, "target file", error=TargetError)
    files = content(run, target_without_secrets(raw), teeth)
    population = Population(run.seed, target.file.ehr[0].patients)

    def known(patient: str) -> bool:
        return population.locate("Patient", patient) is not None

    found = leaks(files, run, raw, os.environ, known)
    own = digest([("own", target.own_checks)]) if target.own_checks else ""
    if not found:
        write_bundle(folder, signed(run, files, suite, key, own))
    return found


def _matrix(path: Path | None) -> bytes | None:
    """Return the matrix that `gauntlet teeth` wrote. Raises UsageError when it is none, or does not hold."""
    if path is None:
        return None
    matrix = read_matrix(path)
    if not matrix.holds:
        failed = [*matrix.honest_failures, *(bite.check for bite in matrix.toothless), "no check at all"]
        raise UsageError(f"{path} does not show that every check bites: {failed[0]}")
    return to_json(matrix)


def verify_bundle(folder: Path, keys: Sequence[Path], console: Console) -> tuple[int, Examination]:
    """Examine a certificate, say what is wrong with it or what it says; return the exit code and what was found."""
    trusted = [read_public_key(path) for path in keys]
    found = examine(read_bundle(folder), trusted, installed_here())
    for problem in found.problems:
        say(console, f"rejected ({problem.kind}): {problem.message}")
    for note in found.notes:
        say(console, f"note: {note}")
    if found.problems:
        return ExitCode.NON_CONFORMANT, found
    for line in said(found):
        say(console, line)
    if trusted:
        say(console, "verified: signed with the key given, whole, and its verdict follows from its results")
        return ExitCode.CONFORMANT, found
    say(console, "whole and coherent, but nobody vouches for the key: give the signer's public key with --key")
    return ExitCode.INCONCLUSIVE, found


def installed_here() -> Installed:
    """Return this suite, its requirements with the number of checks of each, and its checks by the EHRs they need."""
    checks = list_checks()
    judged = [item["requirement"] for item in checks]
    catalogue = load_catalogue(places.bundled("suites") / "requirements.toml")
    rows = [requirement_row(row, judged.count(row.id)) for row in catalogue.requirements.values()]
    return Installed(installed_suite(), rows, {item["check"]: item["upstreams"] for item in checks})


def said(found: Examination) -> list[str]:
    """Return what a certificate says, line by line; waived requirements are told first of all limits."""
    assert found.run is not None  # noqa: S101 - without problems there are results
    told = statement(found.run)
    gateway, run = told["gateway"], told["run"]
    lines = [
        f"gateway    {' '.join(filter(None, (gateway['vendor'], gateway['name'], gateway['version'])))}",
        f"certified  {', '.join(told['certified'])}",
        f"claims     {', '.join(told['claims'])}",
        f"behind     {told['ehr']} (mock)",
        f"run        {run['id']}, {run['started']}, suite {run['suite_version']}, seed {run['seed']}",
        f"key        {found.manifest['key']}",
        f"teeth      {found.manifest['teeth'] or 'no matrix enclosed'}",
    ]
    lines += [f"not for    {row} {reason}" for row, reason in told["not_applicable"].items()]
    lines += _not_judged(found.run)
    lines += [f"waived     {item['level']} {item['requirement']} {item['waiver']}" for item in told["waived"]]
    if found.manifest["own_checks"]:
        lines.append("own checks the vendor's own checks ran as well, from a folder that is not enclosed")
    return lines


def _not_judged(run: RunResult) -> list[str]:
    """Return a line for each option that is not claimed, with the requirements whose checks were not run for it."""
    options = unclaimed_options(run)
    rows: dict[str, list[str]] = {}
    for check in run.checks:
        if check.check in options:
            rows.setdefault(options[check.check].removeprefix(UNCLAIMED).strip(), []).append(check.requirement)
    return [
        f"not judged {option}: not claimed ({counted(len(checks), 'check')} of {', '.join(sorted(set(checks)))})"
        for option, checks in rows.items()
    ]


def replay_some(found: Examination, target: Path, count: int, request: Request, console: Console) -> int:
    """Run `count` checks of a certificate again, chosen by its digest, and return the exit code.

    Whoever makes a certificate cannot know which checks will be repeated before it is signed. Raises UsageError when
    `target` is not the target file that was certified.
    """
    assert found.run is not None  # noqa: S101 - only what was verified is repeated
    raw = read_toml(target, "target file", error=TargetError)
    if sha256(canonical(target_without_secrets(raw))) != found.manifest["files"][TARGET]["sha256"]:
        raise UsageError(f"{target} is not the target file that was certified", hint="target.json shows that one")
    chosen = drawn_checks(found.run, found.digest, count)
    names = tuple(check.check for check in chosen)
    again, _ = carry_out(replace(request, only=names, seed=found.run.seed, whole=True), lambda _: None)
    verdicts = {check.check: check for check in again.checks}
    endings = [compare_verdicts(check, verdicts.get(check.check)) for check in chosen]
    for check, (_, sentence) in zip(chosen, endings, strict=True):
        say(console, f"repeated {check.check}: {sentence}")
    return max((code for code, _ in endings), key=_GRAVITY.index, default=ExitCode.INCONCLUSIVE)


_GRAVITY = [ExitCode.CONFORMANT, ExitCode.INCONCLUSIVE, ExitCode.NON_CONFORMANT]  # worst last


def drawn_checks(run: RunResult, digest: str, count: int) -> list[CheckResult]:
    """Return `count` checks in an order that the certificate's digest decides; load takes too long.

    They passed, or their option is told as not claimed: that, too, has to show again.
    """
    skipped = unclaimed_options(run)
    told = [check for check in run.checks if check.verdict is Verdict.PASS or check.check in skipped]
    eligible = [check for check in told if check.feature != "load"]
    return sorted(eligible, key=lambda check: sha256(f"{digest} {check.check}".encode()))[:count]


def compare_verdicts(before: CheckResult, after: CheckResult | None) -> tuple[int, str]:
    """Return the exit code that a repeated check amounts to, and what to say of it."""
    if after is None:
        return ExitCode.INCONCLUSIVE, "this suite has no such check"
    if after.verdict is before.verdict:
        return ExitCode.CONFORMANT, f"{after.verdict} again"
    if after.verdict in (Verdict.FAIL, Verdict.WARN):
        return ExitCode.NON_CONFORMANT, f"{before.verdict} is certified, now it is {after.verdict}: {after.reason}"
    return ExitCode.INCONCLUSIVE, f"now it is {after.verdict}: {after.reason}"
