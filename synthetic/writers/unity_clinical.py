"""Unity rows about health: getclinicalsummaryinfo, one flat list of sections."""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple
from xml.sax.saxutils import escape

from synthetic.codes.measurements import BLOOD_PRESSURE
from synthetic.writers.record import Body, Record
from synthetic.writers.unity_dates import Layout
from synthetic.writers.unity_quirks import Quirks, Row

_SYSTEMS: Mapping[str, str] = MappingProxyType(
    {
        "http://hl7.org/fhir/sid/icd-10-cm": "ICD10",
        "http://www.nlm.nih.gov/research/umls/rxnorm": "RXNORM",
        "http://hl7.org/fhir/sid/cvx": "CVX",
    }
)
_SYSTOLIC, _DIASTOLIC = "2", "3"  # blood pressure is told apart by these
_FIRST_LOCAL = 1000  # our numbers of the local dictionary stay clear of them
_SECTIONS: Mapping[str, str] = MappingProxyType(
    {"vital-signs": "vitals", "laboratory": "results", "social-history": "history"}
)


class _Kind(NamedTuple):
    """How rows of a section are numbered and dated. Vital signs have negative numbers, as rows without an order do."""

    letter: str
    sign: str
    layout: Layout


_KINDS: Mapping[str, _Kind] = MappingProxyType(
    {
        "problems": _Kind("H", "", Layout.DAY),
        "medications": _Kind("M", "", Layout.MOMENT),
        "allergies": _Kind("A", "", Layout.SLASHED),
        "immunizations": _Kind("I", "", Layout.SLASHED),
        "vitals": _Kind("V", "-", Layout.MOMENT),
        "results": _Kind("R", "", Layout.LOUD_MOMENT),
        "history": _Kind("S", "", Layout.DAY),
        "orders": _Kind("O", "", Layout.SERVER),
    }
)


class _Entry(NamedTuple):
    """What a row says, before it is numbered and dated."""

    section: str
    description: str
    detail: str
    status: str
    when: str
    entry_code: str = ""
    code: str = ""  # of the local dictionary; empty: a number made of the description
    xml: str = ""


def summary_rows(record: Record, quirks: Quirks) -> list[Row]:
    """GetClinicalSummary: all sections, in the order of the table above. `transid` does not depend on quirks."""
    entries = [
        *([_problem(body)] for body in record.of_type("Condition")),
        *([_medication(record, body)] for body in record.of_type("MedicationRequest")),
        *([_allergy(body)] for body in record.of_type("AllergyIntolerance")),
        *([_immunization(body)] for body in record.of_type("Immunization")),
        *(_observation(body, quirks) for body in record.of_type("Observation")),
        *([_order(body)] for body in record.of_type("ServiceRequest")),
    ]
    ordered = sorted(entries, key=lambda parts: list(_KINDS).index(parts[0].section))
    first_number = record.chart.index * 1_000_000
    return [
        quirks.finished(_row(entry, first_number + 10 * number + part, quirks))
        for number, parts in enumerate(ordered, 1)
        for part, entry in enumerate(parts)
    ]


def _row(entry: _Entry, number: int, quirks: Quirks) -> Row:
    kind = _KINDS[entry.section]
    return {
        "section": entry.section,
        "description": entry.description,
        "detail": entry.detail,
        "code": entry.code or _local_code(entry.description),
        "entrycode": entry.entry_code,
        "transid": f"{kind.letter}{kind.sign}{number}",
        "status": entry.status.replace("-", " ").title(),
        "displaydate": quirks.time(entry.when, kind.layout),
        "xmldetail": entry.xml,
    }


def _problem(body: Body) -> _Entry:
    status = _code(body.get("clinicalStatus")) or _code(body.get("verificationStatus"))
    words, when = _words(body.get("code")), body.get("onsetDateTime", "")
    return _Entry("problems", words, _code(body.get("verificationStatus")), status, when, _glued(body.get("code")))


def _medication(record: Record, body: Body) -> _Entry:
    concept = body.get("medicationCodeableConcept") or _from_formulary(record, body.get("medicationReference", {}))
    dosage = next((one.get("text", "") for one in body.get("dosageInstruction", [])), "")
    return _Entry("medications", _words(concept), dosage, body["status"], body.get("authoredOn", ""), _glued(concept))


def _from_formulary(record: Record, reference: Body) -> Body:
    resource_type, _, resource_id = reference.get("reference", "").partition("/")
    known = record.directory.find(resource_type, resource_id)
    return known.body["code"] if known else {"text": reference.get("display", "")}


def _allergy(body: Body) -> _Entry:
    reactions = [one.get("text", "") for entry in body.get("reaction", []) for one in entry.get("manifestation", [])]
    status = _code(body.get("clinicalStatus")) or _code(body.get("verificationStatus"))
    words, when = _words(body.get("code")), body.get("recordedDate", "")
    return _Entry("allergies", words, ", ".join(reactions), status, when, _glued(body.get("code")))


def _immunization(body: Body) -> _Entry:
    vaccine, when = body["vaccineCode"], body.get("occurrenceDateTime", "")
    return _Entry("immunizations", _words(vaccine), "", body["status"], when, _glued(vaccine))


def _order(body: Body) -> _Entry:
    return _Entry("orders", _words(body["code"]), "", body["status"], body.get("authoredOn", ""), _first(body["code"]))


def _observation(body: Body, quirks: Quirks) -> list[_Entry]:
    section = _SECTIONS[next((_first(category) for category in body.get("category", [])), "laboratory")]
    name, loinc = _words(body["code"]), _first(body["code"])
    entry = _Entry(section, name, _value(body), body["status"], body["effectiveDateTime"], loinc)
    if loinc == BLOOD_PRESSURE:
        return _blood_pressure(entry, body, quirks)
    if section == "results" and quirks.packed_results:
        return [entry._replace(detail=packed(body))]
    return [entry._replace(detail=_number(body), xml=_xml(body))] if section == "results" else [entry]


def _blood_pressure(entry: _Entry, body: Body, quirks: Quirks) -> list[_Entry]:
    systolic, diastolic = (_number(part) for part in body["component"])
    if not quirks.split_blood_pressure:
        return [entry._replace(detail=f"{systolic}/{diastolic} mmHg")]
    parts = ((systolic, _SYSTOLIC), (diastolic, _DIASTOLIC))
    return [entry._replace(description="BP", detail=value, code=code) for value, code in parts]


def packed(body: Body) -> str:
    """Name, value, unit, flag and range of a result in one text: `Glucose: 205 mg/dL (H) [70-99]`."""
    value, flag, limits = _value(body), _flag(body), _limits(body)
    parts = [f"{_words(body['code'])}:", value or _words(body.get("dataAbsentReason"))]
    parts += [f"({flag})"] if flag not in ("", "N") else []
    return " ".join([*parts, *([f"[{limits}]"] if limits else [])])


def _xml(body: Body) -> str:
    unit = body.get("valueQuantity", {}).get("unit", "")
    parts = {"value": _number(body), "unit": unit, "flag": _flag(body), "range": _limits(body)}
    return f"<result>{''.join(f'<{name}>{escape(text)}</{name}>' for name, text in parts.items())}</result>"


def _value(body: Body) -> str:
    if "valueCodeableConcept" in body:
        return _words(body["valueCodeableConcept"])
    return f"{_number(body)} {body.get('valueQuantity', {}).get('unit', '')}".strip()


def _number(body: Body) -> str:
    value = body.get("valueQuantity", {}).get("value")
    return "" if value is None else format(value, "f") if not isinstance(value, int) else str(value)


def _flag(body: Body) -> str:
    return next((_first(entry) for entry in body.get("interpretation", [])), "")


def _limits(body: Body) -> str:
    for limits in body.get("referenceRange", [])[:1]:
        low, high = (str(limits[side]["value"]) if side in limits else "" for side in ("low", "high"))
        return f"{low}-{high}" if low and high else f">= {low}" if low else f"<= {high}"
    return ""


def _words(concept: Body | None) -> str:
    concept = concept or {}
    return str(concept.get("text") or next((one.get("display", "") for one in concept.get("coding", [])), ""))


def _code(concept: Body | None) -> str:
    return _first(concept or {})


def _first(concept: Body) -> str:
    return next((str(coding.get("code", "")) for coding in concept.get("coding", [])), "")


def _glued(concept: Body | None) -> str:
    """A code with the name of its system after a pipe: I10|ICD10."""
    for coding in (concept or {}).get("coding", []):
        return f"{coding['code']}|{_SYSTEMS.get(coding.get('system', ''), 'LOCAL')}"
    return ""


def _local_code(description: str) -> str:
    """A number of the local dictionary: a checksum of the words, the same in every chart."""
    return str(_FIRST_LOCAL + zlib.crc32(description.encode()) % 90_000)
