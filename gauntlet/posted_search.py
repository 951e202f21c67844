"""Searches by POST: parameters in a form, so that they stay out of addresses."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from urllib.parse import urlencode

import pytest

from gauntlet.answer import Answer
from gauntlet.consumer import Consumer
from gauntlet.errors import CheckFailed, Inconclusive

FORM = "application/x-www-form-urlencoded"
Params = Mapping[str, str] | Sequence[tuple[str, str]]
NOT_OFFERED = (404, 405, 501)


def search_by_form(app: Consumer, resource_type: str, params: Params, address: Params = ()) -> Answer:
    """Send `POST [type]/_search` (FHIR R4, http.html#search) and return the answer; `address` holds parameters, too."""
    path = f"{resource_type}/_search?{urlencode(address)}" if address else f"{resource_type}/_search"
    return app.send("POST", path, body=urlencode(params).encode(), headers={"Content-Type": FORM})


def require_offered(app: Consumer, patient: str) -> None:
    """Skip the check, as not claimed, where the gateway offers no search by POST: it may offer GET alone.

    Raises Inconclusive when it does not even serve a read: then it is not known what it offers.
    """
    try:
        served = app.read("Patient", patient).status == 200
        status = search_by_form(app, "Patient", {"_id": patient}).status
    except CheckFailed as failure:
        raise Inconclusive(f"whether searches by POST are offered is not known: {failure.reason}") from None
    if not served:
        raise Inconclusive("whether searches by POST are offered is not known: a read was not served")
    if status in NOT_OFFERED:
        pytest.skip("the target does not claim searches by POST: it answers that there are none")
