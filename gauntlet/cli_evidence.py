"""The commands about evidence that stands by itself: certify, verify and replay; and the gate of `gauntlet run`."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console

from gauntlet.cli_options import OUT, VERDICTS, LabsOption, OutOption, SeedOption, command_line
from gauntlet.errors import UsageError

CERTIFIED = f"{VERDICTS} A conformant run that cannot be certified ends with 3."
VERIFIED = "Exit codes: 0 verified, 1 rejected, 2 usage, 3 intact but nobody vouches for the key, 4 harness error."

TRACED = "Exit codes: 0 nothing is gone, 1 something is, 2 usage, 3 cannot be compared, 4 harness error."
REPLAYED = "Exit codes: 0 same, 1 differs, 2 usage or configuration, 3 cannot be repeated, 4 harness error."


def certify(
    target: Annotated[Path | None, typer.Argument(help="Target file, or the name of a bundled one.")] = None,
    key: Annotated[Path | None, typer.Option("--key", help="Ed25519 private key (PEM) to sign with.")] = None,
    new_key: Annotated[
        Path | None,
        typer.Option(
            "--new-key", help="Write a new key to this file, its public half beside it; a target is then signed."
        ),
    ] = None,
    teeth: Annotated[
        Path | None, typer.Option("--teeth", help="matrix.json of `gauntlet teeth`, to be enclosed.")
    ] = None,
    seed: SeedOption = None,
    labs: LabsOption = None,
    out: OutOption = OUT,
) -> None:
    """Run everything and write a signed certificate of what holds; see docs/certify.md.

    Example: gauntlet certify my-gateway.toml --key vendor.pem
    """
    from gauntlet.commands.certify import make_key
    from gauntlet.commands.run import certify_and_report, resolve_target
    from gauntlet.run import Request

    if key is not None and new_key is not None:
        raise UsageError("--key signs with a key that exists, --new-key makes one", hint="give one of the two")
    file = resolve_target(target) if target is not None else None
    if new_key is not None:
        make_key(new_key, Console(stderr=file is not None))
        if file is None:
            return
        key = new_key
    if file is None or key is None:
        raise UsageError("certify wants a target file and --key", hint="`gauntlet certify --new-key FILE` makes a key")
    request = Request(target=file, out=out, seed=seed, labs=labs, command=command_line())
    certify_and_report(request, key, teeth, Console(stderr=True))


def verify(
    bundle: Annotated[Path, typer.Argument(help="Folder of the certificate.")],
    key: Annotated[
        list[Path] | None, typer.Option("--key", help="Public key (PEM) that may have signed; may be repeated.")
    ] = None,
    repeat: Annotated[
        int, typer.Option("--replay", help="Run so many checks again, chosen by the certificate's digest.", min=0)
    ] = 0,
    target: Annotated[Path | None, typer.Option("--target", help="Target file for --replay.")] = None,
    out: OutOption = OUT,
) -> None:
    """Check a certificate offline: signature, every file, and that its verdict follows from its results.

    Example: gauntlet verify certificate --key vendor.pem.pub
    """
    from gauntlet.commands.certify import replay_some, verify_bundle
    from gauntlet.commands.run import resolve_target
    from gauntlet.run import Request

    if repeat and target is None:
        raise UsageError("--replay runs checks: it wants the gateway's target file in --target")
    code, found = verify_bundle(bundle, key or [], Console())
    if target is not None and repeat and not found.problems:
        file = resolve_target(target)
        request = Request(target=file, out=out, command=command_line())
        code = replay_some(found, file, repeat, request, Console()) or code
    raise typer.Exit(code)


def replay(
    run: Annotated[Path, typer.Argument(help="Folder of the run.")],
    check: Annotated[str, typer.Argument(help="Id of a check in it, or a beginning that only one has.")],
    out: OutOption = OUT,
) -> None:
    """Run one check of an earlier run again, with its seed, faults and clock, and compare.

    Example: gauntlet replay out/latest security/test_tokens.py::test_expired_token
    """
    from gauntlet.commands.replay import replay_check
    from gauntlet.progress import CheckProgress

    with CheckProgress(Console(stderr=True)) as progress:
        code = replay_check(run, check, out, command_line(), Console(), progress)
    raise typer.Exit(code)


def trace(
    run: Annotated[Path | None, typer.Argument(help="Folder of a run of the reference gateway.")] = None,
    golden: Annotated[
        Path | None, typer.Option("--golden", help="Trace to compare with; default: the release's.")
    ] = None,
    accept: Annotated[bool, typer.Option("--accept", help="Write the trace anew instead.")] = False,
) -> None:
    """Compare what the checks are, and what a run of them executed, with the last release: nothing may vanish.

    Example: gauntlet trace out/latest
    """
    from gauntlet.commands.trace import show_trace

    raise typer.Exit(show_trace(run, golden, Console(), accept=accept))


def pass_gate(
    target: Path,
    out: Path,
    strictness: tuple[Path | None, bool, bool, bool],
    stderr: Console,
    options: Mapping[str, Any],
) -> None:
    """Carry out `gauntlet run --gate`; `strictness` is baseline, new failures only, full, and JSON.

    `options` are fields of `gauntlet.run.Request`.
    """
    from gauntlet.commands.gate import Options, gate_and_report
    from gauntlet.commands.run import resolve_target
    from gauntlet.run import Request

    request = Request(target=resolve_target(target), out=out, command=command_line(), **options)
    gate_and_report(request, Options(*strictness), stderr)
