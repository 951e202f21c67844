from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from rich.console import Console

from gauntlet.commands.compare import compare_runs
from gauntlet.comparison import compare_loads
from gauntlet.errors import UsageError
from gauntlet.result import to_json
from gauntlet.verdict import Verdict
from tests.reports import sample_run


def load(**changes):
    return replace(sample_run.load_failing().load[0], verdict=Verdict.PASS, **changes)


def slower(result, factor):
    last = result.endpoints[-1]
    latency = replace(last.latency, p99=last.latency.p99 * factor)
    return replace(result, endpoints=[*result.endpoints[:-1], replace(last, latency=latency)])


@pytest.mark.parametrize(("factor", "worse"), [(1.0, []), (1.1, []), (1.5, ["p99 ms"]), (0.5, [])])
def test_only_what_is_clearly_worse_is_worse(factor, worse) -> None:
    found = compare_loads([load()], [slower(load(), factor)], 0.2)
    assert [change.figure for change in found.worse] == worse
    assert not found.doubts


@pytest.mark.parametrize(
    ("after", "said"),
    [
        ({"partial": True, "reason": "stopped early"}, "the second run is partial"),
        ({"verdict": Verdict.INCONCLUSIVE}, "the second run is inconclusive"),
        ({"wanted": 1}, "different rates"),
        ({"profile": "other"}, "only the second run has it"),
    ],
)
def test_what_cannot_be_compared_is_said(after, said) -> None:
    found = compare_loads([load()], [replace(load(), **after)], 0.2)
    assert not found.changes
    assert said in found.doubts[0]


def test_exit_codes(tmp_path: Path) -> None:
    run = sample_run.load_failing()
    for name, result in (("good", load()), ("bad", slower(load(), 2))):
        (tmp_path / f"{name}.json").write_bytes(to_json(replace(run, load=[result])))
    good, bad, console = tmp_path / "good.json", tmp_path / "bad.json", Console(quiet=True)
    assert compare_runs(good, good, 0.2, console) == 0
    assert compare_runs(good, bad, 0.2, console) == 1
    assert compare_runs(bad, good, 0.2, console) == 0
    (tmp_path / "none.json").write_bytes(to_json(replace(run, load=[])))
    assert compare_runs(good, tmp_path / "none.json", 0.2, console) == 3
    (tmp_path / "empty.json").write_bytes(to_json(replace(run, load=[], checks=[])))
    for wrong in ("empty.json", "missing.json"):
        with pytest.raises(UsageError):
            compare_runs(good, tmp_path / wrong, 0.2, console)
