"""The Allure report of a run, where Node and Allure are: `python -m gauntlet.allure_report out/latest`.

Allure puts a tracker into each report that it makes; it is taken out, so that a report tells nobody who reads it.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from gauntlet.errors import GauntletError, UsageError

RESULTS, REPORT = "allure-results", "allure-report"
LIMIT_S = 300.0
_SCRIPT = re.compile(r"<script\b[^>]*>.*?</script>\s*", re.DOTALL | re.IGNORECASE)
_TRACKER = re.compile(r"googletagmanager|google-analytics|\bgtag\(|mc\.yandex", re.IGNORECASE)


def without_analytics(page: str) -> str:
    """Return an HTML page of Allure without the scripts that report its readers to somebody."""
    return _SCRIPT.sub(lambda found: "" if _TRACKER.search(found[0]) else found[0], page)


def render(run_dir: Path, environment: Mapping[str, str]) -> Path:
    """Render the Allure results of a run beside them and return the page.

    Raises UsageError when there are no results or no Allure, or when Allure fails.
    """
    allure = shutil.which("allure", path=environment.get("PATH"))
    results, report = run_dir.resolve() / RESULTS, run_dir.resolve() / REPORT
    if not results.is_dir():
        raise UsageError(f"{results} is no folder", hint="runs have Allure results when allure-pytest is installed")
    if allure is None:
        raise UsageError("there is no allure on PATH", hint="npm install --global allure")
    command = [allure, "generate", "--output", str(report), str(results)]
    more = {**environment, "ALLURE_NO_ANALYTICS": "1"}
    try:
        subprocess.run(command, check=True, capture_output=True, timeout=LIMIT_S, cwd=run_dir, env=more)
    except subprocess.CalledProcessError as error:
        raise UsageError(f"allure failed: {error.stderr.decode(errors='replace')[-500:]}") from None
    except subprocess.TimeoutExpired:
        raise UsageError(f"allure did not end within {LIMIT_S:.0f} s") from None
    for page in report.rglob("*.html"):
        page.write_text(without_analytics(page.read_text(encoding="utf-8")), encoding="utf-8")
    return report / "index.html"


def main(arguments: Sequence[str]) -> int:
    """Render the report of the run folder given; return the exit code."""
    try:
        page = render(Path(arguments[0] if arguments else "out/latest"), os.environ)
    except GauntletError as error:
        print(error, file=sys.stderr)  # noqa: T201 - a command's talk
        return 2
    print(page)  # noqa: T201 - a command's output
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
