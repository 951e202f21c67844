"""Family UPA: the gateway's own private key stays in its file."""

import pytest

from gauntlet import expect
from gauntlet.errors import Inconclusive


@pytest.mark.requirement("UPA-09", tripped_by=["logs-own-key"])
def test_private_key_does_not_leak(app, apps, upstream_access, own_key, logs, metrics, audit, chart):
    """The gateway's private key for the EHR appears in no answer, log, metric or audit record

    The lab made the key, so its secret numbers are known, as a JSON Web Key and as PEM have them. A renewal of the
    EHR's token is provoked, so that the key is used; a read, a refused request and the capability statement are asked
    for. Then the whole log, audit trail and metrics and those answers are searched for the numbers.

    Whoever has the key is the gateway, until somebody notices.

    RFC 7518 section 6.3.2: private parameters; OWASP Logging Cheat Sheet, data to exclude: keys.
    """
    ehr, secrets = upstream_access, own_key.secrets()
    mark = ehr.mark()
    ehr.expire_tokens()
    answers = [app.read("Patient", chart.id), apps.anonymous().read("Patient", chart.id), app.send("GET", "metadata")]
    if not ehr.token_calls(since=mark):
        raise Inconclusive("the gateway asked for no EHR token although its old one had died: its key was not used")
    places = {"the log": logs.text(), "an answer": "\n".join(f"{item.text}{item.headers!r}" for item in answers)}
    if audit.path is not None and audit.size():
        places["the audit trail"] = audit.path.read_text(encoding="utf-8", errors="replace")
    if metrics.url:
        places["the metrics"] = metrics.text()
    for place, text in places.items():
        expect.that(
            not any(secret in text for secret in secrets),
            f"{place} holds the gateway's private key",
            expected="no private key",
            actual=f"a part of it in {place}",
        )
