"""Condition: the problem list and encounter diagnoses of US Core 6.1, coded in ICD-10-CM."""

from __future__ import annotations

from synthetic.codes.sensitivity import CLASSES, labels_of
from synthetic.draft import Draft, octets
from synthetic.instants import date_text, instant_text
from synthetic.json_template import Pieces, Template, member, minified, piecewise, raw, text
from synthetic.meta import meta
from synthetic.problems import Problem
from synthetic.story import Frame, Story

_CATEGORY = "http://terminology.hl7.org/CodeSystem/condition-category"
_VERIFICATION = "http://terminology.hl7.org/CodeSystem/condition-ver-status"
_CLINICAL = "http://terminology.hl7.org/CodeSystem/condition-clinical"


def _template(category: str, display: str) -> Template[Pieces]:
    return piecewise(
        {
            "resourceType": "Condition",
            "id": text("id"),
            "meta": raw("meta"),
            member("clinical"): "",
            "verificationStatus": {"coding": [{"system": _VERIFICATION, "code": text("verification")}]},
            "category": [{"coding": [{"system": _CATEGORY, "code": category, "display": display}], "text": display}],
            "code": {
                "coding": [
                    {
                        "system": "http://hl7.org/fhir/sid/icd-10-cm",
                        "code": text("code"),
                        "display": text("display"),
                    }
                ],
                "text": text("display"),
            },
            "subject": raw("subject"),
            member("encounter"): "",
            "onsetDateTime": text("onset"),
            member("abatement"): "",
            "recordedDate": text("recorded"),
            member("note"): "",
        }
    )


_CLINICAL_MEMBERS = {
    code: f',"clinicalStatus":{{"coding":[{{"system":"{_CLINICAL}","code":"{code}"}}]}}'
    for code in ("active", "inactive", "remission", "resolved")
} | {"": ""}
_LISTED = _template("problem-list-item", "Problem List Item")
_DIAGNOSED = _template("encounter-diagnosis", "Encounter Diagnosis")
_LISTED_META = {
    sensitive: minified(meta("us-core-condition-problems-health-concerns", security=labels_of(sensitive)))
    for sensitive in ("", *CLASSES)
}
_DIAGNOSED_META = minified(meta("us-core-condition-encounter-diagnosis"))


def conditions(story: Story, frame: Frame) -> list[Draft]:
    """Render problems; the newest acute one carries a note that names the patient, as notes do."""
    noted = max([problem.ordinal for problem in story.problems if not problem.chronic], default=-1)
    return [
        _condition(frame, problem, _note(octets(story.person.full_name), problem) if problem.ordinal == noted else "")
        for problem in story.problems
    ]


def _condition(frame: Frame, problem: Problem, note: str) -> Draft:
    resource_id = frame.condition_ids[problem.ordinal]
    abated, visit = problem.abated_day, problem.visit
    body = (_LISTED if problem.chronic else _DIAGNOSED)(
        id=resource_id,
        meta=_LISTED_META[problem.sensitive] if problem.chronic else _DIAGNOSED_META,
        clinical=_CLINICAL_MEMBERS[problem.clinical],
        verification=problem.verification,
        code=problem.code,
        display=problem.display,
        subject=frame.subject,
        encounter=f',"encounter":{frame.encounters[visit.ordinal]}' if visit else "",
        onset=date_text(problem.onset_day),
        abatement=f',"abatementDateTime":"{date_text(abated)}"' if abated is not None else "",
        recorded=instant_text(problem.recorded),
        note=note,
    )
    return ("Condition", resource_id, body)


def _note(name: str, problem: Problem) -> str:
    since = date_text(problem.onset_day)
    return f',"note":[{{"text":"{name} reports symptoms since {since}; lives with family."}}]'
