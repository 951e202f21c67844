"""MedicationRequest: US Core 6.1 orders, coded in RxNorm."""

from __future__ import annotations

from typing import Any

from synthetic.codes.drugs import DRUGS, Drug
from synthetic.codes.sensitivity import CLASSES, labels_of
from synthetic.draft import Draft
from synthetic.hospital import reference
from synthetic.instants import instant_text
from synthetic.json_template import member, minified, piecewise, raw, text
from synthetic.medication import medication_number
from synthetic.meta import meta
from synthetic.story import Frame, Story

_ROUTES = {"PO": "Swallow, oral", "SL": "Dissolve, sublingual", "IPINHL": "Inhalation, respiratory"}
_WAYS = {"PO": ("Take", " by mouth"), "SL": ("Dissolve", " under the tongue"), "IPINHL": ("Inhale", "")}
_ROUTE_SYSTEM = "http://terminology.hl7.org/CodeSystem/v3-RouteOfAdministration"
_UCUM = "http://unitsofmeasure.org"
_REASONS = {
    "stopped": ',"statusReason":{"text":"Stopped by prescriber"}',
    "on-hold": ',"statusReason":{"text":"Held before a procedure"}',
    "cancelled": ',"statusReason":{"text":"Ordered twice"}',
}


def instruction(drug: Drug) -> str:
    """The dosage as people read it, e.g. "Take 1 tablet by mouth 2 times a day"."""
    verb, way = _WAYS[drug.route]
    how_often = "once" if drug.times == 1 else f"{drug.times} times"
    every = "a day" if drug.period == 1 else f"every {drug.period} days"
    plural = "s" if drug.dose != "1" and drug.unit != "mL" else ""
    sentence = f"{verb} {drug.dose} {drug.unit}{plural}{way} {how_often} {every}"
    return sentence + (" as needed" if drug.as_needed else "") + (f" for {drug.days} days" if drug.days else "")


def _dosage(drug: Drug) -> dict[str, Any]:
    dose: dict[str, Any] = {"value": int(drug.dose), "unit": drug.unit}
    if drug.unit == "mL":
        dose |= {"system": _UCUM, "code": "mL"}
    repeat: dict[str, Any] = {"frequency": drug.times, "period": drug.period, "periodUnit": "d"}
    if drug.days:
        bounds = {"value": drug.days, "unit": "d", "system": _UCUM, "code": "d"}
        repeat = {"boundsDuration": bounds} | repeat
    route = {"system": _ROUTE_SYSTEM, "code": drug.route, "display": _ROUTES[drug.route]}
    return {
        "text": instruction(drug),
        "timing": {"repeat": repeat},
        **({"asNeededBoolean": True} if drug.as_needed else {}),
        "route": {"coding": [route]},
        "doseAndRate": [{"doseQuantity": dose}],
    }


_TEMPLATE = piecewise(
    {
        "resourceType": "MedicationRequest",
        "id": text("id"),
        "meta": raw("meta"),
        "status": text("status"),
        member("status_reason"): "",
        "intent": "order",
        "category": [
            {
                "coding": [
                    {
                        "system": "http://terminology.hl7.org/CodeSystem/medicationrequest-category",
                        "code": "outpatient",
                        "display": "Outpatient",
                    }
                ]
            }
        ],
        member("medication"): "",
        "subject": raw("subject"),
        "encounter": raw("encounter"),
        "authoredOn": text("authored"),
        "requester": raw("requester"),
        "reasonReference": [{"reference": f"Condition/{text('condition')}", "display": text("reason")}],
        "dosageInstruction": [raw("dosage")],
        "dispenseRequest": {"numberOfRepeatsAllowed": raw("repeats")},
    }
)


def _concept(drug: Drug) -> str:
    coding = {
        "system": "http://www.nlm.nih.gov/research/umls/rxnorm",
        "code": drug.rxcui,
        "display": drug.display,
    }
    return f',"medicationCodeableConcept":{minified({"coding": [coding], "text": drug.display})}'


_META = {
    sensitive: minified(meta("us-core-medicationrequest", security=labels_of(sensitive)))
    for sensitive in ("", *CLASSES)
}
_CONCEPTS = {drug.rxcui: _concept(drug) for drug in DRUGS.values()}
_DOSAGES = {drug.rxcui: minified(_dosage(drug)) for drug in DRUGS.values()}


def medication_requests(story: Story, frame: Frame) -> list[Draft]:
    """Render orders."""
    found = []
    ids = frame.numbering.ids("MedicationRequest", len(story.orders))
    for resource_id, order in zip(ids, story.orders, strict=True):
        drug = order.drug
        body = _TEMPLATE(
            id=resource_id,
            meta=_META[order.problem.sensitive],
            status=order.status,
            status_reason=_REASONS.get(order.status, ""),
            medication=_formulary(frame, drug) if order.from_formulary else _CONCEPTS[drug.rxcui],
            subject=frame.subject,
            encounter=frame.encounters[order.visit.ordinal],
            authored=instant_text(order.authored),
            requester=frame.practitioner(order.visit),
            condition=frame.condition_ids[order.problem.ordinal],
            reason=order.problem.display,
            dosage=_DOSAGES[drug.rxcui],
            repeats="0" if drug.days else "3",
        )
        found.append(("MedicationRequest", resource_id, body))
    return found


def _formulary(frame: Frame, drug: Drug) -> str:
    resource_id = frame.hospital.medication_id(medication_number(drug.rxcui))
    return f',"medicationReference":{reference("Medication", resource_id, drug.display)}'
