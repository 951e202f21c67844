"""Family UPA in Unity's terms: the passwords that open the EHR are told to the EHR and to nobody else."""

from pathlib import Path
from urllib.parse import quote

import pytest

from gauntlet.errors import Inconclusive
from gauntlet.privacy.kept_secrets import require_kept
from gauntlet.settled import settled

BACK_WITHIN_S = 12.0

pytestmark = pytest.mark.upstream("allscripts")


@pytest.fixture
def passwords(gauntlet_session):
    """Return the passwords of service account and EHR user, as they are and as an address would have them."""
    values = gauntlet_session.lab.values
    plain = {Path(values[name]).read_text().strip() for name in ("ehr.password_file", "ehr.user_password_file")}
    return plain | {quote(password, safe="") for password in plain}


@pytest.mark.requirement("UPA-09", tripped_by=["logs-logins", "logs-refused-logins"])
def test_passwords_do_not_leak(app, apps, planting, ehr, passwords, gauntlet_session, logs, metrics, audit, chart):
    """The passwords of service account and EHR user appear in no answer, log, metric or audit record

    The lab made the passwords, so they are known. The session is lost and the gateway logs in again; then the service
    account's password runs out at the EHR, which refuses the next login. A read each, a refused request and the
    capability statement are asked for. Then the whole log, audit trail, metrics and those answers are searched.

    Whoever has the service account is the gateway, at every hospital that licenses it under the same name.

    OWASP Logging Cheat Sheet, data to exclude: authentication passwords.
    """
    patient, upstream, control = planting.patient(chart), gauntlet_session.lab.upstream, ehr.control
    mark = ehr.mark()
    ehr.expire_tokens()
    answers = [app.read("Patient", patient), apps.anonymous().read("Patient", patient), app.send("GET", "metadata")]
    logged_in = ehr.token_calls(since=mark)
    upstream.register(control, expired=True)
    try:
        mark = ehr.mark()
        ehr.expire_tokens()
        answers.append(app.read("Patient", patient))
    finally:
        upstream.register(control)
        settled(lambda: app.read("Patient", patient).status == 200, BACK_WITHIN_S)  # or later checks meet the outage
    refused = ehr.token_calls(since=mark)
    require_kept(passwords, "a password of the gateway", answers, logs, metrics, audit)
    if not logged_in:
        raise Inconclusive("the gateway did not log in although its session was lost: no password was used")
    if not refused:
        raise Inconclusive("the gateway did not log in once its password had run out: no refusal was met")
