from __future__ import annotations

import json
from typing import Any

import pytest

from gauntlet.load.patient_check import RIGHT, WRONG_PATIENT, Expected, Finding, judge_answer

ME, OTHER = "eMe", "eOther"
READ = Expected("Patient", ME, ME, 1)
READ_VISIT = Expected("Encounter", "v1", ME, 1)
SEARCH = Expected("Condition", "", ME, 1)
BOOKED = Expected("Appointment", "", ME, 1)


def bundle(*resources: Any, **more: Any) -> dict[str, Any]:
    return {
        "resourceType": "Bundle",
        "type": "searchset",
        "entry": [{"resource": item} for item in resources],
        **more,
    }


def condition(reference: Any = f"Patient/{ME}", key: str = "subject") -> dict[str, Any]:
    return {"resourceType": "Condition", "id": "c", key: {"reference": reference}}


def appointment(*patients: str) -> dict[str, Any]:
    actors = [f"Patient/{patient}" for patient in patients]
    participants = [{"actor": {"reference": actor}} for actor in [*actors, "Practitioner/p"]]
    return {"resourceType": "Appointment", "id": "a", "participant": participants}


OUTCOME = {"resourceType": "OperationOutcome", "issue": []}


@pytest.mark.parametrize(
    ("expected", "body"),
    [
        (READ, {"resourceType": "Patient", "id": ME}),
        (READ_VISIT, {"resourceType": "Encounter", "id": "v1", "subject": {"reference": f"Patient/{ME}"}}),
        (SEARCH, bundle(condition())),
        (SEARCH, bundle(condition(), condition(key="patient"), OUTCOME)),
        (SEARCH, bundle(condition(f"http://127.0.0.1:9/fhir/R4/Patient/{ME}"))),
        (SEARCH, bundle(condition(f"Patient/{ME}/_history/2"))),
        (SEARCH, bundle(condition(), {"resourceType": "Practitioner", "id": "p"})),
        (BOOKED, bundle(appointment(ME))),
        (Expected("Condition", "", ME, 0), bundle()),
    ],
)
def test_right_answers(expected: Expected, body: Any) -> None:
    assert judge_answer(200, json.dumps(body).encode(), expected) == RIGHT


@pytest.mark.parametrize(
    ("status", "expected", "body"),
    [
        (200, READ, {"resourceType": "Patient", "id": OTHER}),
        (200, READ, {"resourceType": "Patient", "id": ME.lower()}),
        (
            200,
            READ_VISIT,
            {"resourceType": "Encounter", "id": "v1", "subject": {"reference": f"Patient/{OTHER}"}},
        ),
        (200, SEARCH, bundle(condition(), condition(f"Patient/{OTHER}"))),
        (200, SEARCH, bundle(condition(f"https://ehr.example/R4/Patient/{OTHER}/_history/1"))),
        (200, SEARCH, bundle(condition(), {"resourceType": "Patient", "id": OTHER})),
        (200, SEARCH, bundle(condition(), bundle(condition(f"Patient/{OTHER}")))),
        (200, SEARCH, {"resourceType": "Patient", "id": OTHER}),
        (200, BOOKED, bundle(appointment(ME, OTHER))),
        (500, SEARCH, bundle(condition(f"Patient/{OTHER}"))),
    ],
)
def test_a_foreign_patient_anywhere_is_found(status: int, expected: Expected, body: Any) -> None:
    assert judge_answer(status, json.dumps(body).encode(), expected) == WRONG_PATIENT


NAMELESS = {"resourceType": "Condition"}
VISIT = {"resourceType": "Encounter", "id": "v1"}


@pytest.mark.parametrize(
    ("status", "expected", "body", "problem"),
    [
        (503, SEARCH, json.dumps(OUTCOME), "HTTP 503"),
        (503, SEARCH, "<html>", "HTTP 503"),
        (429, SEARCH, "[]", "HTTP 429"),
        (201, READ, json.dumps({"resourceType": "Patient", "id": ME}), "HTTP 201"),
        (200, SEARCH, "", "empty body"),
        (200, SEARCH, "<html>", "the body is no JSON object"),
        (200, SEARCH, "[]", "the body is no JSON object"),
        (200, SEARCH, json.dumps(OUTCOME), "OperationOutcome instead of a searchset Bundle"),
        (200, SEARCH, json.dumps(bundle(type="collection")), "Bundle instead of a searchset Bundle"),
        (200, SEARCH, json.dumps({"resourceType": 7}), "something else instead of a searchset Bundle"),
        (200, SEARCH, json.dumps(bundle()), "0 matches, the record holds at least 1"),
        (200, SEARCH, json.dumps(bundle(OUTCOME)), "0 matches, the record holds at least 1"),
        (200, SEARCH, json.dumps(bundle(condition("Group/g"))), "a resource names no patient"),
        (200, SEARCH, json.dumps(bundle(condition(7))), "a resource names no patient"),
        (200, SEARCH, json.dumps(bundle(7, condition(), NAMELESS)), "a resource names no patient"),
        (200, READ, json.dumps(OUTCOME), "OperationOutcome instead of Patient"),
        (200, READ, json.dumps({"resourceType": "Patient"}), "another resource than the one asked for"),
        (200, READ_VISIT, json.dumps({**VISIT, "id": "v2"}), "another resource than the one asked for"),
        (200, READ_VISIT, json.dumps(VISIT), "a resource names no patient"),
    ],
)  # fmt: skip
def test_other_problems_are_named_without_patient_data(status, expected, body, problem) -> None:
    assert judge_answer(status, body.encode(), expected) == Finding(problem)


def test_a_message_repeats_nothing_that_could_be_patient_data() -> None:
    body = json.dumps({"resourceType": "Doe, Jane 1950-01-01", "id": OTHER}).encode()
    assert "Doe" not in judge_answer(200, body, READ).problem
