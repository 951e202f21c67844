"""The apps of a check: consumers by role, scope and launch patient, ready to use."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import httpx

from gauntlet.consumer import Consumer
from gauntlet.lab import Lab
from gauntlet.ledger import Ledger

EVERYTHING = "system/*.cruds"
TREATMENT = "treatment"  # stands for the code that the target file has for it


@dataclass(frozen=True)
class Apps:
    """Makes consumers of the gateway under test."""

    lab: Lab
    ledger: Callable[[], Ledger]
    http: httpx.Client

    def app(
        self,
        role: str = "interactive",
        *,
        scope: str = EVERYTHING,
        patient: str | None = None,
        user: str | None = None,
        extra: Mapping[str, Any] | None = None,
        purpose: str | None = TREATMENT,
    ) -> Consumer:
        """Return the app of `role` (interactive, batch, partner, unregistered) with a token of `scope`.

        `patient` is the launch patient that goes with patient/ scopes, `user` the FHIR user that goes with user/
        scopes, `extra` further claims of the token, `purpose` the purpose of use that it states where consent is
        claimed (None: none).
        """
        stated, standing = self.stating(purpose)
        said = {**stated, **(extra or {})}
        client_id = self.client_id(role)
        tokens = self.lab.tokens
        return Consumer(
            role=role,
            client_id=client_id,
            base_url=self.lab.base_url,
            token=lambda: tokens.token(client_id, scope=scope, patient=patient, user=user, extra=said),
            ledger=self.ledger,
            http=self.http,
            standing=standing,
        )

    def stating(self, purpose: str | None) -> tuple[dict[str, Any], dict[str, str]]:
        """Return the claims and headers that state a purpose of use as the target file says."""
        consent = self.lab.target.file.claims.consent
        if consent is None:
            return {}, {}
        code = consent.treatment if purpose == TREATMENT else purpose
        claims = {consent.purpose_claim: code} if consent.purpose_claim else {}
        return claims, {consent.purpose_header: code} if consent.purpose_header and code else {}

    def wrong(self, kind: str, role: str = "interactive") -> Consumer:
        """Return the app of `role` with a token that is wrong in one way (a name of `WRONG_TOKENS`)."""
        client_id = self.client_id(role)
        return self.app(role).with_token(self.lab.tokens.wrong(kind, client_id, scope=EVERYTHING))

    def anonymous(self) -> Consumer:
        """Return an app without a token."""
        return self.app().with_token(None)

    def client_id(self, role: str) -> str:
        """Return the client id of `role`."""
        client_id: str = getattr(self.lab.target.file.consumer.clients, role)
        return client_id
