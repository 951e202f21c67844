"""A search that was read and may run, and the refusal of one that may not."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from mock_ehr.message import Pairs, Request, parse_form
from mock_ehr.search import Criterion
from mock_ehr.vendors.epic.outcomes import Issue

FORM = "application/x-www-form-urlencoded"
PATIENT_NAMES = ("patient", "subject", "beneficiary")


class SearchRefusedError(Exception):
    """A search that is refused with `status` and `issues`; no issues: an empty body."""

    def __init__(self, status: int, *issues: Issue) -> None:
        super().__init__(status, issues)
        self.status = status
        self.issues = issues


@dataclass(slots=True)
class Query:
    """A search that may run.

    `ids` and `patient` select, `criteria` filter, `late` ones after the page was cut. `includes` are the references
    to follow. `withheld` are categories that the client may not see. `given` tells that there were parameters at all.
    """

    resource_type: str
    patient: str = ""
    ids: tuple[str, ...] = ()
    values: dict[str, list[str]] = field(default_factory=dict)
    criteria: list[Criterion] = field(default_factory=list)
    late: list[Criterion] = field(default_factory=list)
    includes: tuple[str, ...] = ()
    withheld: frozenset[str] = frozenset()
    count: int | None = None
    count_only: bool = False
    given: bool = False
    remarks: list[Issue] = field(default_factory=list)


def parameters_of(request: Request) -> Pairs:
    """Return the parameters of a search by GET, or by POST with a form. Raises MalformedQueryError."""
    if request.method != "POST":
        return request.parameters()
    media = request.header("content-type").partition(";")[0].strip().lower()
    if media != FORM or not request.body:
        return request.parameters()
    return (*request.parameters(), *parse_form(request.body.decode("utf-8", "replace")))


def query_text(request: Request) -> str:
    """Return the parameters of a search as they stand in a `self` link."""
    if request.method != "POST":
        return request.query
    return "&".join(part for part in (request.query, request.body.decode("utf-8", "replace")) if part)


def asked_patients(values: Mapping[str, list[str]]) -> list[str]:
    """Return the texts given for the patient, whatever the parameter is called."""
    return [value for name in PATIENT_NAMES for value in values.get(name, [])]
