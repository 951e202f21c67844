"""What a search needs, what is dropped, what is refused and with which code."""

from __future__ import annotations

from typing import Any

import pytest

from synthetic.r4.rules import problems

LOINC = "http://loinc.org"
P1, P2, P3 = "ePatientNumberOne0000001", "ePatientNumberTwo0000002", "ePatientNumberThree00003"


@pytest.mark.parametrize(
    ("query", "status", "codes"),
    [
        ("Patient", 400, ["59159"]),
        ("Patient?gender=male", 400, ["59159"]),
        ("Patient?colour=red", 400, ["59100", "59159"]),
        ("Patient?birthdate=ge1980-01-01&family=M", 400, ["59111"]),
        ("Patient?birthdate=1980&family=M", 400, ["59111"]),
        ("Patient?birthdate=1980-01-01&birthdate=1981-01-01&family=M", 400, ["59111"]),
        ("Observation", 400, ["59108"]),
        (f"Observation?patient={P1}", 400, ["59108"]),
        ("Observation?category=vital-signs", 400, ["59108"]),
        (f"Observation?patient={P1}&colour=red&size=2", 400, ["59100", "59100", "59108"]),
        ("Condition?clinical-status=active", 400, ["59159"]),
        ("Encounter", 400, ["59159"]),
        ("MedicationRequest?status=active", 400, ["59159"]),
        ("Appointment?date=2026-01-01", 400, ["59159"]),
        ("Condition?patient=none", 400, ["4100"]),
        (f"Condition?patient={P1},{P2}", 400, ["4112"]),
        (f"Condition?patient={P1}&patient={P2}", 400, ["4112"]),
        (f"Condition?patient={P1}&subject={P2}", 400, ["4112"]),
        (f"Condition?patient=Group/{P1}", 400, ["59111"]),
        (f"Condition?patient={P1}&category=rubbish", 400, ["59111"]),
        (f"Condition?patient={P1}&onset-date=yesterday", 400, ["59111"]),
        (f"Condition?patient={P1}&onset-date=xx2026", 400, ["59111"]),
        (f"Condition?patient={P1}&onset-date=2026-13", 400, ["59111"]),
        (f"Condition?patient={P1}&_count=-1", 400, ["59111"]),
        (f"Condition?patient={P1}&_count=many", 400, ["59111"]),
        (f"Condition?patient={P1}&code=,", 400, ["59111"]),
        ("Condition?patient=%ff", 400, ["4100"]),
        ("Condition?" + "&".join(["a=1"] * 300), 400, ["4100"]),
    ],
)
def test_refuses(paper: Any, query: str, status: int, codes: list[str]) -> None:
    seen = paper.get(query)
    assert (seen.status, seen.codes()) == (status, codes)
    assert problems(seen.json()) == []


def test_the_ignored_parameter_is_named_in_capitals(paper: Any) -> None:
    first, second = paper.get("Patient?colour=red").json()["issue"]
    assert (first["severity"], "COLOUR" in first["diagnostics"], second["severity"]) == ("information", True, "fatal")


def test_allergies_without_a_patient_are_forbidden_without_a_word(paper: Any, desk_with: Any) -> None:
    assert (paper.get("AllergyIntolerance").status, paper.get("AllergyIntolerance").body) == (403, b"")
    assert paper.get("AllergyIntolerance?clinical-status=active").status == 403
    assert desk_with(allergy_without_patient_status=400).get("AllergyIntolerance").codes() == ["59159"]


@pytest.mark.parametrize(
    "query",
    [
        "_sort=date", "_has:Group:member:_id=1", "patient.name=x", "_elements=id", "_summary=true", "date=ap2026",
    ],
)  # fmt: skip
def test_names_the_parts_of_search_it_does_not_offer(paper: Any, query: str) -> None:
    seen = paper.get(f"Observation?patient={P1}&category=vital-signs&{query}")
    assert seen.status == 501
    assert "Not implemented" in seen.json()["issue"][0]["diagnostics"]


@pytest.mark.parametrize(
    "query", ["code:in=x", "code:not=x", "code:text=x", "date:missing=true", "patient:Patient=x", "_id:exact=x"]
)
def test_modifiers_are_unprocessable(paper: Any, query: str) -> None:
    seen = paper.get(f"Observation?patient={P1}&category=vital-signs&{query}")
    assert (seen.status, seen.codes(), seen.json()["issue"][0]["expression"]) == (
        422,
        ["59012"],
        [query.partition(":")[0]],
    )


def test_a_modifier_of_an_unknown_parameter_is_dropped_with_it(paper: Any) -> None:
    assert paper.get(f"Observation?patient={P1}&category=vital-signs&colour:not=red").ids() == ["hr1", "hr2", "wt1"]


@pytest.mark.parametrize(
    ("query", "codes"),
    [
        ("Practitioner", ["4110"]),
        ("Slot", ["4110"]),
        ("Practitioner?active=true", ["4111"]),
        ("Organization?colour=red", ["59100", "4111"]),
        ("Slot?status=free", ["4111"]),
        ("Slot?schedule=Practitioner/e1", ["4115"]),
        ("PractitionerRole?organization=Location/e1", ["4115"]),
        ("CarePlan", ["59159"]),
        ("Coverage?status=active", ["59159"]),
        ("RelatedPerson?name=x", ["59159"]),
        ("Immunization?date=2020", ["59159"]),
    ],
)
def test_the_directory_wants_something_to_select_by(desk: Any, query: str, codes: list[str]) -> None:
    seen = desk.get(query)
    assert (seen.status, seen.codes()) == (400, codes)
    assert problems(seen.json()) == []


def test_refusing_unknown_parameters_is_fatal(paper_with: Any) -> None:
    (issue,) = paper_with(reject_unknown_parameters=True).get(f"Condition?patient={P1}&colour=red").json()["issue"]
    assert issue["severity"] == "fatal"


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("_lastUpdated=ge2026-01-01", ["c2"]),
        ("_lastUpdated=lt2026", ["c1"]),
        ("_lastUpdated=2025-05-05", ["c1"]),
    ],
)
def test_last_updated_goes_by_when_a_record_was_made(paper: Any, paper_with: Any, query: str, found: list[str]) -> None:
    assert paper.get(f"Condition?patient={P1}&{query}").ids() == found
    assert paper_with(last_updated_filters=False).get(f"Condition?patient={P1}&{query}").ids() == ["c1", "c2"]


def test_what_does_not_tell_was_updated_when_the_population_was_made(paper: Any) -> None:
    assert paper.get(f"Patient?_id={P1}&_lastUpdated=2026-06-15").ids() == [P1]
    assert paper.get(f"Patient?_id={P1}&_lastUpdated=2026-06-14").ids() == []


def test_statuses_that_nobody_saw_are_switches(paper_with: Any) -> None:
    desk = paper_with(unknown_patient_status=404, modifier_status=400)
    assert desk.get("Condition?patient=none").status == 404
    assert desk.get(f"Condition?patient={P1}&code:not=x").status == 400


def test_an_unknown_category_may_be_a_warning(paper_with: Any) -> None:
    seen = paper_with(invalid_category_is_fatal=False).get(f"Condition?patient={P1}&category=rubbish")
    codes = [issue["details"]["coding"][0]["code"] for issue in seen.json()["entry"][-1]["resource"]["issue"]]
    assert (seen.status, seen.ids(), codes[0]) == (200, [], "59101")
