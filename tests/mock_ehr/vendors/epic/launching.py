"""An app that goes through the authorization endpoint of a desk."""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from mock_ehr.clients import parse_client
from mock_ehr.message import Request
from tests.mock_ehr.replies import Seen

FORM = "application/x-www-form-urlencoded"
AUTHORIZE, TOKEN = "/FHIR/oauth2/authorize", "/FHIR/oauth2/token"
REDIRECT = "http://app.test/callback"
SCOPES = ("launch", "launch/patient", "openid", "fhirUser", "profile", "offline_access", "patient/*.read", "user/*.*")
VERIFIER = "v" * 43
CHALLENGE = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).rstrip(b"=").decode()


@dataclass
class App:
    """A client with a secret, unless `registration` says otherwise."""

    desk: Any
    client_id: str = "app"
    registration: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        raw = {"client_secret": "s3cret/2", "scopes": list(SCOPES), "redirect_uris": [REDIRECT], "auto_approve": True}
        raw |= self.registration
        for name in [name for name, value in raw.items() if value is None]:
            del raw[name]
        self.desk.state.clients[self.client_id] = parse_client(self.client_id, raw)

    def asking(self, **changes: str | None) -> dict[str, str]:
        """The parameters of a good authorization request; None removes one."""
        asked: dict[str, str | None] = {
            "response_type": "code",
            "client_id": self.client_id,
            "redirect_uri": REDIRECT,
            "scope": "patient/*.read offline_access",
            "state": "abc 123",
            "aud": "http://ehr.test/FHIR/api/FHIR/R4",
            "code_challenge": CHALLENGE,
            "code_challenge_method": "S256",
        }
        asked |= changes
        return {name: value for name, value in asked.items() if value is not None}

    def authorize(self, **changes: str | None) -> Seen:
        return self.desk.send(Request("GET", AUTHORIZE, urlencode(self.asking(**changes)), {}))

    def code(self, **changes: str | None) -> str:
        """The code that a good request brings."""
        return returned(self.authorize(**changes))["code"]

    def post(self, path: str, form: dict[str, str | None], authorization: str | None = None) -> Seen:
        """POST a form, with the client's Basic header unless another one, or "" for none, is given."""
        basic = base64.b64encode(f"{self.client_id}:s3cret/2".encode()).decode()
        header = f"Basic {basic}" if authorization is None else authorization
        headers = {"content-type": FORM} | ({"authorization": header} if header else {})
        sent = {name: value for name, value in form.items() if value is not None}
        return self.desk.send(Request("POST", path, "", headers, urlencode(sent).encode()))

    def redeem(self, code: str, authorization: str | None = None, /, **changes: str | None) -> Seen:
        form = {"grant_type": "authorization_code", "code": code, "redirect_uri": REDIRECT, "code_verifier": VERIFIER}
        return self.post(TOKEN, form | changes, authorization)

    def log_in(self, **changes: str | None) -> dict[str, Any]:
        """The token answer of a whole launch."""
        seen = self.redeem(self.code(**changes))
        assert seen.status == 200, seen
        return seen.json()

    def refresh(self, token: str, **changes: str | None) -> Seen:
        return self.post(TOKEN, {"grant_type": "refresh_token", "refresh_token": token} | changes)


def returned(seen: Seen) -> dict[str, str]:
    """What a redirect brings to the app."""
    assert seen.status == 302, seen
    parts = urlsplit(seen.headers["location"])
    assert f"{parts.scheme}://{parts.netloc}{parts.path}" == REDIRECT
    return {name: values[0] for name, values in parse_qs(parts.query).items()}


def is_refused(seen: Seen, error: str, status: int = 400) -> None:
    """Check an OAuth error, exactly."""
    assert (seen.status, seen.json()) == (status, {"error": error, "error_description": None})
    assert (seen.headers["cache-control"], seen.headers["pragma"]) == ("no-store", "no-cache")
