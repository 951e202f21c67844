"""Writing what a run found: results.json and everything that is drawn from it, and the two-sided ledger."""

from __future__ import annotations

import contextlib
import os
from dataclasses import asdict, fields
from pathlib import Path

import orjson

from gauntlet import allure_labels
from gauntlet.allure_results import tell_results
from gauntlet.errors import UsageError
from gauntlet.load_result import LoadResult, LoadSecond
from gauntlet.result import RunResult, to_json
from reports import badge, html, junit, markdown, testreport
from reports.text import redacted


def publish(run: RunResult, run_dir: Path) -> Path:
    """Write every document into `run_dir`, each complete or not at all; return the path of report.html.

    Raises UsageError when the folder cannot be written.
    """
    run = redacted(run)  # the last line of defence: secrets were masked when exchanges were recorded
    for name, content in documents(run).items():
        write_whole(run_dir / name, content)
    tell_results(run_dir / "allure-results", run)
    allure_labels.write_environment(
        run_dir / "allure-results",
        {"target": run.target.name, "version": run.target.version, "seed": str(run.seed), "outcome": run.outcome.value},
    )
    _point_latest(run_dir)
    return run_dir / "report.html"


def documents(run: RunResult) -> dict[str, bytes]:
    """Return every document of `run`, whose texts are redacted already, by file name: the same run, the same bytes."""
    found = {
        "results.json": to_json(run),
        "ledger.ndjson": _ledger(run),
        "junit.xml": _bytes(junit.render(run)),
        "summary.md": _bytes(markdown.render(run)),
        "report.html": _bytes(html.render(run)),
        "testreport.json": testreport.render(run),
        "badge.svg": _bytes(badge.render(run)),
    }
    return found | {f"load-{load.profile}.csv": _seconds(load) for load in run.load}


def write_whole(path: Path, content: bytes) -> None:
    """Write `content` under a temporary name and move it to `path` in one step. Raises UsageError."""
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        draft.write_bytes(content)
        draft.replace(path)
    except OSError as error:
        with contextlib.suppress(OSError):
            draft.unlink()
        raise UsageError(f"cannot write {path}: {error.strerror}", hint="choose another place with --out") from None


def _bytes(document: str | bytes) -> bytes:
    return document.encode() if isinstance(document, str) else document


def _seconds(load: LoadResult) -> bytes:
    """Return the seconds of a load run as CSV, for other tools' plots; results.json holds the same and more."""
    names = [field.name for field in fields(LoadSecond)]
    rows = [[str(getattr(second, name)) for name in names] for second in load.timeline]
    return "".join(",".join(row) + "\n" for row in [names, *rows]).encode()


def _ledger(run: RunResult) -> bytes:
    lines = [
        orjson.dumps({"check": check.check, **asdict(exchange)}, option=orjson.OPT_APPEND_NEWLINE)
        for check in run.checks
        for exchange in check.exchanges
    ]
    return b"".join(lines)


def _point_latest(run_dir: Path) -> None:
    """Let `latest` beside the run's folder point at it, where the file system has links."""
    latest = run_dir.parent / "latest"
    with contextlib.suppress(OSError):
        if latest.is_symlink():
            latest.unlink()
        latest.symlink_to(run_dir.name, target_is_directory=True)
