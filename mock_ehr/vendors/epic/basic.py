"""HTTP Basic for clients without OAuth: user `emp$<user>`, and the client named in a header (vendors.md 1.3: S, E2)."""

from __future__ import annotations

import binascii
import hmac
import math
from base64 import b64decode

from mock_ehr.message import Request
from mock_ehr.tokens import Grant, digest_of
from mock_ehr.vendors.epic.site import Site

USER_PREFIX = "emp$"


def basic_grant(request: Request, site: Site) -> Grant | None:
    """Return what the credentials of a request are good for, None when they are none of this site's.

    The grant has no token, so it does not expire. The client of `Epic-Client-ID` has to be a registered one.
    """
    scheme, _, encoded = request.header("authorization").partition(" ")
    client_id = request.header("epic-client-id")
    if scheme.lower() != "basic" or site.state.clients.in_force(client_id) is None:
        return None
    try:
        given = b64decode(encoded.strip(), validate=True)
    except (binascii.Error, ValueError):
        return None
    for known in site.quirks.basic_users:
        if known.startswith(USER_PREFIX) and hmac.compare_digest(known.encode(), given):
            return Grant("", digest_of(known), client_id, math.inf)
    return None
