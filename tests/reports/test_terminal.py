"""The summary on the terminal: readable without colour, at any width, never controlled by its texts."""

from __future__ import annotations

import io
from dataclasses import replace

import pytest
from rich.cells import cell_len
from rich.console import Console

from gauntlet.verdict import Verdict
from reports import terminal
from tests.reports import sample_run
from tests.reports.sample_checks import check


def printed(run, width=100, colour=False, report="out/run/report.html"):
    out = io.StringIO()
    Console(
        file=out,
        width=width,
        force_terminal=colour,
        color_system="standard" if colour else None,
        legacy_windows=False,
    ).print(terminal.render(run, report))
    return out.getvalue()


def test_says_what_failed_and_ends_with_the_verdict():
    text = printed(sample_run.mixture())
    for part in (
        "✗ fail RES-01 Waits for Retry-After in seconds before it repeats",
        "expected no repeat to the EHR before 2000 ms after the 429",
        "actual   repeats after 18 ms and 46 ms (2 of 3 too early)",
        "like     ignores-retry-after",
        'expected status 401 with WWW-Authenticate: Bearer error="invalid_token"; upstream calls: 0',
        "✗ NOT CONFORMANT",
        "report out/run/report.html",
        "repeat gauntlet run --target targets/northwind.toml --seed 7",
        "exit   1 (not conformant)",
        "accountable not claimed",
    ):
        assert part in text
    assert text.index("warn") < text.index("✗ fail") < text.index("NOT CONFORMANT")


def test_a_good_run_is_short():
    assert len(printed(sample_run.all_pass()).splitlines()) < 14


def test_a_failed_load_profile_says_which_objective():
    assert "✗ fail load profile morning-spike: p99 of 4120 ms, 1500 ms allowed" in printed(sample_run.load_failing())


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"reason": "300 arrivals/s were held; 400/s was too much, and there the search ends"}, "400/s was too much"),
        ({"reason": ""}, "every objective held"),
    ],
)
def test_a_load_profile_that_passes_is_told_in_its_own_words(changes, told):
    run = sample_run.load_failing()
    load = replace(run.load[0], verdict=Verdict.PASS, **changes)
    assert told in printed(replace(run, load=[load]))


def test_objectives_that_are_not_judged_are_counted():
    run = sample_run.load_failing()
    objectives = [replace(item, held=False, doubt="too few arrivals") for item in run.load[0].objectives[:1]]
    load = replace(run.load[0], verdict=Verdict.PASS, reason="", objectives=[*objectives, *run.load[0].objectives[1:]])
    assert f"{len(load.objectives) - 1} of {len(load.objectives)} objectives held, 1 not judged" in printed(
        replace(run, load=[load])
    )


@pytest.mark.parametrize("width", [40, 60, 80, 200])
@pytest.mark.parametrize("name", ["mixture", "hostile", "killed", "nothing_ran"])
def test_fits_the_width(name, width):
    lines = printed(getattr(sample_run, name)(), width).splitlines()
    assert max(cell_len(line) for line in lines) <= width


def test_colour_adds_nothing_but_colour():
    coloured = printed(sample_run.mixture(), colour=True)
    assert "\x1b[" in coloured
    assert "\x1b" not in printed(sample_run.mixture())


def test_hostile_text_cannot_control_the_terminal():
    text = printed(sample_run.hostile())
    assert not any(ord(sign) < 32 and sign != "\n" for sign in text)
    assert "\u202e" not in text
    assert "eyJ" not in text


def test_markup_in_a_text_is_text():
    run = sample_run.run([], reason="[red]x[/red] [link=file:///etc/passwd]y[/link]")
    assert "[red]x[/red] [link=file:///etc/passwd]y[/link]" in printed(run)


def test_many_failures_are_cut():
    text = printed(sample_run.crowded(60))
    assert "40 checks that did not pass are only in the report." in text


def test_a_part_that_was_asked_for_is_not_called_conformant():
    part = sample_run.run([check("LOD-01")], unasked=139, profiles=[])
    text = printed(part)
    assert "CONFORMANT" not in text
    assert "exit   0 (what was asked for holds)" in text
    assert "read-only" not in text
