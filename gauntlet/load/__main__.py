"""Load from several machines by Locust's own master and workers: write the order they carry out, judge what they leave.

    python -m gauntlet.load order morning-spike --base-url URL --tokens FILE --patients FILE > order.json
    python -m gauntlet.load judge morning-spike raw-*.json

Exit codes: 0 objectives held, 1 missed, 2 usage, 3 inconclusive. docs/load.md leads through it.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import orjson
from pydantic import ValidationError

from gauntlet import places
from gauntlet.errors import GauntletError
from gauntlet.load.judge import judge
from gauntlet.load.measured import from_json
from gauntlet.load.merging import merged
from gauntlet.load.plan import Order, Plan, PlanError, check_plan
from gauntlet.load.profile import Profile
from gauntlet.load.profile_file import find_profile, read_profile
from gauntlet.load.scaling import scaled
from gauntlet.verdict import Verdict

_CODES = {Verdict.PASS: 0, Verdict.WARN: 0, Verdict.FAIL: 1}


def order_of(words: argparse.Namespace, profile: Profile, now: float) -> Order:
    """Return the order that every worker carries out its share of. Raises PlanError."""
    given = {name: _read(path) for name, path in (("tokens", words.tokens), ("patients", words.patients))}
    patients = given["patients"]
    try:
        plan = Plan(
            base_url=words.base_url,
            tokens=given["tokens"],
            patients=[{"values": values} for values in patients] if isinstance(patients, list) else patients,
            seed=words.seed,
            allow_remote=words.allow_remote,
            ca_file=words.ca_file,
        )
    except ValidationError as error:
        where = "; ".join(".".join(map(str, item["loc"])) + ": " + item["type"] for item in error.errors())
        raise PlanError(f"tokens or patients are not valid: {where}", hint="docs/load.md shows both files") from None
    check_plan(profile, plan, now)
    return Order(profile=profile, plan=plan, result=Path("raw.json"), progress=Path("progress.ndjson"))


def _read(path: Path) -> object:
    try:
        return orjson.loads(path.read_bytes())
    except (OSError, ValueError) as error:
        raise PlanError(f"{path} is no JSON that can be read: {type(error).__name__}") from None


def verdict_on(files: Sequence[Path], profile: Profile) -> Verdict:
    """Print what all workers measured together; return the verdict. Raises PlanError for a file that is no result."""
    parts = []
    for file in files:
        try:
            parts.append(from_json(file.read_bytes()))
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise PlanError(f"{file} is no worker's result: {error}") from None
    result = judge(merged(parts), profile)
    print(f"{result.sent} of {result.wanted} arrivals sent by {len(parts)} workers")  # noqa: T201 - its output
    for item in result.objectives:
        mark = "missed" if item.missed else "unknown" if item.doubt else "held"
        doubt = f": {item.doubt}" if item.doubt else ""
        print(f"{mark:<7} {item.label} {item.measured:.4g}, allowed {item.limit:g}{doubt}")  # noqa: T201 - its output
    print(f"{result.verdict.value}{f': {result.reason}' if result.reason else ''}")  # noqa: T201 - its output
    return result.verdict


def _words(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m gauntlet.load", description="Load from several machines.")
    commands = parser.add_subparsers(dest="command", required=True)
    order = commands.add_parser("order", help="print the order, which holds tokens: keep it to yourself")
    order.add_argument("--base-url", required=True)
    order.add_argument("--tokens", type=Path, required=True, help="JSON: role to value and expires_at")
    order.add_argument("--patients", type=Path, required=True, help="JSON: a list of patient (FHIR id) and mrn")
    order.add_argument("--ca-file", type=Path, help="certificates to trust under TLS, at this path on every worker")
    order.add_argument("--seed", type=int, default=7)
    order.add_argument("--allow-remote", action="store_true", help="load a gateway that is not on this machine")
    judged = commands.add_parser("judge", help="one verdict on the results of all workers")
    commands.add_parser("locustfile", help="print the path of the locustfile that masters and workers run")
    for command in (order, judged):
        command.add_argument("profile")
        command.add_argument("--scale", type=float, default=1.0, help="multiply the profile's rates")
    judged.add_argument("results", type=Path, nargs="+")
    return parser.parse_args(arguments)


def main(arguments: Sequence[str]) -> int:
    """Carry one command out; return the exit code."""
    words = _words(arguments)
    if words.command == "locustfile":
        sys.stdout.write(f"{places.bundled_file('scenarios', 'locustfile.py')}\n")
        return 0
    try:
        profile = read_profile(find_profile(words.profile, places.bundled("scenarios") / "load"))
        profile = scaled(profile, rate=words.scale) if words.scale != 1 else profile
        if words.command == "judge":
            return _CODES.get(verdict_on(words.results, profile), 3)
        sys.stdout.write(order_of(words, profile, time.time()).model_dump_json() + "\n")
    except GauntletError as error:
        sys.stderr.write(f"error: {error}\n")
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
