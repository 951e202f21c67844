"""Consents for checks: what a synthetic patient says, put into the EHR in place of everything said before."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from gauntlet import expect
from gauntlet.consumer import Consumer
from gauntlet.ehr import Ehr
from gauntlet.errors import Inconclusive
from gauntlet.settled import settled
from gauntlet.target_model import Claims
from synthetic.population import Chart

ACT_CODE = "http://terminology.hl7.org/CodeSystem/v3-ActCode"
ACT_REASON = "http://terminology.hl7.org/CodeSystem/v3-ActReason"
_SCOPE = {"system": "http://terminology.hl7.org/CodeSystem/consentscope", "code": "patient-privacy"}
Provision = Mapping[str, Any]


def permit(*purposes: str, **limits: Any) -> dict[str, Any]:
    """Return a provision that permits use for `purposes` (codes; none: any), within further `limits` of FHIR R4."""
    stated = {"purpose": [{"system": ACT_REASON, "code": code} for code in purposes]} if purposes else {}
    return {"type": "permit", **stated, **limits}


def deny_labels(*codes: str) -> dict[str, Any]:
    """Return a provision that denies what carries one of these security labels."""
    return {"type": "deny", "securityLabel": [{"system": ACT_CODE, "code": code} for code in codes]}


def consent(chart: Chart, provision: Provision) -> dict[str, Any]:
    """Return an active Consent of the chart's patient that says `provision`."""
    return {
        "resourceType": "Consent",
        "id": f"consent-{chart.index}",
        "status": "active",
        "scope": {"coding": [_SCOPE]},
        "category": [{"coding": [{"system": "http://loinc.org", "code": "59284-0"}]}],
        "patient": {"reference": f"Patient/{chart.id}"},
        "dateTime": "2026-01-05T07:30:00Z",
        "policyRule": {"coding": [{"system": ACT_CODE, "code": "OPTIN"}]},
        "provision": dict(provision),
    }


@dataclass(frozen=True)
class Consents:
    """Changes what patients say, at the EHR."""

    ehr: Ehr

    def only(self, chart: Chart, provision: Provision) -> None:
        """Let one Consent be all that the patient ever said."""
        for held in self.ehr.held("Consent", chart.id):
            self.ehr.remove("Consent", held["resource"]["id"])
        self.ehr.put(consent(chart, provision))

    def as_recorded(self, chart: Chart) -> None:
        """Let the Consents of the population be what the patient said, whatever another check made of them."""
        for held in self.ehr.held("Consent", chart.id):
            self.ehr.remove("Consent", held["resource"]["id"])
        for item in chart.of_type("Consent"):
            self.ehr.put(item.body)

    def label(self, resource: Any, codes: Sequence[str]) -> None:
        """Give a record of the population these security labels and no others."""
        labels = [{"system": ACT_CODE, "code": code} for code in codes]
        self.ehr.patch(resource.type, resource.id, {"meta": {"security": labels}})


def served(app: Consumer, resource_type: str, resource_id: str) -> bool:
    """Return whether a record is served."""
    return app.read(resource_type, resource_id).status == HTTPStatus.OK


def becomes(claims: Claims, app: Consumer, resource_type: str, resource_id: str, wanted: bool) -> bool:
    """Return whether a record is served (`wanted`) or refused (not `wanted`) within the time that a change may take."""
    assert claims.consent is not None  # noqa: S101 - checks of consent run only where it is claimed
    return settled(lambda: served(app, resource_type, resource_id) == wanted, claims.consent.within_s)


def require_served(claims: Claims, app: Consumer, resource_type: str, resource_id: str) -> None:
    """Raise Inconclusive unless the control record is served."""
    if not becomes(claims, app, resource_type, resource_id, True):
        raise Inconclusive(f"the control {resource_type} is not served although the patient permits it")


def require_refused(claims: Claims, app: Consumer, resource_type: str, resource_id: str, why: str) -> None:
    """Pass when a record is not served any more within the claimed time."""
    gone = becomes(claims, app, resource_type, resource_id, False)
    expect.that(gone, f"a {resource_type} is served {why}", expected="a refusal", actual="served")


def withhold(claims: Claims, app: Consumer, consents: Consents, chart: Chart, resource: Any, label: str) -> None:
    """Give a record the label of a class, let the patient permit everything, then treatment without that class.

    Raises Inconclusive unless the record was served in between: what is never served cannot be withheld.
    """
    assert claims.consent is not None  # noqa: S101 - checks of consent run only where it is claimed
    treatment = claims.consent.treatment
    consents.label(resource, [label])
    consents.only(chart, permit(treatment))
    require_served(claims, app, resource.type, resource.id)
    consents.only(chart, permit(treatment, provision=[deny_labels(label)]))


def require_withheld(claims: Claims, app: Consumer, resource: Any) -> None:
    """Raise Inconclusive unless a record is refused by now: until then nothing can be betrayed."""
    if not becomes(claims, app, resource.type, resource.id, False):
        raise Inconclusive("the record is not withheld: there is nothing to betray")
