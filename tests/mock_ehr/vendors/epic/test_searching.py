"""Search over hand-made charts: what is found, and the several ways of finding nothing."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from synthetic.r4.rules import problems

LOINC = "http://loinc.org"
CATEGORY = "http://terminology.hl7.org/CodeSystem/observation-category"
CLINICAL = "http://terminology.hl7.org/CodeSystem/condition-clinical"
P1, P2, P3 = "ePatientNumberOne0000001", "ePatientNumberTwo0000002", "ePatientNumberThree00003"


def patient(number: str, family: str, given: list[str], birth: str, gender: str, **more: Any) -> dict[str, Any]:
    name = {"use": "official", "text": f"{given[0]} {family}", "family": family, "given": given}
    return {"resourceType": "Patient", "id": number, "name": [name], "gender": gender, "birthDate": birth, **more}


def vital(name: str, owner: str, code: str, when: str, kind: str = "vital-signs") -> dict[str, Any]:
    return {
        "resourceType": "Observation",
        "id": name,
        "status": "final",
        "category": [{"coding": [{"system": CATEGORY, "code": kind}]}],
        "code": {"coding": [{"system": LOINC, "code": code}]},
        "subject": {"reference": f"Patient/{owner}"},
        "effectiveDateTime": when,
        "valueQuantity": {"value": 1.50, "unit": "x"},
    }


def condition(name: str, owner: str, status: str, recorded: str) -> dict[str, Any]:
    return {
        "resourceType": "Condition",
        "id": name,
        "clinicalStatus": {"coding": [{"system": CLINICAL, "code": status}]},
        "code": {"text": name},
        "subject": {"reference": f"Patient/{owner}"},
        "recordedDate": recorded,
    }


def encounter(name: str, owner: str, start: str, end: str | None) -> dict[str, Any]:
    period = {"start": start} | ({"end": end} if end else {})
    actcode = {"system": "http://terminology.hl7.org/CodeSystem/v3-ActCode", "code": "AMB"}
    return {
        "resourceType": "Encounter",
        "id": name,
        "status": "finished" if end else "in-progress",
        "class": actcode,
        "subject": {"reference": f"Patient/{owner}"},
        "period": period,
    }


IDENTIFIER = {"type": {"text": "MRN", "coding": [{"code": "MR"}]}, "system": "urn:oid:1.2.3", "value": "M0"}
PHONE = {"system": "phone", "value": "+1-555-0100"}
CHARTS = [
    [
        patient(P1, "Müller", ["Ana", "Lu"], "1980-02-29", "female", identifier=[IDENTIFIER], telecom=[PHONE]),
        vital("hr1", P1, "8867-4", "2026-01-01T10:00:00Z"),
        vital("hr2", P1, "8867-4", "2026-01-02T10:00:00Z"),
        vital("wt1", P1, "29463-7", "2026-01-02T10:00:00Z"),
        vital("na1", P1, "2951-2", "2026-01-03T10:00:00Z", "laboratory"),
        condition("c1", P1, "active", "2025-05-05"),
        condition("c2", P1, "resolved", "2026-05"),
        encounter("e1", P1, "2026-01-01T09:00:00Z", "2026-01-01T11:00:00Z"),
        encounter("e2", P1, "2026-02-01T09:00:00Z", None),
    ],
    [patient(P2, "Mueller", ["Bo"], "1980-02-29", "male"), vital("hr9", P2, "8867-4", "2026-01-01T10:00:00Z")],
    [patient(P3, "Miller", ["Ana"], "1990-01-01", "female")],
]


@pytest.fixture
def paper(desk_with: Any, shelf: Any) -> Any:
    return desk_with(shelf(CHARTS), trailing_outcome_types=())


@pytest.mark.parametrize(
    ("query", "found"),
    [
        (f"Observation?patient={P1}&category=vital-signs", ["hr1", "hr2", "wt1"]),
        (f"Observation?patient=Patient/{P1}&category=vital-signs", ["hr1", "hr2", "wt1"]),
        (f"Observation?patient=http://ehr.test/FHIR/api/FHIR/R4/Patient/{P1}&code=8867-4", ["hr1", "hr2"]),
        (f"Observation?subject={P1}&code=8867-4", ["hr1", "hr2"]),
        (f"Observation?patient={P1}&patient={P1}&code=8867-4", ["hr1", "hr2"]),
        (f"Observation?patient={P1}&category={CATEGORY}|laboratory", ["na1"]),
        (f"Observation?patient={P1}&category={CATEGORY}|", None),
        (f"Observation?patient={P1}&category=vital-signs,laboratory", ["hr1", "hr2", "wt1", "na1"]),
        (f"Observation?patient={P1}&category=vital-signs&category=laboratory", []),
        (f"Observation?patient={P1}&code={LOINC}|8867-4,{LOINC}|2951-2", ["hr1", "hr2", "na1"]),
        (f"Observation?patient={P1}&code={LOINC}|", ["hr1", "hr2", "wt1", "na1"]),
        (f"Observation?patient={P1}&code=|8867-4", []),
        (f"Observation?patient={P1}&code=other|8867-4", []),
        (f"Observation?patient={P1}&code=8867", []),
        (f"Observation?patient={P1}&code=8867-4&date=2026-01-01", ["hr1"]),
        (f"Observation?patient={P1}&code=8867-4&date=ge2026-01-02", ["hr2"]),
        (f"Observation?patient={P1}&code=8867-4&date=lt2026-01-02", ["hr1"]),
        (f"Observation?patient={P1}&code=8867-4&date=ge2026-01-01&date=le2026-01-01", ["hr1"]),
        (f"Observation?patient={P1}&code=8867-4&date=2026-01-01T05:00:00-05:00", ["hr1"]),
        (f"Observation?patient={P1}&code=8867-4&date=2026-01", ["hr1", "hr2"]),
        (f"Observation?patient={P1}&code=8867-4&date=ne2026-01-01", ["hr2"]),
        (f"Observation?patient={P1}&code=8867-4&date=2026-01-01,2026-01-02", ["hr1", "hr2"]),
        (f"Observation?patient={P1}&code=8867-4&_id=hr2,wt1", ["hr2"]),
        (f"Observation?patient={P1}&category=vital-signs&status=final", ["hr1", "hr2", "wt1"]),
        (f"Observation?patient={P1}&category=vital-signs&status=amended", []),
        (f"Observation?patient={P1}&category=vital-signs&colour=red", ["hr1", "hr2", "wt1"]),
        (f"Observation?patient={P1}&category=vital-signs&date=", ["hr1", "hr2", "wt1"]),
        ("Observation?_id=hr1,hr9,none", ["hr1", "hr9"]),
        (f"Condition?patient={P1}", ["c1", "c2"]),
        (f"Condition?patient={P1}&clinical-status=active", ["c1"]),
        (f"Condition?patient={P1}&clinical-status={CLINICAL}|resolved,active", ["c1", "c2"]),
        (f"Condition?patient={P1}&recorded-date=2026", ["c2"]),
        (f"Condition?patient={P1}&recorded-date=lt2026", ["c1"]),
        (f"Condition?patient={P2}", []),
        ("Condition?_id=c1", ["c1"]),
        ("Condition?_id=hr1", []),
        (f"Encounter?patient={P1}", ["e1", "e2"]),
        (f"Encounter?patient={P1}&date=2026-01-01", ["e1"]),
        (f"Encounter?patient={P1}&date=gt2026-06-01", ["e2"]),
        (f"Encounter?patient={P1}&date=sa2026-01-15", ["e2"]),
        (f"Encounter?patient={P1}&date=eb2026-01-15", ["e1"]),
        (f"Encounter?patient={P1}&status=in-progress", ["e2"]),
        (f"Patient?_id={P1},{P3}", [P1, P3]),
        (f"Patient?_id={P1}&family=Bauer", []),
        ("Patient?_id=none", []),
        ("Patient?identifier=M0", [P1]),
        ("Patient?identifier=urn:oid:1.2.3|M0", [P1]),
        ("Patient?identifier=MRN|M0", [P1]),
        ("Patient?identifier=MR|M0", [P1]),
        ("Patient?identifier=SSN|M0", []),
        ("Patient?identifier=M99", []),
        ("Patient?family=muller&given=ana", [P1]),
        ("Patient?family=M&birthdate=1980-02-29", [P1, P2]),
        ("Patient?family=M&birthdate=1980-02-29&gender=male", [P2]),
        ("Patient?family=Müller&given=Lu&birthdate=1980-02-29", [P1]),
        ("Patient?family=Müller&given=Ana&birthdate=1980-03-01", []),
        ("Patient?name=ana%20mull", [P1]),
        ("Patient?name=ana&telecom=phone|%2B1-555-0100", [P1]),
        ("Patient?family=Müller", []),
        ("Patient?birthdate=1980-02-29", []),
        ("Patient?family=Müller&gender=female", []),
        ("Patient?name=Ana", []),
    ],
)
def test_finds_exactly(paper: Any, query: str, found: list[str] | None) -> None:
    seen = paper.get(query)
    if found is None:
        assert seen.status == 400
        return
    assert seen.status == 200
    assert seen.ids() == found
    assert seen.json()["total"] == len(found)
    assert problems(seen.json()) == []


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
        "_include=Observation:subject", "_revinclude=Provenance:target", "_sort=date", "_has:Group:member:_id=1",
        "code:in=x", "patient:Patient=x", "patient.name=x", "_elements=id", "_summary=true", "_lastUpdated=2026",
        "date=ap2026",
    ],
)  # fmt: skip
def test_names_the_parts_of_search_it_does_not_offer(paper: Any, query: str) -> None:
    seen = paper.get(f"Observation?patient={P1}&category=vital-signs&{query}")
    assert seen.status == 501
    assert "Not implemented" in seen.json()["issue"][0]["diagnostics"]


def test_an_empty_bundle_has_one_entry_that_is_no_match(paper: Any) -> None:
    body = paper.get(f"Condition?patient={P2}").json()
    (entry,) = body["entry"]
    issues = entry["resource"]["issue"]
    assert (body["total"], entry["search"], entry["fullUrl"][:9]) == (0, {"mode": "outcome"}, "urn:uuid:")
    assert [(issue["severity"], issue["details"]["coding"][0]["code"]) for issue in issues] == [
        ("warning", "4101"),
        ("warning", "4119"),
    ]


def test_older_versions_call_an_empty_bundle_information(desk_with: Any, shelf: Any) -> None:
    old = desk_with(shelf(CHARTS), empty_severity="information", empty_adds_4119=False)
    (issue,) = old.get(f"Condition?patient={P2}").json()["entry"][0]["resource"]["issue"]
    assert issue["severity"] == "information"


def test_some_bundles_end_with_an_outcome(desk_with: Any, shelf: Any) -> None:
    body = desk_with(shelf(CHARTS)).get(f"Condition?patient={P1}").json()
    assert [entry["search"]["mode"] for entry in body["entry"]] == ["match", "match", "outcome"]
    assert body["total"] == 2


def test_one_unknown_category_beside_a_known_one_is_a_remark(paper: Any) -> None:
    seen = paper.get(f"Observation?patient={P1}&category=laboratory,rubbish")
    outcome = seen.json()["entry"][-1]["resource"]
    assert (seen.ids(), outcome["issue"][0]["details"]["coding"][0]["code"]) == (["na1"], "59101")


def test_unknown_parameters_can_be_refused(desk_with: Any, shelf: Any) -> None:
    strict = desk_with(shelf(CHARTS), reject_unknown_parameters=True)
    seen = strict.get(f"Condition?patient={P1}&colour=red")
    assert (seen.status, seen.codes()) == (400, ["4122"])


def test_the_self_link_repeats_the_request(paper: Any) -> None:
    query = f"Condition?patient={P1}&colour=r%65d"
    seen = paper.get(query)
    assert seen.link("self") == f"http://ehr.test/FHIR/api/FHIR/R4/{query}"
    entry = seen.json()["entry"][0]
    assert entry["fullUrl"] == entry["link"][0]["url"] == "http://ehr.test/FHIR/api/FHIR/R4/Condition/c1"


def test_decimals_keep_their_zeros(desk: Any) -> None:
    stored = {record.json for index in range(40) for record in desk.state.store.records(index) if b".0," in record.json}
    assert stored
    sample = next(iter(stored))
    owner = sample.split(b'"reference":"Patient/')[1].split(b'"')[0].decode()
    kind = "laboratory" if b'"laboratory"' in sample else "vital-signs"
    assert sample in desk.get(f"Observation?patient={owner}&category={kind}").body


# -- pages


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


def test_the_total_can_be_the_true_one(desk_with: Any, shelf: Any) -> None:
    honest = desk_with(shelf(CHARTS), total_is_page_size=False)
    pages = walk(honest, f"Observation?patient={P1}&code={LOINC}|&_count=3")
    assert [page.json()["total"] for page in pages] == [4, 4]


def test_without_count_the_cap_cuts_pages(desk_with: Any, shelf: Any) -> None:
    small = desk_with(shelf(CHARTS), total_cap=3)
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


def test_late_filters_make_short_pages(desk_with: Any, shelf: Any) -> None:
    late = desk_with(shelf(CHARTS), late_filters=("date",))
    pages = walk(late, f"Observation?patient={P1}&code={LOINC}|&date=ge2026-01-02&_count=2")
    assert [page.ids() for page in pages] == [["hr2"], ["wt1", "na1"]]


def test_too_many_patients(desk_with: Any, shelf: Any) -> None:
    narrow = desk_with(shelf(CHARTS), patient_search_cap=1)
    assert narrow.get("Patient?family=M&birthdate=1980-02-29").codes() == ["4127"]
    assert narrow.get("Patient?family=Miller&given=Ana").ids() == [P3]


def test_an_mrn_search_generates_one_chart_and_demographics_all(desk_with: Any, shelf: Any) -> None:
    charts = shelf(CHARTS)
    desk = desk_with(charts)
    desk.get("Patient?identifier=M2")
    assert set(charts.generated) == {2}
    desk.get("Patient?family=M&birthdate=1980-02-29")
    assert set(charts.generated) == {0, 1, 2}


# -- what the journal says about whom


@pytest.mark.parametrize(
    ("path", "patients"),
    [
        (f"Patient/{P1}", [P1]),
        ("Observation/hr9", [P2]),
        ("Observation/none", []),
        (f"Condition?patient=Patient/{P1}", [P1]),
        (f"Condition?patient={P1},{P2}", [P1, P2]),
        ("Observation?_id=hr1,hr9", [P1, P2]),
        (f"Patient?_id={P1}", [P1]),
        ("Patient?identifier=M0", [P1]),
        ("Patient?family=M&birthdate=1980-02-29", [P1, P2]),
        ("Condition?patient=%ff", []),
    ],
)
def test_the_journal_names_the_patients(paper: Any, path: str, patients: list[str]) -> None:
    paper.get(path)
    assert paper.journal()[-1]["patients"] == patients


def test_a_page_is_about_the_patient_of_its_search(paper: Any) -> None:
    following = paper.get(f"Observation?patient={P1}&code={LOINC}|&_count=1").link("next")
    paper.get(following)
    entry = paper.journal()[-1]
    assert (entry["interaction"], entry["patients"]) == ("next-page", [P1])
