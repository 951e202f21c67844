"""The authorization endpoint: a user lets a client act for him or for a patient (vendors.md 1.10; RFC 6749 4.1).

An EHR launch has its user and patient already. A standalone launch shows a page, unless the client was registered with
`auto_approve`, which decides beforehand.
"""

from __future__ import annotations

from itertools import islice
from urllib.parse import urlencode

from mock_ehr import exact_json
from mock_ehr.authorizations import Asked, Code
from mock_ehr.message import Answer, Pairs, Request
from mock_ehr.tokens import Context
from mock_ehr.vendors.epic.authorization_forms import NO_STORE, OAuthRefusedError, read_form
from mock_ehr.vendors.epic.authorization_page import choice, failure
from mock_ehr.vendors.epic.authorization_request import NotAuthorizedError, read_request
from mock_ehr.vendors.epic.dialect import HTML
from mock_ehr.vendors.epic.routes import Route
from mock_ehr.vendors.epic.site import Site

LISTED = 20
PORTAL = ("", "The patient, at the portal")


def authorize(request: Request, _route: Route, site: Site) -> Answer:
    """Answer a request for authorization: a page, or a redirect with a code."""
    try:
        asked = read_request(request, site)
        if asked.launch is not None:
            return settle(asked, asked.launch.user, asked.launch.patient, site)
        approval = site.state.clients[asked.client_id].approval
        if approval is not None:
            return settle(asked, approval.user, approval.patient or first_patient(site), site)
    except NotAuthorizedError as refusal:
        return failure(site.quirks.authorize_failure_status, refusal.code, refusal.note)
    ticket = site.state.authorizations.pending.add(asked)
    answer = choice(asked.client_id, asked.scopes, ticket, users(site), patients(site))
    answer.secrets = (ticket,)
    return answer


def decide(request: Request, _route: Route, site: Site) -> Answer:
    """Answer what the user chose on the page."""
    try:
        form = read_form(request)
    except OAuthRefusedError as refusal:
        return failure(site.quirks.authorize_failure_status, "", refusal.note)
    pending = site.state.authorizations.pending
    asked = pending.find(form.get("ticket", ""))
    if asked is None:
        return failure(site.quirks.authorize_failure_status, "", "the page is too old, or was used before")
    pending.drop(form["ticket"])
    if form.get("decision") != "allow":
        if not site.quirks.denial_redirects:
            return failure(site.quirks.authorize_failure_status, "access_denied", "the user said no")
        return send_back(asked, {"error": "access_denied"}, "the user said no")
    try:
        patient = form.get("other_patient", "").strip() or form.get("patient", "")
        return settle(asked, form.get("user", ""), patient, site)
    except NotAuthorizedError as refusal:
        return failure(site.quirks.authorize_failure_status, refusal.code, refusal.note)


def settle(asked: Asked, user: str, patient: str, site: Site) -> Answer:
    """Return the redirect with a code for what was settled. Raises NotAuthorizedError for nobody we know."""
    store = site.state.store
    if patient and store.find("Patient", patient) is None:
        raise NotAuthorizedError(f"no patient {patient!r}")
    at_portal = not user or user.startswith("Patient/")
    if at_portal and not patient:
        raise NotAuthorizedError("no patient was chosen")
    if not at_portal and store.find(*split_reference(user)) is None:
        raise NotAuthorizedError(f"no user {user!r}")
    told = at_portal or asked.launch is not None or site.quirks.standalone_clinician_patient
    shelf = site.state.authorizations
    context = Context(
        user=f"Patient/{patient}" if at_portal else user,
        scopes=asked.scopes,
        patient=patient if told else "",
        encounter=asked.launch.encounter if asked.launch else "",
        launch=asked.launch is not None,
        family=shelf.new_name(),
    )
    code = shelf.codes.add(Code(asked, context, shelf.now() + site.quirks.code_lifetime_s))
    answer = send_back(asked, {"code": code})
    answer.patients = (patient,) if context.patient else ()
    answer.secrets = (code,)
    return answer


def split_reference(reference: str) -> tuple[str, str]:
    """Return type and id of a relative reference."""
    kind, _, name = reference.partition("/")
    return kind, name


def send_back(asked: Asked, fields: dict[str, str], note: str = "") -> Answer:
    """Return the redirect to the client, with its state."""
    if asked.state is not None:
        fields = {**fields, "state": asked.state}
    joint = "&" if "?" in asked.redirect_uri else "?"
    address = f"{asked.redirect_uri}{joint}{urlencode(fields)}"
    body = b"<html><head><title>Object moved</title></head><body><h2>Object moved.</h2></body></html>"
    return Answer(302, body, HTML, (("Location", address), *NO_STORE), note=note)


def users(site: Site) -> Pairs:
    """Return who can log in: the patient, and the first clinicians of the directory."""
    staff = islice(site.state.store.of_type("Practitioner"), LISTED)
    return (PORTAL, *((f"Practitioner/{record.id}", display_name(record.body(), record.id)) for record in staff))


def patients(site: Site) -> Pairs:
    """Return the first patients of the population with their names."""
    population = site.state.store.population
    people = (population.patient(index) for index in range(min(LISTED, population.size)))
    return tuple((person.id, display_name(exact_json.loads(person.json), person.id)) for person in people)


def first_patient(site: Site) -> str:
    """Return the id of the first patient of the population."""
    return site.state.store.population.patient(0).id


def display_name(body: dict[str, object], otherwise: str) -> str:
    """Return the first name of a person as one text."""
    names = body.get("name")
    first = names[0] if isinstance(names, list) and names else {}
    parts = [*first.get("given", ()), first.get("family", "")]
    return str(first.get("text") or " ".join(filter(None, parts)) or otherwise)
