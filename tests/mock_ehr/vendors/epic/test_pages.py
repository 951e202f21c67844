"""Pages: each match once, totals as Epic tells them, sessions that end."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from synthetic.r4.rules import problems

LOINC = "http://loinc.org"
P1, P2, P3 = "ePatientNumberOne0000001", "ePatientNumberTwo0000002", "ePatientNumberThree00003"


def walk(desk: Any, query: str) -> list[Any]:
    pages = [desk.get(query)]
    while pages[-1].link("next"):
        assert len(pages) < 50
        pages.append(desk.get(pages[-1].link("next")))
    return pages


@pytest.mark.parametrize("count", [1, 2, 3, 4, 100])
def test_pages_hold_each_match_once(paper: Any, count: int) -> None:
    pages = walk(paper, f"Observation?patient={P1}&code={LOINC}|&_count={count}")
    assert [name for page in pages for name in page.ids()] == ["hr1", "hr2", "wt1", "na1"]
    assert [page.json()["total"] for page in pages] == [len(page.ids()) for page in pages]
    assert all(problems(page.json()) == [] for page in pages)
    assert len(pages) == -(-4 // count)


def test_the_total_can_be_the_true_one(paper_with: Any) -> None:
    honest = paper_with(total_is_page_size=False)
    pages = walk(honest, f"Observation?patient={P1}&code={LOINC}|&_count=3")
    assert [page.json()["total"] for page in pages] == [4, 4]


def test_without_count_the_cap_cuts_pages(paper_with: Any) -> None:
    small = paper_with(total_cap=3)
    pages = walk(small, f"Observation?patient={P1}&code={LOINC}|")
    assert [(page.json()["total"], len(page.ids())) for page in pages] == [(3, 3), (3, 1)]


@pytest.mark.parametrize("control", ["_summary=count", "_count=0"])
def test_counts_without_entries(paper: Any, control: str) -> None:
    body = paper.get(f"Observation?patient={P1}&code={LOINC}|&{control}").json()
    assert (body["total"], "entry" in body) == (4, False)


def test_a_page_can_be_fetched_again(paper: Any) -> None:
    following = paper.get(f"Observation?patient={P1}&code={LOINC}|&_count=1").link("next")
    first, second = paper.get(following), paper.get(following)
    assert first.body == second.body
    assert first.link("self") == following


def test_a_page_is_of_the_time_of_the_search(desk: Any, population: Any) -> None:
    owner = population.chart(0)
    query = f"Observation?patient={owner.id}&category=vital-signs&_count=5"
    before = [name for page in walk(desk, query) for name in page.ids()]
    first = desk.get(query)
    assert [name for page in [first, *walk(desk, first.link("next"))] for name in page.ids()] == before


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(lambda desk: setattr(desk.ticker, "now", desk.ticker.now + 600), id="time"),
        pytest.param(lambda desk: desk.state.sessions.expire_all(), id="control"),
    ],
)
def test_a_page_expires(paper: Any, change: Callable[[Any], None]) -> None:
    following = paper.get(f"Observation?patient={P1}&code={LOINC}|&_count=1").link("next")
    assert paper.get(following).status == 200
    change(paper)
    seen = paper.get(following)
    assert (seen.status, seen.codes()) == (400, ["4113"])


def test_a_page_belongs_to_its_client_and_type(paper: Any) -> None:
    following = paper.get(f"Observation?patient={P1}&code={LOINC}|&_count=1").link("next")
    paper.register("other")
    assert paper.get(following, token=paper.log_in("other")).codes() == ["4113"]
    assert paper.get(following.replace("Observation", "Condition")).codes() == ["4113"]
    assert paper.get("Observation?sessionID=").codes() == ["4113"]


def test_late_filters_make_short_pages(paper_with: Any) -> None:
    late = paper_with(late_filters=("date",))
    pages = walk(late, f"Observation?patient={P1}&code={LOINC}|&date=ge2026-01-02&_count=2")
    assert [page.ids() for page in pages] == [["hr2"], ["wt1", "na1"]]


def test_too_many_patients(paper_with: Any) -> None:
    narrow = paper_with(patient_search_cap=1)
    assert narrow.get("Patient?family=M&birthdate=1980-02-29").codes() == ["4127"]
    assert narrow.get("Patient?family=Miller&given=Ana").ids() == [P3]


def test_lifetime_and_status_of_an_expired_page_are_switches(paper_with: Any) -> None:
    desk = paper_with(page_lifetime_s=5.0, expired_page_status=410)
    following = desk.get(f"Observation?patient={P1}&code={LOINC}|&_count=1").link("next")
    desk.ticker.now += 5
    assert (desk.get(following).status, desk.get(following).codes()) == (410, ["4113"])
