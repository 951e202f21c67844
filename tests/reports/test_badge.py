from dataclasses import replace
from xml.etree import ElementTree as ET

import pytest

from gauntlet.verdict import Outcome
from reports import badge
from tests.reports import sample_run
from tests.reports.sample_checks import check

RUNS = ["all_pass", "mixture", "nothing_claimed", "killed", "nothing_ran", "load_failing", "hostile"]


@pytest.mark.parametrize("name", RUNS)
def test_is_well_formed_small_and_loads_nothing(name):
    text = badge.render(getattr(sample_run, name)())
    root = ET.fromstring(text)
    assert root.tag == "{http://www.w3.org/2000/svg}svg"
    assert len(text) < 3_000
    for word in ("href", "<script", "<image", "url("):
        assert word not in text


def shown(run):
    return [item.text for item in ET.fromstring(badge.render(run)).iter("{http://www.w3.org/2000/svg}text")]


def test_it_names_the_profiles_that_are_borne_out():
    assert shown(sample_run.all_pass()) == ["gauntlet", "read-only, read-write, resilient, sustained"]


@pytest.mark.parametrize(
    ("outcome", "value"),
    [
        (Outcome.NON_CONFORMANT, "not conformant"),
        (Outcome.PARTIAL, "partial"),
        (Outcome.INCONCLUSIVE, "inconclusive"),
        (Outcome.ERROR, "harness error"),
    ],
)
def test_anything_else_says_so(outcome, value):
    assert shown(replace(sample_run.all_pass(), outcome=outcome)) == ["gauntlet", value]


def test_a_selection_wears_no_profile():
    run = sample_run.all_pass()
    profiles = [replace(profile, outcome=Outcome.PARTIAL) for profile in run.profiles]
    assert shown(replace(run, profiles=profiles)) == ["gauntlet", "a selection holds"]


@pytest.mark.parametrize("colour", sorted(set(badge._COLOURS.values()) | {"#30363d"}))
def test_white_on_it_can_be_read(colour):
    channels = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
    assert 1.05 / (0.2126 * red + 0.7152 * green + 0.0722 * blue + 0.05) >= 4.5


def test_a_part_that_was_asked_for_is_not_called_conformant():
    assert "conformant" not in badge.render(sample_run.run([check("LOD-01")], unasked=139))
