"""What stands between a client with every right and a record: merged, deleted, protected or capped (vendors.md 1.6).

Each refusal is an exception with status, issues and, for a merged patient, where to look instead.
"""

from __future__ import annotations

from collections.abc import Iterable

from mock_ehr.message import Answer, Pairs, Request
from mock_ehr.vendor import Visit
from mock_ehr.vendors.epic import dialect, documents
from mock_ehr.vendors.epic.outcomes import Issue
from mock_ehr.vendors.epic.site import Site

PROTECTED = {"break-the-glass": 4130, "restricted": 4131}
NOTICE = "notice"


class ProtectedError(Exception):
    """A request that is refused with `status`, `issues` and `headers`."""

    def __init__(self, status: int, *issues: Issue, headers: Pairs = ()) -> None:
        super().__init__(status, issues)
        self.status = status
        self.issues = issues
        self.headers = headers

    def answer(self, request: Request, *, xml_by_default: bool) -> Answer:
        """Return the refusal as it goes out."""
        answer = dialect.refused(request, self.status, *self.issues, xml_by_default=xml_by_default)
        answer.headers = (*answer.headers, *self.headers)
        return answer


def check_documents(visit: Visit, site: Site) -> None:
    """Refuse a request for documents beyond the daily cap: 4135. Raises ProtectedError."""
    if not is_capped(visit.facts.resource_type, site):
        return
    if not site.document_cap.spend(visit.facts.client_id):
        raise ProtectedError(site.quirks.document_cap_status, Issue(4135, "Try again tomorrow."))


def is_capped(resource_type: str, site: Site) -> bool:
    """Return whether requests for a type are counted."""
    return bool(site.quirks.daily_document_cap) and resource_type in documents.TYPES


def check_type(resource_type: str, site: Site) -> None:
    """Refuse types that the user has no Epic security for: 403 with 4118. Raises ProtectedError."""
    if site.quirks.denied_types and resource_type in site.quirks.denied_types:
        raise ProtectedError(403, Issue(4118, f"The user may not see {resource_type}."))


def check_patients(patients: Iterable[str], site: Site) -> list[Issue]:
    """Return the notices about patients (4134). Raises ProtectedError for protected ones: 4130 or 4131."""
    marks = site.state.protected
    if not marks:
        return []
    found = {marks[patient] for patient in patients if patient in marks}
    for mark, code in PROTECTED.items():
        if mark in found:
            raise ProtectedError(site.quirks.break_the_glass_status, Issue(code, elements=("patient",)))
    return [Issue(4134)] if NOTICE in found else []


def check_merged(patient: str, place: str, site: Site) -> None:
    """Refuse a patient who was merged away: 4107 and the same address with the survivor in it. Raises ProtectedError.

    `place` is the address below the FHIR base.
    """
    survivor = site.state.store.merged_into(patient)
    if survivor:
        there = f"{site.fhir_base}/{place.replace(patient, survivor)}"
        issue = Issue(4107, f"Patient/{patient} was merged into Patient/{survivor}.", ("id",))
        raise ProtectedError(site.quirks.merged_status, issue, headers=(("Location", there),))
