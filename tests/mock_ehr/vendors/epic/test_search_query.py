"""Search by POST is search by GET with the parameters in a form."""

from __future__ import annotations

from typing import Any

import pytest

from mock_ehr.message import Request
from mock_ehr.vendors.epic.search_query import parameters_of

P1, P2 = "ePatientNumberOne0000001", "ePatientNumberTwo0000002"
FORM = "application/x-www-form-urlencoded"


@pytest.mark.parametrize(
    ("name", "form"),
    [
        ("Observation", f"patient={P1}&category=vital-signs"),
        ("Observation", f"patient=Patient%2F{P1}&code=http%3A%2F%2Floinc.org%7C8867-4&_count=1"),
        ("Patient", "family=m&birthdate=1980-02-29"),
        ("Condition", "clinical-status=active"),
        ("Condition", f"patient={P2}"),
    ],
)
def test_post_equals_get(paper: Any, name: str, form: str) -> None:
    got = paper.get(f"{name}?{form}")
    posted = paper.post(f"{name}/_search", form.encode(), content_type=FORM)
    assert posted.status == got.status
    if got.status == 200:
        assert (posted.ids(), posted.json()["total"]) == (got.ids(), got.json()["total"])
        assert posted.link("self") == got.link("self")
    else:
        assert posted.body == got.body


def test_the_journal_knows_whom_a_posted_search_is_about(paper: Any) -> None:
    paper.post("Observation/_search", f"patient={P1}&code=8867-4".encode(), content_type=FORM)
    (entry,) = paper.journal()
    assert (entry["interaction"], entry["resource_type"], entry["patients"]) == ("search", "Observation", [P1])


def test_a_site_may_have_no_search_by_post(paper_with: Any) -> None:
    seen = paper_with(post_search=False).post("Observation/_search", b"patient=x", content_type=FORM)
    assert (seen.status, seen.headers["content-type"]) == (404, "text/html; charset=utf-8")


def test_parameters_of_the_address_and_of_the_form_count_together() -> None:
    request = Request("POST", "/x/_search", "a=1", {"content-type": FORM + "; charset=utf-8"}, b"b=%32")
    assert parameters_of(request) == (("a", "1"), ("b", "2"))
    assert parameters_of(Request("POST", "/x/_search", "a=1", {"content-type": "text/plain"}, b"b=2")) == (("a", "1"),)


def test_a_merged_patient_is_redirected_with_all_parameters(paper: Any) -> None:
    paper.state.store.merge(P2, P1)
    seen = paper.post("Observation/_search", f"patient={P2}&code=8867-4".encode(), content_type=FORM)
    assert seen.headers["location"] == f"http://ehr.test/FHIR/api/FHIR/R4/Observation?patient={P1}&code=8867-4"
