"""Actions about the server and the session: GetServerInfo, GetUserAuthentication, GetTokenValidation and the focus."""

from __future__ import annotations

import hmac
from datetime import timedelta

from mock_ehr.vendors.allscripts.clients import EhrUser
from mock_ehr.vendors.allscripts.unity.action import Action, Ask, Result
from synthetic.writers.hospital_clock import hospital_time
from synthetic.writers.unity_found import staff_member
from synthetic.writers.unity_people import provider_code
from synthetic.writers.unity_quirks import Row

ZONE = "Eastern Standard Time"  # Windows' name for the zone, summer and winter
SYSTEMS = {"touchworks": "Enterprise EHR", "pm": "Practice Management", "ubiquity": "Professional EHR"}
VERSION = "20.0.0.0"
BORN = "10/07/2013"
PERMISSIONS = ("CanPrescribeFlag", "CanViewResultsFlag", "CanSignNotesFlag")


def server_info(ask: Ask) -> Result:
    """GetServerInfo: the only place where the zone of all other times is said."""
    local = hospital_time(int(ask.site.state.clock.now()))
    hours = int((local.utcoffset() or timedelta()).total_seconds() // 3600)
    row = {
        "ServerDateTimeOffset": f"{local:%Y-%m-%dT%H:%M:%S}.0000000{hours:+03d}:00",
        "ServerTime": f"{local:%Y-%m-%dT%H:%M:%S}",
        "uaibornondate": BORN,
        "ProductVersion": VERSION,
        "System": SYSTEMS[ask.site.quirks.product],
        "ServerTimeZone": ZONE,
    }
    return Result([row])


def echo_row(fields: dict[str, str]) -> Row:
    """Return the row of Echo: the request's fields but for the token."""
    return {name: value for name, value in fields.items() if name != "Token"}


def user_authentication(ask: Ask) -> Result:
    """GetUserAuthentication: bind the session to the EHR user, or say NO, with 200 both ways."""
    name = ask.call.user
    user = ask.account.users.get(name.lower())
    valid = fits(user, ask.call.parameters[0])
    ask.site.sessions.change(ask.grant, user=name.lower() if valid else "")
    answer = "YES" if valid else "NO"
    row = {"ValidUser": answer, "UserName": name, "ErrorMessage": "" if valid else "user name or password is wrong"}
    row |= person_columns(ask, name) if valid else {"PersonID": "0", "ProviderID": ""}
    row |= dict.fromkeys(PERMISSIONS, "Y" if valid else "N")
    return Result([ask.rows.finished(row)])


def fits(user: EhrUser | None, password: str) -> bool:
    """Return whether the password is the user's and has not run out."""
    return user is not None and not user.expired and hmac.compare_digest(user.password.encode(), password.encode())


def person_columns(ask: Ask, name: str) -> Row:
    """Return who a user is; someone of the staff when the name is theirs."""
    who = staff_member(ask.site.directory, name)
    return {
        "PersonID": str(who.number + 1) if who else "0",
        "ProviderID": provider_code(who) if who else "",
    }


def token_validation(ask: Ask) -> Result:
    """GetTokenValidation: what a launch token stands for; binds the session to its user when it is good."""
    user = ask.account.launch_tokens.get(ask.call.parameters[0], "")
    if user:
        ask.site.sessions.change(ask.grant, user=user.lower())
    return Result([ask.rows.finished({"ValidToken": "YES" if user else "NO", "UserName": user})])


def encounter_focus(ask: Ask) -> Result:
    """SetEncounterFocus: what is written from now on belongs to this encounter."""
    ask.site.sessions.change(ask.grant, encounter=ask.parameter(1))
    return Result([{"STATUS": "OK"}])


def site_focus(ask: Ask) -> Result:
    """SetSiteFocus: the session works at this site."""
    ask.site.sessions.change(ask.grant, site=ask.parameter(1))
    return Result([{"STATUS": "OK"}])


def last_logs(_ask: Ask) -> Result:
    """LastLogs: the mock keeps no log of its own; its journal belongs to the control API."""
    return Result([])


ACTIONS = (
    Action("Echo", None, "metadata", kind="metadata", needs_user=False),  # answered before anybody logs in
    Action("GetServerInfo", server_info, "metadata", kind="metadata", needs_user=False),
    Action("GetUserAuthentication", user_authentication, "token", kind="token", needs_user=False),
    Action("GetTokenValidation", token_validation, "token", kind="token", key="Table", needs_user=False),
    Action("SetEncounterFocus", encounter_focus, "other"),
    Action("SetSiteFocus", site_focus, "other"),
    Action("LastLogs", last_logs, "other", needs_user=False),
)
