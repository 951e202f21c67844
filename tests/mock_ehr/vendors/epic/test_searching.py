"""Search over hand-made charts: what is found, and the several ways of finding nothing."""

from __future__ import annotations

from typing import Any

import pytest

from synthetic.r4.rules import problems

LOINC = "http://loinc.org"
P1, P2, P3 = "ePatientNumberOne0000001", "ePatientNumberTwo0000002", "ePatientNumberThree00003"
CATEGORY = "http://terminology.hl7.org/CodeSystem/observation-category"
CLINICAL = "http://terminology.hl7.org/CodeSystem/condition-clinical"


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


def test_an_empty_bundle_has_one_entry_that_is_no_match(paper: Any) -> None:
    body = paper.get(f"Condition?patient={P2}").json()
    (entry,) = body["entry"]
    issues = entry["resource"]["issue"]
    assert (body["total"], entry["search"], entry["fullUrl"][:9]) == (0, {"mode": "outcome"}, "urn:uuid:")
    assert [(issue["severity"], issue["details"]["coding"][0]["code"]) for issue in issues] == [
        ("warning", "4101"),
        ("warning", "4119"),
    ]


def test_older_versions_call_an_empty_bundle_information(paper_with: Any) -> None:
    old = paper_with(empty_severity="information", empty_adds_4119=False)
    (issue,) = old.get(f"Condition?patient={P2}").json()["entry"][0]["resource"]["issue"]
    assert issue["severity"] == "information"


def test_some_bundles_end_with_an_outcome(paper_with: Any) -> None:
    body = paper_with().get(f"Condition?patient={P1}").json()
    assert [entry["search"]["mode"] for entry in body["entry"]] == ["match", "match", "outcome"]
    assert body["total"] == 2


def test_one_unknown_category_beside_a_known_one_is_a_remark(paper: Any) -> None:
    seen = paper.get(f"Observation?patient={P1}&category=laboratory,rubbish")
    outcome = seen.json()["entry"][-1]["resource"]
    assert (seen.ids(), outcome["issue"][0]["details"]["coding"][0]["code"]) == (["na1"], "59101")


def test_unknown_parameters_can_be_refused(paper_with: Any) -> None:
    strict = paper_with(reject_unknown_parameters=True)
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


def test_an_mrn_search_generates_one_chart_and_demographics_all(paper: Any) -> None:
    generated = paper.state.store.population.generated
    generated.clear()
    paper.get("Patient?identifier=M2")
    assert set(generated) == {2}
    paper.get("Patient?family=M&birthdate=1980-02-29")
    assert set(generated) == {0, 1, 2}
