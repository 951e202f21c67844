"""The lab viewer: draws trends of laboratory results."""

from __future__ import annotations

from pact import match

from gauntlet.contracts.consumers.wording import LOINC, Asked, exactly, given, like, one_of, searchset

_STATUS = one_of("final", "registered", "preliminary", "amended", "corrected", "cancelled", "entered-in-error")
_RESULT = {
    "resourceType": exactly("Observation"),
    "id": like("eResult1", r"[A-Za-z0-9\-.]{1,64}"),
    "status": _STATUS,
    "subject": {"reference": given("Patient/${patient}")},
    "code": {"coding": match.array_containing([{"system": exactly(LOINC), "code": like("2345-7", r"\d+-\d")}])},
}
NAME = "lab-viewer"
INTERACTIONS = (
    Asked(
        "laboratory results of a patient",
        "a patient with a numeric laboratory result",
        "/Observation",
        searchset(_RESULT),
        {"patient": "${patient}", "category": "laboratory"},
    ),
    Asked(
        "a numeric result with its unit",
        "a patient with a numeric laboratory result",
        "/Observation/${result}",
        {
            **_RESULT,
            "id": given("${result}"),
            "status": "final",
            "code": {"coding": match.array_containing([{"system": exactly(LOINC), "code": given("${code}")}])},
            "valueQuantity": {
                "value": match.number(97),
                "unit": like("mg/dL", ".+"),
                "system": "http://unitsofmeasure.org",
                "code": like("mg/dL", r"\S+"),
            },
        },
    ),
    Asked(
        "results of one kind",
        "a patient with a numeric laboratory result",
        "/Observation",
        searchset({**_RESULT, "code": {"coding": match.array_containing([{"code": given("${code}")}])}}),
        {"patient": "${patient}", "code": "http://loinc.org|${code}"},
    ),
    Asked(
        "a result that was corrected",
        "a laboratory result was corrected at the EHR",
        "/Observation/${result}",
        {"resourceType": "Observation", "id": given("${result}"), "status": "corrected"},
    ),
)
