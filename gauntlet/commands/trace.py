"""`gauntlet trace`: hold the suite, and a run of it, against the golden trace."""

from __future__ import annotations

from pathlib import Path

from rich.console import Console

from gauntlet import places
from gauntlet.check_source import judging_calls
from gauntlet.checklist import list_checks
from gauntlet.commands.gate import quick_selection
from gauntlet.commands.results_file import read_results
from gauntlet.console import say
from gauntlet.errors import UsageError
from gauntlet.golden import Comparison, Golden, compare, from_json, suite_trace, to_json, with_steps
from gauntlet.result import CheckResult
from gauntlet.verdict import ExitCode

_MOST = 40
ACCEPT = (
    "when it is meant: `gauntlet run reference --gate`, then `gauntlet trace out/latest --accept`, and commit the file"
)


def golden_file() -> Path:
    """Return where the golden trace is."""
    return places.bundled("scenarios") / "golden" / "trace.json"


def read_golden(path: Path) -> Golden:
    """Return the golden trace in `path`. Raises UsageError for what is none."""
    try:
        return from_json(path.read_bytes())
    except OSError as error:
        raise UsageError(
            f"{path} cannot be read: {error.strerror}", hint="`gauntlet trace --accept` writes it"
        ) from None
    except (ValueError, KeyError, TypeError, AttributeError):
        raise UsageError(f"{path} is no golden trace", hint="`gauntlet trace --accept` writes one") from None


def trace_of_suite() -> Golden:
    """Return the trace of the suite as it is written."""
    suites = places.bundled("suites")
    checks = list_checks()
    files = {item["check"].partition("::")[0] for item in checks}
    calls = {
        f"{file}::{name}": found
        for file in files
        for name, found in judging_calls((suites / file).read_text(encoding="utf-8"), source_of).items()
    }
    return suite_trace(checks, calls)


def source_of(module: str) -> str | None:
    """Return the source of one of our modules, None when it is no plain file."""
    path = Path(__file__).resolve().parents[2].joinpath(*module.split(".")).with_suffix(".py")
    return path.read_text(encoding="utf-8") if path.is_file() else None


def show_trace(run: Path | None, golden: Path | None, console: Console, *, accept: bool) -> int:
    """Compare and print what is gone; with `accept` write the golden trace anew. Return the exit code."""
    path = golden or golden_file()
    results = read_results(run).checks if run else []
    suite = trace_of_suite()
    if accept:
        return _accept(path, suite, results, console)
    found = compare(read_golden(path), suite, results)
    for line in told(found, path):
        say(console, line)
    if not found.same:
        return ExitCode.NON_CONFORMANT
    return ExitCode.INCONCLUSIVE if found.not_compared else ExitCode.CONFORMANT


def told(found: Comparison, path: Path) -> list[str]:
    """Return a comparison as lines."""
    lines = [f"gone  {line}" for line in found.gone[:_MOST]]
    if len(found.gone) > _MOST:
        lines.append(f"and {len(found.gone) - _MOST} more")
    lines += [f"not compared  {line}" for line in found.not_compared[:_MOST]]
    if found.new:
        lines.append(f"new, and held to the trace once it has them: {len(found.new)}")
    if found.gone:
        return [*lines, f"gone, though {path} has them: {len(found.gone)}", ACCEPT]
    steps = f"the steps of {found.compared} checks that ran are as they were" if found.compared else "no run was given"
    return [*lines, f"nothing of {path} is gone; {steps}"]


def _accept(path: Path, suite: Golden, results: list[CheckResult], console: Console) -> int:
    """Write the trace. Steps are kept of the quick selection alone, which does the same whatever seed and machine."""
    cheap = [check for check in results if check.check.startswith(quick_selection())]
    golden = with_steps(suite, read_golden(path) if path.exists() else {}, cheap)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(to_json(golden))
    steps = sum(bool(traced.steps) for traced in golden.values())
    console.print(f"wrote {path}: {len(golden)} checks, {steps} of them with their steps", highlight=False)
    return ExitCode.CONFORMANT
