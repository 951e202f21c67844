"""Command line: `serve`, `defects`; about a trail `verify-audit`, `search-audit`, `audit-events`."""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import sys
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

from reference_gateway.audit_chain import BrokenTrail
from reference_gateway.audit_events import OBSERVER
from reference_gateway.audit_search import read_trail
from reference_gateway.composition import Parts
from reference_gateway.defects import DEFECTS, parts_with
from reference_gateway.serve import serve
from reference_gateway.settings import SettingsError

USAGE_ERROR = 2


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code: 0 done, 1 a trail that does not verify, 2 usage or settings."""
    options = _parser().parse_args(arguments)
    if options.command == "defects":
        print(json.dumps([defect.listed() for defect in DEFECTS.values()], indent=1))  # noqa: T201 - data goes to stdout
        return 0
    try:
        parts = parts_with(options.defect) if options.defect else Parts()
    except KeyError as error:
        return _fail(str(error.args[0]))
    if options.command == "search-audit":
        return print_records(options.file, lambda: parts.search_trail(options.file, options.field, options.value))
    if options.command == "audit-events":
        events = parts.audit_events(OBSERVER)
        return print_records(options.file, lambda: map(events.event, read_trail(options.file)))
    return verify_audit(options.file, parts) if options.command == "verify-audit" else run(parts)


def run(parts: Parts) -> int:
    """Serve until told to stop."""
    try:
        with asyncio.Runner(loop_factory=_loop_factory()) as runner:
            return runner.run(serve(parts, os.environ))
    except SettingsError as error:
        return _fail(str(error))
    except OSError as error:
        where = error.filename or f"GATEWAY_LISTEN={os.environ.get('GATEWAY_LISTEN')}"
        return _fail(f"cannot start: {error.strerror or error} ({where}); hint: free it or name another one")


def verify_audit(file: Path, parts: Parts) -> int:
    """Verify a trail: 0 intact, 1 not, 2 unreadable."""
    try:
        count = parts.verify_trail(file)
    except BrokenTrail as broken:
        print(f"{file}: {broken}")  # noqa: T201 - the command's result
        return 1
    except OSError as error:
        return _fail(f"{file}: {error.strerror}")
    print(f"{file}: intact, {count} records")  # noqa: T201 - the command's result
    return 0


def print_records(file: Path, found: Callable[[], Iterable[dict[str, Any]]]) -> int:
    """Print what is `found` in a trail as JSON lines: 0 done, 1 a trail that is broken, 2 unreadable."""
    try:
        for record in found():
            print(json.dumps(record))  # noqa: T201 - the command's result
    except BrokenTrail as broken:
        print(f"{file}: {broken}", file=sys.stderr)  # noqa: T201 - talk goes to stderr
        return 1
    except OSError as error:
        return _fail(f"{file}: {error.strerror}")
    return 0


def _loop_factory() -> Callable[[], asyncio.AbstractEventLoop] | None:
    """Return uvloop's loop where it is installed (the extra `speed`), else None for asyncio's own."""
    try:
        import uvloop  # noqa: PLC0415 - an extra
    except ImportError:
        return None
    return uvloop.new_event_loop


def _fail(message: str) -> int:
    print(f"reference_gateway: {message}", file=sys.stderr)  # noqa: T201 - talk goes to stderr
    return USAGE_ERROR


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="reference_gateway", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    command = commands.add_parser("serve", help="serve; settings come from GATEWAY_* in the environment")
    _add_defect(command)
    commands.add_parser("defects", help="list the defects as JSON")
    command = commands.add_parser("verify-audit", help="verify the hash chain of an audit trail")
    _add_defect(command)
    command.add_argument("file", type=Path)
    command = commands.add_parser("search-audit", help="print the records of a trail in which a field has a value")
    _add_defect(command)
    command.add_argument("file", type=Path)
    command.add_argument("field")
    command.add_argument("value")
    command = commands.add_parser("audit-events", help="print a trail as FHIR AuditEvents")
    _add_defect(command)
    command.add_argument("file", type=Path)
    return parser


def _add_defect(command: argparse.ArgumentParser) -> None:
    command.add_argument("--defect", default="", help="be wrong in exactly one way; `defects` lists them")


if __name__ == "__main__":
    sys.exit(main())
