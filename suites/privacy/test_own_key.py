"""Family UPA: the gateway's own private key stays in its file."""

import time

import pytest

from gauntlet.errors import Inconclusive
from gauntlet.privacy.kept_secrets import require_kept

FOLLOWED_WITHIN_S = 15.0


@pytest.mark.requirement("UPA-09", tripped_by=["logs-own-key"])
def test_private_key_does_not_leak(app, apps, upstream_access, own_key, logs, metrics, audit, chart):
    """The gateway's private key for the EHR appears in no answer, log, metric or audit record

    The lab made the key, so its secret numbers are known, as a JSON Web Key and as PEM have them. A renewal of the
    EHR's token is provoked, so that the key is used; a read, a refused request and the capability statement are asked
    for. Then the whole log, audit trail and metrics and those answers are searched for the numbers.

    Whoever has the key is the gateway, until somebody notices.

    RFC 7518 section 6.3.2: private parameters; OWASP Logging Cheat Sheet, data to exclude: keys.
    """
    ehr = upstream_access
    mark = ehr.mark()
    ehr.expire_tokens()
    answers = [app.read("Patient", chart.id), apps.anonymous().read("Patient", chart.id), app.send("GET", "metadata")]
    require_kept(own_key.secrets(), "the gateway's private key", answers, logs, metrics, audit)
    if not ehr.token_calls(since=mark):
        raise Inconclusive("the gateway asked for no EHR token although its old one had died: its key was not used")


@pytest.mark.requirement("UPA-09", tripped_by=["logs-own-key", "logs-new-key"])
def test_rotated_key_does_not_leak(app, upstream_access, own_key, logs, metrics, audit, chart, measured):
    """Neither the former nor the new private key appears anywhere when the key is rotated

    The gateway's key file is replaced by a second key that the EHR knows, too; tokens are withdrawn and records read
    until an assertion is signed by it, and the EHR forgets the former key. Then the whole log, audit trail, metrics and
    the answers meanwhile are searched for the secret numbers of both keys. A gateway that goes on with the former key
    proves nothing here.

    A rotation is watched closely, and what is watched is written down.

    RFC 7518 section 6.3.2: private parameters; OWASP Logging Cheat Sheet, data to exclude: keys.
    """
    ehr, secrets, answers = upstream_access, own_key.secrets(), []
    key_id, began = own_key.hand_over(), time.monotonic()
    secrets |= own_key.secrets()
    while key_id not in (used := [*signers(ehr, app, chart, answers)]) and time.monotonic() - began < FOLLOWED_WITHIN_S:
        time.sleep(0.3)
    own_key.withdraw_former()
    measured["reads until the new key"] = len(answers)
    require_kept(secrets, "the gateway's private key", answers, logs, metrics, audit)
    if key_id not in used:
        raise Inconclusive("the gateway did not follow the rotation of its key: the new one was not used")


def signers(ehr, app, chart, answers):
    """Let the EHR's tokens die, read once more, and yield the ids of the keys that signed for new ones."""
    mark = ehr.mark()
    ehr.expire_tokens()
    answers.append(app.read("Patient", chart.id))
    for call in ehr.token_calls(since=mark):
        if call["assertion"]:
            yield str(call["assertion"]["header"].get("kid", ""))
