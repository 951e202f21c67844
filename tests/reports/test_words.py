"""Every verdict, outcome, family and feature has its words, each verdict its own sign."""

from __future__ import annotations

import pytest

from gauntlet.verdict import Outcome, Verdict
from reports import words
from tests.reports.sample_catalogue import requirement_rows


def test_all_verdicts_and_outcomes_have_words_and_signs_of_their_own():
    assert set(words.VERDICTS) == set(Verdict)
    assert set(words.OUTCOMES) == set(Outcome)
    assert len({word.sign for word in words.VERDICTS.values()}) == len(Verdict)
    assert len({word.sign for word in words.OUTCOMES.values()}) == len(Outcome)


@pytest.mark.parametrize("row", requirement_rows(), ids=lambda row: row.id)
def test_known_families_and_features_have_words(row):
    assert words.family_name(row.id[:3]) != row.id[:3]
    assert row.feature in words.LACKING
    assert all(words.vantage(code) != code for code in row.judged_from)


def test_unknown_names_are_shown_as_they_are():
    assert words.family_name("XYZ") == "XYZ"
    assert words.vantage("the moon") == "the moon"
    assert "particular to the target" in words.lacking("telepathy")


@pytest.mark.parametrize(
    ("number", "noun", "plural", "text"),
    [(1, "check", "", "1 check"), (0, "check", "", "0 checks"), (2, "entry", "entries", "2 entries")],
)
def test_counted(number, noun, plural, text):
    assert words.counted(number, noun, plural) == text
