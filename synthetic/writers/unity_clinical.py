"""Unity rows about health: getclinicalsummaryinfo, one flat list of sections."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Collection, Mapping
from types import MappingProxyType
from typing import NamedTuple
from xml.sax.saxutils import escape

from synthetic.codes.measurements import BLOOD_PRESSURE
from synthetic.writers.record import Body, Record
from synthetic.writers.unity_dates import Layout
from synthetic.writers.unity_quirks import Quirks, Row
from synthetic.writers.unity_values import limits_of, number_of, value_of, when_of, words_of

_SYSTEMS: Mapping[str, str] = MappingProxyType(
    {
        "http://hl7.org/fhir/sid/icd-10-cm": "ICD10",
        "http://www.nlm.nih.gov/research/umls/rxnorm": "RXNORM",
        "http://hl7.org/fhir/sid/cvx": "CVX",
        "http://www.cms.gov/Medicare/Coding/ICD10": "ICD10PCS",
    }
)
_SYSTOLIC, _DIASTOLIC = "2", "3"  # blood pressure is told apart by these
_HALVES = 2
_FIRST_LOCAL = 1000  # our numbers of the local dictionary stay clear of them
_SECTIONS: Mapping[str, str] = MappingProxyType(
    {"vital-signs": "vitals", "laboratory": "results", "social-history": "history"}
)
SECTION_TYPES: Mapping[str, str] = MappingProxyType(
    {
        "problems": "Condition",
        "medications": "MedicationRequest",
        "allergies": "AllergyIntolerance",
        "immunizations": "Immunization",
        "vitals": "Observation",
        "results": "Observation",
        "history": "Observation",
        "orders": "ServiceRequest",
    }
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


def summary_rows(record: Record, quirks: Quirks, sections: Collection[str] = (), *, verbose: bool = False) -> list[Row]:
    """GetClinicalSummary: the sections wanted (all when none is named), in the order of the table above.

    With `verbose`, xmldetail repeats the row as XML. `transid` depends neither on quirks nor on what was written
    since: it counts within the section.
    """
    return [row for row, _ in summary(record, quirks, sections, verbose=verbose)]


def summary(
    record: Record, quirks: Quirks, sections: Collection[str] = (), *, verbose: bool = False
) -> list[tuple[Row, Body]]:
    """The rows of GetClinicalSummary, each with the resource it is made of."""
    wanted = [section for section in _KINDS if not sections or section in sections]
    found: dict[str, list[tuple[Body, list[_Entry]]]] = {section: [] for section in wanted}
    for resource_type in dict.fromkeys(SECTION_TYPES[section] for section in wanted):
        for body in record.of_type(resource_type):
            parts = _ENTRIES[resource_type](record, body, quirks)
            if parts[0].section in found:
                found[parts[0].section].append((body, parts))
    first = record.chart.index * 1_000_000
    return [
        (quirks.finished(_row(entry, _number(body, first + 100_000 * place + 10 * nth) + part, quirks, verbose)), body)
        for place, section in enumerate(_KINDS)
        for nth, (body, parts) in enumerate(found.get(section, ()), 1)
        for part, entry in enumerate(parts)
    ]


def _number(body: Body, counted: int) -> int:
    """The number of a row: what was written since has a whole number for its id, the rest is counted."""
    return 10 * int(body["id"]) if body["id"].isdecimal() else counted


def _row(entry: _Entry, number: int, quirks: Quirks, verbose: bool) -> Row:
    kind = _KINDS[entry.section]
    row = {
        "section": entry.section,
        "description": entry.description,
        "detail": entry.detail,
        "code": entry.code or local_code(entry.description),
        "entrycode": entry.entry_code,
        "transid": f"{kind.letter}{kind.sign}{number}",
        "status": entry.status.replace("-", " ").title(),
        "displaydate": quirks.time(entry.when, kind.layout),
        "xmldetail": entry.xml,
    }
    return row | {"xmldetail": entry.xml or _as_xml(row)} if verbose else row


def _as_xml(row: Row) -> str:
    """A row once more as XML. That there is such a column is known; the names in it are ours."""
    shown = ("description", "detail", "entrycode", "status", "displaydate")
    return f"<item>{''.join(f'<{name}>{escape(row[name])}</{name}>' for name in shown)}</item>"


def _problem(_record: Record, body: Body, _quirks: Quirks) -> list[_Entry]:
    status = _code(body.get("clinicalStatus")) or _code(body.get("verificationStatus"))
    words, when = words_of(body.get("code")), body.get("onsetDateTime", "")
    detail = _code(body.get("verificationStatus"))
    return [_Entry("problems", words, detail, status, when, glued(body.get("code")))]


def _medication(record: Record, body: Body, _quirks: Quirks) -> list[_Entry]:
    concept, when = prescribed(record, body), body.get("authoredOn", "")
    return [_Entry("medications", words_of(concept), dosage(body), body["status"], when, glued(concept))]


def prescribed(record: Record, body: Body) -> Body:
    """The concept of what a MedicationRequest prescribes."""
    concept: Body | None = body.get("medicationCodeableConcept")
    reference = body.get("medicationReference", {})
    inside = (one for one in body.get("contained", []) if f"#{one.get('id')}" == reference.get("reference"))
    return concept or next((one["code"] for one in inside if "code" in one), None) or _from_formulary(record, reference)


def dosage(body: Body) -> str:
    """The instruction of a MedicationRequest as text."""
    return next((one.get("text", "") for one in body.get("dosageInstruction", [])), "")


def _from_formulary(record: Record, reference: Body) -> Body:
    resource_type, _, resource_id = reference.get("reference", "").partition("/")
    known = record.directory.find(resource_type, resource_id)
    return known.body["code"] if known else {"text": reference.get("display", "")}


def _allergy(_record: Record, body: Body, _quirks: Quirks) -> list[_Entry]:
    reactions = [words_of(one) for entry in body.get("reaction", []) for one in entry.get("manifestation", [])]
    status = _code(body.get("clinicalStatus")) or _code(body.get("verificationStatus"))
    words, when = words_of(body.get("code")), body.get("recordedDate", "")
    return [_Entry("allergies", words, ", ".join(reactions), status, when, glued(body.get("code")))]


def _immunization(_record: Record, body: Body, _quirks: Quirks) -> list[_Entry]:
    vaccine, when = body["vaccineCode"], body.get("occurrenceDateTime", "")
    return [_Entry("immunizations", words_of(vaccine), "", body["status"], when, glued(vaccine))]


def _order(_record: Record, body: Body, _quirks: Quirks) -> list[_Entry]:
    code, when = body["code"], body.get("authoredOn", "")
    return [_Entry("orders", words_of(code), "", body["status"], when, _first(code))]


def _observation(_record: Record, body: Body, quirks: Quirks) -> list[_Entry]:
    section = _section(body)
    name, loinc = words_of(body["code"]), _first(body["code"])
    entry = _Entry(section, name, value_of(body), body["status"], when_of(body), loinc)
    if loinc == BLOOD_PRESSURE and len(body.get("component", [])) >= _HALVES:
        return _blood_pressure(entry, body, quirks)
    if section == "results" and quirks.packed_results:
        return [entry._replace(detail=packed(body))]
    return [entry._replace(detail=_plain(body), xml=_xml(body))] if section == "results" else [entry]


def _section(body: Body) -> str:
    """The section of an Observation; one without a category that is known here is among the results."""
    codes = [_first(category) for category in body.get("category", [])]
    return next((_SECTIONS[code] for code in codes if code in _SECTIONS), "results")


def _blood_pressure(entry: _Entry, body: Body, quirks: Quirks) -> list[_Entry]:
    systolic, diastolic = (number_of(part.get("valueQuantity")) for part in body["component"][:_HALVES])
    if not quirks.split_blood_pressure:
        return [entry._replace(detail=f"{systolic}/{diastolic} mmHg")]
    parts = ((systolic, _SYSTOLIC), (diastolic, _DIASTOLIC))
    return [entry._replace(description="BP", detail=value, code=code) for value, code in parts]


def packed(body: Body) -> str:
    """Name, value, unit, flag and range of a result in one text: `Glucose: 205 mg/dL (H) [70-99]`."""
    value, flag, limits = value_of(body), _flag(body), limits_of(body)
    parts = [f"{words_of(body['code'])}:", value or words_of(body.get("dataAbsentReason"))]
    parts += [f"({flag})"] if flag not in ("", "N") else []
    return " ".join([*parts, *([f"[{limits}]"] if limits else [])])


def _xml(body: Body) -> str:
    unit = body.get("valueQuantity", {}).get("unit", "")
    parts = {"value": _plain(body), "unit": unit, "flag": _flag(body), "range": limits_of(body)}
    return f"<result>{''.join(f'<{name}>{escape(text)}</{name}>' for name, text in parts.items())}</result>"


def _plain(body: Body) -> str:
    """The value without its unit."""
    return number_of(body["valueQuantity"]) if "valueQuantity" in body else value_of(body)


def _flag(body: Body) -> str:
    return next((_first(entry) for entry in body.get("interpretation", [])), "")


def _code(concept: Body | None) -> str:
    return _first(concept or {})


def _first(concept: Body) -> str:
    return next((str(coding.get("code", "")) for coding in concept.get("coding", [])), "")


def glued(concept: Body | None) -> str:
    """A code with the name of its system after a pipe: I10|ICD10."""
    for coding in (concept or {}).get("coding", []):
        return f"{coding.get('code', '')}|{_SYSTEMS.get(coding.get('system', ''), 'LOCAL')}"
    return ""


def local_code(description: str) -> str:
    """A number of the local dictionary: a checksum of the words, the same in every chart."""
    return str(_FIRST_LOCAL + zlib.crc32(description.encode()) % 90_000)


_ENTRIES: Mapping[str, Callable[[Record, Body, Quirks], list[_Entry]]] = MappingProxyType(
    {
        "Condition": _problem,
        "MedicationRequest": _medication,
        "AllergyIntolerance": _allergy,
        "Immunization": _immunization,
        "Observation": _observation,
        "ServiceRequest": _order,
    }
)
