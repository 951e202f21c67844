"""The registration desk: finds the person who stands before it, and nobody else."""

from __future__ import annotations

from pact import match

from gauntlet.contracts.consumers.wording import Asked, exactly, given, like, one_of, refusal, searchset

_PATIENT = {
    "resourceType": exactly("Patient"),
    "id": given("${patient}"),
    "birthDate": given("${birthdate}"),
    "gender": one_of("female", "male", "other", "unknown"),
    "name": match.each_like({"family": like("Testova", ".+")}, min=1),
    "identifier": match.array_containing([{"system": given("${mrn_system}"), "value": given("${mrn}")}]),
}
NAME = "registration-desk"
INTERACTIONS = (
    Asked(
        "a patient by record number",
        "a patient",
        "/Patient",
        searchset(_PATIENT, only=True),
        {"identifier": "${mrn_system}|${mrn}"},
    ),
    Asked(
        "a patient by name and birth date",
        "a patient",
        "/Patient",
        {
            "resourceType": "Bundle",
            "type": "searchset",
            "entry": match.array_containing([{"resource": {"resourceType": "Patient", "id": given("${patient}")}}]),
        },
        {"family": "${family}", "birthdate": "${birthdate}"},
    ),
    Asked("a patient by id", "a patient", "/Patient/${patient}", _PATIENT),
    Asked(
        "a patient with a new phone number",
        "a patient's phone number was changed at the EHR",
        "/Patient/${patient}",
        {
            "resourceType": "Patient",
            "id": given("${patient}"),
            "telecom": match.array_containing([{"system": exactly("phone"), "value": given("${phone}")}]),
        },
    ),
    Asked(
        "a patient nobody knows",
        "an unknown patient",
        "/Patient/${patient}",
        refusal("not-found"),
        status=404,
    ),
    Asked("a patient without a token", "an app without a token", "/Patient/${patient}", refusal("login"), status=401),
)
