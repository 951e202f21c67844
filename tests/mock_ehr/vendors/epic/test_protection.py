"""Merged, deleted, protected, capped and withheld: what a client with every right meets."""

from __future__ import annotations

from typing import Any

import pytest

from synthetic.r4.rules import problems

P1, P2 = "ePatientNumberOne0000001", "ePatientNumberTwo0000002"


def remarks(seen: Any) -> list[str]:
    """Epic's codes of the outcome entry of a bundle."""
    entry = seen.json()["entry"][-1]
    issues = entry["resource"]["issue"] if entry["search"]["mode"] == "outcome" else []
    return [issue["details"]["coding"][0]["code"] for issue in issues]


def test_a_deleted_record(paper: Any, paper_with: Any) -> None:
    paper.state.store.remove("Observation", "hr1")
    seen = paper.get("Observation/hr1")
    assert (seen.status, seen.codes()) == (410, ["4103"])
    assert problems(seen.json()) == []
    assert paper.get(f"Observation?patient={P1}&code=8867-4").ids() == ["hr2"]
    other = paper_with(deleted_status=404)
    other.state.store.remove("Observation", "hr1")
    assert other.get("Observation/hr1").status == 404


@pytest.mark.parametrize("name", ["%00", "a_b", "a b", "%C3%A9"])
def test_what_cannot_be_an_id(paper: Any, paper_with: Any, name: str) -> None:
    seen = paper.get(f"Patient/{name}")
    assert (seen.status, seen.codes(), seen.json()["issue"][0]["expression"]) == (404, ["4102"], ["id"])
    assert paper_with(invalid_id_status=400).get(f"Patient/{name}").status == 400


def test_a_merged_patient_leads_to_the_other(paper: Any, paper_with: Any) -> None:
    paper.state.store.merge(P2, P1)
    seen = paper.get(f"Patient/{P2}")
    assert (seen.status, seen.codes()) == (301, ["4107"])
    assert seen.headers["location"] == f"http://ehr.test/FHIR/api/FHIR/R4/Patient/{P1}"
    assert paper.get(seen.headers["location"]).status == 200
    searched = paper.get(f"Observation?patient={P2}&code=8867-4")
    assert (searched.status, searched.codes()) == (301, ["4107"])
    assert paper.get(searched.headers["location"]).ids() == ["hr1", "hr2", "hr9"]
    assert paper.get("Observation/hr9").json()["subject"]["reference"] == f"Patient/{P1}"
    assert paper.get("Patient?family=Mueller&given=Bo").ids() == []
    other = paper_with(merged_status=404)
    other.state.store.merge(P2, P1)
    assert other.get(f"Patient/{P2}").status == 404


@pytest.mark.parametrize(("mark", "code"), [("break-the-glass", "4130"), ("restricted", "4131")])
def test_a_protected_patient(paper: Any, paper_with: Any, mark: str, code: str) -> None:
    paper.state.protected[P1] = mark
    for path in (f"Patient/{P1}", "Observation/hr1", f"Observation?patient={P1}&code=8867-4", "Observation?_id=hr1",
                 f"Patient?_id={P1}", "Patient?identifier=M0"):  # fmt: skip
        seen = paper.get(path)
        assert (seen.status, seen.codes()) == (403, [code]), path
        assert problems(seen.json()) == []
    assert paper.get(f"Patient/{P2}").status == 200
    other = paper_with(break_the_glass_status=404)
    other.state.protected[P1] = mark
    assert other.get(f"Patient/{P1}").status == 404


def test_a_protected_patient_is_not_written_to(paper: Any) -> None:
    paper.state.protected[P1] = "restricted"
    body = {"resourceType": "AllergyIntolerance", "code": {"text": "x"}, "patient": {"reference": f"Patient/{P1}"}}
    body["clinicalStatus"] = {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/allergyintolerance-clinical",
                                          "code": "active"}]}  # fmt: skip
    assert paper.post("AllergyIntolerance", body).codes() == ["4131"]
    paper.state.protected.clear()
    assert paper.post("AllergyIntolerance", body).status == 201


def test_a_notice_comes_with_the_data(paper: Any) -> None:
    paper.state.protected[P1] = "notice"
    assert paper.get(f"Patient/{P1}").status == 200
    seen = paper.get(f"Observation?patient={P1}&code=8867-4")
    assert (seen.ids(), remarks(seen)) == (["hr1", "hr2"], ["4134"])


def test_documents_are_capped_by_the_day(desk_with: Any, one_of: Any) -> None:
    desk = desk_with(daily_document_cap=2)
    desk.register("other")
    path = f"DocumentReference/{one_of('DocumentReference')}"
    assert [desk.get(path).status for _ in range(3)] == [200, 200, 400]
    assert desk.get("DocumentReference?patient=x").codes() == ["4135"]
    assert desk.get(f"Binary/{one_of('Binary')}").codes() == ["4135"]
    assert desk.get(f"Condition/{one_of('Condition')}").status == 200
    assert desk.get(path, token=desk.log_in("other")).status == 200
    desk.ticker.now += 86_400
    desk.token = desk.log_in("gw")
    assert desk.get(path).status == 200


def test_a_reset_empties_the_count_of_documents(desk_with: Any, one_of: Any) -> None:
    desk = desk_with(daily_document_cap=1, document_cap_status=429)
    path = f"DocumentReference/{one_of('DocumentReference')}"
    assert [desk.get(path).status for _ in range(2)] == [200, 429]
    desk.state.reset(["vendor"])
    assert desk.get(path).status == 200


def test_a_user_without_security_for_a_type(paper_with: Any) -> None:
    desk = paper_with(denied_types=("Condition",))
    for path in ("Condition/c1", f"Condition?patient={P1}"):
        assert (desk.get(path).status, desk.get(path).codes()) == (403, ["4118"])
    assert (desk.post("Condition", {}).status, desk.post("Condition", {}).codes()) == (403, ["4118"])
    assert desk.get("Observation/hr1").status == 200


def test_what_cannot_be_produced(paper_with: Any) -> None:
    desk = paper_with(unproducible_types=("Condition",))
    assert (desk.get("Condition/c1").status, desk.get("Condition/c1").codes()) == (500, ["4104"])


def test_a_withheld_sub_type_is_left_out_and_told(paper_with: Any) -> None:
    desk = paper_with(withheld_subtypes=("Observation.laboratory",))
    seen = desk.get(f"Observation?patient={P1}&code=http://loinc.org|")
    assert (seen.ids(), seen.json()["total"], remarks(seen)) == (["hr1", "hr2", "wt1"], 3, ["59204"])
    asked = desk.get(f"Observation?patient={P1}&category=laboratory")
    assert (asked.ids(), remarks(asked)) == ([], ["59204", "4101", "4119"])
    other = desk.get(f"Observation?patient={P1}&category=vital-signs")
    assert (len(other.ids()), remarks(other)) == (3, [])
    assert (desk.get("Observation/na1").status, desk.get("Observation/na1").codes()) == (403, ["4118"])
    assert desk.get("Observation/hr1").status == 200


def test_an_immunization_without_cvx_is_remarked_on(desk_with: Any, shelf: Any) -> None:
    cvx = {"coding": [{"system": "http://hl7.org/fhir/sid/cvx", "code": "140"}]}
    shot = {"resourceType": "Immunization", "status": "completed", "patient": {"reference": f"Patient/{P1}"}}
    good, bad = {**shot, "id": "i1", "vaccineCode": cvx}, {**shot, "id": "i2", "vaccineCode": {"text": "Flu"}}
    patient = {"resourceType": "Patient", "id": P1}
    assert desk_with(shelf([[patient, good]])).get(f"Immunization?patient={P1}").ids() == ["i1"]
    seen = desk_with(shelf([[patient, good, bad]])).get(f"Immunization?patient={P1}")
    assert (seen.ids(), remarks(seen)) == (["i1", "i2"], ["4117"])


def test_a_page_may_want_its_session_alone(paper: Any, paper_with: Any) -> None:
    query = f"Observation?patient={P1}&code=8867-4&_count=1"
    assert paper.get(paper.get(query).link("next") + "&code=1").status == 200
    strict = paper_with(page_parameters_checked=True)
    following = strict.get(query).link("next")
    assert strict.get(following).status == 200
    assert strict.get(following + "&code=1").codes() == ["4116"]
