"""The report page: what it tells, that it needs nothing else, and that no text of a run can break it."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import replace
from functools import cache
from itertools import pairwise

import pytest

from gauntlet.load_result import LoadFault
from gauntlet.verdict import Outcome, Verdict
from reports import html, overview
from tests.reports import sample_checks, sample_run
from tests.reports.page import read

RUNS = {
    "all pass": sample_run.all_pass(),
    "mixture": sample_run.mixture(),
    "nothing claimed": sample_run.nothing_claimed(),
    "killed": sample_run.killed(),
    "nothing ran": sample_run.nothing_ran(),
    "load failing": sample_run.load_failing(),
    "hostile": sample_run.hostile(),
}
PAGES = {name: html.render(run) for name, run in RUNS.items()}
every_page = pytest.mark.parametrize("name", RUNS)


@cache
def tree(name):
    return read(PAGES[name])


def shown(run):
    return read(html.render(run))


@every_page
def test_is_well_formed_with_unique_ids_and_links_that_work(name):
    page = tree(name)
    ids = Counter(node.attributes["id"] for node in page.all() if "id" in node.attributes)
    assert [key for key, count in ids.items() if count > 1] == []
    targets = {node.attributes["href"] for node in page.all("a")}
    assert {target for target in targets if not target.startswith("#")} == set()
    assert {target for target in targets if target.removeprefix("#") not in ids} == set()


@every_page
def test_every_check_has_its_anchor(name):
    page = tree(name)
    ids = {node.attributes.get("id") for node in page.all()}
    run = html.redacted(RUNS[name])
    assert set(overview.anchors(run.checks).values()) <= ids


@every_page
def test_loads_nothing_and_runs_only_its_own_script(name):
    page = tree(name)
    assert len(page.all("script")) == 1
    assert [node.tag for node in page.all() if {"src", "srcset", "data", "action"} & set(node.attributes)] == []
    assert [node.tag for node in page.all() if any(key.startswith("on") for key in node.attributes)] == []
    assert page.all("link") == page.all("img") == page.all("iframe") == []
    styles = page.all("style")[0].text
    assert "url(" not in styles
    assert "@import" not in styles
    policy = next(node.attributes["content"] for node in page.all("meta") if "http-equiv" in node.attributes)
    assert "default-src 'none'" in policy
    assert re.search(r"script-src 'sha256-[A-Za-z0-9+/]{43}='", policy)


@every_page
def test_headings_go_down_one_level_at_a_time(name):
    levels = [int(node.tag[1]) for node in tree(name).all() if re.fullmatch(r"h\d", node.tag)]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert [(a, b) for a, b in pairwise(levels) if b > a + 1] == []


@every_page
def test_tables_and_landmarks_are_named(name):
    page = tree(name)
    for table in page.all("table"):
        assert table.all("caption")[0].text
        assert [cell for cell in table.all("th") if "scope" not in cell.attributes] == []
    assert [len(page.all(tag)) for tag in ("header", "nav", "main", "footer")] == [1, 1, 1, 1]
    drawings = page.all("svg", role="img")
    assert [node for node in drawings if not node.attributes.get("aria-label")] == []


@every_page
def test_is_small(name):
    assert len(PAGES[name].encode()) < 400_000


def test_stays_under_two_megabytes_when_everything_fails():
    page = html.render(sample_run.crowded())
    assert len(page.encode()) < 2_000_000
    assert "left out to keep this file small" in " ".join(page.split())


@pytest.mark.parametrize(
    ("name", "headline"),
    [
        ("all pass", "Conformant"),
        ("mixture", "Not conformant"),
        ("nothing claimed", "Not conformant"),
        ("killed", "Inconclusive"),
        ("nothing ran", "Inconclusive"),
    ],
)
def test_verdict_is_the_first_heading(name, headline):
    page = tree(name)
    assert headline in page.all("h1")[0].text
    assert headline in page.all("title")[0].text


def test_top_names_exit_code_seed_command_target_and_reason():
    top = tree("mixture").all("header")[0].text
    for part in (
        "Exit code 1",
        "Seed 7",
        "gauntlet run --target targets/northwind.toml --seed 7",
        "epic",
        "4.2.1",
    ):
        assert part in top
    assert "Reason: 3 MUST requirements fail" in top
    assert "Of 130 checks that ran, 4 failed, 1 hit a harness error, 1 could not be judged" in top


def test_top_lists_what_stands_in_the_way_worst_first():
    items = [node.text for node in tree("mixture").all("header")[0].all("li")]
    assert [item.split()[1] for item in items] == ["fail", "fail", "fail", "error", "inconclusive"]
    assert "AUT-02" in items[0]
    assert "(2 checks)" in items[0]


def test_failed_check_tells_everything_needed():
    failed = tree("mixture").one(id=overview.anchor(sample_checks.impatient_retry().check))
    for part in (
        "RES-01",
        "an upstream 429 is obeyed: no repeat before Retry-After",
        "repeated 18 ms after a 429 that asked for 2 s",
        "no repeat to the EHR before 2000 ms after the 429",
        "repeats after 18 ms and 46 ms (2 of 3 too early)",
        "Hold the request for Retry-After",
        "Behaves like: ignores-retry-after",
        "curl -sS",
        "Fault armed at the ehr: storm-429 (took effect 3x)",
        '"retry_after": "2"',
        "earliest_repeat_ms 18",
    ):
        assert part in failed.text
    assert failed.all("h4")[0].text == "Expected"
    assert failed.all("h4")[1].text == "Actual"
    drawing = failed.all("svg", role="img")[0]
    assert len([node for node in drawing.all("rect") if node.attributes["class"].startswith("bar")]) == 6
    assert len([node for node in drawing.all("rect") if node.attributes["class"] == "window"]) == 1


def test_the_first_failures_are_unfolded_and_warnings_come_last():
    failed = tree("mixture").one(id="failed")
    checks = [node for node in failed.children if node.tag == "details"]
    assert ["open" in node.attributes for node in checks] == [True, True, True, False, False]
    assert "v-warn" in checks[-1].attributes["class"]


def test_exchanges_show_headers_and_bodies_without_secrets():
    failed = tree("mixture").one(id=overview.anchor(sample_checks.expired_token().check)).text
    assert "Authorization: Bearer [redacted]" in failed
    assert sample_checks.PATIENT in failed
    assert "eyJ" not in PAGES["mixture"]


def test_matrix_counts_and_links_to_the_first_bad_check():
    table = next(node for node in tree("mixture").all("table") if node.attributes.get("class") == "families")
    rows = {row.all("th")[0].text.split()[0]: row for row in table.all("tr")}
    assert [cell.text for cell in rows["AUT"].all("td")][:7] == ["2", "0", "0", "0", "1", "5", "17"]
    assert rows["AUT"].all("a")[0].attributes["href"].startswith("#check-")
    assert [cell.text for cell in rows["All"].all("td")][:7] == ["4", "1", "1", "1", "1", "10", "122"]


def test_not_claimed_says_what_the_lack_means():
    lacks = tree("nothing claimed").one(id="lacks")
    assert "repeating may document or order twice" in lacks.text
    assert "audit" in [node.text for node in lacks.all("h3")]
    assert "nothing beyond the core" in tree("nothing claimed").all("header")[0].text


def test_an_option_that_is_not_claimed_is_not_put_down_to_the_ehr():
    run = sample_run.all_pass()
    reason = "the target does not claim a terminology table ([claims.mapping] terminology)"
    checks = [
        replace(item, verdict=Verdict.NOT_CLAIMED, reason=reason) if item.requirement == "CON-06" else item
        for item in run.checks
    ]
    page = shown(replace(run, checks=checks))
    titles = [node.text for node in page.one(id="lacks").all("h3")]
    assert "core: a terminology table ([claims.mapping] terminology)" in titles
    assert not page.all(id="foreign")


def test_what_another_vendors_ehr_needs_is_not_told_as_not_claimed():
    run = sample_run.all_pass()
    rows = [replace(row, behind=["allscripts"]) if row.id == "CON-01" else row for row in run.requirements]
    reason = "the target's EHR is epic: this check judges by another"
    checks = [
        replace(item, verdict=Verdict.NOT_CLAIMED, reason=reason) if item.requirement in {"CON-01", "CON-06"} else item
        for item in run.checks
    ]
    page = shown(replace(run, checks=checks, requirements=rows, target=replace(run.target, ehr="epic")))
    titles = [node.text for node in page.one(id="foreign").all("h3")]
    assert titles == ["No judgement behind epic yet", "Not applicable behind epic"]
    groups = page.one(id="foreign").all("article")
    assert ["CON-06" in group.text for group in groups] == [True, False]
    assert ["CON-01" in group.text for group in groups] == [False, True]
    assert not [node for node in page.all(id="lacks") if "CON-0" in node.text]


def test_a_failed_check_says_which_case_it_is_and_how_to_mend_it():
    run = sample_run.mixture()
    failed = next(item for item in run.checks if item.verdict is Verdict.FAIL)
    named = replace(failed, check="security/test_tokens.py::test_times[not-yet]", exchanges=[])
    rows = [replace(row, fix="Look at the times.") for row in run.requirements]
    page = shown(replace(run, checks=[named, *(i for i in run.checks if i is not failed)], requirements=rows))
    told = page.one(id=overview.anchor(named.check))
    assert told.all("h3")[0].text.endswith(" not-yet")
    assert "How to fix: Look at the times." in told.text
    passed = page.one(id="passed")
    assert "Look at the times." not in passed.text


def test_a_waiver_is_told_before_it_is_unfolded():
    waived = tree("mixture").one(id="waived").all("summary")[0]
    assert "tolerates 120 s" in waived.text
    assert "Waiver: J. Rivera until 2026-09-30" in waived.text


def test_a_profile_that_is_not_claimed_never_looks_judged():
    profiles = tree("nothing claimed").all("li")
    accountable = next(
        node for node in profiles if "accountable" in node.text and "profile" in node.attributes["class"]
    )
    assert "not claimed" in accountable.text
    assert "onformant" not in accountable.text


def test_waived_not_judged_and_untested_give_their_reasons():
    page = tree("mixture")
    assert "J. Rivera until 2026-09-30" in page.one(id="waived").text
    assert "the control request was not seen at the EHR" in page.one(id="unclear").text
    assert "KeyError: 'up'" in page.one(id="unclear").text
    assert "needs a contract broker, 2026-06-15" in page.one(id="without").text
    assert "network faults through the built-in server" in page.one(id="notes").text


def test_load_shows_plots_limits_and_endpoints():
    load = tree("load failing").one(id="load-morning-spike")
    assert len(load.all("polyline")) == 6
    assert "p99 limit 1500 ms" in load.text
    assert "99 of 100 answers within (p99) all requests 1,500 ms 4,120 ms ✗ not held" in load.text
    assert "GET Observation? 9,000 31 0 41 180.5 2,060 4,120 4,532" in load.text
    assert "morning-spike" in tree("load failing").all("header")[0].text


def test_faults_under_load_are_drawn_and_told():
    fault = LoadFault("storm-429", 40.0, 60.0, 2.5, proven=True, evidence="it took effect 44 times at the EHR")
    never = LoadFault("outage", 80.0, 80.0, None, proven=False, evidence="")
    run = sample_run.load_failing()
    load = shown(replace(run, load=[replace(run.load[0], faults=[fault, never], partial=True)]))
    assert len(load.all("rect")) >= 4
    assert "it took effect 44 times at the EHR" in load.text
    assert "not seen not felt" in load.text
    assert "Partial: the run was stopped before its end." in load.text


def test_hostile_text_stays_text():
    page = PAGES["hostile"]
    for dangerous in ("<img", "stolen=1</script", "\x00", "\u202e"):
        assert dangerous not in page
    for told in ("\\x00", "{{ 7*7 }}", "👩‍⚕️", "more characters]"):
        assert told in page
    page.encode()


@pytest.mark.parametrize("outcome", Outcome)
def test_every_outcome_has_a_headline(outcome):
    assert shown(replace(sample_run.all_pass(), outcome=outcome)).all("h1")[0].text


@pytest.mark.parametrize("verdict", Verdict)
def test_every_verdict_has_a_place(verdict):
    check = sample_checks.check("AUT-02", 1, verdict, check="x::y")
    assert shown(sample_run.run([check])).one(id="check-x-y")
