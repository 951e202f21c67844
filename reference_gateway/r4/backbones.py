"""The nested structures of the resource types served, as tables in the form of `datatypes`."""

from __future__ import annotations

from collections.abc import Mapping

_OBSERVED = "Quantity|CodeableConcept|string|boolean|integer|Range|Ratio|SampledData|time|dateTime|Period ?"

BACKBONES: Mapping[str, Mapping[str, str]] = {
    "Patient.contact": {
        "relationship": "CodeableConcept *",
        "name": "HumanName ?",
        "telecom": "ContactPoint *",
        "address": "Address ?",
        "gender": "code ? = male|female|other|unknown",
        "organization": "Reference ?",
        "period": "Period ?",
    },
    "Patient.communication": {"language": "CodeableConcept 1", "preferred": "boolean ?"},
    "Patient.link": {"other": "Reference 1", "type": "code 1 = replaced-by|replaces|refer|seealso"},
    "Encounter.statusHistory": {
        "status": "code 1 = planned|arrived|triaged|in-progress|onleave|finished|cancelled|entered-in-error|unknown",
        "period": "Period 1",
    },
    "Encounter.classHistory": {"class": "Coding 1", "period": "Period 1"},
    "Encounter.participant": {"type": "CodeableConcept *", "period": "Period ?", "individual": "Reference ?"},
    "Encounter.diagnosis": {"condition": "Reference 1", "use": "CodeableConcept ?", "rank": "positiveInt ?"},
    "Encounter.hospitalization": {
        "preAdmissionIdentifier": "Identifier ?",
        "origin": "Reference ?",
        "admitSource": "CodeableConcept ?",
        "reAdmission": "CodeableConcept ?",
        "dietPreference": "CodeableConcept *",
        "specialCourtesy": "CodeableConcept *",
        "specialArrangement": "CodeableConcept *",
        "destination": "Reference ?",
        "dischargeDisposition": "CodeableConcept ?",
    },
    "Encounter.location": {
        "location": "Reference 1",
        "status": "code ? = planned|active|reserved|completed",
        "physicalType": "CodeableConcept ?",
        "period": "Period ?",
    },
    "Condition.stage": {"summary": "CodeableConcept ?", "assessment": "Reference *", "type": "CodeableConcept ?"},
    "Condition.evidence": {"code": "CodeableConcept *", "detail": "Reference *"},
    "Observation.referenceRange": {
        "low": "Quantity ?",
        "high": "Quantity ?",
        "type": "CodeableConcept ?",
        "appliesTo": "CodeableConcept *",
        "age": "Range ?",
        "text": "string ?",
    },
    "Observation.component": {
        "code": "CodeableConcept 1",
        "value[x]": _OBSERVED,
        "dataAbsentReason": "CodeableConcept ?",
        "interpretation": "CodeableConcept *",
        "referenceRange": "Observation.referenceRange *",
    },
    "MedicationRequest.dispenseRequest": {
        "initialFill": "MedicationRequest.initialFill ?",
        "dispenseInterval": "Duration ?",
        "validityPeriod": "Period ?",
        "numberOfRepeatsAllowed": "unsignedInt ?",
        "quantity": "Quantity ?",
        "expectedSupplyDuration": "Duration ?",
        "performer": "Reference ?",
    },
    "MedicationRequest.initialFill": {"quantity": "Quantity ?", "duration": "Duration ?"},
    "MedicationRequest.substitution": {"allowed[x]": "boolean|CodeableConcept 1", "reason": "CodeableConcept ?"},
    "AllergyIntolerance.reaction": {
        "substance": "CodeableConcept ?",
        "manifestation": "CodeableConcept +",
        "description": "string ?",
        "onset": "dateTime ?",
        "severity": "code ? = mild|moderate|severe",
        "exposureRoute": "CodeableConcept ?",
        "note": "Annotation *",
    },
    "Appointment.participant": {
        "type": "CodeableConcept *",
        "actor": "Reference ?",
        "required": "code ? = required|optional|information-only",
        "status": "code 1 = accepted|declined|tentative|needs-action",
        "period": "Period ?",
    },
    "Immunization.performer": {"function": "CodeableConcept ?", "actor": "Reference 1"},
    "Immunization.education": {
        "documentType": "string ?",
        "reference": "uri ?",
        "publicationDate": "dateTime ?",
        "presentationDate": "dateTime ?",
    },
    "Immunization.reaction": {"date": "dateTime ?", "detail": "Reference ?", "reported": "boolean ?"},
    "Immunization.protocolApplied": {
        "series": "string ?",
        "authority": "Reference ?",
        "targetDisease": "CodeableConcept *",
        "doseNumber[x]": "positiveInt|string 1",
        "seriesDoses[x]": "positiveInt|string ?",
    },
}
