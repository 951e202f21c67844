"""Information that not everybody may see, and the consents that say who may.

Labels: HL7 v3-ActCode and v3-Confidentiality (CC0). Conditions: ICD-10-CM.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from synthetic.codes.panels import CONSENT_DOCUMENT
from synthetic.codes.sensitivity import ACT_CODE, LABELS, PART_2, RESTRICTED
from synthetic.edge_cases.case import Apply, Case, Changes, Expected, Scene, added, both, edited, one_more, valid
from synthetic.edge_cases.paths import Json, end
from synthetic.edge_cases.targets import condition, order, visit
from synthetic.meta import ACT_REASON, meta

_TERMINOLOGY = "http://terminology.hl7.org/CodeSystem/"
_ALL_LABELS = LABELS | {
    "SEX": {"system": ACT_CODE, "code": "SEX", "display": "sexuality and reproductive health information sensitivity"}
}
_TREATMENT = {"system": ACT_REASON, "code": "TREAT", "display": "treatment"}
_RESEARCH = {"system": ACT_REASON, "code": "HRESCH", "display": "healthcare research"}


def consent(scene: Scene, provision: dict[str, Any], status: str = "active") -> Json:
    """A privacy consent of this patient."""
    return {
        "resourceType": "Consent",
        "id": scene.new_id("Consent"),
        "meta": meta(),
        "status": status,
        "scope": {"coding": [{"system": _TERMINOLOGY + "consentscope", "code": "patient-privacy"}]},
        "category": [{"coding": [{"system": "http://loinc.org", "code": CONSENT_DOCUMENT[0]}]}],
        "patient": {"reference": scene.chart.patient.reference},
        "dateTime": "2026-06-15T12:00:00Z",
        "policyRule": {"coding": [{"system": ACT_CODE, "code": "OPTIN", "display": "opt-in"}]},
        "provision": provision,
    }


def consenting(status: str = "active", **provision: Any) -> Apply:
    """The case of one more consent."""

    def make(scene: Scene) -> Iterator[tuple[Json, Changes]]:
        yield consent(scene, provision, status), {"status": status, "provision": provision}

    return added(make)


def diagnosed(code: str, display: str, label: str) -> Apply:
    """The case of one more diagnosis with the labels of a sensitive class."""

    def changes(body: Json, _scene: Scene) -> Changes:
        labels = [RESTRICTED, _ALL_LABELS[label], *([PART_2] if label == "ETH" else [])]
        coding = {"system": "http://hl7.org/fhir/sid/icd-10-cm", "code": code, "display": display}
        kept = [entry for entry in body["meta"]["security"] if entry["code"] == "HTEST"]
        return {"code": {"coding": [coding], "text": display}, "meta.security": [*kept, *labels]}

    return one_more(condition, changes, without=["note"])


def denied(code: str, display: str, label: str) -> Apply:
    """The case of a sensitive diagnosis whose class the patient's consent denies to everybody."""
    refusal = {"type": "deny", "securityLabel": [_ALL_LABELS[label]]}
    return both(
        diagnosed(code, display, label),
        consenting(type="permit", purpose=[_TREATMENT], provision=[refusal]),
    )


def one_visit(scene: Scene) -> Iterator[tuple[Json, Changes]]:
    """A consent that permits the data of one visit."""
    data = [{"meaning": "related", "reference": {"reference": visit(scene).reference}}]
    provision = {"type": "permit", "purpose": [_TREATMENT], "data": data}
    yield consent(scene, provision), {"provision": provision}


CASES: tuple[Case, ...] = (
    valid(
        "denied-behavioral-health",
        "Condition.meta.security",
        "CST-01 CST-08",
        "A psychiatric diagnosis is labelled PSY, and the patient's consent denies that class",
        denied("F20.9", "Schizophrenia, unspecified", "PSY"),
        expected=Expected.WITHHOLD,
    ),
    valid(
        "denied-substance-use",
        "Condition.meta.security",
        "CST-01 CST-08",
        "A substance use diagnosis is under 42 CFR Part 2, and the patient's consent denies that class",
        denied("F11.20", "Opioid dependence, uncomplicated", "ETH"),
        expected=Expected.WITHHOLD,
    ),
    valid(
        "denied-hiv",
        "Condition.meta.security",
        "CST-01 CST-08",
        "An HIV diagnosis is labelled, and the patient's consent denies that class",
        denied("B20", "Human immunodeficiency virus [HIV] disease", "HIV"),
        expected=Expected.WITHHOLD,
    ),
    valid(
        "denied-reproductive-health",
        "Condition.meta.security",
        "CST-01 CST-08",
        "A reproductive health record is labelled SEX, and the patient's consent denies that class",
        denied("Z30.09", "Encounter for other general counseling and advice on contraception", "SEX"),
        expected=Expected.WITHHOLD,
    ),
    valid(
        "very-restricted-order",
        "MedicationRequest.meta.security",
        "CST-01",
        "An order is labelled very restricted (V)",
        edited(
            order,
            lambda body, _scene: {
                "meta." + end(body["meta"], "security"): {
                    "system": _TERMINOLOGY + "v3-Confidentiality",
                    "code": "V",
                    "display": "very restricted",
                }
            },
        ),
        expected=Expected.WITHHOLD,
    ),
    valid(
        "consent-expired",
        "Consent.provision.period",
        "CST-05",
        "The consent ended last year; it permits nothing any more",
        consenting(type="permit", purpose=[_TREATMENT], period={"start": "2024-01-01", "end": "2025-06-14"}),
        expected=Expected.WITHHOLD,
    ),
    valid(
        "consent-revoked",
        "Consent.status",
        "CST-04",
        "The consent was revoked: its status is inactive, whatever its provision says",
        consenting("inactive", type="permit", purpose=[_TREATMENT]),
        expected=Expected.WITHHOLD,
    ),
    valid(
        "consent-not-begun",
        "Consent.provision.period",
        "CST-03",
        "The consent begins next year",
        consenting(type="permit", purpose=[_TREATMENT], period={"start": "2027-01-01"}),
        expected=Expected.WITHHOLD,
    ),
    valid(
        "consent-denies-everything",
        "Consent.provision.type",
        "CST-01 CST-02",
        "The consent denies all use for all purposes",
        consenting(type="deny"),
        expected=Expected.WITHHOLD,
    ),
    valid(
        "consent-denies-research",
        "Consent.provision.purpose",
        "CST-02",
        "The consent permits treatment and denies research",
        consenting(type="permit", purpose=[_TREATMENT], provision=[{"type": "deny", "purpose": [_RESEARCH]}]),
        expected=Expected.WITHHOLD,
    ),
    valid(
        "consent-for-one-visit",
        "Consent.provision.data",
        "CST-03",
        "The consent permits the data of one visit and of nothing else",
        added(one_visit),
        expected=Expected.WITHHOLD,
    ),
)
