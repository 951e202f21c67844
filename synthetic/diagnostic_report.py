"""DiagnosticReport and ServiceRequest of laboratory work: US Core 6.1; one of each for every sample."""

from __future__ import annotations

from collections.abc import Sequence

from synthetic.codes.panels import BASIC_METABOLIC, LABORATORY_REPORT
from synthetic.draft import Draft
from synthetic.findings import Round
from synthetic.hospital import LABORATORY
from synthetic.instants import instant_text
from synthetic.json_template import Pieces, Template, piecewise, raw, text
from synthetic.meta import meta
from synthetic.story import Frame, Story

_LOINC = "http://loinc.org"


def _report(code: str, display: str) -> Template[Pieces]:
    section = {"system": "http://terminology.hl7.org/CodeSystem/v2-0074", "code": "LAB", "display": "Laboratory"}
    return piecewise(
        {
            "resourceType": "DiagnosticReport",
            "id": text("id"),
            "meta": meta("us-core-diagnosticreport-lab"),
            "basedOn": [raw("request")],
            "status": text("status"),
            "category": [{"coding": [section]}],
            "code": {"coding": [{"system": _LOINC, "code": code, "display": display}], "text": display},
            "subject": raw("subject"),
            "encounter": raw("encounter"),
            "effectiveDateTime": text("time"),
            "issued": text("issued"),
            "performer": [raw("performer")],
            "result": raw("results"),
        }
    )


def _request(code: str, display: str) -> Template[Pieces]:
    return piecewise(
        {
            "resourceType": "ServiceRequest",
            "id": text("id"),
            "meta": meta("us-core-servicerequest"),
            "status": text("status"),
            "intent": "order",
            "category": [{"text": "Laboratory procedure"}],
            "code": {"coding": [{"system": _LOINC, "code": code, "display": display}], "text": display},
            "subject": raw("subject"),
            "encounter": raw("encounter"),
            "occurrenceDateTime": text("time"),
            "authoredOn": text("authored"),
            "requester": raw("requester"),
        }
    )


_PANELS = (LABORATORY_REPORT, BASIC_METABOLIC)
_REPORTS = {panel: _report(*panel) for panel in _PANELS}
_REQUESTS = {panel: _request(*panel) for panel in _PANELS}


def laboratory_reports(story: Story, frame: Frame, results: Sequence[Draft]) -> list[Draft]:
    """A ServiceRequest and a DiagnosticReport for every laboratory round; `results` are all its Observations."""
    rendered: list[Draft] = []
    first = ordinal = 0
    for taken in story.rounds:
        after = first + len(taken.findings)
        if taken.laboratory:
            rendered += _order_and_report(taken, results[first:after], ordinal, frame)
            ordinal += 1
        first = after
    return rendered


def _order_and_report(taken: Round, results: Sequence[Draft], ordinal: int, frame: Frame) -> tuple[Draft, Draft]:
    panel = BASIC_METABOLIC if taken.metabolic else LABORATORY_REPORT
    preliminary = "preliminary" in [finding.status for finding in taken.findings]
    time, encounter = instant_text(taken.time), frame.encounters[taken.visit.ordinal]
    request_id = frame.numbering.id("ServiceRequest", ordinal)
    report_id = frame.numbering.id("DiagnosticReport", ordinal)
    request = _REQUESTS[panel](
        id=request_id,
        status="active" if preliminary else "completed",
        subject=frame.subject,
        encounter=encounter,
        time=time,
        authored=instant_text(taken.time - 120),
        requester=frame.practitioner(taken.visit),
    )
    references = '"},{"reference":"Observation/'.join([result_id for _, result_id, _ in results])
    report = _REPORTS[panel](
        id=report_id,
        request=f'{{"reference":"ServiceRequest/{request_id}"}}',
        status="partial" if preliminary else "final",
        subject=frame.subject,
        encounter=encounter,
        time=time,
        issued=instant_text(taken.issued),
        performer=frame.hospital.organization(LABORATORY),
        results=f'[{{"reference":"Observation/{references}"}}]',
    )
    return (
        ("ServiceRequest", request_id, request),
        ("DiagnosticReport", report_id, report),
    )
