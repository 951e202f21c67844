from __future__ import annotations

import io
import re
from dataclasses import replace
from pathlib import Path

import pytest
from rich.console import Console

from gauntlet.commands.compare import compare_runs
from gauntlet.commands.compare_load import tell_load
from gauntlet.comparison import compare_loads
from gauntlet.errors import UsageError
from gauntlet.load_result import EndpointLoad, LoadFault, Objective, Percentiles
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


def bounded(result, low, high):
    last = result.endpoints[-1]
    latency = replace(last.latency, bounds={"p99": [low * last.latency.p99, high * last.latency.p99]})
    return replace(result, endpoints=[*result.endpoints[:-1], replace(last, latency=latency)])


@pytest.mark.parametrize(
    ("before", "after", "worse"),
    [
        ((0.9, 1.1), (0.9, 1.1), ["p99 ms"]),
        ((0.9, 1.4), (0.9, 1.1), []),  # 1.4 of 1, and 0.9 of 1.5: one gateway may be measured so twice
        ((0.9, 1.34), (0.9, 1.1), ["p99 ms"]),
        ((0.9, 1.1), (0.7, 1.1), []),
    ],
)
def test_what_may_be_chance_is_not_worse(before, after, worse) -> None:
    first, second = bounded(load(), *before), bounded(slower(load(), 1.5), *after)
    found = compare_loads([first], [second], 0.2)
    assert [change.figure for change in found.worse] == worse
    notes = [change.note for change in found.changes if change.figure == "p99 ms" and change.endpoint == "all"]
    assert ("by chance" in notes[0]) == (not worse)
    assert not compare_loads([bounded(load(), 0.1, 9.0)], [load()], 0.2).worse


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


def with_parts(p999, count, recovered_s):
    parts = [EndpointLoad("search Observation", count, 0, 0, *[Percentiles(count, 10.0, 20.0, 30.0, p999, p999)] * 2)]
    fault = LoadFault("outage", 1.0, 3.0, recovered_s, proven=True, evidence="felt")
    return load(interactions=parts, traffic=[replace(parts[0], name="batch")], faults=[fault])


@pytest.mark.parametrize(
    ("before", "after", "worse"),
    [
        ((50.0, 6000, 2.0), (50.0, 6000, 3.0), []),  # recovery is seen by whole seconds
        ((50.0, 6000, 2.0), (500.0, 6000, 2.0), [("search Observation", "p999 ms"), ("traffic batch", "p999 ms")]),
        ((50.0, 6000, 2.0), (500.0, 4000, 2.0), []),  # of so few arrivals the worst 4 say nothing
        ((50.0, 6000, 2.0), (50.0, 6000, 9.0), [("outage", "recovery s")]),
        ((50.0, 6000, 2.0), (50.0, 6000, None), [("outage", "recovery s")]),
        ((50.0, 6000, None), (50.0, 6000, None), []),
    ],
)
def test_interactions_classes_and_recovery_are_compared(before, after, worse) -> None:
    found = compare_loads([with_parts(*before)], [with_parts(*after)], 0.2)
    assert [(change.endpoint, change.figure) for change in found.worse] == worse


def test_an_objective_that_is_missed_now_is_named() -> None:
    held = Objective("p99_ms", 600.0, 590.0, held=True, about="search Observation")
    missed = replace(held, measured=610.0, held=False)
    found = compare_loads([load(objectives=[held])], [load(objectives=[missed])], 0.2)
    assert [(item.endpoint, item.figure) for item in found.worse] == [("search Observation", "objective p99_ms")]
    doubtful = replace(held, held=False, doubt="3 arrivals are too few")
    assert not compare_loads([load(objectives=[held])], [load(objectives=[doubtful])], 0.2).worse


def search(held, too_much, **changes):
    return load(held_per_s=held, too_much_per_s=too_much, **changes)


@pytest.mark.parametrize(
    ("before", "after", "worse"),
    [
        ((300.0, 400.0), (200.0, 300.0), []),  # 299 and 301 look like that, too
        ((300.0, 400.0), (100.0, 150.0), ["capacity /s"]),
        ((300.0, 400.0), (0.0, 25.0), ["capacity /s"]),
        ((200.0, 300.0), (400.0, None), []),
        ((400.0, None), (400.0, None), []),
    ],
)
def test_searches_are_compared_by_what_was_held(before, after, worse) -> None:
    found = compare_loads([search(*before)], [slower(search(*after, wanted=1), 9)], 0.2)
    assert [change.figure for change in found.worse] == worse
    assert not found.doubts


def test_another_patients_data_in_a_search_is_worse() -> None:
    last = load().endpoints[-1]
    mixed_up = search(300.0, 400.0, endpoints=[replace(last, wrong_patient=last.wrong_patient + 1)])
    found = compare_loads([search(300.0, 400.0)], [replace(mixed_up, verdict=Verdict.FAIL)], 0.2)
    assert [change.figure for change in found.worse] == ["wrong patients"]


def test_a_search_is_compared_with_a_search() -> None:
    assert compare_loads([load()], [search(300.0, 400.0)], 0.2).doubts == [
        "morning-spike: one of them tells no capacity"
    ]


def printed(before, after) -> str:
    out = io.StringIO()
    tell_load(compare_loads(before, after, 0.2), Console(file=out, width=80))
    return out.getvalue()


def test_what_is_printed_can_be_read_on_80_columns() -> None:
    text = printed(
        [load(), search(300.0, 400.0, profile="capacity")],
        [slower(load(), 2), search(100.0, 150.0, profile="capacity")],
    )
    assert "! 4,120 → 8,240" in text
    assert "! capacity: arrivals/s that were held 300 → 100" in text
    assert "…" not in text


def test_figures_of_few_arrivals_are_told_in_brackets() -> None:
    part = [EndpointLoad("batch", 60, 0, 0, *[Percentiles(60, 10.0, 20.0, 30.0, 50.0, 50.0)] * 2)]
    text = printed([load(traffic=part)], [load(traffic=part)])
    assert re.search(r"traffic batch +10 → 10 +\(20 → 20\) +\(30 → 30\) +\(50 → 50\)", text)


def test_a_class_that_is_all_of_the_traffic_is_not_repeated() -> None:
    whole = replace(load().endpoints[-1], name="interactive")
    assert "traffic" not in printed([load(traffic=[whole])], [load(traffic=[whole])])


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
