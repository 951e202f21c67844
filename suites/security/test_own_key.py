"""Family UPA: the gateway's own key at the EHR can be changed while it works."""

import time

import pytest

from gauntlet import expect

FOLLOWED_WITHIN_S = 15.0


@pytest.mark.requirement("UPA-10", tripped_by=["reads-key-once"])
def test_own_key_rotation(app, upstream_access, own_key, chart, measured):
    """The gateway's own signing key is rotated without a failed request

    The EHR is told of a second key and the gateway's key file is replaced by it. Reads go on all the time while the
    EHR's tokens are withdrawn again and again, until an assertion is signed by the new key; then the EHR forgets the
    former key. Every read must be served, and the last token must have been had with the new key.

    A key that can only be changed with an interruption is a key that is never changed.

    SMART Backend Services, registering a client: key rotation by several keys in one set; NIST SP 800-57 part 1.
    """
    ehr = upstream_access
    expect.status(app.read("Patient", chart.id), 200)
    key_id, began = own_key.hand_over(), time.monotonic()
    used = signed_by(app, ehr, chart)
    while used != key_id and time.monotonic() - began < FOLLOWED_WITHIN_S:
        time.sleep(0.3)
        used = signed_by(app, ehr, chart)
    measured["seconds until the new key"] = round(time.monotonic() - began, 2)
    own_key.withdraw_former()
    expect.equal(used, key_id, f"the new key is not in use {FOLLOWED_WITHIN_S:g} s after the file was replaced")
    expect.equal(signed_by(app, ehr, chart), key_id, "the former key signs after it was withdrawn")


def signed_by(app, ehr, chart):
    """Let the EHR's tokens die, read, and return the key id of the last assertion since; "" when there was none."""
    mark = ehr.mark()
    ehr.expire_tokens()
    expect.status(app.read("Patient", chart.id), 200)
    calls = [call for call in ehr.token_calls(since=mark) if call["assertion"]]
    return str(calls[-1]["assertion"]["header"].get("kid", "")) if calls else ""
