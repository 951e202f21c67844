"""How far the token of a launch reaches: the scopes that were granted, and the one patient they may be bound to.

A `user` scope reaches what the user may see: everybody for a clinician, himself for a patient at the portal. A
`patient` scope reaches the patient of the launch. Using a token for somebody else is 403 with a body (4118): "if you
mistakenly use one person's access token on another person's behalf, you'll see this error" (Epic's error table, E2).
"""

from __future__ import annotations

from mock_ehr.message import Answer
from mock_ehr.scopes import LETTERS
from mock_ehr.tokens import Grant
from mock_ehr.vendor import Visit
from mock_ehr.vendors.epic.dialect import forbidden, refused
from mock_ehr.vendors.epic.outcomes import Issue
from mock_ehr.vendors.epic.site import Site
from mock_ehr.vendors.epic.surface import DIRECTORY

BACKEND_ONLY = ("export", "bulk-status", "bulk-file", "match")


def beyond(visit: Visit, grant: Grant, interaction: str, site: Site) -> Answer | None:
    """Return the refusal of a visit that the launch does not reach, None when it does."""
    facts, context = visit.facts, grant.context
    assert context is not None  # noqa: S101 - narrows the type: the caller looked
    letter = LETTERS[interaction]
    fitting = [scope for scope in grant.rights if scope.type in ("*", facts.resource_type) and letter in scope.letters]
    if not fitting:
        return forbidden(f"no scope of the launch covers {facts.resource_type} {interaction}")
    if visit.route.action in BACKEND_ONLY:
        return forbidden(f"{visit.route.action} is for backend clients")
    at_portal = context.user.startswith("Patient/")
    if not at_portal and any(scope.context == "user" for scope in fitting):
        return None
    if within(visit, interaction, context.patient):
        return None
    issue = Issue(4118, f"The token is for patient {context.patient or 'nobody'}.")
    status = site.quirks.other_patient_status
    return refused(visit.request, status, issue, xml_by_default=site.quirks.xml_by_default)


def within(visit: Visit, interaction: str, patient: str) -> bool:
    """Return whether a visit is about `patient` alone, or about nobody.

    A search that names nobody might find anybody. A read that is about nobody finds nothing, or the directory; free
    times are nobody's.
    """
    facts = visit.facts
    if facts.resource_type in DIRECTORY or visit.route.action == "find":
        return True
    if facts.patients:
        return bool(patient) and set(facts.patients) == {patient}
    return interaction == "read"
