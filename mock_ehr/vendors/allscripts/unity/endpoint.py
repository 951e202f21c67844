"""Unity on the wire: who calls, whether they may, and the rows or the error that they get, with status 200."""

from __future__ import annotations

import hmac
from collections.abc import Awaitable

from mock_ehr.facts import Facts
from mock_ehr.message import Answer, Request
from mock_ehr.tokens import digest_of
from mock_ehr.vendor import Visit
from mock_ehr.vendors.allscripts.clients import ServiceAccount
from mock_ehr.vendors.allscripts.pages import page
from mock_ehr.vendors.allscripts.site import Site
from mock_ehr.vendors.allscripts.unity import errors
from mock_ehr.vendors.allscripts.unity.action import Action, Ask, Result
from mock_ehr.vendors.allscripts.unity.call import (
    KEYS,
    MagicCall,
    MalformedCallError,
    as_text,
    read_call,
    read_object,
    without_secrets,
)
from mock_ehr.vendors.allscripts.unity.catalogue import ACTIONS, exists
from mock_ehr.vendors.allscripts.unity.charts import index_of
from mock_ehr.vendors.allscripts.unity.errors import CriticalError, UnityError
from mock_ehr.vendors.allscripts.unity.sessions import Session
from mock_ehr.vendors.allscripts.unity.system import echo_row
from synthetic.writers.unity_clinical import SECTION_TYPES
from synthetic.writers.unity_visits import COLUMNS as ENCOUNTER_COLUMNS

RETIRED = b'<RetireSecurityTokenResponse xmlns="http://www.allscripts.com/Unity"/>'
XML = "text/xml; charset=utf-8"
ZERO_COLUMNS = {"getencounterlist": ENCOUNTER_COLUMNS}
ZEROS = ("ID", "patientid")


def admit(request: Request, operation: str, site: Site) -> Visit:
    """Find out what a request to Unity is about."""
    shown = without_secrets(request.body) if request.body else None
    if operation != "magic":
        facts = Facts("token", "token", request.method, request.path, client_id=username_of(request))
        return Visit(request, facts, route=(operation, None, None), shown=shown)
    try:
        call = read_call(request.body, missing_keys_fail=site.quirks.missing_keys_fail)
    except MalformedCallError as malformed:
        facts = Facts(method=request.method, path=request.path)
        return Visit(request, facts, route=(operation, None, malformed), shown=shown)
    grant = site.state.tokens.find(call.token) if call.token else None
    action = ACTIONS.get(call.name)
    facts = Facts(
        kind=action.kind if action else "data",
        interaction=action.interaction if action else "other",
        method=request.method,
        path=f"{request.path}/{action.name if action else call.action}",
        resource_type=type_of(action, call),
        patients=patients_of(call, site),
        client_id=grant.client_id if grant else "",
        token=digest_of(call.token) if call.token else "",
    )
    return Visit(request, facts, grant, (operation, action, call), shown=shown)


def username_of(request: Request) -> str:
    """Return the service user that a GetToken request names, "" when none can be read."""
    try:
        return as_text("Username", read_object(request.body).get("Username"))
    except MalformedCallError:
        return ""


def type_of(action: Action | None, call: MagicCall) -> str:
    """Return the FHIR type that a call is about; of a summary that of its sections when they share one."""
    if action is None or len(action.types) == 1:
        return action.types[0] if action else ""
    if call.name != "getclinicalsummary":
        return ""
    wanted = {SECTION_TYPES.get(part.strip().lower(), "") for part in call.parameter(1).split("|")}
    return wanted.pop() if len(wanted) == 1 else ""


def patients_of(call: MagicCall, site: Site) -> tuple[str, ...]:
    """Return the FHIR id of the patient that a call names by number or MRN."""
    population = site.population
    try:
        index = index_of(call.patient, population.size) if call.patient else None
    except ValueError:
        index = None
    if call.name == "getpatientbymrn":
        index = population.locate_mrn(call.parameter(1))
    return () if index is None else (site.patient_id(index),)


def answer(visit: Visit, site: Site) -> Answer | Awaitable[Answer]:
    """Process a request to Unity."""
    operation, action, call = visit.route
    barred = web_tier(visit.request, operation)
    if barred is not None:
        return barred
    if operation != "magic":
        return token_operation(visit.request, operation, site)
    if isinstance(call, MalformedCallError):
        return errors.error(errors.NULL_REFERENCE, str(call)) if call.json else errors.unreadable()
    if call.name == "echo":
        row = echo_row(dict(zip(KEYS, echoed(call), strict=True)))
        return errors.rows_answer("echoinfo", [row])
    return magic(visit, action, call, site)


def web_tier(request: Request, operation: str) -> Answer | None:
    """Return the page of the web tier for what does not get through to Unity, None for what does."""
    if operation == "lost":
        return page(404, note="no such path")
    if request.method != "POST":
        return page(405, note=f"{request.method} instead of POST")
    media = request.header("content-type").partition(";")[0].strip().lower()
    return None if media == "application/json" else page(415, note=f"content type {media!r}, not application/json")


def echoed(call: MagicCall) -> tuple[str, ...]:
    """Return the fields of a call in the order of its keys."""
    return (call.action, call.user, call.appname, call.patient, call.token, *call.parameters, call.data)


def token_operation(request: Request, operation: str, site: Site) -> Answer:
    """Answer GetToken or RetireSecurityToken."""
    try:
        raw = {name.lower(): as_text(name, value) for name, value in read_object(request.body).items()}
    except MalformedCallError as malformed:
        return errors.unreadable() if not malformed.json else errors.token_error(errors.NULL_REFERENCE, str(malformed))
    if operation == "retire":
        grant = site.state.tokens.find(raw.get("token", ""))
        if grant is not None:
            site.sessions.retire(grant)
        return Answer(200, RETIRED, XML, note="" if grant else "there was no such session")
    return get_token(raw, site)


def get_token(raw: dict[str, str], site: Site) -> Answer:
    """Answer GetToken: a bare GUID, or a text that begins `error:`, 200 both ways."""
    account = site.accounts.get(raw.get("username", "").lower())
    password = raw.get("password", "").encode()
    if account is None or not hmac.compare_digest(account.password.encode(), password):
        return errors.token_error("Username and Password not valid", "no such service user, or a wrong password")
    if account.expired:
        return errors.token_error("the password has expired", "the service password is registered as expired")
    appname = raw.get("appname", "")
    if appname and not account.serves(appname):
        return errors.token_error(f"application {appname} is not supported", "the application is not registered")
    grant = site.sessions.open(account.username, appname)
    body = f'"{grant.token}"' if site.quirks.quoted_token else grant.token
    return Answer(200, body.encode(), errors.TEXT, token=grant.digest, secret=grant.token)


def magic(visit: Visit, action: Action | None, call: MagicCall, site: Site) -> Answer | Awaitable[Answer]:
    """Answer a MagicJson call: the session first, then the licence, then the user, then the work."""
    session, grant = site.sessions.find(visit.grant), visit.grant
    if session is None or grant is None:
        return errors.idle(call.action, names_action=site.quirks.expiry_names_action)
    account = site.accounts.get(grant.client_id.lower())
    if account is None:
        return errors.idle(call.action, names_action=site.quirks.expiry_names_action)
    site.sessions.touch(grant)
    refused = refusal(action, call, account, session, site)
    if refused is not None or action is None or action.work is None:
        return refused or errors.unimplemented(call.action, "its parameters are not public")
    return work(action, Ask(call, site, grant, account, session, visit.distance), site)


def refusal(
    action: Action | None, call: MagicCall, account: ServiceAccount, session: Session, site: Site
) -> Answer | None:
    """Return why the call may not be made, None when it may."""
    if action is None or not exists(action, site.quirks.product) or not account.licensed(call.name):
        return errors.magic_error(call.action, "Action is not valid for this license")
    if not account.serves(call.appname):
        return errors.magic_error(call.action, "Application is not valid for this license")
    if not action.needs_user or not site.quirks.user_authentication_required:
        return None
    if not session.user:
        return errors.magic_error(call.action, "User is not authenticated; call GetUserAuthentication first")
    if call.user.lower() != session.user:
        return errors.magic_error(call.action, "User is not the one that this token was authenticated for")
    return None


def work(action: Action, ask: Ask, site: Site) -> Answer | Awaitable[Answer]:
    """Do the work of an action and put its result, or what is wrong, into Unity's shapes."""
    assert action.work is not None  # noqa: S101 - narrows the type; the caller looked
    try:
        result = action.work(ask)
    except (UnityError, CriticalError) as problem:
        return refused_work(action, ask, problem)
    if isinstance(result, Result):
        return finished(action, result, site)
    return work_later(action, ask, result, site)


async def work_later(action: Action, ask: Ask, pending: Awaitable[Result], site: Site) -> Answer:
    """Do the work of an action that has to wait for an index."""
    try:
        return finished(action, await pending, site)
    except (UnityError, CriticalError) as problem:
        return refused_work(action, ask, problem)


def refused_work(action: Action, ask: Ask, problem: UnityError | CriticalError) -> Answer:
    """Return an error, or a row that says Critical."""
    if isinstance(problem, CriticalError):
        return errors.critical(action.result_key, str(problem))
    return errors.magic_error(ask.call.action, str(problem))


def finished(action: Action, result: Result, site: Site) -> Answer:
    """Return the rows; where there are none, and the action has that habit, one row of zeros."""
    rows, name = result.rows, action.name.lower()
    if not rows and name in site.quirks.zero_row_actions:
        columns = ZERO_COLUMNS.get(name, ZEROS)
        rows = [site.rows.finished({column: "0" if column in ZEROS else "" for column in columns})]
    made = errors.rows_answer(action.result_key, rows)
    made.empty = not result.patients
    made.patients, made.committed = result.patients, result.committed
    return made
