"""The C-CDA document of GetCCDA: a header and narrative sections, no coded entries.

HL7 CDA R2 (POCD_HD000040) with the document templates of C-CDA R2.1. Real ones hold coded entries, too; a consumer that
parses them will find the narrative of the same facts here and nothing else.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple
from xml.sax.saxutils import escape, quoteattr

from synthetic.hospital import HOSPITAL_NAME
from synthetic.writers.record import Record
from synthetic.writers.unity_clinical import summary_rows
from synthetic.writers.unity_people import legal_name, patient_number
from synthetic.writers.unity_quirks import TIDY


class _Kind(NamedTuple):
    template: str
    loinc: str
    title: str


DOCUMENT_KINDS: Mapping[str, _Kind] = MappingProxyType(
    {
        "CCDACCD": _Kind("2.16.840.1.113883.10.20.22.1.2", "34133-9", "Continuity of Care Document"),
        "CCDASOC": _Kind("2.16.840.1.113883.10.20.22.1.14", "57133-1", "Summary of Care"),
        "CCDACS": _Kind("2.16.840.1.113883.10.20.22.1.9", "11506-3", "Visit Summary"),
    }
)
_SECTIONS: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "problems": ("11450-4", "Problems"),
        "medications": ("10160-0", "Medications"),
        "allergies": ("48765-2", "Allergies"),
        "immunizations": ("11369-6", "Immunizations"),
        "vitals": ("8716-3", "Vital Signs"),
        "results": ("30954-2", "Results"),
        "history": ("29762-2", "Social History"),
    }
)
_GENDERS = {"male": "M", "female": "F"}
_LOINC = "2.16.840.1.113883.6.1"
_ADMINISTRATIVE_GENDER = "2.16.840.1.113883.5.1"


def ccda(record: Record, kind: str, made: str) -> str:
    """The document of one of `DOCUMENT_KINDS`, made at an instant (CDA time, yyyymmddhhmmss+0000)."""
    about = DOCUMENT_KINDS[kind]
    sections = "".join(_section(record, name, *coded) for name, coded in _SECTIONS.items())
    return (
        '<?xml version="1.0" encoding="UTF-8"?><ClinicalDocument xmlns="urn:hl7-org:v3"><realmCode code="US"/>'
        '<typeId root="2.16.840.1.113883.1.3" extension="POCD_HD000040"/>'
        f'<templateId root="2.16.840.1.113883.10.20.22.1.1"/><templateId root="{about.template}"/>'
        f"<id root={quoteattr('urn:gauntlet:' + record.patient['id'])} extension={quoteattr(kind + made)}/>"
        f'<code code="{about.loinc}" codeSystem="{_LOINC}"/><title>{about.title}</title>'
        f'<effectiveTime value="{made}"/><languageCode code="en-US"/>{_target(record)}'
        f"<custodian><assignedCustodian><representedCustodianOrganization><name>{escape(HOSPITAL_NAME)}</name>"
        "</representedCustodianOrganization></assignedCustodian></custodian>"
        f"<component><structuredBody>{sections}</structuredBody></component></ClinicalDocument>"
    )


def _target(record: Record) -> str:
    given, family = legal_name(record.patient)
    gender = _GENDERS.get(record.patient.get("gender", ""), "UN")
    born = record.patient.get("birthDate", "").replace("-", "")
    return (
        f"<recordTarget><patientRole><id extension={quoteattr(patient_number(record.chart.index))}/>"
        f"<id extension={quoteattr(record.chart.mrn)}/>"
        f"<patient><name><given>{escape(given)}</given><family>{escape(family)}</family></name>"
        f'<administrativeGenderCode code="{gender}" codeSystem="{_ADMINISTRATIVE_GENDER}"/>'
        f'<birthTime value="{born}"/></patient></patientRole></recordTarget>'
    )


def _section(record: Record, name: str, code: str, title: str) -> str:
    shown = [
        " ".join(filter(None, (row["description"], row["detail"], row["status"], row["displaydate"])))
        for row in summary_rows(record, TIDY, (name,))
    ]
    items = "".join(f"<item>{escape(text)}</item>" for text in shown) or "<item>None recorded</item>"
    return (
        f'<component><section><code code="{code}" codeSystem="{_LOINC}"/><title>{title}</title>'
        f"<text><list>{items}</list></text></section></component>"
    )
