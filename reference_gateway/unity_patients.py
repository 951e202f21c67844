"""Patients out of Unity's rows."""

from __future__ import annotations

from collections.abc import Mapping

from reference_gateway.json_text import Json
from reference_gateway.unity_answers import Row
from reference_gateway.unity_times import UnityTimes

SSN_SYSTEM = "http://hl7.org/fhir/sid/us-ssn"
_TYPES = "http://terminology.hl7.org/CodeSystem/v2-0203"
_RACE = "http://hl7.org/fhir/us/core/StructureDefinition/us-core-race"
_GENDERS = ("male", "female", "other")
# Texts that stand for nothing, by column.
_PLACEHOLDERS: Mapping[str, str] = {"ssn": "000-00-0000", "Email": "Declined", "WorkPhone": "Unknown"}
_PHONES = (("HomePhone", "home"), ("WorkPhone", "work"), ("cellphone", "mobile"))
_ADDRESS = (("City", "city"), ("State", "state"), ("ZipCode", "postalCode"))


class UnityPatients:
    """Makes Patients."""

    def __init__(self, times: UnityTimes, mrn_system: str) -> None:
        self.times = times
        self.mrn_system = mrn_system

    def resource(self, row: Row, patient_id: str) -> Json | None:
        """Return the patient of a GetPatient row, None for the blank row that stands for nobody."""
        told = self.told(row)
        if not told["mrn"] and not told["LastName"] and not told["Firstname"]:
            return None
        patient: Json = {
            "resourceType": "Patient",
            "id": patient_id,
            "extension": self.race(told),
            "identifier": self.identifiers(told),
            "name": [self.name(told)],
            "telecom": self.telecom(told),
            "gender": told["gender"].lower() if told["gender"].lower() in _GENDERS else "unknown",
            "birthDate": self.times.date(told["dateofbirth"]),
            "address": self.address(told),
            "maritalStatus": _words(told["MaritalStatus"]),
            "communication": [{"language": _words(told["Language"])}] if told["Language"] else [],
            "generalPractitioner": self.doctor(told),
        }
        return {name: value for name, value in patient.items() if value}

    def told(self, row: Row) -> Row:
        """Return the row without blanks and placeholders."""
        plain = {column: text.strip(" ") for column, text in row.items()}
        return {column: "" if text == _PLACEHOLDERS.get(column) else text for column, text in plain.items()}

    def identifiers(self, told: Row) -> list[Json]:
        """Return MRN and social security number, each with its system and type."""
        mrn = _identifier("MR", "Medical record number", self.mrn_system, told["mrn"])
        return mrn + _identifier("SS", "Social Security number", SSN_SYSTEM, told["ssn"])

    def name(self, told: Row) -> Json:
        """Return the name: parts as they stand, whatever their script."""
        parts: Json = {
            "family": told["LastName"],
            "given": [part for part in (told["Firstname"], told["middlename"]) if part],
            "suffix": [told["suffix"]] if told["suffix"] else [],
        }
        return {part: value for part, value in parts.items() if value}

    def telecom(self, told: Row) -> list[Json]:
        """Return telephones and mail."""
        phones = [{"system": "phone", "value": told[name], "use": use} for name, use in _PHONES if told[name]]
        mail = told["Email"] or told["HomeEmail"]
        return phones + ([{"system": "email", "value": mail}] if mail else [])

    def address(self, told: Row) -> list[Json]:
        """Return the address, if there is one."""
        address: Json = {"line": [line for line in (told["Addressline1"], told["AddressLine2"]) if line]}
        address |= {element: told[column] for column, element in _ADDRESS}
        found = {element: value for element, value in address.items() if value}
        return [found] if found else []

    def race(self, told: Row) -> list[Json]:
        """Return the race as US Core has it, in words."""
        if not told["Race"]:
            return []
        return [{"url": _RACE, "extension": [{"url": "text", "valueString": told["Race"]}]}]

    def doctor(self, told: Row) -> list[Json]:
        """Return who looks after the patient, by name."""
        name = " ".join(part for part in (told["PhysFirstName"], told["PhysLastName"]) if part)
        return [{"display": name}] if name else []


def _identifier(code: str, display: str, system: str, value: str) -> list[Json]:
    kind = {"coding": [{"system": _TYPES, "code": code, "display": display}], "text": display}
    return [{"type": kind, "system": system, "value": value}] if value else []


def _words(text: str) -> Json:
    return {"text": text} if text else {}
