"""Codes: several, none, local, unknown, versioned, retired, and words that only people understand.

LOINC codes and names: LOINC (c) 1995-2025 Regenstrief Institute, loinc.org/license, unaltered.
"""

from __future__ import annotations

from typing import Any

from synthetic.edge_cases.case import Case, Changes, Scene, edited, one_more, valid
from synthetic.edge_cases.paths import Json
from synthetic.edge_cases.targets import (
    LOCAL_CODES,
    LOINC,
    allergy,
    condition,
    glucose,
    order,
    potassium,
    quantity,
    weight,
)

_STALE = ("interpretation", "referenceRange")
_NULL_FLAVOR = "http://terminology.hl7.org/CodeSystem/v3-NullFlavor"


def local(code: str, display: str) -> dict[str, Any]:
    """A code that only this hospital knows."""
    return {"system": LOCAL_CODES, "code": code, "display": display}


def three_codings(body: Json, _scene: Scene) -> Changes:
    """A local code that was chosen first, the LOINC code, and one of a closed laboratory."""
    (loinc, *_) = body["code"]["coding"]
    chosen = local("GLU", "Glucose, serum") | {"userSelected": True}
    return {"code": {"coding": [chosen, loinc, local("LAB-00417", "GLUC SER")], "text": "Glucose (chem panel)"}}


def retired_code() -> dict[str, Any]:
    """A vital sign under a code that LOINC has deprecated in favour of 59408-5 (loinc.org/2710-2)."""
    display = "Deprecated Oxygen saturation in Capillary blood by Oximetry"
    return {"coding": [{"system": LOINC, "code": "2710-2", "display": display}], "text": "SpO2"}


CASES: tuple[Case, ...] = (
    valid(
        "three-codings",
        "Observation.code.coding",
        "MAP-01 MAP-02",
        "A local code comes first and was chosen by the user, the LOINC code is second; all three stay",
        edited(glucose, three_codings),
    ),
    valid(
        "local-code-only",
        "Observation.code.coding",
        "MAP-02 CON-14",
        "The test has a local code only; it may not be dropped and no LOINC code may be guessed",
        one_more(
            potassium,
            {"code": {"coding": [local("XPN-9", "Xanthopterin, plasma")], "text": "Xanthopterin, plasma"}},
            without=_STALE,
        ),
    ),
    valid(
        "unknown-code-system",
        "Observation.code.coding",
        "MAP-02",
        "The code is of a system nobody here knows, given as a URL that leads nowhere",
        one_more(
            potassium,
            {"code": {"coding": [{"system": "https://codes.invalid/tests", "code": "00-1"}], "text": "Sent-out test"}},
            without=_STALE,
        ),
    ),
    valid(
        "retired-loinc",
        "Observation.code.coding",
        "MAP-01 MAP-02",
        "The LOINC code was retired in favour of another one; it was right when it was sent, and stays",
        one_more(
            weight, {"code": retired_code(), "valueQuantity": quantity(97, "%")}, without=["meta.profile", *_STALE]
        ),
    ),
    valid(
        "condition-in-words-only",
        "Condition.code.text",
        "MAP-02",
        "The diagnosis is text without any code",
        edited(condition, {"code": {"text": "Feels wrong since the move; ?thyroid"}}),
    ),
    valid(
        "abbreviation-of-two-meanings",
        "Condition.code.text",
        "MAP-02",
        "The diagnosis is the abbreviation MS, multiple sclerosis or mitral stenosis: no code may be guessed",
        edited(condition, {"code": {"text": "MS"}}),
    ),
    valid(
        "code-without-display",
        "Condition.code.coding",
        "MAP-01",
        "The code stands without display and text; it says enough",
        edited(condition, {"code": {"coding": [{"system": "http://hl7.org/fhir/sid/icd-10-cm", "code": "I10"}]}}),
    ),
    valid(
        "display-in-another-language",
        "Condition.code.coding.display",
        "MAP-01",
        "The display of a known code is Spanish; the code decides",
        edited(
            condition,
            {
                "code": {
                    "coding": [
                        {
                            "system": "http://hl7.org/fhir/sid/icd-10-cm",
                            "code": "E11.9",
                            "display": "Diabetes mellitus tipo 2 sin complicaciones",
                        }
                    ],
                    "text": "Diabetes tipo 2",
                }
            },
        ),
    ),
    valid(
        "code-with-version",
        "Condition.code.coding.version",
        "MAP-11 MAP-01",
        "The code names the version of its system",
        edited(condition, {"code.coding[0].version": "2024"}),
    ),
    valid(
        "null-flavor",
        "Condition.code.coding",
        "MAP-02",
        "The code says that the diagnosis is unknown, which is not a diagnosis",
        edited(condition, {"code": {"coding": [{"system": _NULL_FLAVOR, "code": "UNK", "display": "Unknown"}]}}),
    ),
    valid(
        "code-with-blank",
        "Observation.code.coding.code",
        "MAP-02 NEG-06",
        "A local code has a blank and a comma in it, as codes may",
        one_more(
            weight,
            {"code.coding[1]": local("WT KG, BED", "Weight in bed")},
        ),
    ),
    valid(
        "no-known-allergies",
        "AllergyIntolerance.code.text",
        "MAP-02 MAP-08",
        "The record says that no allergies are known: it is not an allergy, and it is not an empty list",
        edited(
            allergy,
            {"code": {"text": "No known drug or food allergies"}},
            without=["reaction", "criticality", "category"],
        ),
    ),
    valid(
        "drug-in-words-only",
        "MedicationRequest.medicationCodeableConcept.text",
        "MAP-02",
        "The drug is text as the prescriber typed it",
        edited(
            order,
            {
                "medicationReference": None,
                "medicationCodeableConcept": {"text": "pt's own herbal drops (green bottle) 10 gtt QHS"},
            },
        ),
    ),
    valid(
        "dose-beyond-structure",
        "MedicationRequest.dosageInstruction",
        "CON-06 MAP-02",
        "The dose is a taper that is told in words; no structured dose may be made up",
        edited(
            order,
            {"dosageInstruction": [{"text": "40 mg x3d, then 20 mg x3d, then 10 mg QOD x 5 doses, then STOP"}]},
        ),
    ),
)
