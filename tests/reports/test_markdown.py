"""The pull-request summary: short, true, and no text of a run becomes markup."""

from __future__ import annotations

import re

import pytest

from reports import markdown
from tests.reports import sample_run


def test_says_what_counts():
    text = markdown.render(sample_run.mixture(), "https://ci.example/1/report.html")
    for part in (
        "### ✗ Gauntlet: Not conformant",
        "**Northwind Interface Gateway 4.2.1** in front of epic, exit code 1, seed 7.",
        "| read-only | ✗ Not conformant | fails AUT-02 |",
        "| accountable | not claimed |",
        "- ❌ **RES-01** Waits for Retry-After",
        "  - expected `no repeat to the EHR before 2000 ms after the 429`, got `repeats after 18 ms",
        "upstream calls: 0`",
        "Repeat: `gauntlet run --target targets/northwind.toml --seed 7`",
        "[Whole report](<https://ci.example/1/report.html>)",
    ):
        assert part in text


def test_a_good_run_is_a_few_lines():
    text = markdown.render(sample_run.all_pass())
    assert "### ✓ Gauntlet: Conformant" in text
    assert "❌" not in text
    assert len(text.splitlines()) < 20


def test_a_failed_load_profile_is_listed():
    assert "**load profile morning-spike**: p99 of 4120 ms" in markdown.render(sample_run.load_failing())


def test_many_failures_are_cut():
    text = markdown.render(sample_run.crowded(40))
    assert "and 28 more checks" in text
    assert len(text) < 20_000


def test_hostile_text_is_inert():
    text = markdown.render(sample_run.hostile())
    outside = re.sub(r"(?<![\\`])(`+)(?!`).+?(?<!`)\1(?!`)", "", text)
    assert re.search(r"(?<!\\)[<`]", outside) is None
    assert {len(re.findall(r"(?<!\\)\|", line)) for line in outside.splitlines()} == {0, 4}
    assert "@everyone" not in outside
    assert "eyJ" not in text
    assert len(text) < 20_000
    text.encode()


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("a | b", "a \\| b"),
        ("<b>*x*", "\\<b\\>\\*x\\*"),
        ("fixes #12", "fixes \\#12"),
        ("@team", "@\u200bteam"),
        ("https://evil.example", "https:\u200b//evil.example"),
        ("two\nlines", "two lines"),
        ("![x](y)", "\\!\\[x\\](y)"),
    ],
)
def test_plain(before, after):
    assert markdown.plain(before) == after


@pytest.mark.parametrize(
    ("before", "after"),
    [("x", "`x`"), ("a`b", "``a`b``"), ("`a", "`` `a ``"), ("a|b", "`a¦b`"), ("", "")],
)
def test_code(before, after):
    assert markdown.code(before) == after
