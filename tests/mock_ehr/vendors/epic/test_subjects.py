"""Whom the journal says that a request is about."""

from __future__ import annotations

from typing import Any

import pytest

LOINC = "http://loinc.org"
P1, P2, P3 = "ePatientNumberOne0000001", "ePatientNumberTwo0000002", "ePatientNumberThree00003"


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
