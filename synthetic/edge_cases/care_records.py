"""Documents, plans, referrals, vaccinations, reports, payers, relatives, consents and where things come from."""

from __future__ import annotations

from decimal import Decimal

from synthetic.edge_cases.case import Case, Changes, Scene
from synthetic.edge_cases.paths import Json
from synthetic.edge_cases.records import NOTE, about, coding, nasty
from synthetic.edge_cases.targets import ELSEWHERE, absent, glucose, quantity

_NOTE_OF_BYTES = {"contentType": "application/rtf", "data": "e1xydGYxIE5vdGV9", "size": 12, "title": "note.rtf"}
_PDF = {"contentType": "application/pdf", "data": "JVBERi0xLjQKJSVFT0YK", "title": "Report.pdf"}
_LABEL = "http://terminology.hl7.org/CodeSystem/v3-ActCode"


def later_version(_body: Json, scene: Scene) -> Changes:
    """A result as it was at its second version."""
    return {"target": [{"reference": f"{glucose(scene).reference}/_history/2"}]}


def replaces(_body: Json, scene: Scene) -> Changes:
    """A note that another one has replaced."""
    newer = {"code": "replaces", "target": {"display": f"the note of {scene.chart.index + 1}"}}
    return {"status": "superseded", "docStatus": "amended", "relatesTo": [newer]}


def nested(_body: Json, _scene: Scene) -> Changes:
    """Permit, deny within, permit within that."""
    label = {"system": _LABEL, "code": "PSY", "display": "psychiatry disorder information sensitivity"}
    innermost = {"type": "permit", "period": {"start": "2026-06-01", "end": "2026-06-30"}}
    inner = {"type": "deny", "securityLabel": [label], "provision": [innermost]}
    return {"provision": {"type": "permit", "provision": [inner]}}


CASES: tuple[Case, ...] = (
    nasty(
        "document-superseded",
        "DocumentReference.status",
        "MAP-08",
        "The note was replaced by another one; it stays to be read, and is not current",
        replaces,
    ),
    nasty(
        "document-entered-in-error",
        "DocumentReference.status",
        "MAP-08",
        "The note was written into the wrong chart, and is retracted",
        {"status": "entered-in-error"},
    ),
    nasty(
        "document-elsewhere",
        "DocumentReference.content",
        "NEG-05 CON-13",
        "The note lies on another server: its address stays, and the gateway never calls it",
        {"content": [{"attachment": {"contentType": "application/pdf", "url": f"{ELSEWHERE}/Binary/b-77"}}]},
    ),
    nasty(
        "document-of-two-forms",
        "DocumentReference.content",
        "CON-06 MAP-10",
        "The note is there as text and as RTF; both are the same note, and both stay to the byte",
        {"content": [{"attachment": {"contentType": "text/plain", "data": NOTE}}, {"attachment": _NOTE_OF_BYTES}]},
    ),
    nasty(
        "document-under-seal",
        "DocumentReference.securityLabel",
        "CST-01 CST-08",
        "The label of the document stands outside of meta",
        {"securityLabel": [coding("v3-Confidentiality", "R", "restricted")]},
    ),
    nasty(
        "plan-without-end",
        "CarePlan.period",
        "MAP-05",
        "The plan has a year for its beginning and no end",
        {"period": {"start": "2019"}},
    ),
    nasty(
        "plan-not-to-do",
        "CarePlan.activity",
        "MAP-08 CON-06",
        "The plan forbids something: dropping one element turns it into its opposite",
        {"activity": [{"detail": {"status": "not-started", "doNotPerform": True, "description": "Lifting"}}]},
    ),
    nasty(
        "plan-revoked",
        "CarePlan.status",
        "MAP-08",
        "The plan was revoked before it began",
        {"status": "revoked", "period": {"start": "2026-09-01"}},
    ),
    nasty(
        "referral-not-to-do",
        "ServiceRequest.doNotPerform",
        "MAP-08 CON-06",
        "The order forbids an examination",
        {"doNotPerform": True, "code": {"text": "Imaging with contrast medium"}},
    ),
    nasty(
        "referral-as-needed",
        "ServiceRequest.occurrence[x]",
        "CON-06 MAP-05",
        "The examination is due four to six times a month, and only as needed",
        {
            "occurrenceTiming": {"repeat": {"frequency": 4, "frequencyMax": 6, "period": 1, "periodUnit": "mo"}},
            "asNeededBoolean": True,
        },
    ),
    nasty(
        "referral-revoked",
        "ServiceRequest.status",
        "MAP-08",
        "The referral was revoked, and still names how many visits it was for",
        {
            "status": "revoked",
            "quantityRange": {"low": quantity(6, "visits", "1"), "high": quantity(12, "visits", "1")},
        },
    ),
    nasty(
        "vaccine-not-given",
        "Immunization.status",
        "MAP-08",
        "The vaccine was not given because the patient refused: it is no vaccination",
        {"status": "not-done", "statusReason": coding("v3-ActReason", "PATOBJ", "patient objection")},
    ),
    nasty(
        "vaccinated-in-words",
        "Immunization.occurrence[x]",
        "MAP-05",
        "The date of the vaccination is told in words, from which no date follows",
        {"occurrenceDateTime": None, "occurrenceString": "before school, in the old country"},
    ),
    nasty(
        "vaccinated-in-a-year",
        "Immunization.occurrence[x]",
        "MAP-05",
        "Only the year of the vaccination is known",
        {"occurrenceDateTime": "2009", "primarySource": False},
    ),
    nasty(
        "vaccine-too-weak",
        "Immunization.isSubpotent",
        "MAP-08 CON-06",
        "The dose had lost its strength, so it does not count",
        {"isSubpotent": True, "subpotentReason": [coding("immunization-subpotent-reason", "coldchainbreak")]},
    ),
    nasty(
        "dose-number-in-words",
        "Immunization.protocolApplied",
        "MAP-05 CON-06",
        "The number of the dose is a word",
        {"protocolApplied": [{"doseNumberString": "booster", "seriesDosesPositiveInt": 3}]},
    ),
    nasty(
        "report-in-words",
        "DiagnosticReport.conclusion",
        "CON-06 MAP-09",
        "The report has lines of text and no result",
        {"conclusion": "1. No growth after 48 h.\n2. Gram stain: few WBC | no organisms ^ see note & call ~ lab"},
    ),
    nasty(
        "report-with-picture",
        "DiagnosticReport.presentedForm",
        "CON-06",
        "The report is a PDF, which stays to the byte",
        {"presentedForm": [_PDF]},
    ),
    nasty(
        "report-appended",
        "DiagnosticReport.status",
        "MAP-08",
        "Something was added to a final report; what was said before still holds",
        {"status": "appended", "conclusion": "Addendum: contaminated."},
    ),
    nasty(
        "report-entered-in-error",
        "DiagnosticReport.status",
        "MAP-08",
        "The whole report was retracted",
        {"status": "entered-in-error"},
    ),
    nasty(
        "second-insurance",
        "Coverage.order",
        "CON-06 MAP-08",
        "It is the second of the patient's plans, and has two payers",
        lambda body, _scene: {"order": 2, "payor": [*body["payor"], {"display": "Settlement fund"}]},
    ),
    nasty(
        "insurance-paid-by-the-patient",
        "Coverage.payor",
        "CON-06 CON-13",
        "The patient pays: the payer is a Patient, not an Organization",
        lambda _body, scene: {"payor": [about(scene)]},
    ),
    nasty(
        "insurance-ended-and-active",
        "Coverage.period",
        "MAP-08",
        "The period is over and the status is active; both stay as they are",
        {"period": {"start": "2019-01-01", "end": "2020-12-31"}},
    ),
    nasty(
        "guardian-without-name",
        "RelatedPerson.name",
        "MAP-09 CON-06",
        "The guardian is an office that is on call, known by a telephone only",
        {"name": None, "telecom": [{"system": "phone", "value": "+1-215-555-0177", "rank": 1}]},
    ),
    nasty(
        "relative-of-two-kinds",
        "RelatedPerson.relationship",
        "CON-06",
        "Somebody is the next of kin and an emergency contact, and no longer either",
        {
            "relationship": [coding("v3-RoleCode", "SONC", "son"), coding("v2-0131", "C", "Emergency Contact")],
            "active": False,
            "period": {"end": "2024-02-29"},
        },
    ),
    nasty(
        "birthday-of-a-relative-withheld",
        "RelatedPerson._birthDate",
        "MAP-05",
        "There is no date of birth, and an extension says that the relative did not want to tell it",
        {"_birthDate": absent("asked-declined")},
    ),
    nasty(
        "consent-three-levels-deep",
        "Consent.provision",
        "CST-01 CST-08",
        "Everything is permitted, but not psychiatric data, but these in June: the innermost that fits decides",
        nested,
    ),
    nasty(
        "consent-as-scanned-form",
        "Consent.source[x]",
        "CST-01 CON-06",
        "The consent is a picture of a form without any rule that software could apply",
        {"sourceAttachment": {"contentType": "image/png", "url": f"{ELSEWHERE}/Binary/form-1"}},
    ),
    nasty(
        "consent-proposed",
        "Consent.status",
        "CST-01",
        "The consent was proposed to the patient and is not given",
        {"status": "proposed", "provision": {"type": "permit"}},
    ),
    nasty(
        "origin-of-a-version",
        "Provenance.target",
        "CON-13 CON-16",
        "The record says where the second version of a result comes from, not the current one",
        later_version,
    ),
    nasty(
        "origin-is-a-machine",
        "Provenance.agent",
        "CON-06",
        "The author is a device known by its name only, on behalf of nobody",
        {"agent": [{"type": coding("provenance-participant-type", "author"), "who": {"display": "Analyzer 7 (B2)"}}]},
    ),
    nasty(
        "origin-signed",
        "Provenance.signature",
        "CON-06",
        "The record is signed: one changed byte of the signature makes it worthless",
        lambda body, _scene: {
            "signature": [
                {
                    "type": [{"system": "urn:iso-astm:E1762-95:2013", "code": "1.2.840.10065.1.12.1.1"}],
                    "when": "2026-06-15T15:00:00.000Z",
                    "who": body["agent"][0]["who"],
                    "sigFormat": "application/jose",
                    "data": "ZXlKaGJHY2lPaUpTVXpJMU5pSjkuLnNpZw==",
                }
            ]
        },
    ),
    nasty(
        "dose-of-vaccine-to-two-digits",
        "Immunization.doseQuantity",
        "MAP-05 CON-06",
        "The dose is 0.50 mL: measured to the second digit",
        {"doseQuantity": quantity(Decimal("0.50"), "mL")},
    ),
)
