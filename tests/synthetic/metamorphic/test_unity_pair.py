"""The same chart in Epic's and in Unity's shape says the same; whatever is changed in either is found."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import fields, replace
from typing import Any

import pytest

from synthetic.edge_cases.case import Case, Family
from synthetic.edge_cases.catalogue import CASES
from synthetic.edge_cases.injection import with_edge_cases
from synthetic.metamorphic.facts import SECTIONS, fact_differences
from synthetic.metamorphic.fhir_facts import digits, fhir_facts
from synthetic.metamorphic.pairs import unity_pair
from synthetic.metamorphic.unity_facts import unity_facts
from synthetic.population import Population
from synthetic.writers.unity import TIDY, Quirks

POPULATION = Population(7, 60)
DIRECTORY = POPULATION.directory()
CHARTS = tuple(POPULATION.chart(index) for index in (*range(8), 16))  # number 16 has died
HABITS = {"all": Quirks(), "none": TIDY} | {
    field.name: replace(Quirks(), **{field.name: False}) for field in fields(Quirks)
}
LEGAL = [case for case in CASES.values() if case.family is Family.VALID and not case.by_name_only]


@pytest.mark.parametrize("habits", HABITS.values(), ids=HABITS)
def test_both_shapes_say_the_same(habits: Quirks) -> None:
    for chart in CHARTS:
        assert unity_pair(chart, DIRECTORY, habits).differences == []


def test_every_section_says_something() -> None:
    said = Counter(
        section for chart in CHARTS for section, facts in unity_facts(unity_pair(chart, DIRECTORY).unity).items()
        for _ in facts
    )  # fmt: skip

    assert set(said) == set(SECTIONS)
    assert said["patient"] == len(CHARTS)


@pytest.mark.parametrize("case", [pytest.param(case, id=case.name) for case in LEGAL])
def test_edge_cases_say_the_same_in_both_shapes(case: Case) -> None:
    edges = with_edge_cases(POPULATION, 1, [case.name])

    assert unity_pair(edges.chart(3), DIRECTORY).differences == []


# Columns that repeat others, count rows, or say what no FHIR resource of a chart does.
_BESIDE = {
    "getpatientinfo": "AgeDec age base64image PhoneNumber HomeEmail PhysUserName PhysFirstName PhysLastName PhysPhone "
    "PatientLocation PrimaryInsurance DEM_EXTERNALID",
    "getscheduleinfo": "patientID Patient PatientFirstName PatientLastName ApptTime statuscolor TimeIn TimeStart "
    "TimeOut OrganizationID organizationMRN OrgName ProviderID SchedComment base64image",
    "getclinicalsummaryinfo": "code transid xmldetail section",
}


def test_a_changed_column_is_found() -> None:
    made = unity_pair(CHARTS[3], DIRECTORY)
    expected = fhir_facts(made.epic, made.site.find)
    for key, beside in _BESIDE.items():
        for number, row in enumerate(made.unity[key]):
            if row.get("section") in ("history", "orders", "procedures"):
                continue
            unread = {"detail"} if row.get("section") == "immunizations" else set()
            unread |= {"description"} if row.get("description") == "BP" else set()
            for column in set(row) - set(beside.split()) - unread:
                changed = {**row, column: other(row[column])}
                rows = [*made.unity[key][:number], changed, *made.unity[key][number + 1 :]]
                found = fact_differences(expected, unity_facts({**made.unity, key: rows}))
                assert found, (key, row, column)


def other(text: str) -> str:
    """The text with its last digit or letter changed; a date stays one."""
    if re.match(r"\d\d?[-/]", text):
        return re.sub(r"\b(19|20)(\d\d)\b", r"18\2", text)
    place = max((at for at, letter in enumerate(text) if letter.isalnum()), default=None)
    return "x" if place is None else text[:place] + ("1" if text[place] != "1" else "2") + text[place + 1 :]


@pytest.mark.parametrize(
    ("kind", "element", "value"),
    [
        ("Patient", "birthDate", "1901-01-01"),
        ("Patient", "gender", "unknown"),
        ("Condition", "clinicalStatus", {"coding": [{"code": "inactive"}]}),
        ("MedicationRequest", "status", "on-hold"),
        ("MedicationRequest", "dosageInstruction", [{"text": "twice"}]),
        ("AllergyIntolerance", "code", {"text": "Latex"}),
        ("Observation", "status", "preliminary"),
        ("Observation", "effectiveDateTime", "2026-06-15T18:00:00Z"),
        ("Appointment", "start", "2026-06-15T18:00:00-05:00"),
        ("Appointment", "status", "noshow"),
    ],
)
def test_a_changed_element_is_found(kind: str, element: str, value: Any) -> None:
    made = unity_pair(CHARTS[3], DIRECTORY)
    place = next(at for at, body in enumerate(made.epic) if body["resourceType"] == kind)
    bodies = [*made.epic[:place], made.epic[place] | {element: value}, *made.epic[place + 1 :]]

    assert fact_differences(fhir_facts(bodies, made.site.find), unity_facts(made.unity))


def test_epics_dress_is_taken_off() -> None:
    made = unity_pair(CHARTS[3], DIRECTORY)

    assert any(body != resource.body for body, resource in zip(made.epic, CHARTS[3].resources, strict=True))
    assert fhir_facts(made.epic, made.site.find) == fhir_facts(
        [resource.body for resource in CHARTS[3].resources], made.site.find
    )


@pytest.mark.parametrize(
    ("phone", "plain"),
    [("+1-718-555-0195", "7185550195"), ("(718) 555-0195", "7185550195"), ("+49 30 123", "+49 30 123"), ("", "")],
)
def test_digits(phone: str, plain: str) -> None:
    assert digits(phone) == plain
