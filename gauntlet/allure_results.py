"""The folder of Allure results after a run: each is told what the run found. Without the folder nothing happens."""

from __future__ import annotations

from pathlib import Path

import orjson

from gauntlet.result import RunResult
from reports import allure

RESULT, CONTAINER = "*-result.json", "*-container.json"


def tell_results(folder: Path, run: RunResult) -> int:
    """Write steps, attachments and verdicts of `run` (redacted) into the results; return how many were told.

    Containers hold nothing but the set-up of fixtures, thousands of files: they are removed.
    """
    checks = {check.check: check for check in run.checks}
    told = 0
    for path in folder.glob(RESULT):
        raw = orjson.loads(path.read_bytes())
        check = checks.get(allure.check_of(raw))
        if check is None:
            continue
        found, files = allure.enriched(raw, check)
        for name, content in files.items():
            (folder / name).write_bytes(content)
        path.write_bytes(orjson.dumps(found))
        told += 1
    for path in folder.glob(CONTAINER):
        path.unlink()
    return told
