"""FHIR R4 datatypes as tables: element -> "Type cardinality [= codes]".

Cardinality: 1, ? (0..1), * (0..n), + (1..n). A choice of types is written with |. Source: http://hl7.org/fhir/R4/datatypes.html.
"""

from __future__ import annotations

from collections.abc import Mapping

QUANTITY = {
    "value": "decimal ?",
    "comparator": "code ? = <|<=|>=|>",
    "unit": "string ?",
    "system": "uri ?",
    "code": "code ?",
}
_UNITS_OF_TIME = "s|min|h|d|wk|mo|a"

DATATYPES: Mapping[str, Mapping[str, str]] = {
    "Extension": {
        "url": "uri 1",
        "value[x]": (
            "base64Binary|boolean|canonical|code|date|dateTime|decimal|id|instant|integer|markdown|oid|positiveInt|"
            "string|time|unsignedInt|uri|url|uuid|Address|Age|Annotation|Attachment|CodeableConcept|Coding|"
            "ContactPoint|Duration|HumanName|Identifier|Period|Quantity|Range|Ratio|Reference|SampledData|Timing|"
            "Dosage|Meta ?"
        ),
    },
    "Meta": {
        "versionId": "id ?",
        "lastUpdated": "instant ?",
        "source": "uri ?",
        "profile": "canonical *",
        "security": "Coding *",
        "tag": "Coding *",
    },
    "Narrative": {"status": "code 1 = generated|extensions|additional|empty", "div": "xhtml 1"},
    "Coding": {
        "system": "uri ?",
        "version": "string ?",
        "code": "code ?",
        "display": "string ?",
        "userSelected": "boolean ?",
    },
    "CodeableConcept": {"coding": "Coding *", "text": "string ?"},
    "Reference": {"reference": "string ?", "type": "uri ?", "identifier": "Identifier ?", "display": "string ?"},
    "Identifier": {
        "use": "code ? = usual|official|temp|secondary|old",
        "type": "CodeableConcept ?",
        "system": "uri ?",
        "value": "string ?",
        "period": "Period ?",
        "assigner": "Reference ?",
    },
    "Period": {"start": "dateTime ?", "end": "dateTime ?"},
    "Quantity": QUANTITY,
    "Age": QUANTITY,
    "Duration": QUANTITY,
    "Range": {"low": "Quantity ?", "high": "Quantity ?"},
    "Ratio": {"numerator": "Quantity ?", "denominator": "Quantity ?"},
    "SampledData": {
        "origin": "Quantity 1",
        "period": "decimal 1",
        "factor": "decimal ?",
        "lowerLimit": "decimal ?",
        "upperLimit": "decimal ?",
        "dimensions": "positiveInt 1",
        "data": "string ?",
    },
    "Attachment": {
        "contentType": "code ?",
        "language": "code ?",
        "data": "base64Binary ?",
        "url": "url ?",
        "size": "unsignedInt ?",
        "hash": "base64Binary ?",
        "title": "string ?",
        "creation": "dateTime ?",
    },
    "Annotation": {"author[x]": "Reference|string ?", "time": "dateTime ?", "text": "markdown 1"},
    "HumanName": {
        "use": "code ? = usual|official|temp|nickname|anonymous|old|maiden",
        "text": "string ?",
        "family": "string ?",
        "given": "string *",
        "prefix": "string *",
        "suffix": "string *",
        "period": "Period ?",
    },
    "Address": {
        "use": "code ? = home|work|temp|old|billing",
        "type": "code ? = postal|physical|both",
        "text": "string ?",
        "line": "string *",
        "city": "string ?",
        "district": "string ?",
        "state": "string ?",
        "postalCode": "string ?",
        "country": "string ?",
        "period": "Period ?",
    },
    "ContactPoint": {
        "system": "code ? = phone|fax|email|pager|url|sms|other",
        "value": "string ?",
        "use": "code ? = home|work|temp|old|mobile",
        "rank": "positiveInt ?",
        "period": "Period ?",
    },
    "Timing": {"event": "dateTime *", "repeat": "Timing.repeat ?", "code": "CodeableConcept ?"},
    "Timing.repeat": {
        "bounds[x]": "Duration|Range|Period ?",
        "count": "positiveInt ?",
        "countMax": "positiveInt ?",
        "duration": "decimal ?",
        "durationMax": "decimal ?",
        "durationUnit": f"code ? = {_UNITS_OF_TIME}",
        "frequency": "positiveInt ?",
        "frequencyMax": "positiveInt ?",
        "period": "decimal ?",
        "periodMax": "decimal ?",
        "periodUnit": f"code ? = {_UNITS_OF_TIME}",
        "dayOfWeek": "code * = mon|tue|wed|thu|fri|sat|sun",
        "timeOfDay": "time *",
        "when": "code *",
        "offset": "unsignedInt ?",
    },
    "Dosage": {
        "sequence": "integer ?",
        "text": "string ?",
        "additionalInstruction": "CodeableConcept *",
        "patientInstruction": "string ?",
        "timing": "Timing ?",
        "asNeeded[x]": "boolean|CodeableConcept ?",
        "site": "CodeableConcept ?",
        "route": "CodeableConcept ?",
        "method": "CodeableConcept ?",
        "doseAndRate": "Dosage.doseAndRate *",
        "maxDosePerPeriod": "Ratio ?",
        "maxDosePerAdministration": "Quantity ?",
        "maxDosePerLifetime": "Quantity ?",
    },
    "Dosage.doseAndRate": {
        "type": "CodeableConcept ?",
        "dose[x]": "Range|Quantity ?",
        "rate[x]": "Ratio|Range|Quantity ?",
    },
}
