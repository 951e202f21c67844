"""A run as a whole: families, groups, obstacles, anchors."""

from __future__ import annotations

from dataclasses import replace

import pytest

from gauntlet.verdict import Outcome, Verdict
from reports import overview
from tests.reports import sample_run
from tests.reports.sample_checks import check


def test_families_follow_the_catalogue_and_count_everything():
    found = overview.families(sample_run.mixture())
    assert [family.code for family in found][:4] == ["CON", "MAP", "AUT", "UPA"]
    assert sum(family.checks for family in found) == 140
    contract = found[0]
    assert (contract.requirements, contract.unchecked, contract.counts[Verdict.WARN]) == (6, 1, 1)


def test_an_unknown_family_is_listed_last_under_its_own_name():
    found = overview.families(sample_run.run([check("XYZ-01"), check("AUT-01")], requirements=[]))
    assert [(family.code, family.name) for family in found] == [("AUT", "Consumer access"), ("XYZ", "XYZ")]


def test_of_sorts_by_verdict_then_requirement():
    found = overview.of(sample_run.mixture(), Verdict.FAIL, Verdict.WARN)
    assert [item.requirement for item in found] == ["AUT-02", "AUT-02", "RES-01", "IDP-04", "CON-16"]


def test_obstacles_are_one_a_requirement_with_load_profiles():
    found = overview.obstacles(sample_run.load_failing())
    assert [(item.key, item.verdict, item.checks) for item in found] == [
        ("LOD-01", Verdict.FAIL, 1),
        ("morning-spike", Verdict.FAIL, 1),
    ]
    assert found[1].text == "Load profile morning-spike: p99_ms not held"
    assert overview.obstacles(sample_run.all_pass()) == []


@pytest.mark.parametrize(
    ("check_id", "fragment"),
    [
        ("security/test_tokens.py::test_expired", "check-security-test_tokens.py-test_expired"),
        ("a::b[x y]", "check-a-b-x-y"),
        ("<script>", "check-script"),
    ],
)
def test_anchor(check_id, fragment):
    assert overview.anchor(check_id) == fragment


@pytest.mark.parametrize("check_id", ["", "///", "x" * 100_000, "日本"])
def test_anchor_is_never_empty_nor_long(check_id):
    assert 10 < len(overview.anchor(check_id)) < 150


def test_anchors_that_would_collide_are_numbered():
    links = overview.anchors(
        [check("AUT-01", 1, check="a[b]"), check("AUT-01", 2, check="a[b"), check("AUT-01", 3, check="a")]
    )
    assert links == {"a[b]": "check-a-b", "a[b": "check-a-b--2", "a": "check-a"}


@pytest.mark.parametrize(
    ("run", "text"),
    [
        (sample_run.all_pass(), "Of 140 checks that ran, 140 passed."),
        (sample_run.nothing_ran(), "No check ran."),
        (sample_run.run([check("AUT-01")]), "Of 1 check that ran, 1 passed."),
        (
            sample_run.nothing_claimed(),
            "Of 65 checks that ran, 1 failed, 64 passed; 75 more are for features that are not claimed.",
        ),
    ],
    ids=["all pass", "nothing", "one", "nothing claimed"],
)
def test_sentence(run, text):
    assert overview.sentence(run) == text


def test_a_killed_process_is_one_obstacle():
    found = overview.obstacles(sample_run.killed())
    assert [(item.key, item.text, item.checks) for item in found] == [("AUT-04", "and 19 more requirements", 100)]
    assert found[0].why == "the mock EHR was killed (signal 9)"


def test_left_out():
    partial = sample_run.run(sample_run.default_checks(), deselected=3)
    assert overview.left_out(partial).startswith("3 checks left out on purpose. Run without a selection")
    assert overview.left_out(sample_run.all_pass()) == ""


def test_left_out_because_of_the_ehr():
    skipped = check("AUT-01", 1, Verdict.NOT_CLAIMED, check="a")
    behind = {"deselected": 1, "outcome": Outcome.PARTIAL}
    elsewhere = sample_run.run([skipped, check("AUT-02", 1)], **behind)
    ehr = elsewhere.target.ehr
    assert overview.left_out(elsewhere) == f"1 check of claimed features cannot judge behind {ehr} yet."
    both = sample_run.run([skipped, check("AUT-02", 1)], **{**behind, "deselected": 3})
    assert overview.left_out(both).startswith("2 checks left out on purpose. Run without")
    judged = sample_run.run([skipped, check("AUT-01", 2)], **behind)
    assert overview.left_out(judged).startswith("1 check left out on purpose.")


def test_a_part_that_was_asked_for_is_no_verdict_on_the_whole():
    part = sample_run.run([check("LOD-01")], unasked=139)
    assert overview.headline(part).label == "Passed"
    assert overview.left_out(part) == "139 checks of the suite not asked for."
    assert [family.code for family in overview.families(part)] == ["LOD"]
    met, *others = part.profiles
    part = replace(part, profiles=[met, *(replace(profile, musts_tested=0) for profile in others)])
    assert overview.profiles_met(part) == [met]
    assert len(overview.profiles_met(replace(part, unasked=0))) == len(part.profiles)
    assert overview.headline(sample_run.all_pass()).label == "Conformant"
    failed = sample_run.run([check("LOD-01", 1, Verdict.FAIL)], unasked=139, outcome=Outcome.NON_CONFORMANT)
    assert overview.headline(failed).label == "Not conformant"
